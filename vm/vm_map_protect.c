/* SPDX-License-Identifier: MIT */
/*
 * vm_map_protect.c - what a task may do with its memory, and its children get.
 *
 * No page is ever writable and executable at once.  Maximum protections may
 * allow both, current ones never.
 */
#include "kernel/base/assert.h"
#include "kernel/core/kalloc.h"
#include "kernel/core/work.h"
#include "vm/vm_map_internal.h"

/* Instructions, to find and change an entry. */
#define CHANGE_COST 800

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

/* What entries must be allowed to have: a copy of one's own can be written. */
static vm_prot_t
may_have(vm_prot_t prot, bool copy)
{
    return copy ? prot & ~VM_PROT_WRITE : prot;
}

/* Gives an entry memory of its own in place of what others may see: its first
 * page, which is an entry by itself then.  The object of the entry below grows
 * by it, if it may, so that the two can be joined. */
static kern_return_t
make_private(vm_map_t map, vm_map_entry_t entry)
{
    vm_map_entry_t below = vm_map_lookup(map, entry->vme_start - 1);
    vm_object_t own, shared = entry->vme_object;
    uint64_t to = 0;

    if (!shared->vo_private) {
        if (vm_map_clip(map, entry->vme_start + PAGE_SIZE) != KERN_SUCCESS)
            return KERN_RESOURCE_SHORTAGE;
        own = vm_map_entry_grows(map, below)
                  ? vm_object_reference_private(below->vme_object)
                  : vm_object_allocate(0, zledger(map));
        if (own == VM_OBJECT_NULL)
            return KERN_RESOURCE_SHORTAGE;
        if (vm_object_copy(shared, entry->vme_offset, own, own->vo_size,
                           PAGE_SIZE, &to) != KERN_SUCCESS) {
            vm_object_deallocate(own);
            return KERN_RESOURCE_SHORTAGE;
        }
        to = pmap_protect(map->map_pmap, entry->vme_start, entry->vme_end,
                          VM_PROT_NONE);
        assert(to == entry->vme_end); /* a single page never takes two steps */
        entry->vme_object = own;
        entry->vme_offset = own->vo_size;
        own->vo_size += PAGE_SIZE;
        vm_object_deallocate(shared);
    }
    entry->vme_max_prot |= VM_PROT_WRITE;
    return KERN_SUCCESS;
}

/* Sets the access of the lower part of an entry, or of all of it.  *to is where
 * the part ends; its pages lose what it lacks. */
static kern_return_t
protect_some(vm_map_t map, vm_map_entry_t entry, vm_prot_t prot, bool set_max,
             vaddr_t *to)
{
    vm_prot_t now = set_max ? entry->vme_prot & prot : prot;

    *to = pmap_protect(map->map_pmap, entry->vme_start, entry->vme_end, now);
    if (vm_map_clip(map, *to) != KERN_SUCCESS)
        return KERN_RESOURCE_SHORTAGE;
    entry->vme_prot = now;
    if (set_max)
        entry->vme_max_prot = prot;
    return KERN_SUCCESS;
}

/*
 * Goes on to set the access of [*at, end), part by part, each of which is then
 * as the call leaves it.  Entries may be others than those that were checked.
 */
static kern_return_t
set_protection(vm_map_t map, vaddr_t *at, vaddr_t end, vm_prot_t prot,
               bool set_max, bool copy)
{
    kern_return_t kr = KERN_SUCCESS;

    while (kr == KERN_SUCCESS && *at < end) {
        vaddr_t from = *at;
        vm_map_entry_t entry;

        if (vm_map_clip_range(map, from, end) != KERN_SUCCESS)
            return KERN_RESOURCE_SHORTAGE;
        entry = vm_map_lookup(map, from);
        if (entry == VM_MAP_ENTRY_NULL)
            return KERN_INVALID_ADDRESS;
        if (may_have(prot, copy) & ~entry->vme_max_prot)
            return KERN_PROTECTION_FAILURE;
        if (copy)
            kr = make_private(map, entry);
        if (kr == KERN_SUCCESS)
            kr = protect_some(map, entry, prot, set_max, at);
        vm_map_simplify(map, from, *at);
        if (work_spend(CHANGE_COST) && kr == KERN_SUCCESS && *at < end)
            return WORK_UNFINISHED;
    }
    return kr;
}

/*
 * vm_map_protect - set the current access of a range, or the maximum.
 *
 * VM_PROT_COPY with write access makes the range a copy of its own first, and
 * writable whatever the maximum says, as a debugger needs for breakpoints.
 *
 * The range is changed upwards, in parts.  If memory runs out on the way, or
 * another thread unmaps a part that is not changed yet, the first part is.
 *
 * Returns   KERN_SUCCESS             also for size 0
 *           KERN_INVALID_ARGUMENT    the range wraps, unknown bits, or the map
 *                                    is shut down
 *           KERN_INVALID_ADDRESS     a hole, or beyond the user half
 *           KERN_PROTECTION_FAILURE  beyond the maximum; or write and execute
 *                                    at once
 *           KERN_RESOURCE_SHORTAGE   no memory
 *           WORK_UNFINISHED
 */
kern_return_t
vm_map_protect(vm_map_t map, uint64_t address, uint64_t size, vm_prot_t prot,
               bool set_max)
{
    bool copy = !set_max && (prot & VM_PROT_COPY) && (prot & VM_PROT_WRITE);
    struct progress *progress = work_progress(map);
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
    progress->pr_checked = max(progress->pr_checked, start);
    kr = vm_map_check_range(map, &progress->pr_checked, end, VM_PROT_NONE,
                            may_have(prot, copy));
    if (kr != KERN_SUCCESS)
        return kr;
    if (!set_max && (prot & VM_PROT_WRITE) && (prot & VM_PROT_EXECUTE))
        return KERN_PROTECTION_FAILURE;

    progress->pr_at = max(progress->pr_at, start);
    return set_protection(map, &progress->pr_at, end, prot, set_max, copy);
}

/*
 * vm_map_inherit - set what child tasks get of a range; holes are fine.
 *
 * Returns   KERN_SUCCESS            also for size 0
 *           KERN_INVALID_ARGUMENT   the range wraps, no such inheritance, or
 *                                   the map is shut down
 *           KERN_RESOURCE_SHORTAGE  no memory
 *           WORK_UNFINISHED
 */
kern_return_t
vm_map_inherit(vm_map_t map, uint64_t address, uint64_t size,
               vm_inherit_t inheritance)
{
    struct progress *progress = work_progress(map);
    vm_map_entry_t entry;
    vaddr_t start, end;

    if (!map->map_active)
        return KERN_INVALID_ARGUMENT;
    if (size == 0)
        return KERN_SUCCESS;
    if (!page_range(address, size, &start, &end) ||
        inheritance > VM_INHERIT_LAST_VALID)
        return KERN_INVALID_ARGUMENT;
    progress->pr_at = max(progress->pr_at, start);
    while (progress->pr_at < end) {
        if (vm_map_clip_range(map, progress->pr_at, end) != KERN_SUCCESS)
            return KERN_RESOURCE_SHORTAGE;
        entry = vm_map_lookup_from(map, progress->pr_at);
        if (entry == VM_MAP_ENTRY_NULL || entry->vme_start >= end)
            break;
        entry->vme_inheritance = inheritance;
        progress->pr_at = entry->vme_end;
        vm_map_simplify(map, entry->vme_start, entry->vme_end);
        if (work_spend(CHANGE_COST))
            return WORK_UNFINISHED;
    }
    return KERN_SUCCESS;
}
