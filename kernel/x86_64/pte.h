/* SPDX-License-Identifier: MIT */
/*
 * pte.h - one entry of a page table (Intel SDM Vol. 3A section 4.5), private
 * to pmap.c and pmap_kernel.c.
 *
 *   63   62..52     51 .......... 12   11..9   8   7   5   4 3    2   1   0
 *   NX   used (*)   frame                      G   PS  A   cache  U   W   P
 *
 * (*) The processor ignores these bits.  In an entry that points to a user
 * table they count the entries in use there, so that an empty table is known
 * when it becomes one.
 */
#ifndef OSTIA_KERNEL_X86_64_PTE_H
#define OSTIA_KERNEL_X86_64_PTE_H

#include "kernel/base/types.h"
#include "kernel/core/vm_param.h"

typedef uint64_t pte_t;

#define PTE_PRESENT  (UINT64_C(1) << 0)
#define PTE_WRITE    (UINT64_C(1) << 1)
#define PTE_USER     (UINT64_C(1) << 2)
#define PTE_UNCACHED (UINT64_C(3) << 3)
#define PTE_LARGE    (UINT64_C(1) << 7)
#define PTE_GLOBAL   (UINT64_C(1) << 8)
#define PTE_FRAME    UINT64_C(0x000ffffffffff000)
#define PTE_USED     (UINT64_C(1) << 52)
#define PTE_NX       (UINT64_C(1) << 63)

#define PT_BITS    9
#define PT_ENTRIES (1u << PT_BITS)

/* Level 0 has the pages, level 3 is the root. */
#define PT_LEVELS 4
#define PT_ROOT   (PT_LEVELS - 1)

/* Bytes that one entry of a level stands for. */
static inline uint64_t
pt_span(unsigned level)
{
    return PAGE_SIZE << (level * PT_BITS);
}

static inline unsigned
pt_index(vaddr_t va, unsigned level)
{
    return (va >> (PAGE_SHIFT + level * PT_BITS)) & (PT_ENTRIES - 1);
}

static inline pte_t *
pt_entry(paddr_t table, vaddr_t va, unsigned level)
{
    pte_t *entries = phys_to_virt(table);

    return &entries[pt_index(va, level)];
}

static inline paddr_t
pte_frame(pte_t entry)
{
    return entry & PTE_FRAME;
}

static inline unsigned
pte_used(pte_t entry)
{
    return (entry / PTE_USED) & 0x3ff;
}

#endif
