/* SPDX-License-Identifier: MIT */
/*
 * ring_traps.c - the stubs of all traps on the host, out of traps.def: the
 * arguments as they come, to ring_trap.
 *
 * A trap with fewer of them hands on what happens to lie in the registers, as
 * SYSCALL does.
 */
#include "ring.h"

#define STUB(number, name)                                                    \
    uint64_t name(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, \
                  uint64_t f, uint64_t g, uint64_t h);                        \
    uint64_t name(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, \
                  uint64_t f, uint64_t g, uint64_t h)                         \
    {                                                                         \
        const uint64_t args[RING_TRAP_ARGS] = { a, b, c, d, e, f, g, h };     \
                                                                              \
        return ring_trap(number, args);                                       \
    }

#define TRAP(number, type, name, parameters)         STUB(number, name)
#define MACHDEP_TRAP(number, type, name, parameters) STUB(number, name)
#include <mach/traps.def>
