/* SPDX-License-Identifier: MIT */
/*
 * clock.c - time in ticks of the TSC, and its conversions.
 *
 * The machine measures the frequency once, before the first use.
 */
#include "kernel/clock.h"

#include "kernel/base/assert.h"
#include "kernel/trap.h"

#define NS_PER_SECOND UINT64_C(1000000000)
#define NS_PER_MS     UINT64_C(1000000)
/* Above this, seconds and ticks no longer multiply within 64 bits. */
#define TSC_HZ_MAX (UINT64_MAX / NS_PER_SECOND)

uint64_t
clock_now(void)
{
    return machine_now();
}

/* whole * to / from, for any `whole`, saturating; from * to fits 64 bits. */
static uint64_t
rescale(uint64_t whole, uint64_t from, uint64_t to)
{
    uint64_t result;

    if (__builtin_mul_overflow(whole / from, to, &result) ||
        __builtin_add_overflow(result, whole % from * to / from, &result))
        return UINT64_MAX;
    return result;
}

uint64_t
clock_ns_to_ticks(uint64_t nanoseconds)
{
    uint64_t hz = machine_tsc_hz();

    assert(hz != 0 && hz <= TSC_HZ_MAX);
    return rescale(nanoseconds, NS_PER_SECOND, hz);
}

uint64_t
clock_ticks_to_ns(uint64_t ticks)
{
    uint64_t hz = machine_tsc_hz();

    assert(hz != 0 && hz <= TSC_HZ_MAX);
    return rescale(ticks, hz, NS_PER_SECOND);
}

uint64_t
clock_deadline_ms(uint32_t milliseconds)
{
    uint64_t deadline;

    if (__builtin_add_overflow(clock_now(),
                               clock_ns_to_ticks(milliseconds * NS_PER_MS),
                               &deadline) ||
        deadline == DEADLINE_NONE)
        return DEADLINE_NONE - 1;
    return deadline;
}

static uint64_t
greatest_common_divisor(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

void
clock_timebase(uint32_t *numer, uint32_t *denom)
{
    uint64_t hz = machine_tsc_hz();
    uint64_t ns = NS_PER_SECOND;
    uint64_t divisor = greatest_common_divisor(ns, hz);

    ns /= divisor;
    hz /= divisor;
    while (hz > UINT32_MAX) {
        hz >>= 1;
        ns >>= 1;
    }
    *numer = (uint32_t)ns;
    *denom = (uint32_t)hz;
}
