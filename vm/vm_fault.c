/* SPDX-License-Identifier: MIT */
/*
 * vm_fault.c - makes a page that the map allows accessible.
 *
 *     address --> entry --> object --> frame --> page table
 *         INVALID_ADDRESS,   SHORTAGE     SHORTAGE
 *       PROTECTION_FAILURE
 */
#include "kernel/base/assert.h"
#include "vm/vm_map_internal.h"

/* The entry and the frame at an address, which the entry allows to use so. */
static kern_return_t
find(vm_map_t map, vaddr_t address, vm_prot_t prot, vm_map_entry_t *found,
     paddr_t *frame)
{
    vm_map_entry_t entry;
    uint64_t offset;

    if (map == VM_MAP_NULL || !map->map_active)
        return KERN_INVALID_ADDRESS;
    entry = *found = vm_map_lookup(map, address);
    if (entry == VM_MAP_ENTRY_NULL)
        return KERN_INVALID_ADDRESS;
    if ((entry->vme_prot & prot) != prot)
        return KERN_PROTECTION_FAILURE;
    offset = entry->vme_offset + trunc_page(address) - entry->vme_start;
    if (!vm_object_page(entry->vme_object, offset, frame))
        *frame = vm_object_page_make(entry->vme_object, offset);
    return *frame != FRAME_NONE ? KERN_SUCCESS : KERN_RESOURCE_SHORTAGE;
}

kern_return_t
vm_fault_page(vm_map_t map, vaddr_t address, vm_prot_t prot, paddr_t *frame)
{
    vm_map_entry_t entry;

    return find(map, address, prot, &entry, frame);
}

/* The page is mapped with all the access that its entry has, so that one page
 * faults once. */
kern_return_t
vm_fault(vm_map_t map, vaddr_t address, vm_prot_t prot)
{
    vm_map_entry_t entry;
    paddr_t frame;
    kern_return_t kr = find(map, address, prot, &entry, &frame);

    if (kr != KERN_SUCCESS)
        return kr;
    return pmap_enter(map->map_pmap, trunc_page(address), frame,
                      entry->vme_prot);
}
