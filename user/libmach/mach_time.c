/* SPDX-License-Identifier: MIT */
/*
 * mach_time.c - the clock: the time-stamp counter in nanoseconds, by the page
 * that says how.
 */
#include <mach/mach.h>
#include <mach/mach_time.h>
#include <ostia/comm_page.h>

/* LFENCE: the counter is not read before what was done before is done. */
uint64_t
mach_absolute_time(void)
{
    uint32_t low;
    uint32_t high;

    __asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return ostia_tsc_to_ns(OSTIA_COMM_PAGE, (uint64_t)high << 32 | low);
}

uint64_t
mach_approximate_time(void)
{
    return mach_absolute_time();
}

/* The machine never sleeps with the clock standing still. */
uint64_t
mach_continuous_time(void)
{
    return mach_absolute_time();
}

uint64_t
mach_continuous_approximate_time(void)
{
    return mach_absolute_time();
}

kern_return_t
mach_timebase_info(mach_timebase_info_t info)
{
    return mach_timebase_info_trap(info);
}

kern_return_t
mach_wait_until(uint64_t deadline)
{
    return mach_wait_until_trap(deadline);
}
