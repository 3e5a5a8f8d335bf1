/* SPDX-License-Identifier: MIT */
/*
 * log.c - what the bootstrap server says on the console.
 *
 * The console carries TAP when tests run, so every line is a TAP comment, and
 * is written by one call, so that it is never torn by another task's output.
 */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>

#define LINE_MAX 256

static void __attribute__((format(printf, 2, 0)))
say(const char *prefix, const char *format, va_list args)
{
    char line[LINE_MAX];

    vsnprintf(line, sizeof line, format, args);
    printf("%s%s\n", prefix, line);
    fflush(stdout);
}

void
log_line(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say("# bootstrap: ", format, args);
    va_end(args);
}

void
log_plain(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say("# ", format, args);
    va_end(args);
}
