/* SPDX-License-Identifier: MIT */
/*
 * timer.c - the TSC as the clock and the local APIC's timer as the alarm.
 *
 * The kernel counts nanoseconds; the ticks of both are known here alone.  The
 * alarm may come early, because it has 32 bits, or because a ratio is never
 * exact; the scheduler then sets it again.
 *
 * Their frequencies come from CPUID where it knows them, else both are
 * measured at once against the PIT, whose frequency is fixed.
 */
#include "kernel/base/assert.h"
#include "kernel/base/fraction.h"
#include "kernel/clock.h"
#include "kernel/trap.h"
#include "kernel/x86_64/machine.h"
#include "kernel/x86_64/x86.h"
#include "vm/vm_param.h"

#define CPUID_LEAF_TSC 0x15

#define PIT_HZ       UINT64_C(1193182)
#define PIT_CHANNEL2 0x42
#define PIT_COMMAND  0x43
#define PIT_ONESHOT2 0xb0 /* channel 2, both bytes, mode 0 */
#define PIT_LATCH2   0x80
#define PORT_B       0x61
#define PORT_B_GATE2 0x01
#define PORT_B_SOUND 0x02
#define PORT_B_OUT2  0x20 /* channel 2 has counted to zero */

#define LOOKS            8
#define MEASURE_COUNT    5966 /* PIT ticks: 5 ms */
#define MEASURE_TRIES    100
#define MEASURE_PATIENCE UINT64_C(10000000000) /* TSC ticks: 1 s or more */

/* The APIC timer's divider, set in apic.c. */
#define TIMER_DIVIDER 16

#define NS_PER_SECOND UINT64_C(1000000000)

/* The alarm's ticks per nanosecond are a fraction of 2^32. */
#define RATIO_SHIFT 32

struct ostia_comm_page comm_page ALIGNED(PAGE_SIZE);

static uint64_t tsc_hz;
static uint64_t alarm_ratio;

uint64_t
clock_now(void)
{
    return ostia_tsc_to_ns(&comm_page, rdtsc());
}

uint64_t
machine_tsc_hz(void)
{
    return tsc_hz;
}

/* ---- frequencies */

/* One look at the three clocks. */
struct sample {
    uint64_t tsc;
    uint16_t pit;  /* counts down */
    uint32_t apic; /* counts down */
};

/* The PIT's channel 2 counts down from its maximum, with the speaker off. */
static void
pit_start(void)
{
    uint8_t port_b = inb(PORT_B) & (uint8_t)~PORT_B_SOUND;

    outb(PORT_B, port_b | PORT_B_GATE2);
    outb(PIT_COMMAND, PIT_ONESHOT2);
    outb(PIT_CHANNEL2, UINT8_MAX);
    outb(PIT_CHANNEL2, UINT8_MAX);
}

static uint16_t
pit_count(void)
{
    uint16_t low;

    outb(PIT_COMMAND, PIT_LATCH2);
    low = inb(PIT_CHANNEL2);
    return (uint16_t)(low | inb(PIT_CHANNEL2) << 8);
}

/*
 * The clocks cannot be read at one instant, and a virtual machine may be
 * stopped in between: the quickest of some looks is the truest.
 */
static struct sample
look(void)
{
    struct sample best = { 0, 0, 0 };
    uint64_t shortest = UINT64_MAX;

    for (unsigned i = 0; i < LOOKS; i++) {
        struct sample now = { .tsc = rdtsc() };
        uint64_t taken;

        now.pit = pit_count();
        now.apic = apic_timer_count();
        taken = rdtsc() - now.tsc;
        if (taken < shortest) {
            shortest = taken;
            best = now;
        }
    }
    return best;
}

/*
 * Measures both frequencies; *apic_hz is that after the divider.
 *
 * Returns  false if the PIT came to zero meanwhile, which takes 55 ms (a
 *          virtual machine may be stopped for longer): its count then tells
 *          nothing.
 */
static bool
measure(uint64_t *apic_hz)
{
    struct sample first;
    struct sample last;
    uint64_t ticks;

    apic_timer_start(UINT32_MAX);
    pit_start();
    first = look();
    while (first.pit - pit_count() < MEASURE_COUNT) {
        if (rdtsc() - first.tsc > MEASURE_PATIENCE)
            panic("timer: this machine has no working PIT");
    }
    last = look();
    apic_timer_start(0);
    if ((inb(PORT_B) & PORT_B_OUT2) != 0)
        return false;

    ticks = (uint64_t)(first.pit - last.pit);
    tsc_hz = (last.tsc - first.tsc) * PIT_HZ / ticks;
    *apic_hz = (uint64_t)(first.apic - last.apic) * PIT_HZ / ticks;
    return true;
}

/* CPUID knows the crystal, and the TSC as a multiple of it, or false. */
static bool
ask_cpuid(uint64_t *apic_hz)
{
    struct cpuid_result r;

    if (cpuid(0, 0).eax < CPUID_LEAF_TSC)
        return false;
    r = cpuid(CPUID_LEAF_TSC, 0);
    if (r.eax == 0 || r.ebx == 0 || r.ecx == 0)
        return false;
    tsc_hz = (uint64_t)r.ecx * r.ebx / r.eax;
    *apic_hz = r.ecx / TIMER_DIVIDER;
    return true;
}

/*
 * timer_calibrate - from here on the clock and machine_timer_arm work.
 */
void
timer_calibrate(void)
{
    uint64_t apic_hz;
    unsigned tries = 0;

    if (!ask_cpuid(&apic_hz))
        while (!measure(&apic_hz))
            if (++tries == MEASURE_TRIES)
                panic("timer: the PIT runs too fast to measure with");
    if (tsc_hz == 0 || apic_hz == 0)
        panic("timer: TSC %lu Hz, APIC timer %lu Hz", tsc_hz, apic_hz);
    alarm_ratio = fraction(apic_hz, NS_PER_SECOND, RATIO_SHIFT);
    comm_page.cp_tsc_factor = fraction(NS_PER_SECOND, tsc_hz, OSTIA_TSC_SHIFT);
    comm_page.cp_tsc_base = rdtsc();
}

/* ---- the alarm */

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
