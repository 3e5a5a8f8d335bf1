/* SPDX-License-Identifier: MIT */
/*
 * assert.c - what was not true.
 */
#include <assert.h>

#include <stdio.h>
#include <stdlib.h>

void
__assert_rtn(const char *function, const char *file, int line,
             const char *condition)
{
    fprintf(stderr, "assertion failed: (%s), function %s, file %s, line %d.\n",
            condition, function, file, line);
    abort();
}
