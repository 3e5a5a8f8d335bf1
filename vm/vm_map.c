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

static void
map_free(vm_map_t map)
{
    assert(map->map_entry_count == 0 && map->map_size == 0);
    pmap_destroy(map->map_pmap);
    zfree(&map_zone, map);
}

static void
end_step(struct work *work)
{
    vm_map_t map = container_of(work, struct vm_map, map_work);

    if (!vm_map_teardown(map))
        return;
    work_end(work);
    map_free(map);
}

void
vm_map_deallocate(vm_map_t map)
{
    if (map == VM_MAP_NULL)
        return;
    assert(map->map_refs > 0);
    if (--map->map_refs > 0)
        return;
    map->map_active = false;
    if (map->map_entry_count == 0)
        map_free(map);
    else
        work_begin(&map->map_work, end_step);
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
        to = pmap_remove(map->map_pmap, entry->vme_start, to);
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

    if (vm_map_clip(map, *start) != KERN_SUCCESS ||
        vm_map_clip(map, end) != KERN_SUCCESS)
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
                   bool max)
{
    vm_map_entry_t entry = vm_map_lookup(map, *start);

    while (*start < end) {
        if (entry == VM_MAP_ENTRY_NULL || entry->vme_start > *start)
            return KERN_INVALID_ADDRESS;
        if ((prot & ~(max ? entry->vme_max_prot : entry->vme_prot)) != 0)
            return KERN_PROTECTION_FAILURE;
        *start = entry->vme_end;
        if (work_spend(CHECK_COST))
            return WORK_UNFINISHED;
        entry = vm_map_entry_next(entry);
    }
    return KERN_SUCCESS;
}

/* ---- entering */

/* What vm_map_enter was asked for, checked. */
struct enter {
    vaddr_t en_start;
    uint64_t en_size;
    vm_object_t en_object; /* NULL: zero-fill memory that has none yet */
    uint64_t en_offset;
    vm_prot_t en_prot;
    vm_prot_t en_max_prot;
    vm_inherit_t en_inheritance;
    bool en_overwrite;
};

static kern_return_t
check_rights(vm_prot_t prot, vm_prot_t max_prot, int inheritance)
{
    if ((prot & ~max_prot) != 0 || (max_prot & ~VM_PROT_ALL) != 0)
        return KERN_INVALID_ARGUMENT;
    if (inheritance < 0 || inheritance > (int)VM_INHERIT_LAST_VALID)
        return KERN_INVALID_ARGUMENT;
    if ((prot & VM_PROT_WRITE) && (prot & VM_PROT_EXECUTE))
        return KERN_PROTECTION_FAILURE;
    return KERN_SUCCESS;
}

/* Whether [offset, offset + size) lies in the object. */
static bool
object_has(vm_object_t object, uint64_t offset, uint64_t size)
{
    if (object == VM_OBJECT_NULL)
        return true;
    return (offset & PAGE_MASK) == 0 && offset <= object->vo_size &&
           size <= object->vo_size - offset;
}

static kern_return_t
place_fixed(vm_map_t map, struct enter *enter, uint64_t mask)
{
    vaddr_t start = enter->en_start;
    vm_map_entry_t entry;

    if (start < VM_MIN_ADDRESS || start >= VM_MAX_ADDRESS ||
        enter->en_size > VM_MAX_ADDRESS - start)
        return KERN_INVALID_ADDRESS;
    if (start & mask)
        return KERN_NO_SPACE;
    entry = vm_map_lookup_from(map, start);
    if (!enter->en_overwrite && entry != VM_MAP_ENTRY_NULL &&
        entry->vme_start < start + enter->en_size)
        return KERN_NO_SPACE;
    return KERN_SUCCESS;
}

/* Any address whose bits in `mask` are zero lies at most `mask` further on. */
static kern_return_t
place_anywhere(vm_map_t map, struct enter *enter, uint64_t mask)
{
    vaddr_t from = enter->en_start != 0 ? enter->en_start : ANYWHERE_START;
    uint64_t room = enter->en_size;
    vaddr_t found;

    if (mask >= VM_MAX_ADDRESS || room >= VM_MAX_ADDRESS)
        return KERN_NO_SPACE;
    room += round_page(mask);
    found = vm_map_find_space(map, from, room);
    if (found == 0 && enter->en_start == 0)
        found = vm_map_find_space(map, VM_MIN_ADDRESS, room);
    if (found == 0)
        return KERN_NO_SPACE;
    enter->en_start = round_page((found + mask) & ~mask);
    return KERN_SUCCESS;
}

/*
 * Lets the entry below grow instead of making a new one: its object is its
 * own, ends where it does, and the new memory is like it.
 */
static bool
grow_neighbour(vm_map_t map, const struct enter *enter)
{
    vm_map_entry_t below = vm_map_lookup(map, enter->en_start - 1);
    vm_object_t object;

    if (enter->en_object != VM_OBJECT_NULL || below == VM_MAP_ENTRY_NULL)
        return false;
    object = below->vme_object;
    if (!object->vo_private || object->vo_refs != 1 ||
        object->vo_ledger != zledger(map) ||
        object->vo_size !=
            below->vme_offset + (below->vme_end - below->vme_start) ||
        object->vo_size + enter->en_size < object->vo_size)
        return false;
    if (below->vme_prot != enter->en_prot ||
        below->vme_max_prot != enter->en_max_prot ||
        below->vme_inheritance != enter->en_inheritance)
        return false;
    object->vo_size += enter->en_size;
    vm_map_entry_extend(map, below, enter->en_start + enter->en_size);
    return true;
}

/* An entry that is in no map yet, with the object; or NULL. */
static vm_map_entry_t
new_entry(vm_map_t map, const struct enter *enter)
{
    vm_map_entry_t entry = vm_map_entry_create(map);

    if (entry == VM_MAP_ENTRY_NULL)
        return VM_MAP_ENTRY_NULL;
    entry->vme_object = enter->en_object; /* takes the reference over */
    if (entry->vme_object == VM_OBJECT_NULL)
        entry->vme_object = vm_object_allocate(enter->en_size, zledger(map));
    if (entry->vme_object == VM_OBJECT_NULL) {
        vm_map_entry_destroy(entry);
        return VM_MAP_ENTRY_NULL;
    }
    entry->vme_start = enter->en_start;
    entry->vme_end = enter->en_start + enter->en_size;
    entry->vme_offset = enter->en_offset;
    entry->vme_prot = enter->en_prot;
    entry->vme_max_prot = enter->en_max_prot;
    entry->vme_inheritance = enter->en_inheritance;
    return entry;
}

/*
 * Takes out what the new entry overwrites.  When that takes long, memory that
 * nobody can use keeps the first part from being given to somebody else, and
 * goes when the call is made again.
 */
static kern_return_t
make_room(vm_map_t map, vaddr_t start, vaddr_t end)
{
    struct enter kept = { .en_start = start,
                          .en_inheritance = VM_INHERIT_NONE };
    vaddr_t at = start;
    kern_return_t kr = vm_map_remove(map, &at, end);
    vm_map_entry_t entry;

    if (kr != WORK_UNFINISHED || at == start)
        return kr;
    kept.en_size = at - start;
    entry = new_entry(map, &kept);
    if (entry == VM_MAP_ENTRY_NULL)
        return KERN_RESOURCE_SHORTAGE;
    vm_map_entry_insert(map, entry);
    return WORK_UNFINISHED;
}

/* Puts a new entry in, after what it overwrites is gone. */
static kern_return_t
insert_new(vm_map_t map, const struct enter *enter)
{
    vm_map_entry_t entry = new_entry(map, enter);
    kern_return_t kr = KERN_SUCCESS;

    if (entry == VM_MAP_ENTRY_NULL)
        return KERN_RESOURCE_SHORTAGE;
    if (enter->en_overwrite)
        kr = make_room(map, entry->vme_start, entry->vme_end);
    if (kr == KERN_SUCCESS) {
        vm_map_entry_insert(map, entry);
        return KERN_SUCCESS;
    }
    if (enter->en_object == VM_OBJECT_NULL)
        vm_object_deallocate(entry->vme_object);
    vm_map_entry_destroy(entry);
    return kr;
}

static kern_return_t
enter_copy(vm_map_t map, struct enter *enter)
{
    vm_object_t original = enter->en_object;
    kern_return_t kr;

    enter->en_object = vm_object_clone(original, enter->en_offset,
                                       enter->en_size, zledger(map));
    if (enter->en_object == VM_OBJECT_NULL)
        return KERN_RESOURCE_SHORTAGE;
    enter->en_offset = 0;
    kr = insert_new(map, enter);
    vm_object_deallocate(kr == KERN_SUCCESS ? original : enter->en_object);
    return kr;
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
 *           WORK_UNFINISHED          what is overwritten is not gone yet
 */
kern_return_t
vm_map_enter(vm_map_t map, uint64_t *address, uint64_t size, uint64_t mask,
             int flags, vm_object_t object, uint64_t offset, bool copy,
             vm_prot_t prot, vm_prot_t max_prot, int inheritance)
{
    struct enter enter = {
        .en_start = trunc_page(*address),
        .en_size = round_page(size),
        .en_object = object,
        .en_offset = object != VM_OBJECT_NULL ? offset : 0,
        .en_prot = prot,
        .en_max_prot = max_prot,
        .en_inheritance = (vm_inherit_t)inheritance,
    };
    bool anywhere = flags & VM_FLAGS_ANYWHERE;
    kern_return_t kr;

    if (!map->map_active || (flags & ~VM_MAP_FLAGS))
        return KERN_INVALID_ARGUMENT;
    if (enter.en_size == 0 || !object_has(object, offset, enter.en_size))
        return KERN_INVALID_ARGUMENT;
    kr = check_rights(prot, max_prot, inheritance);
    if (kr != KERN_SUCCESS)
        return kr;

    enter.en_overwrite = !anywhere && (flags & VM_FLAGS_OVERWRITE);
    kr = anywhere ? place_anywhere(map, &enter, mask)
                  : place_fixed(map, &enter, mask);
    if (kr != KERN_SUCCESS)
        return kr;

    if (copy && object != VM_OBJECT_NULL)
        kr = enter_copy(map, &enter);
    else if (enter.en_overwrite || !grow_neighbour(map, &enter))
        kr = insert_new(map, &enter);
    if (kr == KERN_SUCCESS)
        *address = enter.en_start;
    return kr;
}
