/* SPDX-License-Identifier: MIT */
/*
 * console.h - the console, which stdio stands on.
 */
#ifndef OSTIA_LIBC_CONSOLE_H
#define OSTIA_LIBC_CONSOLE_H

#include <stddef.h>

/* Sends all bytes.  Returns 0, or -1 with errno set. */
int console_send(const char *bytes, size_t count);

/* Waits for bytes as they are typed.  Returns how many came, or -1. */
int console_receive(char *to, size_t size);

/*
 * Waits for a line, which the user may edit as it is typed.
 *
 * Returns   its length with the newline; 0 at the end of the input; or -1.
 */
int console_read_line(char *to, size_t size);

#endif
