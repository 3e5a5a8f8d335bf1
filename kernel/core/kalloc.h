/* SPDX-License-Identifier: MIT */
/*
 * kalloc.h - memory for the kernel's own objects (part of the ipc seam).
 *
 * Typed zones for objects, kalloc for sizes that are known at run time.  Memory
 * arrives zeroed, but for the elements of a zone with z_zeroed, of which that
 * many bytes do.  All of it is counted for a ledger, page by page: a page has
 * elements of one zone and one ledger.  Debug builds poison what is freed and
 * refuse a double free.  Every allocation may fail: NULL is an answer that each
 * caller turns into its own error code.
 */
#ifndef OSTIA_KERNEL_CORE_KALLOC_H
#define OSTIA_KERNEL_CORE_KALLOC_H

#include "kernel/base/compiler.h"
#include "kernel/base/queue.h"
#include "kernel/base/types.h"
#include "kernel/core/ledger.h"

struct zone {
    const char *z_name;
    size_t z_size;       /* bytes of one element, at most ZONE_ELEMENT_MAX, */
    size_t z_zeroed;     /* of which so many arrive zeroed; 0: all */
    size_t z_slab;       /* elements of a page; set on first use */
    size_t z_count;      /* elements in use */
    size_t z_pages;      /* pages that the zone has */
    unsigned z_index;    /* of le_slabs; 0: not used yet */
    struct zone *z_next; /* all zones, for the statistics; set on first use */
};

/* struct zone task_zone = ZONE_INIT("tasks", struct task); */
#define ZONE_INIT(name, type)                    \
    {                                            \
        .z_name = (name), .z_size = sizeof(type) \
    }

#define ZONE_ELEMENT_MAX 4032 /* one in a page */

/* Returns  a zeroed element, 16-byte aligned, or NULL. */
MUSTUSE void *zalloc(struct zone *zone, struct ledger *ledger);
void zfree(struct zone *zone, void *element);
/* Who pays for an element of a zone. */
struct ledger *zledger(const void *element);
/* Gives the spare page of a ledger back that nobody will use any more. */
void zone_drop_spare(struct ledger *ledger);

/*
 * Returns  `size` zeroed bytes, contiguous in kernel virtual memory, 16-byte
 *          aligned (page-aligned from one page up), or NULL.  Size 0 is NULL.
 */
MUSTUSE void *kalloc(size_t size, struct ledger *ledger);
/* `size` and `ledger` are those of kalloc. NULL is allowed with any size. */
void kfree(void *memory, size_t size, struct ledger *ledger);

/* The first of all zones that were ever used; z_next leads on. */
const struct zone *kalloc_zones(void);

/* Makes the Nth allocation from now fail, once; 0 turns it off. */
void kalloc_fail_after(unsigned long n);
/*
 * Obeys the boot option kalloc.fail=N.  Called once, when the first task runs:
 * before that, nobody could be told of a failure.
 */
void kalloc_start_failing(void);

#endif
