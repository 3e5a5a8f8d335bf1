/* SPDX-License-Identifier: MIT */
/*
 * compiler.h - attributes that make the compiler the reviewer, and the few
 * macros that every part of the kernel shares.
 */
#ifndef OSTIA_KERNEL_BASE_COMPILER_H
#define OSTIA_KERNEL_BASE_COMPILER_H

#include <stddef.h>

/* The result must be looked at. */
#define MUSTUSE __attribute__((warn_unused_result))
/* Never returns; also lawful on function-pointer types, unlike _Noreturn. */
#define NORETURN   __attribute__((noreturn))
#define PACKED     __attribute__((packed))
#define ALIGNED(n) __attribute__((aligned(n)))
#define UNUSED     __attribute__((unused))
/* A step of a function that is to be one piece. */
#define ALWAYS_INLINE inline __attribute__((always_inline))
#define PRINTF_LIKE(string, first) \
    __attribute__((format(printf, string, first)))

/* The structure of type `type` whose member `member` is at `pointer`. */
#define container_of(pointer, type, member) \
    ((type *)((char *)(pointer)-offsetof(type, member)))

/* Each argument is evaluated once. */
#define min(a, b)                      \
    ({                                 \
        __typeof__(a) min_a = (a);     \
        __typeof__(b) min_b = (b);     \
        min_a < min_b ? min_a : min_b; \
    })
#define max(a, b)                      \
    ({                                 \
        __typeof__(a) max_a = (a);     \
        __typeof__(b) max_b = (b);     \
        max_a > max_b ? max_a : max_b; \
    })

/* Bytes of a line of the processor's caches. */
#define CACHE_LINE 64

#define countof(array) (sizeof(array) / sizeof((array)[0]))

#endif
