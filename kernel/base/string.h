/* SPDX-License-Identifier: MIT */
/*
 * string.h - memory and strings, for the kernel and for user mode alike.
 *
 * The functions mean what C says.  On the host the C library has them, and
 * only the last, which not every C library has, is our own.
 */
#ifndef OSTIA_KERNEL_BASE_STRING_H
#define OSTIA_KERNEL_BASE_STRING_H

#include <stddef.h>

#ifndef STRING_IS_OURS
#define STRING_IS_OURS !__STDC_HOSTED__
#endif

#if STRING_IS_OURS
void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
void *memchr(const void *in, int byte, size_t size);

size_t strlen(const char *string);
size_t strnlen(const char *string, size_t limit);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t limit);
#else
#include <string.h>
#endif

/*
 * Copies a string into a buffer of `size` bytes; the result ends with a NUL
 * unless the size is 0.
 *
 * Returns   the length that the whole string has: `size` or more means that
 *           the end was cut off.
 */
size_t strlcpy(char *restrict to, const char *restrict from, size_t size);

#endif
