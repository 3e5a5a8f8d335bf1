/* SPDX-License-Identifier: MIT */
/*
 * kmem.h - the kernel's page-mapped memory, in the range KMEM.
 *
 * A reservation is a range of addresses with a guard page behind it, which is
 * never mapped: running over the end of such memory faults.
 */
#ifndef OSTIA_KERNEL_CORE_KMEM_H
#define OSTIA_KERNEL_CORE_KMEM_H

#include "kernel/base/compiler.h"
#include "kernel/base/types.h"

struct ledger;

/*
 * Takes over the memory that boot_info tells of: frames, page tables, and with
 * them everything in kalloc.h.
 */
void kmem_bootstrap(void);

/* Addresses for `size` bytes, for good, with nothing mapped there; 0 if none. */
MUSTUSE vaddr_t kmem_reserve(size_t size);

/* Zeroed pages for `size` bytes, or NULL. */
MUSTUSE void *kmem_alloc(size_t size, struct ledger *ledger);
void kmem_free(void *memory, size_t size, struct ledger *ledger);
/*
 * A kernel stack with unmapped pages on both sides: its lowest address, or
 * NULL.
 */
MUSTUSE void *kmem_alloc_stack(size_t size);

#endif
