/* SPDX-License-Identifier: MIT */
/*
 * loader.h - the two loaders' readers, and what they share (loader.c).
 */
#ifndef OSTIA_KERNEL_X86_64_LOADER_H
#define OSTIA_KERNEL_X86_64_LOADER_H

#include "kernel/base/compiler.h"
#include "kernel/base/types.h"

/*
 * The bytes at a physical address, before pmap_bootstrap; NULL if they cannot
 * be mapped: at 512 GiB and beyond, or when four GiB above 4 GiB are in use.
 */
MUSTUSE const void *boot_memory(paddr_t address, size_t size);

void multiboot2_read(paddr_t information);
void pvh_read(paddr_t information);

#endif
