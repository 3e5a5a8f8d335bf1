/* SPDX-License-Identifier: MIT */
/*
 * clock.h - time as the kernel counts it (part of the ipc seam).
 *
 * The unit is the TSC tick, what mach_absolute_time() returns to users; a
 * deadline is a point in that count.
 */
#ifndef OSTIA_KERNEL_CLOCK_H
#define OSTIA_KERNEL_CLOCK_H

#include "kernel/base/types.h"

#define DEADLINE_NONE UINT64_MAX /* never */

uint64_t clock_now(void);
/* The point `milliseconds` from now; never DEADLINE_NONE. */
uint64_t clock_deadline_ms(uint32_t milliseconds);
/* Conversions that saturate instead of wrapping. */
uint64_t clock_ns_to_ticks(uint64_t nanoseconds);
uint64_t clock_ticks_to_ns(uint64_t ticks);
/* ticks * numer / denom = nanoseconds. */
void clock_timebase(uint32_t *numer, uint32_t *denom);

#endif
