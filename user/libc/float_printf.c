/* SPDX-License-Identifier: MIT */
/*
 * float_printf.c - the functions of the printf family that take "...".
 *
 * They are built with SSE, because their first act is to save the registers
 * in which doubles came.  They do so only if the caller said (in al) that there
 * are any, so a program that prints none does not touch the FPU here either.
 */
#include <stdio.h>

int
printf(const char *restrict format, ...)
{
    va_list arguments;
    int count;

    va_start(arguments, format);
    count = vprintf(format, arguments);
    va_end(arguments);

    return count;
}

int
fprintf(FILE *restrict file, const char *restrict format, ...)
{
    va_list arguments;
    int count;

    va_start(arguments, format);
    count = vfprintf(file, format, arguments);
    va_end(arguments);

    return count;
}

int
sprintf(char *restrict to, const char *restrict format, ...)
{
    va_list arguments;
    int count;

    va_start(arguments, format);
    count = vsprintf(to, format, arguments);
    va_end(arguments);

    return count;
}

int
snprintf(char *restrict to, size_t size, const char *restrict format, ...)
{
    va_list arguments;
    int count;

    va_start(arguments, format);
    count = vsnprintf(to, size, format, arguments);
    va_end(arguments);

    return count;
}

int
asprintf(char **restrict to, const char *restrict format, ...)
{
    va_list arguments;
    int count;

    va_start(arguments, format);
    count = vasprintf(to, format, arguments);
    va_end(arguments);

    return count;
}
