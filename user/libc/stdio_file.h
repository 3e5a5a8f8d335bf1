/* SPDX-License-Identifier: MIT */
/*
 * stdio_file.h - what a FILE is: a buffer in front of the console.
 *
 * (SF1) 0 <= begin <= end <= BUFSIZ; of a file that is written begin is 0
 * (SF2) bytes[begin..end) wait: to be sent, or to be read
 */
#ifndef OSTIA_LIBC_STDIO_FILE_H
#define OSTIA_LIBC_STDIO_FILE_H

#include <stdbool.h>
#include <stdio.h>

#include "lock.h"

struct __file {
    lock_t lock;
    bool is_input;
    bool is_unbuffered; /* sent at the end of every call */
    bool has_newline;   /* one waits to be sent */
    bool at_end;
    bool failed;
    size_t begin;
    size_t end;
    char bytes[BUFSIZ];
};

/* Both require the lock of the file. */
void file_append(FILE *file, const char *bytes, size_t count);
/* The end of a call: sends what should not wait.  Returns 0 or EOF. */
int file_end_call(FILE *file);

#endif
