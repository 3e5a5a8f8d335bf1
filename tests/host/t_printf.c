/* SPDX-License-Identifier: MIT */
/*
 * t_printf.c - kernel/base/printf: every conversion gives what C's snprintf
 * gives, in buffers of every size.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "kernel/base/printf.h"
#include "tests/guest/tap.h"

#define SIZE 64

/* The same text and length, whole and cut at each byte. */
#define SAME(...)                                                \
    do {                                                         \
        bool same = true;                                        \
                                                                 \
        for (size_t size = 0; size <= SIZE; size++) {            \
            char ours[SIZE] = "untouched";                       \
            char theirs[SIZE] = "untouched";                     \
            int length = ksnprintf(ours, size, __VA_ARGS__);     \
                                                                 \
            if (length != snprintf(theirs, size, __VA_ARGS__) || \
                memcmp(ours, theirs, SIZE) != 0)                 \
                same = false;                                    \
        }                                                        \
        ok(same, "%s", #__VA_ARGS__);                            \
    } while (0)

int
main(void)
{
    SAME("plain text, 100%%");
    SAME("%d %d %d %d", 0, -1, INT_MAX, INT_MIN);
    SAME("%u %u", 0u, UINT_MAX);
    SAME("%ld %lu %ld", LONG_MIN, ULONG_MAX, -5L);
    SAME("%llx %zu %zx", 0x123456789abcdefULL, (size_t)7, (size_t)255);
    SAME("%x %#x %#lx", 0xbeefu, 0x10u, 0xffffffff80000000ul);
    SAME("[%5d] [%-5d] [%05d]", 42, 42, -42);
    SAME("[%#010x] [%-#8x] [%016lx]", 0xabu, 0xabu, 0x1234ul);
    SAME("[%s] [%8s] [%-8s] [%.2s] [%.*s]", "abc", "abc", "abc", "abc", 1,
         "abc");
    SAME("[%c] [%*d]", 'x', 6, 7);
    SAME("%p", (void *)0x1234);
    return tap_done();
}
