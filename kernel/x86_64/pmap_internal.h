/* SPDX-License-Identifier: MIT */
/*
 * pmap_internal.h - a pmap's structure, for pmap.c, pmap_kernel.c and vm/handover.h alone.
 */
#ifndef OSTIA_KERNEL_X86_64_PMAP_INTERNAL_H
#define OSTIA_KERNEL_X86_64_PMAP_INTERNAL_H

#include "kernel/x86_64/pte.h"
#include "vm/pmap.h"

struct pmap {
    paddr_t pm_root;
    size_t pm_resident; /* pages mapped in the user half */
};

#endif
