/* SPDX-License-Identifier: MIT */
/*
 * vm_fault.c - makes a page that the map allows accessible.
 *
 *     address --> entry --> object --> frame --> page table
 */
#include "vm/vm_map_internal.h"

kern_return_t
vm_fault_page(vm_map_t map, vaddr_t address, vm_prot_t *prot, paddr_t *frame)
{
    vm_map_entry_t entry = VM_MAP_ENTRY_NULL;

    if (map != VM_MAP_NULL && map->map_active)
        entry = vm_map_lookup(map, address);
    if (entry == VM_MAP_ENTRY_NULL)
        return KERN_INVALID_ADDRESS;
    if (*prot & ~entry->vme_prot)
        return KERN_PROTECTION_FAILURE;
    *prot = entry->vme_prot;
    *frame = vm_object_page_make(entry->vme_object,
                                 vm_map_entry_offset(entry, address));
    return *frame != FRAME_NONE ? KERN_SUCCESS : KERN_RESOURCE_SHORTAGE;
}

/*
 * vm_fault - see vm_map.h.
 *
 * The page is mapped with all the access that its entry has, so that one page
 * faults once.
 */
kern_return_t
vm_fault(vm_map_t map, vaddr_t address, vm_prot_t prot)
{
    paddr_t frame;
    kern_return_t kr = vm_fault_page(map, address, &prot, &frame);

    if (kr != KERN_SUCCESS)
        return kr;
    return pmap_enter(map->map_pmap, trunc_page(address), frame, prot);
}
