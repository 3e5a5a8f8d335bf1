/* SPDX-License-Identifier: MIT */
/*
 * stdio.h - text in and out, by way of the console that the task was given.
 *
 * stdout is written at the end of a line, or when its buffer is full, or
 * before stdin waits; stderr at the end of every call.  stdin gives whole
 * lines, which its reader edits with backspace.  A task without a console
 * writes and reads nothing: EOF.
 */
#ifndef _STDIO_H_
#define _STDIO_H_

#include <stdarg.h>
#include <stddef.h>
#include <sys/types.h>

#define EOF    (-1)
#define BUFSIZ 1024

#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2

typedef struct __file FILE;

extern FILE *const __stdin;
extern FILE *const __stdout;
extern FILE *const __stderr;

#define stdin  __stdin
#define stdout __stdout
#define stderr __stderr

#define __PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))

extern int printf(const char *restrict format, ...) __PRINTF_LIKE(1, 2);
extern int fprintf(FILE *restrict file, const char *restrict format, ...)
    __PRINTF_LIKE(2, 3);
extern int sprintf(char *restrict to, const char *restrict format, ...)
    __PRINTF_LIKE(2, 3);
extern int snprintf(char *restrict to, size_t size, const char *restrict format,
                    ...) __PRINTF_LIKE(3, 4);
extern int asprintf(char **restrict to, const char *restrict format, ...)
    __PRINTF_LIKE(2, 3);

extern int vprintf(const char *restrict format, va_list arguments)
    __PRINTF_LIKE(1, 0);
extern int vfprintf(FILE *restrict file, const char *restrict format,
                    va_list arguments) __PRINTF_LIKE(2, 0);
extern int vsprintf(char *restrict to, const char *restrict format,
                    va_list arguments) __PRINTF_LIKE(2, 0);
extern int vsnprintf(char *restrict to, size_t size,
                     const char *restrict format, va_list arguments)
    __PRINTF_LIKE(3, 0);
extern int vasprintf(char **restrict to, const char *restrict format,
                     va_list arguments) __PRINTF_LIKE(2, 0);

extern int puts(const char *string);
extern int fputs(const char *restrict string, FILE *restrict file);
extern int putchar(int c);
extern int putc(int c, FILE *file);
extern int fputc(int c, FILE *file);
extern size_t fwrite(const void *restrict from, size_t size, size_t count,
                     FILE *restrict file);

extern int getchar(void);
extern int getc(FILE *file);
extern int fgetc(FILE *file);
extern int ungetc(int c, FILE *file);
extern char *fgets(char *restrict to, int size, FILE *restrict file);
extern size_t fread(void *restrict to, size_t size, size_t count,
                    FILE *restrict file);

extern int fflush(FILE *file);
extern int feof(FILE *file);
extern int ferror(FILE *file);
extern void clearerr(FILE *file);

/* Prints "message: what errno says" to stderr. */
extern void perror(const char *message);

#endif
