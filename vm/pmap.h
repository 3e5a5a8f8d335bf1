/* SPDX-License-Identifier: MIT */
/*
 * pmap.h - page tables: the whole contract between vm/ and the machine.
 *
 * A pmap is a cache of what vm_map says: any entry but a wired one may be
 * dropped and comes back by a fault.  Implemented in kernel/x86_64/pmap.c.
 */
#ifndef OSTIA_VM_PMAP_H
#define OSTIA_VM_PMAP_H

#include <mach/kern_return.h>
#include <mach/vm_prot.h>

#include "kernel/base/compiler.h"
#include "kernel/base/types.h"

struct ledger;

typedef struct pmap *pmap_t;

/* The kernel's own, shared by the upper half of every other. */
extern pmap_t kernel_pmap;

/*
 * Builds the final kernel page tables from boot_info: all RAM at PHYSMAP_BASE
 * (no-execute; kernel text and rodata read-only there too), the image with
 * W^X.  Uses frames from frames.h.  Called once, early.
 */
void pmap_bootstrap(void);

/* An empty user address space, or NULL. */
MUSTUSE pmap_t pmap_create(struct ledger *ledger);
/* Requires  nothing is mapped in it any more, and no processor has it loaded. */
void pmap_destroy(pmap_t pmap);

/* Pages mapped now. */
size_t pmap_resident(pmap_t pmap);

/*
 * pmap_enter - map the page at `va` to frame `pa` (replaces what was there).
 *
 * Returns  KERN_SUCCESS            with write and execute never both granted
 *          KERN_RESOURCE_SHORTAGE  no frame for a page table
 */
MUSTUSE kern_return_t pmap_enter(pmap_t pmap, vaddr_t va, paddr_t pa,
                                 vm_prot_t prot);
/*
 * pmap_protect - lower the access of what is mapped in [start, end); with
 * VM_PROT_NONE unmap it, and free page tables that got empty.
 *
 * Returns  where to go on, at most `end`: the budget may be spent before
 */
MUSTUSE vaddr_t pmap_protect(pmap_t pmap, vaddr_t start, vaddr_t end,
                             vm_prot_t prot);
/* The frame that is mapped at `va`, below VM_MAX_ADDRESS, and the access that
 * user mode has; FRAME_NONE: none is. */
paddr_t pmap_lookup(pmap_t pmap, vaddr_t va, vm_prot_t *prot);

/* Loads the address space on this processor; NULL loads the kernel's. */
void pmap_activate(pmap_t pmap);

/* Kernel mappings in the KMEM range: data, or a device's registers, uncached. */
MUSTUSE kern_return_t pmap_kernel_enter(vaddr_t va, paddr_t pa, bool device);
paddr_t pmap_kernel_remove(vaddr_t va); /* the frame that was there */
/*
 * A word that a page of the KMEM range has while nothing is mapped there, to
 * keep an address of a page in; NULL when there is no memory for it.
 */
MUSTUSE uint64_t *pmap_kernel_word(vaddr_t va);
/* Device registers, uncached, at an address of the KMEM range; NULL: none. */
MUSTUSE volatile void *pmap_map_device(paddr_t pa, size_t size);

#endif
