/* SPDX-License-Identifier: MIT */
/*
 * assert.h - what can never happen.
 *
 * What user code can cause is a return code; what it can never cause is an
 * assertion, which stays on in every build.  debug_assert is for paths that are
 * measured, and looks in DEBUG=1 builds alone.
 */
#ifndef OSTIA_KERNEL_BASE_ASSERT_H
#define OSTIA_KERNEL_BASE_ASSERT_H

#include "kernel/base/compiler.h"

/* Prints the reason, registers and a backtrace, and stops the machine. */
NORETURN void panic(const char *format, ...) PRINTF_LIKE(1, 2);

#define assert(condition)                                                   \
    ((condition) ? (void)0                                                  \
                 : panic("%s:%d: assertion failed: %s", __FILE__, __LINE__, \
                         #condition))

#define debug_assert(condition) (DEBUG ? assert(condition) : (void)0)

#endif
