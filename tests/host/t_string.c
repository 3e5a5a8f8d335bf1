/* SPDX-License-Identifier: MIT */
/*
 * t_string.c - kernel/base/string against plain loops, at every alignment.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/guest/tap.h"

#define memcpy  ours_memcpy
#define memmove ours_memmove
#define memset  ours_memset
#define memcmp  ours_memcmp
#define memchr  ours_memchr
#define strlen  ours_strlen
#define strnlen ours_strnlen
#define strcmp  ours_strcmp
#define strncmp ours_strncmp
#define strlcpy ours_strlcpy

#define STRING_IS_OURS 1
#include "kernel/base/string.c"

#define ROOM 96

static unsigned char got[ROOM], want[ROOM];

static void
fill(void)
{
    for (unsigned i = 0; i < ROOM; i++)
        got[i] = want[i] = (unsigned char)(i * 7 + 1);
}

static bool
equal(void)
{
    for (unsigned i = 0; i < ROOM; i++) {
        if (got[i] != want[i])
            return false;
    }

    return true;
}

static void
move_bytes(unsigned to, unsigned from, unsigned size)
{
    unsigned char copy[ROOM];

    for (unsigned i = 0; i < size; i++)
        copy[i] = want[from + i];
    for (unsigned i = 0; i < size; i++)
        want[to + i] = copy[i];
}

TEST(moves)
{
    bool copies = true, moves = true, sets = true;

    for (unsigned size = 0; size <= 40; size++) {
        for (unsigned to = 0; to < 24; to++) {
            fill();
            move_bytes(to, 52 + to % 4, size);
            copies = memcpy(got + to, got + 52 + to % 4, size) == got + to &&
                     equal() && copies;

            for (unsigned from = 0; from < 24; from++) {
                fill();
                move_bytes(to, from, size);
                moves = memmove(got + to, got + from, size) == got + to &&
                        equal() && moves;
            }

            fill();
            for (unsigned i = 0; i < size; i++)
                want[to + i] = 0xa5;
            sets = memset(got + to, 0x7a5, size) == got + to && equal() && sets;
        }
    }

    ok(copies, "memcpy: every size and place");
    ok(moves, "memmove: every overlap");
    ok(sets, "memset: every size and place, the low byte of the value");
}

TEST(compares)
{
    bool finds = true;

    fill();
    for (unsigned at = 0; at < 40; at++) {
        want[at] ^= 0x80;
        finds = finds && memcmp(got, want, at) == 0 &&
                memcmp(got, want, 40) != 0 &&
                (memcmp(got, want, 40) < 0) == (got[at] < want[at]);
        want[at] ^= 0x80;
    }

    ok(finds, "memcmp: finds the first difference, unsigned");
    ok(ALL(memchr("abc", 'c', 3) != NULL, memchr("abc", 'c', 2) == NULL),
       "memchr: looks no further than it may");
    ok(ALL(strcmp("a", "b") < 0, strcmp("b", "a") > 0, strcmp("", "") == 0,
           strcmp("a\x80", "a\x01") > 0),
       "strcmp: order, unsigned");
    ok(ALL(strncmp("abc", "abd", 2) == 0, strncmp("abc", "abd", 3) < 0,
           strncmp("a", "a", 9) == 0, strncmp("a", "b", 0) == 0),
       "strncmp: stops at the limit and at the end");
}

TEST(strings)
{
    char small[4];

    ok(ALL(strlen("") == 0, strlen("four") == 4), "strlen");
    ok(ALL(strnlen("four", 3) == 3, strnlen("four", 9) == 4), "strnlen");
    ok(ALL(strlcpy(small, "longer", 4) == 6, strcmp(small, "lon") == 0),
       "strlcpy: cuts off, tells the whole length");
    ok(ALL(strlcpy(small, "x", 0) == 1, strcmp(small, "lon") == 0),
       "strlcpy: no room, no write");
}
