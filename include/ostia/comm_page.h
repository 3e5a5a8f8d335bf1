/* SPDX-License-Identifier: MIT */
/*
 * ostia/comm_page.h - the page that the kernel shows to every task, read-only:
 * what makes nanoseconds since boot of the processor's time-stamp counter.
 */
#ifndef _OSTIA_COMM_PAGE_H_
#define _OSTIA_COMM_PAGE_H_

#include <stdint.h>

/* Beyond VM_MAX_ADDRESS: no call of memory reaches it.  Darwin's is here too,
 * with other contents. */
#define OSTIA_COMM_PAGE ((const struct ostia_comm_page *)0x7fffffe00000)

/* Written before the first task runs, and never again. */
struct ostia_comm_page {
    uint64_t cp_tsc_base;   /* the counter at boot */
    uint64_t cp_tsc_factor; /* nanoseconds a tick, times 2^OSTIA_TSC_SHIFT */
    uint64_t cp_reserved[510];
};

/*
 * A counter of 16 kHz and more has a factor of 64 bits, one of 5 GHz has 45
 * bits of it: 3e-14 off.
 */
#define OSTIA_TSC_SHIFT 48

/* Requires   `tsc` is not before the base. */
static inline uint64_t
ostia_tsc_to_ns(const struct ostia_comm_page *page, uint64_t tsc)
{
    unsigned __int128 product =
        (unsigned __int128)(tsc - page->cp_tsc_base) * page->cp_tsc_factor;

    return (uint64_t)(product >> OSTIA_TSC_SHIFT);
}

#endif
