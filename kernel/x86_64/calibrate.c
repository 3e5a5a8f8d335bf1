/* SPDX-License-Identifier: MIT */
/*
 * calibrate.c - how fast the TSC and the local APIC's timer count.
 *
 * Asked in this order; the first that knows is believed:
 *
 *   CPUID            the processor knows its crystal, and the TSC as a
 *                    multiple of it (Intel SDM Vol. 3B section 18.7.3)
 *   the hypervisor   leaf 0x40000010, which VMware began and others have
 *   PIT, HPET, ACPI  a counter of known frequency, with which the TSC is
 *                    compared for a few milliseconds
 *
 * The APIC's timer is compared with the TSC in any case.  A counter that is
 * not there, or stands still, is given up in bounded time.
 */
#include "kernel/base/assert.h"
#include "kernel/base/compiler.h"
#include "kernel/core/clock.h"
#include "kernel/x86_64/machine.h"
#include "kernel/x86_64/x86.h"
#include "vm/pmap.h"

#define CPUID_HYPERVISOR      (UINT32_C(1) << 31) /* leaf 1, ecx */
#define CPUID_LEAF_TSC        0x15
#define CPUID_LEAF_MHZ        0x16 /* eax, in the lower half */
#define CPUID_HYPERVISOR_LAST 0x40000000
#define CPUID_HYPERVISOR_KHZ  0x40000010

#define PIT_HZ       1193182
#define PIT_CHANNEL0 0x40
#define PIT_COMMAND  0x43
#define PIT_ONESHOT0 0x30 /* channel 0, both bytes, mode 0 */
#define PIT_READ0    0xc2 /* latch status and count of channel 0 */
#define PIT_OUT      0x80 /* status: the count has come to zero */

/* Offsets in the HPET's registers, in words of 32 bits. */
enum {
    HPET_PERIOD = 0x004 / 4, /* femtoseconds a count */
    HPET_CONFIGURATION = 0x010 / 4,
    HPET_COUNTER = 0x0f0 / 4,
    HPET_WORDS = 0x100 / 4,
};

#define HPET_PERIOD_MAX 100000000 /* by the specification */
#define HPET_COUNTS     1000000   /* with a period of n fs they take n ns */
#define HPET_ENABLE     1

#define PM_TIMER_HZ 3579545

/* More than any counter counts to: it is not there, or has ended. */
#define NO_COUNT UINT64_MAX

#define MHZ_MIN  1
#define MHZ_MAX  100000
#define TRIES    3
#define LOOKS    8
#define MEASURE  (5 * NS_PER_MS)
#define PATIENCE UINT64_C(250000000) /* TSC ticks: 50 ms or more */

/* A counter that runs at a known rate, up to a mask and round. */
struct reference {
    const char *name;
    bool (*start)(struct reference *self); /* false: there is none */
    uint64_t (*read)(void);
    uint64_t mask;
    uint64_t ticks; /* it does so many ... */
    uint64_t ns;    /* ... in so many nanoseconds */
};

/* What the three counters have, or how far they went. */
struct sample {
    uint64_t tsc;
    uint64_t other;
    uint64_t apic;
};

/* ---- the references */

/* Intel SDM Vol. 2A, CPUID; the older processors do not tell the crystal. */
static bool
start_cpuid(struct reference *self)
{
    uint32_t last = cpuid(0, 0).eax;
    struct cpuid_result r = cpuid(CPUID_LEAF_TSC, 0);

    if (last < CPUID_LEAF_TSC || r.eax == 0 || r.ebx == 0)
        return false;
    self->ticks = (uint64_t)r.ecx * r.ebx;
    self->ns = r.eax * NS_PER_SECOND;
    if (r.ecx == 0 && last >= CPUID_LEAF_MHZ) {
        self->ticks = (uint16_t)cpuid(CPUID_LEAF_MHZ, 0).eax;
        self->ns = NS_PER_US;
    }
    return true;
}

static bool
start_hypervisor(struct reference *self)
{
    if (!(cpuid(1, 0).ecx & CPUID_HYPERVISOR) ||
        cpuid(CPUID_HYPERVISOR_LAST, 0).eax < CPUID_HYPERVISOR_KHZ)
        return false;
    self->ticks = cpuid(CPUID_HYPERVISOR_KHZ, 0).eax;
    return true;
}

static uint64_t
read_pit(void)
{
    uint64_t left;
    uint8_t status;

    outb(PIT_COMMAND, PIT_READ0);
    status = inb(PIT_CHANNEL0);
    left = inb(PIT_CHANNEL0);
    left |= (uint64_t)inb(PIT_CHANNEL0) << 8;
    return status & PIT_OUT ? NO_COUNT : UINT16_MAX - left;
}

/* Channel 0 counts down from its maximum, once; its interrupt is masked.  Not
 * every machine has the gate of channel 2 at port 0x61. */
static bool
start_pit(struct reference *self UNUSED)
{
    outb(PIT_COMMAND, PIT_ONESHOT0);
    outb(PIT_CHANNEL0, UINT8_MAX);
    outb(PIT_CHANNEL0, UINT8_MAX);
    return read_pit() != NO_COUNT;
}

static volatile uint32_t *hpet;

static uint64_t
read_hpet(void)
{
    return hpet[HPET_COUNTER];
}

/* IA-PC HPET Specification 1.0a, section 2.3. */
static bool
start_hpet(struct reference *self)
{
    if (hpet == NULL && acpi_info.hpet_address != 0)
        hpet = pmap_map_device(acpi_info.hpet_address, HPET_WORDS * 4);
    if (hpet == NULL || hpet[HPET_PERIOD] == 0 ||
        hpet[HPET_PERIOD] > HPET_PERIOD_MAX)
        return false;
    hpet[HPET_CONFIGURATION] |= HPET_ENABLE;
    self->ns = hpet[HPET_PERIOD];
    return true;
}

static uint64_t
read_pm_timer(void)
{
    return inl(acpi_info.pm_timer_port);
}

/* ACPI Specification, section 4.8.3.3; it has 24 bits, or more. */
static bool
start_pm_timer(struct reference *self UNUSED)
{
    return acpi_info.pm_timer_port != 0;
}

static struct reference references[] = {
    { "CPUID", start_cpuid, rdtsc, UINT64_MAX, 0, 0 },
    { "the hypervisor", start_hypervisor, rdtsc, UINT64_MAX, 0, NS_PER_MS },
    { "the PIT", start_pit, read_pit, UINT64_MAX, PIT_HZ, NS_PER_SECOND },
    { "the HPET", start_hpet, read_hpet, UINT32_MAX, HPET_COUNTS, 0 },
    { "ACPI's PM timer", start_pm_timer, read_pm_timer, 0xffffff, PM_TIMER_HZ,
      NS_PER_SECOND },
};

/* ---- comparing */

/*
 * Counters cannot be read at one instant, and a virtual machine may be stopped
 * in between: the quickest of some looks is the truest.
 */
static struct sample
look(const struct reference *ref)
{
    struct sample best = { 0, 0, 0 };
    uint64_t shortest = UINT64_MAX;

    for (unsigned i = 0; i < LOOKS; i++) {
        struct sample now = { .tsc = rdtsc() };
        uint64_t taken;

        now.other = ref->read();
        now.apic = UINT32_MAX - apic_timer_count();
        taken = rdtsc() - now.tsc;
        if (taken < shortest) {
            shortest = taken;
            best = now;
        }
    }
    return best;
}

/*
 * Returns  false if the counter did not run, or came to its end meanwhile: the
 *          PIT does so in 55 ms, and a virtual machine may be stopped for
 *          longer.
 */
static bool
compare(const struct reference *ref, struct sample *gone)
{
    uint64_t enough = MEASURE * ref->ticks / ref->ns;
    struct sample first;

    apic_timer_start(UINT32_MAX);
    first = look(ref);
    do {
        *gone = look(ref);
        gone->tsc -= first.tsc;
        gone->other = (gone->other - first.other) & ref->mask;
        gone->apic -= first.apic;
    } while (gone->other < enough && gone->tsc < PATIENCE);
    apic_timer_start(0);
    return gone->other >= enough && gone->other <= UINT32_MAX;
}

/* Fills the result; false if no machine has a TSC of that rate. */
static bool
conclude(const struct reference *ref, const struct sample *gone,
         struct calibration *result)
{
    bool exact = ref->read == rdtsc;
    uint64_t us;

    result->source = ref->name;
    result->tsc_ticks = exact ? ref->ticks : gone->tsc * ref->ticks;
    result->tsc_ns = exact ? ref->ns : gone->other * ref->ns;
    result->tsc_gone = gone->tsc;
    result->apic_gone = gone->apic;
    us = result->tsc_ns / NS_PER_US;
    result->mhz = (result->tsc_ticks + us / 2) / us;
    return result->mhz >= MHZ_MIN && result->mhz <= MHZ_MAX;
}

/* calibrate - how fast the TSC and the local APIC's timer count. */
void
calibrate(struct calibration *result)
{
    for (unsigned i = 0; i < TRIES * countof(references); i++) {
        struct reference *ref = &references[i / TRIES];
        struct sample gone;

        if (ref->start(ref) && compare(ref, &gone) &&
            conclude(ref, &gone, result))
            return;
    }
    panic("timer: no CPUID leaf 15h, hypervisor, PIT, HPET or ACPI timer tells "
          "how fast this machine is; give it one (QEMU: pit=on or hpet=on)");
}
