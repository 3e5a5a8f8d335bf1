/* SPDX-License-Identifier: MIT */
/*
 * bench.c - see bench.h.
 *
 * A row is the median of its batches, each the mean of as many operations as
 * its loop has turns.  All batches together take about BUDGET instructions;
 * few operations that cost much are in three batches at least.
 */
#include "bench.h"

#include <mach/mach.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/guest/guest.h"

#define BUDGET       UINT64_C(200000000)
#define BATCH        1000u
#define BATCHES_MAX  100u
#define BATCHES_MIN  3u
#define WARM_UP      10u
#define KNOWN_TURNS  UINT64_C(1000000)
#define KNOWN_LENGTH 2u /* instructions a turn */
#define KNOWN_OTHERS 100u

static struct {
    const char *name;
    /* Volatile, so that the loop is the same for every operation */
    volatile bench_operation_t operation;
    mach_port_t done;
} run;

static inline uint64_t
ticks(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
}

static void
row(const char *part, uint64_t value, const char *unit)
{
    printf("bench %s%s %llu %s\n", run.name, part, (unsigned long long)value,
           unit);
}

/* A loop whose instructions can be counted by hand. */
static void
verify_ticks(void)
{
    uint64_t turns = KNOWN_TURNS, start = ticks(), took;

    __asm__ volatile("1: dec %0\n jnz 1b" : "+r"(turns) : : "cc");
    took = ticks() - start;
    if (took - KNOWN_TURNS * KNOWN_LENGTH > KNOWN_OTHERS) {
        printf("a loop of %llu instructions took %llu ticks\n",
               (unsigned long long)(KNOWN_TURNS * KNOWN_LENGTH),
               (unsigned long long)took);
        abort();
    }
}

static uint64_t
batch(unsigned count)
{
    bench_operation_t operation = run.operation;
    uint64_t start = ticks();

    for (unsigned i = 0; i < count; i++)
        operation();
    return ticks() - start;
}

static void
nothing(void)
{
    __asm__ volatile("");
}

static uint64_t
per_operation(uint64_t taken, unsigned count)
{
    return (taken + count / 2) / count;
}

static int
ascending(const void *left, const void *right)
{
    const uint64_t *a = left, *b = right;

    return *a < *b ? -1 : *a > *b;
}

/* How many operations a batch has, and how many batches there are. */
static void
plan(uint64_t cost, unsigned *count, unsigned *batches)
{
    uint64_t all = BUDGET / cost;

    if (all > (uint64_t)BATCH * BATCHES_MAX)
        all = (uint64_t)BATCH * BATCHES_MAX;
    if (all < BATCHES_MIN)
        all = BATCHES_MIN;
    *count = BATCH;
    if (all < (uint64_t)BATCH * BATCHES_MIN)
        *count = (unsigned)all / BATCHES_MIN;
    *batches = (unsigned)all / *count;
}

static void
measure(void)
{
    uint64_t taken[BATCHES_MAX];
    bench_operation_t operation = run.operation;
    unsigned count, batches;

    batch(WARM_UP);
    plan(batch(1), &count, &batches);
    BENCH_MARK(1);
    for (unsigned i = 0; i < batches; i++)
        taken[i] = per_operation(batch(count), count);
    BENCH_MARK(2);
    operation();
    BENCH_MARK(0);

    qsort(taken, batches, sizeof taken[0], ascending);
    row("", taken[batches / 2], "instructions");
    row(".min", taken[0], "instructions");
    row(".max", taken[batches - 1], "instructions");
    row(".operations", (uint64_t)count * batches, "operations");
    run.operation = nothing;
    row(".loop", per_operation(batch(BATCH), BATCH), "instructions");
}

static void
work(void *unused)
{
    (void)unused;
    verify_ticks();
    measure();
    guest_send(run.done, MACH_MSG_TYPE_MAKE_SEND, 0);
}

void
bench_run(const char *name, bench_operation_t operation)
{
    struct guest_buffer buffer;

    run.name = name;
    run.operation = operation;
    run.done = guest_port();
    guest_thread(work, NULL);
    if (mach_msg(&buffer.header, MACH_RCV_MSG, 0, sizeof buffer, run.done, 0,
                 MACH_PORT_NULL) != MACH_MSG_SUCCESS)
        abort();
}
