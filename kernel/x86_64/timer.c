/* SPDX-License-Identifier: MIT */
/*
 * timer.c - the TSC as the clock and the local APIC's timer as the alarm.
 *
 * The kernel counts nanoseconds; the ticks of both are known here alone.  The
 * alarm may come early, because it has 32 bits, or because a ratio is never
 * exact; the scheduler then sets it again.
 */
#include "kernel/base/assert.h"
#include "kernel/base/fraction.h"
#include "kernel/core/clock.h"
#include "kernel/core/trap.h"
#include "kernel/core/vm_param.h"
#include "kernel/x86_64/machine.h"
#include "kernel/x86_64/x86.h"

/* The alarm's ticks per nanosecond are a fraction of 2^32. */
#define RATIO_SHIFT 32

struct ostia_comm_page comm_page ALIGNED(PAGE_SIZE);

static uint64_t alarm_ratio;

uint64_t
clock_now(void)
{
    return ostia_tsc_to_ns(&comm_page, rdtsc());
}

/* timer_calibrate - from here on the clock and machine_timer_arm work. */
void
timer_calibrate(struct calibration *found)
{
    calibrate(found);
    comm_page.cp_tsc_factor =
        fraction(found->tsc_ns, found->tsc_ticks, OSTIA_TSC_SHIFT);
    alarm_ratio =
        fraction(found->apic_gone, ostia_tsc_to_ns(&comm_page, found->tsc_gone),
                 RATIO_SHIFT);
    if (alarm_ratio == 0)
        panic("timer: the local APIC's timer does not count");
    comm_page.cp_tsc_base = rdtsc();
}

/* The alarm's ticks in so many nanoseconds, at least one, at most 32 bits. */
static uint32_t
alarm_ticks(uint64_t ns)
{
    unsigned __int128 ticks =
        ((unsigned __int128)ns * alarm_ratio >> RATIO_SHIFT) + 1;

    return ticks < UINT32_MAX ? (uint32_t)ticks : UINT32_MAX;
}

/* A deadline in the past interrupts at once. */
void
machine_timer_arm(uint64_t deadline)
{
    uint64_t now = clock_now();

    apic_timer_start(alarm_ticks(deadline > now ? deadline - now : 0));
}
