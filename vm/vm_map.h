/* SPDX-License-Identifier: MIT */
/*
 * vm_map.h - what the kernel outside vm/ asks of an address space.
 *
 * The structures themselves are in vm_map_internal.h, for vm/ alone.
 */
#ifndef OSTIA_VM_VM_MAP_H
#define OSTIA_VM_VM_MAP_H

#include <mach/kern_return.h>
#include <mach/vm_prot.h>
#include <mach/vm_statistics.h>

#include "vm/pmap.h"
#include "vm/vm_copy.h"

struct vm_object;

/* The flags of vm_map_enter that this kernel offers; any other is refused. */
#define VM_MAP_FLAGS \
    (VM_FLAGS_ANYWHERE | VM_FLAGS_OVERWRITE | (int)VM_FLAGS_ALIAS_MASK)

/* An empty map of the whole user half, with one reference; or NULL. */
MUSTUSE vm_map_t vm_map_create(struct ledger *ledger);
MUSTUSE vm_map_t vm_map_reference(vm_map_t map);
/* NULL is allowed.  Requires  with the last reference, the map is empty. */
void vm_map_deallocate(vm_map_t map);
/* From now on everything is refused (KERN_INVALID_ARGUMENT for routines). */
void vm_map_shutdown(vm_map_t map);
/*
 * vm_map_teardown - one bounded step of taking a shut-down map apart.
 *
 * Returns  true when nothing is mapped any more.
 */
bool vm_map_teardown(vm_map_t map);
pmap_t vm_map_pmap(vm_map_t map);
uint64_t vm_map_virtual_size(vm_map_t map);
uint64_t vm_map_resident_size(vm_map_t map);

/*
 * vm_fault - make the page at `address` accessible as `prot` asks.
 *
 * Returns  KERN_SUCCESS             it is mapped
 *          KERN_INVALID_ADDRESS     a hole
 *          KERN_PROTECTION_FAILURE  the entry does not allow so much
 *          KERN_RESOURCE_SHORTAGE   no memory
 */
MUSTUSE kern_return_t vm_fault(vm_map_t map, vaddr_t address, vm_prot_t prot);

/* Object of physical frames that exist already (the boot file system). */
MUSTUSE struct vm_object *vm_object_of_frames(paddr_t start, uint64_t size);
MUSTUSE struct vm_object *vm_object_reference(struct vm_object *object);
void vm_object_deallocate(struct vm_object *object);

/*
 * vm_map_enter - map [offset, offset + size) of an object, or fresh zero-fill
 * memory if `object` is NULL, at *address or (VM_FLAGS_ANYWHERE) above it.
 *
 * Consumes  one reference on the object, on KERN_SUCCESS alone.
 * Returns   KERN_SUCCESS, with *address
 *           KERN_NO_SPACE, KERN_INVALID_ADDRESS, KERN_INVALID_ARGUMENT,
 *           KERN_RESOURCE_SHORTAGE as mach_vm_map's; WORK_UNFINISHED
 */
MUSTUSE kern_return_t vm_map_enter(vm_map_t map, uint64_t *address,
                                   uint64_t size, uint64_t mask, int flags,
                                   struct vm_object *object, uint64_t offset,
                                   bool copy, vm_prot_t prot,
                                   vm_prot_t max_prot, int inheritance);

/*
 * A memory entry (IKOT_NAMED_ENTRY): an object, its size, and the most that
 * may be done with it.  vm/ makes its contents; the port is ipc's.
 */
struct vm_named_entry {
    struct vm_object *ne_object; /* holds a reference */
    uint64_t ne_size;
    vm_prot_t ne_protection;
};

#endif
