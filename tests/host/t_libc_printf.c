/* SPDX-License-Identifier: MIT */
/*
 * t_libc_printf.c - our printf against the host's: same format, same bytes.
 */
#include <errno.h>
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/guest/tap.h"

#define vsnprintf ours_vsnprintf
#define vsprintf  ours_vsprintf
#define vasprintf ours_vasprintf

int ours_vsnprintf(char *restrict to, size_t size, const char *restrict text,
                   va_list list) __attribute__((format(printf, 3, 0)));
int ours_vsprintf(char *restrict to, const char *restrict text, va_list list)
    __attribute__((format(printf, 2, 0)));
int ours_vasprintf(char **restrict to, const char *restrict text, va_list list)
    __attribute__((format(printf, 2, 0)));

#include "user/libc/decimal.c"
#include "user/libc/float.c"
#include "user/libc/format.c"
#include "user/libc/hexfloat.c"
#include "user/libc/string_print.c"

#undef vsnprintf

#define ROOM 4096

static bool all_same;

static void __attribute__((format(printf, 1, 2))) same(const char *text, ...)
{
    char ours[ROOM], theirs[ROOM];
    va_list list;
    int our_count, their_count;

    va_start(list, text);
    our_count = ours_vsnprintf(ours, sizeof ours, text, list);
    va_end(list);
    va_start(list, text);
    their_count = vsnprintf(theirs, sizeof theirs, text, list);
    va_end(list);

    if (our_count == their_count && strcmp(ours, theirs) == 0)
        return;

    if (all_same)
        note("%s: got '%.200s' (%d), want '%.200s' (%d)", text, ours, our_count,
             theirs, their_count);
    all_same = false;
}

/* Formats that the compiler would find odd are what we test. */
#pragma GCC diagnostic ignored "-Wformat"
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"

TEST(integers)
{
    static const long long values[] = { 0,         1,        -1,      42,
                                        -4711,     INT_MAX,  INT_MIN, LLONG_MAX,
                                        LLONG_MIN, UINT_MAX, 255 };
    static const char *const flags[] = { "",  "-",  "+",  " ",   "#",
                                         "0", "+-", "0#", "-#0", "+ 0" };
    static const char *const sizes[] = { "",   "1",   "9",   "30",    ".0",
                                         ".1", ".12", "9.3", "30.22", "." };
    static const char *const types[] = { "lld", "llu", "llx", "llX", "llo",
                                         "d",   "hhd", "hd",  "hhu", "hx",
                                         "ld",  "zu",  "td",  "jx",  "i" };

    all_same = true;
    for (size_t f = 0; f < sizeof flags / sizeof *flags; f++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
            for (size_t t = 0; t < sizeof types / sizeof *types; t++)
                for (size_t v = 0; v < sizeof values / sizeof *values; v++) {
                    char text[32];

                    snprintf(text, sizeof text, "<%%%s%s%s>", flags[f],
                             sizes[s], types[t]);
                    same(text, values[v]);
                }
    ok(all_same, "integers: flags, widths, precisions, lengths");
}

TEST(text)
{
    char small[4];

    all_same = true;
    same("plain");
    same("%s|%10s|%-10s|%.2s|%10.2s|%.0s", "one", "two", "three", "four",
         "five", "six");
    same("%c%5c%-5c|", 'a', 'b', 'c');
    same("%%|%5d%%", 3);
    same("%*d|%-*d|%*d|%.*d|%.*d", 8, 1, 8, 2, -8, 3, 4, 5, -4, 6);
    same("%p|%20p|%-20p", (void *)small, (void *)0xdeadbeef, (void *)16);
    ok(all_same, "text, characters, stars, pointers");
}

static int __attribute__((format(printf, 3, 4)))
print(char *to, size_t size, const char *text, ...)
{
    va_list list;
    int count;

    va_start(list, text);
    count = ours_vsnprintf(to, size, text, list);
    va_end(list);
    return count;
}

TEST(borders)
{
    char small[4] = "xyz";
    int stored = 0;
    char *volatile null = NULL;
    volatile int huge = INT_MAX;

    ok(ALL(print(small, 4, "%d", 12345) == 5, strcmp(small, "123") == 0),
       "what does not fit is counted and cut off");
    ok(ALL(print(small, 1, "%s", "abc") == 3, small[0] == '\0'),
       "room for the end alone");
    ok(print(NULL, 0, "%s", "abc") == 3, "no room at all");
    ok(print(small, 4, "%s", null) == 6, "a null string");
    ok(ALL(print(small, 4, "ab%n", &stored) == 2, stored == 2), "%%n");
    ok(ALL(print(small, 4, "%y") == 2, strcmp(small, "%y") == 0),
       "what is no conversion stands for itself");
    ok(ALL(print(small, 4, "%") == 1, strcmp(small, "%") == 0),
       "a %% at the end");
    ok(print(small, 4, "%*d%d", huge, 1, 1) == -1,
       "more than an int can count is an error");
}

static const double doubles[] = {
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.1,
    0.5,
    1.5,
    2.5,
    0.125,
    9.5,
    99.5,
    1e-5,
    1e-4,
    123456.0,
    1234567.0,
    1e15,
    1e16,
    1e17,
    1e22,
    1e23,
    1e100,
    1e-100,
    3.141592653589793,
    2.0 / 3,
    DBL_MAX,
    DBL_MIN,
    DBL_EPSILON,
    5e-324,
    4.35,
    0.045,
    1.005,
    1e21,
    0.99999,
    0.999999999,
    9.9999995e10,
};
static const char *const forms[] = {
    "%f",    "%e",     "%g",     "%F",      "%E",     "%G",      "%a",
    "%A",    "%.0f",   "%.0e",   "%.0g",    "%.0a",   "%.1f",    "%.2e",
    "%.3g",  "%.3a",   "%.17g",  "%.20f",   "%.25e",  "%.40g",   "%.20a",
    "%#.0f", "%#.0e",  "%#g",    "%#.3g",   "%#a",    "%+f",     "% e",
    "%020f", "%-20g|", "%20.3e", "%020.1a", "%.400f", "%.1100f",
};

TEST(doubles)
{
    all_same = true;
    for (size_t t = 0; t < sizeof forms / sizeof *forms; t++) {
        for (size_t v = 0; v < sizeof doubles / sizeof *doubles; v++)
            same(forms[t], doubles[v]);
        same(forms[t], (double)INFINITY);
        same(forms[t], -(double)INFINITY);
        same(forms[t], (double)NAN);
    }
    same("%d %f %s %g %d", 1, 2.5, "x", 1e10, 4);
    same("%.3Lf", 2.5L);
    same("%g %e %.0f", 999999.5, 999999.5, 999999.5);
    ok(all_same, "doubles: chosen values in every form");
}

TEST(random_doubles)
{
    all_same = true;
    srand(3);
    for (int round = 0; round < 20000; round++) {
        uint64_t bits =
            (uint64_t)rand() << 42 ^ (uint64_t)rand() << 21 ^ (uint64_t)rand();
        double value;

        memcpy(&value, &bits, sizeof value);
        if (!isnan(value))
            same(forms[round % (int)(sizeof forms / sizeof *forms)], value);
    }
    ok(all_same, "doubles: random values in every form");
}
