/* SPDX-License-Identifier: MIT */
/*
 * vm_map.c - the life of an address space, and what is mapped in it.
 *
 *     active -- vm_map_shutdown --> shut down -- vm_map_teardown --> empty
 *
 * Every change of a map looks at everything first and gets the memory that it
 * needs; then it changes, with nothing left that can fail.
 */
#include "vm/vm_map.h"

#include <mach/vm_inherit.h>

#include "kernel/base/assert.h"
#include "kernel/core/kalloc.h"
#include "kernel/core/work.h"
#include "vm/vm_map_internal.h"

/* Where the kernel places what may lie anywhere, going upwards. */
#define ANYWHERE_START UINT64_C(0x100000000)

/* Instructions, to look at an entry. */
#define CHECK_COST 100

static struct zone map_zone = ZONE_INIT("vm maps", struct vm_map);

/* ---- the life of a map */

vm_map_t
vm_map_create(struct ledger *ledger)
{
    vm_map_t map = zalloc(&map_zone, ledger);

    if (map == VM_MAP_NULL)
        return VM_MAP_NULL;
    map->map_pmap = pmap_create(ledger);
    if (map->map_pmap == NULL) {
        zfree(&map_zone, map);
        return VM_MAP_NULL;
    }
    map->map_refs = 1;
    map->map_active = true;
    vm_map_entries_init(map);
    return map;
}

vm_map_t
vm_map_reference(vm_map_t map)
{
    map->map_refs++;
    return map;
}

void
vm_map_deallocate(vm_map_t map)
{
    if (map == VM_MAP_NULL)
        return;
    assert(map->map_refs > 0);
    if (--map->map_refs > 0)
        return;
    assert(map->map_entry_count == 0 && map->map_size == 0);
    pmap_destroy(map->map_pmap);
    zfree(&map_zone, map);
}

void
vm_map_shutdown(vm_map_t map)
{
    map->map_active = false;
}

pmap_t
vm_map_pmap(vm_map_t map)
{
    return map->map_pmap;
}

uint64_t
vm_map_virtual_size(vm_map_t map)
{
    return map->map_size;
}

uint64_t
vm_map_resident_size(vm_map_t map)
{
    return pmap_resident(map->map_pmap) * PAGE_SIZE;
}

/* ---- removing */

/*
 * Takes the lower part of an entry, or all of it, out of the map.  Pages that
 * nothing else can reach are freed with the part, or with the object.
 * Returns  where to go on
 */
static vaddr_t
remove_some(vm_map_t map, vm_map_entry_t entry)
{
    vm_object_t object = entry->vme_object;
    vaddr_t to = entry->vme_end;
    uint64_t length;

    if (entry->vme_prot != VM_PROT_NONE) /* else nothing is mapped (V6) */
        to = pmap_protect(map->map_pmap, entry->vme_start, to, VM_PROT_NONE);
    length = to - entry->vme_start;
    if (object->vo_private && object->vo_refs > 1 &&
        !vm_object_page_free(object, entry->vme_offset,
                             entry->vme_offset + length))
        return entry->vme_start; /* which still reaches the others */
    if (to == entry->vme_end)
        vm_map_entry_delete(map, entry);
    else
        vm_map_entry_trim(map, entry, to);
    return to;
}

bool
vm_map_teardown(vm_map_t map)
{
    vm_map_entry_t entry = vm_map_lookup_from(map, 0);

    assert(!map->map_active);
    if (entry != VM_MAP_ENTRY_NULL)
        (void)remove_some(map, entry);
    return map->map_entry_count == 0;
}

kern_return_t
vm_map_remove(vm_map_t map, vaddr_t *start, vaddr_t end)
{
    vm_map_entry_t entry;

    if (vm_map_clip_range(map, *start, end) != KERN_SUCCESS)
        return KERN_RESOURCE_SHORTAGE;

    while ((entry = vm_map_lookup_from(map, *start)) != VM_MAP_ENTRY_NULL &&
           entry->vme_start < end) {
        *start = remove_some(map, entry);
        if (work_spend(CHECK_COST))
            return WORK_UNFINISHED;
    }
    return KERN_SUCCESS;
}

/*
 * vm_map_remove_range - see vm_copy.h.
 *
 * Returns   KERN_SUCCESS, KERN_RESOURCE_SHORTAGE as vm_map_remove
 *           KERN_INVALID_ARGUMENT  the range wraps, or the map is shut down;
 *                                  an end that rounds up to 2^64 is none of
 *                                  both, since it leaves the user half
 *           WORK_UNFINISHED
 */
kern_return_t
vm_map_remove_range(vm_map_t map, uint64_t address, uint64_t size)
{
    uint64_t end = address + size;
    struct progress *progress;
    kern_return_t kr;

    if (!map->map_active || end < address)
        return KERN_INVALID_ARGUMENT;
    if (size == 0 || address < VM_MIN_ADDRESS || end > VM_MAX_ADDRESS)
        return KERN_SUCCESS;
    progress = work_progress(map);
    progress->pr_at = max(progress->pr_at, trunc_page(address));
    kr = vm_map_remove(map, &progress->pr_at, round_page(end));
    if (kr != WORK_UNFINISHED)
        work_progress_end();
    return kr;
}

kern_return_t
vm_map_check_range(vm_map_t map, vaddr_t *start, vaddr_t end, vm_prot_t prot,
                   vm_prot_t max_prot)
{
    vm_map_entry_t entry = vm_map_lookup(map, *start);

    while (*start < end) {
        if (entry == VM_MAP_ENTRY_NULL || entry->vme_start > *start)
            return KERN_INVALID_ADDRESS;
        if ((prot & ~entry->vme_prot) || (max_prot & ~entry->vme_max_prot))
            return KERN_PROTECTION_FAILURE;
        *start = entry->vme_end;
        if (work_spend(CHECK_COST))
            return WORK_UNFINISHED;
        entry = vm_map_entry_next(entry);
    }
    return KERN_SUCCESS;
}

/* ---- entering */

static kern_return_t
check_rights(vm_prot_t prot, vm_prot_t max_prot, int inheritance)
{
    if ((prot & ~max_prot) || (max_prot & ~VM_PROT_ALL) || inheritance < 0 ||
        inheritance > (int)VM_INHERIT_LAST_VALID)
        return KERN_INVALID_ARGUMENT;
    if ((prot & VM_PROT_WRITE) && (prot & VM_PROT_EXECUTE))
        return KERN_PROTECTION_FAILURE;
    return KERN_SUCCESS;
}

/* Whether [offset, offset + size) lies in the object. */
static bool
object_has(vm_object_t object, uint64_t offset, uint64_t size)
{
    return object == VM_OBJECT_NULL ||
           ((offset & PAGE_MASK) == 0 && offset <= object->vo_size &&
            size <= object->vo_size - offset);
}

static kern_return_t
place_fixed(vm_map_t map, vaddr_t start, uint64_t size, uint64_t mask,
            bool overwrite)
{
    vm_map_entry_t entry = vm_map_lookup_from(map, start);

    if (start < VM_MIN_ADDRESS || start >= VM_MAX_ADDRESS ||
        size > VM_MAX_ADDRESS - start)
        return KERN_INVALID_ADDRESS;
    if ((start & mask) || (!overwrite && entry != VM_MAP_ENTRY_NULL &&
                           entry->vme_start < start + size))
        return KERN_NO_SPACE;
    return KERN_SUCCESS;
}

/* Any address whose bits in `mask` are zero lies at most `mask` further on. */
static kern_return_t
place_anywhere(vm_map_t map, vaddr_t *start, uint64_t size, uint64_t mask)
{
    vaddr_t from = *start != 0 ? *start : ANYWHERE_START;
    uint64_t room = size + round_page(mask);
    vaddr_t found;

    if (mask >= VM_MAX_ADDRESS || size >= VM_MAX_ADDRESS)
        return KERN_NO_SPACE;
    found = vm_map_find_space(map, from, room);
    if (found == 0 && *start == 0)
        found = vm_map_find_space(map, VM_MIN_ADDRESS, room);
    if (found == 0)
        return KERN_NO_SPACE;
    *start = round_page((found + mask) & ~mask);
    return KERN_SUCCESS;
}

/*
 * Lets the entry below grow instead of making a new one of zeros: its object
 * is its own, ends where it does, and the new memory is like it.
 */
static bool
grow_neighbour(vm_map_t map, const struct vm_map_entry *wanted)
{
    vm_map_entry_t below = vm_map_lookup(map, wanted->vme_start - 1);
    struct vm_map_entry more = *wanted;

    if (!vm_map_entry_grows(map, below))
        return false;
    more.vme_object = below->vme_object;
    more.vme_offset = below->vme_object->vo_size;
    if (!vm_map_entry_goes_on(below, &more))
        return false;
    below->vme_object->vo_size += more.vme_end - more.vme_start;
    vm_map_entry_extend(map, below, more.vme_end);
    return true;
}

/*
 * Takes out what the new entry overwrites.  When that takes long, memory that
 * nobody can use keeps the first part from being given to somebody else, and
 * goes when the call is made again.
 */
static kern_return_t
make_room(vm_map_t map, vaddr_t start, vaddr_t end)
{
    vaddr_t at = start;
    kern_return_t kr = vm_map_remove(map, &at, end);
    struct vm_map_entry kept = { .vme_start = start,
                                 .vme_end = at,
                                 .vme_inheritance = VM_INHERIT_NONE };
    vm_map_entry_t entry;

    if (kr != WORK_UNFINISHED || at == start)
        return kr;
    kept.vme_object = vm_object_allocate(at - start, zledger(map));
    if (kept.vme_object == VM_OBJECT_NULL)
        return KERN_RESOURCE_SHORTAGE;
    entry = vm_map_entry_create(map, &kept);
    if (entry == VM_MAP_ENTRY_NULL) {
        vm_object_deallocate(kept.vme_object);
        return KERN_RESOURCE_SHORTAGE;
    }
    vm_map_entry_insert(map, entry);
    return WORK_UNFINISHED;
}

/* Puts an entry like `wanted` in, after what it overwrites is gone.  Takes the
 * reference on its object over, on KERN_SUCCESS alone. */
static kern_return_t
insert_new(vm_map_t map, const struct vm_map_entry *wanted, bool overwrite)
{
    vm_map_entry_t entry = vm_map_entry_create(map, wanted);
    kern_return_t kr = KERN_SUCCESS;

    if (entry == VM_MAP_ENTRY_NULL)
        return KERN_RESOURCE_SHORTAGE;
    if (overwrite)
        kr = make_room(map, wanted->vme_start, wanted->vme_end);
    if (kr == KERN_SUCCESS)
        vm_map_entry_insert(map, entry);
    else
        vm_map_entry_destroy(entry);
    return kr;
}

/* What will be behind the new entry, with a reference: the object, a copy of a
 * part of it, or zeros. */
static kern_return_t
memory_for(vm_map_t map, vm_object_t object, uint64_t offset, uint64_t size,
           bool copy, vm_object_t *memory)
{
    if (object != VM_OBJECT_NULL && copy)
        return vm_map_copy_object(map, object, offset, size, memory);
    *memory = object != VM_OBJECT_NULL ? vm_object_reference_private(object)
                                       : vm_object_allocate(size, zledger(map));
    return *memory != VM_OBJECT_NULL ? KERN_SUCCESS : KERN_RESOURCE_SHORTAGE;
}

/*
 * vm_map_enter - map an object, a copy of it, or fresh zero-fill memory.
 *
 * The address is truncated to its page and the size rounded up, as mach_vm_map
 * does.  Flags other than ANYWHERE, OVERWRITE and a tag are refused.
 *
 * Consumes  one reference on the object, on KERN_SUCCESS alone.
 * Returns   KERN_SUCCESS             with *address
 *           KERN_INVALID_ARGUMENT    flags, size 0 or too large, rights that
 *                                    make no sense, a part that the object
 *                                    does not have, a map that is shut down
 *           KERN_INVALID_ADDRESS     a fixed range outside the user half
 *           KERN_NO_SPACE            the fixed range is taken, or no hole fits
 *           KERN_PROTECTION_FAILURE  write and execute at once
 *           KERN_RESOURCE_SHORTAGE   no memory, or too many entries
 *           WORK_UNFINISHED          what is overwritten is not gone yet, or
 *                                    not all is copied
 */
kern_return_t
vm_map_enter(vm_map_t map, uint64_t *address, uint64_t size, uint64_t mask,
             int flags, vm_object_t object, uint64_t offset, bool copy,
             vm_prot_t prot, vm_prot_t max_prot, int inheritance)
{
    struct vm_map_entry wanted = {
        .vme_start = trunc_page(*address),
        .vme_offset = object != VM_OBJECT_NULL && !copy ? offset : 0,
        .vme_prot = prot,
        .vme_max_prot = max_prot,
        .vme_inheritance = (vm_inherit_t)inheritance,
    };
    bool anywhere = flags & VM_FLAGS_ANYWHERE;
    bool overwrite = !anywhere && (flags & VM_FLAGS_OVERWRITE);
    kern_return_t kr;

    size = round_page(size);
    if (!map->map_active || (flags & ~VM_MAP_FLAGS) || size == 0 ||
        !object_has(object, offset, size))
        return KERN_INVALID_ARGUMENT;
    kr = check_rights(prot, max_prot, inheritance);
    if (kr != KERN_SUCCESS)
        return kr;

    kr = anywhere ? place_anywhere(map, &wanted.vme_start, size, mask)
                  : place_fixed(map, wanted.vme_start, size, mask, overwrite);
    if (kr != KERN_SUCCESS)
        return kr;
    wanted.vme_end = wanted.vme_start + size;

    if (object != VM_OBJECT_NULL || overwrite ||
        !grow_neighbour(map, &wanted)) {
        kr = memory_for(map, object, offset, size, copy, &wanted.vme_object);
        if (kr != KERN_SUCCESS)
            return kr;
        kr = insert_new(map, &wanted, overwrite);
        if (kr != KERN_SUCCESS)
            object = wanted.vme_object; /* ours goes, not the caller's */
        if (object != VM_OBJECT_NULL)
            vm_object_deallocate(object);
    }
    if (copy && kr != WORK_UNFINISHED)
        work_progress_end();
    if (kr == KERN_SUCCESS)
        *address = wanted.vme_start;
    return kr;
}
