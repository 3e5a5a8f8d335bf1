/* SPDX-License-Identifier: MIT */
/*
 * vm_fault.c - makes a page that the map allows accessible.
 *
 *     address --> entry --> object --> frame --> page table
 *              BAD, PROTECTION    MEMORY        MEMORY
 */
#include "kernel/base/assert.h"
#include "vm/vm_map_internal.h"

static vm_fault_result_t
find_entry(vm_map_t map, vaddr_t address, vm_prot_t prot, vm_map_entry_t *entry)
{
    if (map == VM_MAP_NULL || !map->map_active)
        return VM_FAULT_BAD;
    *entry = vm_map_lookup(map, address);
    if (*entry == VM_MAP_ENTRY_NULL)
        return VM_FAULT_BAD;
    if (((*entry)->vme_prot & prot) != prot)
        return VM_FAULT_PROTECTION;
    return VM_FAULT_OK;
}

static vm_fault_result_t
find_frame(vm_map_entry_t entry, vaddr_t address, paddr_t *frame)
{
    uint64_t offset = trunc_page(address) - entry->vme_start;

    offset += entry->vme_offset;
    if (!vm_object_page(entry->vme_object, offset, frame))
        *frame = vm_object_page_make(entry->vme_object, offset);
    return *frame != FRAME_NONE ? VM_FAULT_OK : VM_FAULT_MEMORY;
}

vm_fault_result_t
vm_fault_page(vm_map_t map, vaddr_t address, vm_prot_t prot, paddr_t *frame)
{
    vm_map_entry_t entry;
    vm_fault_result_t result = find_entry(map, address, prot, &entry);

    return result == VM_FAULT_OK ? find_frame(entry, address, frame) : result;
}

/*
 * vm_fault - see vm_map.h.
 *
 * The page is mapped with all the access that its entry has, so that one page
 * faults once.
 */
vm_fault_result_t
vm_fault(vm_map_t map, vaddr_t address, vm_prot_t prot)
{
    vm_map_entry_t entry;
    paddr_t frame;
    vm_fault_result_t result = find_entry(map, address, prot, &entry);

    if (result == VM_FAULT_OK)
        result = find_frame(entry, address, &frame);
    if (result != VM_FAULT_OK)
        return result;
    if (pmap_enter(map->map_pmap, trunc_page(address), frame,
                   entry->vme_prot) != KERN_SUCCESS)
        return VM_FAULT_MEMORY;
    return VM_FAULT_OK;
}
