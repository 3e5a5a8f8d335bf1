/* SPDX-License-Identifier: MIT */
/*
 * files.h - the boot file system, as the server uses it.
 */
#ifndef BOOTSTRAP_FILES_H
#define BOOTSTRAP_FILES_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the archive itself */
struct file {
    const void *fl_data;
    size_t fl_size;
};

/* The file of this path. */
bool files_find(const char *path, struct file *file);
/* The program of this name: bin/NAME. */
bool files_program(const char *name, struct file *file);
/* The name of program number `index`; false after the last. */
bool files_program_name(int index, char *name, size_t size);

#endif
