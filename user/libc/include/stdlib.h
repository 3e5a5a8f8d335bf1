/* SPDX-License-Identifier: MIT */
/*
 * stdlib.h - memory, numbers, sorting, and the end of the program.
 */
#ifndef _STDLIB_H_
#define _STDLIB_H_

#include <stddef.h>

#define EXIT_SUCCESS 0
#define EXIT_FAILURE 1
#define RAND_MAX     0x7fffffff
#define MB_CUR_MAX   1

typedef struct {
    int quot;
    int rem;
} div_t;

typedef struct {
    long quot;
    long rem;
} ldiv_t;

typedef struct {
    long long quot;
    long long rem;
} lldiv_t;

/* ---- Memory: aligned to 16, good for any thread ---- */

extern void *malloc(size_t size) __attribute__((malloc, alloc_size(1)));
extern void *calloc(size_t count, size_t size)
    __attribute__((malloc, alloc_size(1, 2)));
extern void *realloc(void *block, size_t size) __attribute__((alloc_size(2)));

/* Aborts when the block is not one, was freed, or was written beyond. */
extern void free(void *block);

/* ---- Numbers ---- */

extern int atoi(const char *text);
extern long atol(const char *text);
extern long long atoll(const char *text);
extern long strtol(const char *restrict text, char **restrict end, int base);
extern long long strtoll(const char *restrict text, char **restrict end,
                         int base);
extern unsigned long strtoul(const char *restrict text, char **restrict end,
                             int base);
extern unsigned long long strtoull(const char *restrict text,
                                   char **restrict end, int base);

extern int abs(int value);
extern long labs(long value);
extern long long llabs(long long value);
extern div_t div(int numerator, int denominator);
extern ldiv_t ldiv(long numerator, long denominator);
extern lldiv_t lldiv(long long numerator, long long denominator);

/* Pseudo-random, the same after every srand of the same seed. */
extern int rand(void);
extern int rand_r(unsigned *seed);
extern void srand(unsigned seed);

/* ---- Arrays ---- */

extern void qsort(void *array, size_t count, size_t size,
                  int (*compare)(const void *a, const void *b));
extern void *bsearch(const void *key, const void *array, size_t count,
                     size_t size,
                     int (*compare)(const void *key, const void *element));

/* ---- The program ---- */

extern char *getenv(const char *name);

/* Runs what atexit was given, flushes stdout, tells the bootstrap server. */
extern void exit(int status) __attribute__((noreturn));
extern void _Exit(int status) __attribute__((noreturn));
extern int atexit(void (*function)(void));

/* Ends the program as a crash. */
extern void abort(void) __attribute__((noreturn));

#endif
