/* SPDX-License-Identifier: MIT */
/*
 * t_clock.c - the arithmetic of time: kernel/base/fraction.h, and what
 * <ostia/comm_page.h> makes of a factor, against exact division.
 */
#include <ostia/comm_page.h>
#include <stddef.h>

#include "kernel/base/fraction.h"
#include "tests/guest/tap.h"

#define NS_PER_SECOND     UINT64_C(1000000000)
#define SECONDS_A_CENTURY UINT64_C(3155760000)
#define MOST_NS           4000000 /* after a century */
#define BASE              UINT64_C(0x123456789abcdef)

typedef unsigned __int128 wide_t;

/* So many ticks in so many nanoseconds; all but the last last a century. */
static const struct {
    uint64_t ticks, ns;
} rates[] = {
    { 16000, NS_PER_SECOND },
    { 1193182, NS_PER_SECOND },
    { 4000000, NS_PER_SECOND },
    { 33333333, NS_PER_SECOND },
    { 999999937, NS_PER_SECOND },
    { 1, 1 },
    { 1000000007, NS_PER_SECOND },
    { 2595124987, NS_PER_SECOND },
    { 24000000ull * 250, 3 * NS_PER_SECOND },        /* CPUID 15h */
    { 38400000ull * 157, 2 * NS_PER_SECOND },        /* the same */
    { 12975625 * 1193182ull, 5966 * 1000000000ull }, /* by the PIT */
    { 4999999999, NS_PER_SECOND },
    { 99999999977, NS_PER_SECOND },
};

#define RATES (sizeof rates / sizeof *rates)

static struct ostia_comm_page
page_of(size_t rate)
{
    return (struct ostia_comm_page){
        .cp_tsc_base = BASE,
        .cp_tsc_factor =
            fraction(rates[rate].ns, rates[rate].ticks, OSTIA_TSC_SHIFT),
    };
}

static uint64_t
distance(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

TEST(fraction)
{
    static const uint64_t numbers[] = {
        1,         2, 3, 1000000007, 1ull << 32, 1ull << 63, (1ull << 63) + 1,
        UINT64_MAX
    };
    bool exact = true;

    for (unsigned i = 0; i < 8; i++)
        for (unsigned j = 0; j < 8; j++)
            for (unsigned bits = 0; bits <= 64; bits++) {
                wide_t want = bits < 64
                                  ? ((wide_t)numbers[i] << bits) / numbers[j]
                                  : UINT64_MAX + (wide_t)1;

                if (want <= UINT64_MAX)
                    exact = exact && fraction(numbers[i], numbers[j], bits) ==
                                         (uint64_t)want;
            }
    ok(exact, "fraction: what a wide division gives, up to the largest");
    ok(fraction(0, 5, 48) == 0, "fraction: of nothing");
    ok(fraction(1, 3, 64) == UINT64_MAX / 3, "fraction: of 64 bits");
}

TEST(century)
{
    uint64_t worst = 0;

    for (size_t i = 0; i < RATES - 1; i++) {
        struct ostia_comm_page page = page_of(i);
        wide_t ticks = (wide_t)SECONDS_A_CENTURY * NS_PER_SECOND *
                       rates[i].ticks / rates[i].ns;
        uint64_t exact = (uint64_t)(ticks * rates[i].ns / rates[i].ticks);
        uint64_t off =
            distance(ostia_tsc_to_ns(&page, BASE + (uint64_t)ticks), exact);

        worst = off > worst ? off : worst;
    }
    note("at most %llu ns off", (unsigned long long)worst);
    ok(worst <= MOST_NS, "after a century at most 4 ms are lost");
}

TEST(steps)
{
    bool monotonic = true, close = true;

    for (size_t i = 0; i < RATES; i++) {
        struct ostia_comm_page page = page_of(i);
        uint64_t step = rates[i].ns / rates[i].ticks + 1;

        for (unsigned power = 0; power < 63; power++) {
            uint64_t tsc = BASE + (1ull << power);
            uint64_t before = ostia_tsc_to_ns(&page, tsc - 1);
            uint64_t after = ostia_tsc_to_ns(&page, tsc);

            if ((wide_t)rates[i].ns << power >> 64 >= rates[i].ticks)
                break; /* five centuries are over */
            monotonic = monotonic && after >= before;
            close = close && after - before <= step;
        }
    }
    ok(monotonic, "a tick later is not earlier");
    ok(close, "... nor later than a tick takes");
}

TEST(base)
{
    bool zero = true;

    for (size_t i = 0; i < RATES; i++) {
        struct ostia_comm_page page = page_of(i);

        zero = zero && ostia_tsc_to_ns(&page, BASE) == 0;
        page.cp_tsc_base = UINT64_MAX - 1000;
        zero = zero && ostia_tsc_to_ns(&page, UINT64_MAX - 1000) == 0;
    }
    ok(zero, "time begins at the base");
}
