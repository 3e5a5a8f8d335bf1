/* SPDX-License-Identifier: MIT */
/*
 * vm_check.c - the invariants of a map as code, for debug builds and tests.
 */
#include "kernel/base/assert.h"
#include "vm/vm_map_internal.h"

/* (O1)-(O3), as far as one object tells. */
static void
check_object(vm_object_t object)
{
    struct tree_node *node = tree_first(&object->vo_pages);
    size_t count = 0;
    uint64_t least = 0; /* where the next pages may begin */

    assert((object->vo_size & PAGE_MASK) == 0);
    if (object->vo_frames != FRAME_NONE)
        assert(node == NULL && !object->vo_private);
    for (; node != NULL; node = tree_next(node)) {
        struct vm_pages *pages = tree_element(node, struct vm_pages, vp_node);
        unsigned here = 0;

        assert(pages->vp_offset % (VP_FRAMES * PAGE_SIZE) == 0);
        assert(pages->vp_offset >= least);
        for (unsigned i = 0; i < VP_FRAMES; i++) {
            if (pages->vp_frames[i] == FRAME_NONE)
                continue;
            here++;
            assert(pages->vp_offset + i * PAGE_SIZE < object->vo_size);
        }
        assert(here != 0 && here == pages->vp_count);
        least = pages->vp_offset + VP_FRAMES * PAGE_SIZE;
        count += here;
    }
    assert(count == object->vo_resident);
    assert(object->vo_ledger->le_used >= object->vo_resident);
}

/* (V1)-(V3). */
static void
check_entry(vm_map_entry_t entry)
{
    uint64_t length = entry->vme_end - entry->vme_start;

    assert(entry->vme_start < entry->vme_end);
    assert(((entry->vme_start | entry->vme_end) & PAGE_MASK) == 0);
    assert(entry->vme_start >= VM_MIN_ADDRESS);
    assert(entry->vme_end <= VM_MAX_ADDRESS);
    assert(entry->vme_offset <= entry->vme_object->vo_size);
    assert(length <= entry->vme_object->vo_size - entry->vme_offset);
    assert((entry->vme_prot & ~entry->vme_max_prot) == 0);
    assert((entry->vme_prot & (VM_PROT_WRITE | VM_PROT_EXECUTE)) !=
           (VM_PROT_WRITE | VM_PROT_EXECUTE));
    check_object(entry->vme_object);
}

/* That each entry of the map has a reference (V2), and pages of its own, if its
 * object is private (O2); of `entry` and those behind it. */
static void
check_references(vm_map_entry_t entry)
{
    vm_object_t object = entry->vme_object;
    uint64_t end = vm_map_entry_offset(entry, entry->vme_end);
    size_t count = 1;

    for (vm_map_entry_t other = entry; (other = vm_map_entry_next(other));) {
        if (other->vme_object != object)
            continue;
        count++;
        assert(!object->vo_private || end <= other->vme_offset ||
               vm_map_entry_offset(other, other->vme_end) <= entry->vme_offset);
    }
    assert(object->vo_refs >= count);
}

/* (V6): what is mapped of an object of its own is the object's page, with no
 * more access than the entry's.  Returns  whether page `i` is mapped there */
static bool
check_page(vm_map_t map, vm_map_entry_t entry, struct vm_pages *pages,
           unsigned i)
{
    uint64_t offset = pages->vp_offset + i * PAGE_SIZE;
    uint64_t at = entry->vme_start + (offset - entry->vme_offset);
    vm_prot_t prot;
    paddr_t frame;

    if (pages->vp_frames[i] == FRAME_NONE || offset < entry->vme_offset ||
        at >= entry->vme_end)
        return false;
    frame = pmap_lookup(map->map_pmap, at, &prot);
    if (frame == FRAME_NONE)
        return false;
    assert(frame == pages->vp_frames[i]);
    assert((prot & ~(entry->vme_prot | VM_PROT_READ)) == 0);
    return true;
}

/* Of all that are resident.  Returns  the number of pages that are mapped */
static size_t
check_pages(vm_map_t map, vm_map_entry_t entry)
{
    size_t count = 0;

    for (struct tree_node *node = tree_first(&entry->vme_object->vo_pages);
         node != NULL; node = tree_next(node))
        for (unsigned i = 0; i < VP_FRAMES; i++)
            count += check_page(
                map, entry, tree_element(node, struct vm_pages, vp_node), i);
    return count;
}

/*
 * vm_map_check - panic unless the invariants of vm_map_internal.h hold.
 */
void
vm_map_check(vm_map_t map)
{
    struct tree_node *node = tree_first(&map->map_entries);
    vaddr_t end = 0;
    uint64_t size = 0;
    uint64_t gap = 0;
    size_t count = 0;
    size_t mapped = 0;
    bool of_frames = false;

    for (; node != NULL; node = tree_next(node), count++) {
        vm_map_entry_t entry = entry_of(node);

        check_entry(entry);
        check_references(entry);
        mapped += check_pages(map, entry);
        of_frames |= entry->vme_object->vo_frames != FRAME_NONE;
        assert(entry->vme_start >= end);
        if (end != 0 && entry->vme_start - end > gap)
            gap = entry->vme_start - end;
        end = entry->vme_end;
        size += entry->vme_end - entry->vme_start;
    }
    assert(count == map->map_entry_count && size == map->map_size);
    assert(of_frames || mapped == pmap_resident(map->map_pmap)); /* (V6) */
    if (count > 0)
        assert(entry_of(map->map_entries.root)->vme_sub_gap == gap);
    if (map->map_hint != VM_MAP_ENTRY_NULL)
        assert(vm_map_lookup_from(map, map->map_hint->vme_start) ==
               map->map_hint);
}
