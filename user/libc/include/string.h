/* SPDX-License-Identifier: MIT */
/*
 * string.h - memory and strings.
 */
#ifndef _STRING_H_
#define _STRING_H_

#include <stddef.h>

extern void *memcpy(void *restrict to, const void *restrict from, size_t size);
extern void *memmove(void *to, const void *from, size_t size);
extern void *memset(void *to, int byte, size_t size);
extern int memcmp(const void *a, const void *b, size_t size);
extern void *memchr(const void *in, int byte, size_t size);

extern size_t strlen(const char *string);
extern size_t strnlen(const char *string, size_t limit);
extern int strcmp(const char *a, const char *b);
extern int strncmp(const char *a, const char *b, size_t limit);
extern int strcoll(const char *a, const char *b);

extern char *strcpy(char *restrict to, const char *restrict from);
extern char *strncpy(char *restrict to, const char *restrict from, size_t size);
extern char *strcat(char *restrict to, const char *restrict from);
extern char *strncat(char *restrict to, const char *restrict from,
                     size_t limit);

/* As strcpy and strcat, but never beyond `size` bytes; the whole length. */
extern size_t strlcpy(char *restrict to, const char *restrict from,
                      size_t size);
extern size_t strlcat(char *restrict to, const char *restrict from,
                      size_t size);

extern char *strchr(const char *in, int character);
extern char *strrchr(const char *in, int character);
extern char *strstr(const char *in, const char *part);
extern size_t strspn(const char *string, const char *accept);
extern size_t strcspn(const char *string, const char *reject);
extern char *strpbrk(const char *string, const char *accept);
extern char *strtok(char *restrict string, const char *restrict separators);
extern char *strtok_r(char *restrict string, const char *restrict separators,
                      char **restrict state);
extern char *strsep(char **string, const char *separators);

/* A copy that free() takes, or NULL. */
extern char *strdup(const char *string);
extern char *strndup(const char *string, size_t limit);

/* The text of an errno value. */
extern char *strerror(int number);

#endif
