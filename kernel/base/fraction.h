/* SPDX-License-Identifier: MIT */
/*
 * fraction.h - ratios of two numbers as fixed-point numbers.
 */
#ifndef OSTIA_KERNEL_BASE_FRACTION_H
#define OSTIA_KERNEL_BASE_FRACTION_H

#include "kernel/base/types.h"

/*
 * fraction - numerator / denominator, times 2^bits, rounded down.
 *
 * Requires  the denominator is not 0, and the result has at most 64 bits.
 */
static inline uint64_t
fraction(uint64_t numerator, uint64_t denominator, unsigned bits)
{
    uint64_t result = numerator / denominator;
    uint64_t rest = numerator % denominator;

    for (unsigned i = 0; i < bits; i++) {
        bool one = rest >= denominator - rest;

        result = result * 2 + one;
        rest = rest * 2 - (one ? denominator : 0);
    }
    return result;
}

#endif
