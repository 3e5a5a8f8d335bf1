/* SPDX-License-Identifier: MIT */
/*
 * strings.h - comparing without regard to case, and old names.
 */
#ifndef _STRINGS_H_
#define _STRINGS_H_

#include <stddef.h>

extern int strcasecmp(const char *a, const char *b);
extern int strncasecmp(const char *a, const char *b, size_t limit);
extern void bzero(void *to, size_t size);

/* Zero if the bytes are the same.  Compilers make it out of memcmp. */
extern int bcmp(const void *a, const void *b, size_t size);

#endif
