/* SPDX-License-Identifier: MIT */
/*
 * latency.h - for programs whose calls are as long as the caller can make
 * them, so that `make latency` finds whether the kernel does such work with
 * interrupts off.  They check nothing but that the work is done.
 */
#ifndef TESTS_LATENCY_H
#define TESTS_LATENCY_H

#include <mach/mach.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/guest/guest.h"

/* A call that the program has no use for if it fails. */
#define must(call) latency_must((call), __LINE__)

static inline void
latency_must(kern_return_t kr, int line)
{
    if (kr == KERN_SUCCESS)
        return;
    printf("line %d: %#x %s\n", line, (unsigned)kr, mach_error_string(kr));
    exit(1);
}

#endif
