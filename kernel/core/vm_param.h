/* SPDX-License-Identifier: MIT */
/*
 * vm_param.h - pages and the map of the address space.
 *
 *   0x0000000000000000  never mapped (first 64 KiB: null pointers fault)
 *   0x0000000000010000  user ...            VM_MIN_ADDRESS
 *   0x00007f8000000000  ... user            VM_MAX_ADDRESS
 *   0x00007fffffe00000  the kernel's page   OSTIA_COMM_PAGE, for all to read;
 *                       non-canonical       nothing else up to there
 *   0xffff800000000000  all RAM, once       PHYSMAP_BASE, no-execute
 *   0xffffc00000000000  kernel mappings     KMEM_BASE: large kalloc, stacks
 *   0xffffffff80000000  the kernel image    KERNEL_BASE, physical + base
 */
#ifndef OSTIA_KERNEL_CORE_VM_PARAM_H
#define OSTIA_KERNEL_CORE_VM_PARAM_H

#include "kernel/base/types.h"

#define PAGE_SHIFT 12
#define PAGE_SIZE  (UINT64_C(1) << PAGE_SHIFT)
#define PAGE_MASK  (PAGE_SIZE - 1)

#define trunc_page(x) ((uint64_t)(x) & ~PAGE_MASK)
/* Wraps at the end of the address space: check before. */
#define round_page(x) (((uint64_t)(x) + PAGE_MASK) & ~PAGE_MASK)

#define VM_MIN_ADDRESS UINT64_C(0x10000)
/* A root entry's border: what lies beyond is the same in every task. */
#define VM_MAX_ADDRESS UINT64_C(0x7f8000000000)

#define PHYSMAP_BASE UINT64_C(0xffff800000000000)
#define PHYSMAP_SIZE (UINT64_C(1) << 45)
#define KMEM_BASE    UINT64_C(0xffffc00000000000)
#define KMEM_SIZE    (UINT64_C(1) << 40)
#define KERNEL_BASE  UINT64_C(0xffffffff80000000)

static inline void *
phys_to_virt(paddr_t physical)
{
    return (void *)(PHYSMAP_BASE + physical);
}

/* Requires  `address` lies in the map of all RAM. */
static inline paddr_t
virt_to_phys(const void *address)
{
    return (uintptr_t)address - PHYSMAP_BASE;
}

#endif
