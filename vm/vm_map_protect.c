/* SPDX-License-Identifier: MIT */
/*
 * vm_map_protect.c - what a task may do with its memory, and its children get.
 *
 * No page is ever writable and executable at once.  Maximum protections may
 * allow both, current ones never.
 */
#include "vm/vm_map_internal.h"

/*
 * The page borders around the part of a range that lies below VM_MAX_ADDRESS;
 * false if the range wraps, or its end does when it is rounded up.
 */
static bool
page_range(uint64_t address, uint64_t size, vaddr_t *start, vaddr_t *end)
{
    *start = trunc_page(address);
    *end = VM_MAX_ADDRESS;
    if (address + size <= VM_MAX_ADDRESS)
        *end = round_page(address + size);
    return address + size >= address && round_page(address + size) != 0;
}

/* Whether an entry takes `prot`, made a copy of its own first if `copy`. */
static bool
may_protect(vm_map_entry_t entry, vm_prot_t prot, bool copy)
{
    vm_prot_t allowed = entry->vme_max_prot | (copy ? VM_PROT_WRITE : 0);

    return (prot & ~allowed) == 0;
}

static kern_return_t
check_protect(vm_map_t map, vaddr_t start, vaddr_t end, vm_prot_t prot,
              bool copy)
{
    vm_map_entry_t entry = vm_map_lookup(map, start);

    while (start < end) {
        if (entry == VM_MAP_ENTRY_NULL || entry->vme_start > start)
            return KERN_INVALID_ADDRESS;
        if (!may_protect(entry, prot, copy))
            return KERN_PROTECTION_FAILURE;
        start = entry->vme_end;
        entry = vm_map_entry_next(entry);
    }
    return KERN_SUCCESS;
}

/* Gives an entry memory of its own in place of what others may see. */
static kern_return_t
make_private(vm_map_t map, vm_map_entry_t entry)
{
    uint64_t size = entry->vme_end - entry->vme_start;
    vm_object_t shared = entry->vme_object;
    vm_object_t copy;

    if (!shared->vo_private) {
        copy = vm_object_allocate(size, map->map_ledger);
        if (copy == VM_OBJECT_NULL)
            return KERN_RESOURCE_SHORTAGE;
        if (vm_object_copy(shared, entry->vme_offset, copy, 0, size) !=
            KERN_SUCCESS) {
            vm_object_deallocate(copy);
            return KERN_RESOURCE_SHORTAGE;
        }
        pmap_remove(map->map_pmap, entry->vme_start, entry->vme_end);
        entry->vme_object = copy;
        entry->vme_offset = 0;
        vm_object_deallocate(shared);
    }
    entry->vme_max_prot |= VM_PROT_WRITE;
    return KERN_SUCCESS;
}

static kern_return_t
make_range_private(vm_map_t map, vaddr_t start, vaddr_t end)
{
    vm_map_entry_t entry = vm_map_lookup(map, start);

    for (; entry != VM_MAP_ENTRY_NULL && entry->vme_start < end;
         entry = vm_map_entry_next(entry)) {
        kern_return_t kr = make_private(map, entry);

        if (kr != KERN_SUCCESS)
            return kr;
    }
    return KERN_SUCCESS;
}

/* Sets the access of whole entries; the page tables lose what it lacks. */
static void
set_protection(vm_map_t map, vaddr_t start, vaddr_t end, vm_prot_t prot,
               bool set_max)
{
    vm_map_entry_t entry = vm_map_lookup(map, start);

    for (; entry != VM_MAP_ENTRY_NULL && entry->vme_start < end;
         entry = vm_map_entry_next(entry)) {
        if (set_max) {
            entry->vme_max_prot = prot;
            entry->vme_prot &= prot;
        } else {
            entry->vme_prot = prot;
        }
        pmap_protect(map->map_pmap, entry->vme_start, entry->vme_end,
                     entry->vme_prot);
    }
}

static kern_return_t
clip_range(vm_map_t map, vaddr_t start, vaddr_t end)
{
    kern_return_t kr = vm_map_clip(map, start);

    return kr == KERN_SUCCESS ? vm_map_clip(map, end) : kr;
}

/*
 * vm_map_protect - set the current access of a range, or the maximum.
 *
 * VM_PROT_COPY with write access makes the range a copy of its own first, and
 * writable whatever the maximum says, as a debugger needs for breakpoints; if
 * memory runs out on the way, the first part is a copy already.
 *
 * Returns   KERN_SUCCESS             also for size 0
 *           KERN_INVALID_ARGUMENT    the range wraps, unknown bits, or the map
 *                                    is shut down
 *           KERN_INVALID_ADDRESS     a hole, or beyond the user half
 *           KERN_PROTECTION_FAILURE  beyond the maximum; or write and execute
 *                                    at once
 *           KERN_RESOURCE_SHORTAGE   no memory
 */
kern_return_t
vm_map_protect(vm_map_t map, uint64_t address, uint64_t size, vm_prot_t prot,
               bool set_max)
{
    bool copy = !set_max && (prot & VM_PROT_COPY) && (prot & VM_PROT_WRITE);
    vaddr_t start, end;
    kern_return_t kr;

    if (!map->map_active)
        return KERN_INVALID_ARGUMENT;
    if (size == 0)
        return KERN_SUCCESS;
    if (!page_range(address, size, &start, &end) ||
        (prot & ~(VM_PROT_ALL | VM_PROT_COPY)))
        return KERN_INVALID_ARGUMENT;
    if (address + size > VM_MAX_ADDRESS)
        return KERN_INVALID_ADDRESS;
    prot &= VM_PROT_ALL;
    kr = check_protect(map, start, end, prot, copy);
    if (kr != KERN_SUCCESS)
        return kr;
    if (!set_max && (prot & VM_PROT_WRITE) && (prot & VM_PROT_EXECUTE))
        return KERN_PROTECTION_FAILURE;

    kr = clip_range(map, start, end);
    if (kr == KERN_SUCCESS && copy)
        kr = make_range_private(map, start, end);
    if (kr == KERN_SUCCESS)
        set_protection(map, start, end, prot, set_max);
    vm_map_simplify(map, start, end);
    return kr;
}

/*
 * vm_map_inherit - set what child tasks get of a range; holes are fine.
 *
 * Returns   KERN_SUCCESS            also for size 0
 *           KERN_INVALID_ARGUMENT   the range wraps, no such inheritance, or
 *                                   the map is shut down
 *           KERN_RESOURCE_SHORTAGE  no memory
 */
kern_return_t
vm_map_inherit(vm_map_t map, uint64_t address, uint64_t size,
               vm_inherit_t inheritance)
{
    vm_map_entry_t entry;
    vaddr_t start, end;
    kern_return_t kr;

    if (!map->map_active)
        return KERN_INVALID_ARGUMENT;
    if (size == 0)
        return KERN_SUCCESS;
    if (!page_range(address, size, &start, &end) ||
        inheritance > VM_INHERIT_LAST_VALID)
        return KERN_INVALID_ARGUMENT;
    if (start >= VM_MAX_ADDRESS)
        return KERN_SUCCESS;
    kr = clip_range(map, start, end);
    if (kr != KERN_SUCCESS)
        return kr;
    for (entry = vm_map_lookup_from(map, start);
         entry != VM_MAP_ENTRY_NULL && entry->vme_start < end;
         entry = vm_map_entry_next(entry))
        entry->vme_inheritance = inheritance;
    vm_map_simplify(map, start, end);
    return KERN_SUCCESS;
}
