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

/* Folders of programs: ours, and those that a run is about (make run TASK=) */
#define FILES_BIN  "bin/"
#define FILES_TASK "task/"

/* The file of this path. */
bool files_find(const char *path, struct file *file);
/* The file of this name in a folder. */
bool files_in(const char *folder, const char *name, struct file *file);
/* The name of file number `index` in a folder; false after the last. */
bool files_name(const char *folder, int index, char *name, size_t size);

#endif
