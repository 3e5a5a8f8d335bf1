/* SPDX-License-Identifier: MIT */
/*
 * kmem.h - the kernel's page-mapped memory, in the range KMEM.
 *
 * A range of addresses ends with a guard page, which is never mapped, and so
 * does the one before: running over either end of such memory faults.
 */
#ifndef OSTIA_KERNEL_CORE_KMEM_H
#define OSTIA_KERNEL_CORE_KMEM_H

#include "kernel/base/compiler.h"
#include "kernel/base/types.h"
#include "kernel/core/vm_param.h"

struct ledger;

/*
 * Takes over the memory that boot_info tells of: frames, page tables, and with
 * them everything in kalloc.h.
 */
void kmem_bootstrap(void);

#define KMEM_RANGE     (8 * PAGE_SIZE) /* bytes of addresses, of which */
#define KMEM_RANGE_MAX (7 * PAGE_SIZE) /* so many have memory */

/* A range, with nothing mapped there; 0 if none is left. */
MUSTUSE vaddr_t kmem_reserve(void);

/* Zeroed pages for `size` bytes, at most KMEM_RANGE_MAX; or NULL. */
MUSTUSE void *kmem_alloc(size_t size, struct ledger *ledger);
void kmem_free(void *memory, size_t size, struct ledger *ledger);

#endif
