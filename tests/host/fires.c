/* SPDX-License-Identifier: MIT */
/*
 * fires.c - panics on the host: one that a test has asked for is caught, any
 * other ends it.
 */
#include "fires.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/base/assert.h"

static jmp_buf caught;
static bool expected;
static char reason[512];

__attribute__((weak)) void
panic(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(reason, sizeof(reason), format, args);
    va_end(args);
    if (expected)
        longjmp(caught, 1);
    fprintf(stderr, "panic: %s\n", reason);
    abort();
}

bool
fires(void (*function)(void), const char *condition)
{
    volatile bool panicked = true;

    reason[0] = '\0';
    expected = true;
    if (setjmp(caught) == 0) {
        function();
        panicked = false;
    }
    expected = false;
    if (panicked && strstr(reason, condition) == NULL)
        printf("# another one: %s\n", reason);
    return panicked && strstr(reason, condition) != NULL;
}

const char *
fires_reason(void)
{
    return reason;
}
