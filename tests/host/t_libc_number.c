/* SPDX-License-Identifier: MIT */
/*
 * t_libc_number.c - strtol and its kin, and qsort and bsearch, of our libc.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "tests/guest/tap.h"

#define strtoll   ours_strtoll
#define strtoull  ours_strtoull
#define strtol    ours_strtol
#define strtoul   ours_strtoul
#define strtoimax ours_strtoimax
#define strtoumax ours_strtoumax
#define atoi      ours_atoi
#define atol      ours_atol
#define atoll     ours_atoll
#define abs       ours_abs
#define labs      ours_labs
#define llabs     ours_llabs
#define imaxabs   ours_imaxabs
#define div       ours_div
#define ldiv      ours_ldiv
#define lldiv     ours_lldiv
#define imaxdiv   ours_imaxdiv
#define qsort     ours_qsort
#define bsearch   ours_bsearch

#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#include "user/libc/number.c"
#include "user/libc/sort.c"

#undef strtoll
#undef strtoull

/* Value, end and errno are those of the host. */
static bool
same(const char *text, int base)
{
    char *our_end, *their_end;
    long long ours, theirs;
    unsigned long long our_u, their_u;
    int our_errno;
    bool fine;

    errno = 0;
    ours = ours_strtoll(text, &our_end, base);
    our_errno = errno;
    errno = 0;
    theirs = strtoll(text, &their_end, base);
    fine = ours == theirs && our_end == their_end && our_errno == errno;

    errno = 0;
    our_u = ours_strtoull(text, &our_end, base);
    our_errno = errno;
    errno = 0;
    their_u = strtoull(text, &their_end, base);
    fine =
        fine && our_u == their_u && our_end == their_end && our_errno == errno;

    if (!fine)
        note("'%s' in base %d", text, base);
    return fine;
}

TEST(numbers)
{
    static const char *const texts[] = {
        "0",
        "1",
        "-1",
        "+7",
        "  \t42x",
        "0x1f",
        "0X1F",
        "0x",
        "0xg",
        "-0x10",
        "017",
        "08",
        "z",
        "-z",
        "",
        " ",
        "-",
        "+-1",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "-9223372036854775809",
        "18446744073709551615",
        "18446744073709551616",
        "-18446744073709551615",
        "99999999999999999999999999",
        "1e3",
        "zz",
        "10101",
        "7fffffffffffffff",
        "0x8000000000000000",
    };
    static const int bases[] = { 0, 2, 8, 10, 16, 36 };
    bool fine = true;

    for (size_t t = 0; t < sizeof texts / sizeof *texts; t++) {
        for (size_t b = 0; b < sizeof bases / sizeof *bases; b++)
            fine = same(texts[t], bases[b]) && fine;
    }

    ok(fine, "strtoll, strtoull: value, end and errno as the host's");
    errno = 0;
    ok(ALL(ours_strtoll("1", NULL, 37) == 0, errno == EINVAL),
       "a base too high");
    ok(ALL(atoi(" -12ab") == -12, atoi("") == 0), "atoi");
    ok(ALL(div(-7, 2).quot == -3, div(-7, 2).rem == -1), "div rounds to zero");
}

static int calls;

static int
compare_ints(const void *a, const void *b)
{
    int x = *(const int *)a;
    int y = *(const int *)b;

    calls++;
    return (x > y) - (x < y);
}

TEST(sort)
{
    static int numbers[1000];
    bool sorted = true, found = true;

    srand(5);
    for (size_t count = 0; count <= 1000; count += count < 20 ? 1 : 245) {
        long long before = 0, after = 0;

        for (size_t i = 0; i < count; i++)
            before += numbers[i] = rand() % 100 * (i % 3 == 0 ? -1 : 1);
        qsort(numbers, count, sizeof *numbers, compare_ints);
        for (size_t i = 0; i < count; i++) {
            after += numbers[i];
            sorted = sorted && (i == 0 || numbers[i - 1] <= numbers[i]);
            found = found && bsearch(&numbers[i], numbers, count,
                                     sizeof *numbers, compare_ints) != NULL;
        }
        sorted = sorted && before == after;
    }

    ok(sorted, "qsort: sorted, and nothing lost");
    ok(found, "bsearch: finds each");
    ok(ALL(bsearch(&(int){ 1000 }, numbers, 1000, sizeof *numbers,
                   compare_ints) == NULL,
           bsearch(numbers, numbers, 0, sizeof *numbers, compare_ints) == NULL),
       "bsearch: finds nothing else");

    for (int i = 0; i < 1000; i++)
        numbers[i] = i;
    calls = 0;
    qsort(numbers, 1000, sizeof *numbers, compare_ints);
    ok(calls < 25000, "qsort: n log n for what is sorted already");
}
