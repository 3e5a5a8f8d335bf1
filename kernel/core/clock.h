/* SPDX-License-Identifier: MIT */
/*
 * clock.h - time as the kernel counts it (part of the ipc seam).
 *
 * The unit is the nanosecond, counted from boot, what mach_absolute_time()
 * returns to users; a deadline is a point in that count.  64 bits last for
 * five centuries.
 */
#ifndef OSTIA_KERNEL_CORE_CLOCK_H
#define OSTIA_KERNEL_CORE_CLOCK_H

#include <mach/time_value.h>

#include "kernel/base/types.h"

#define NS_PER_SECOND UINT64_C(1000000000)
#define NS_PER_MS     UINT64_C(1000000)
#define NS_PER_US     UINT64_C(1000)

#define DEADLINE_NONE UINT64_MAX /* never */

uint64_t clock_now(void); /* implemented by the machine; 0 before it can */
/* The point `milliseconds` from now; never DEADLINE_NONE. */
uint64_t clock_deadline_ms(uint32_t milliseconds);
/* A span of nanoseconds as Mach's information has it. */
time_value_t clock_time_value(uint64_t ns);

#endif
