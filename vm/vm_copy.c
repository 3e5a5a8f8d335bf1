/* SPDX-License-Identifier: MIT */
/*
 * vm_copy.c - memory on its way between address spaces.
 *
 * A copy is an object of its own that has the bytes at the same place in the
 * page as they had (those of a small copy at its start), with zeros around
 * them, so that nothing beside them leaves the sender:
 *
 *      cpy_offset        cpy_size
 *     |----------|<------------------->|
 *     |000000000000xxxxxxxx|xxxxxxxxxxx0000000000|
 *     page                 page                  page
 *
 * Taking a copy copies the pages that are resident; those of zeros stay so.
 * Giving it to a map copies nothing: the object becomes an entry's.
 */
#include "vm/vm_copy.h"

#include <mach/vm_inherit.h>
#include <mach/vm_statistics.h>

#include "kernel/base/assert.h"
#include "kernel/base/string.h"
#include "kernel/core/kalloc.h"
#include "kernel/core/work.h"
#include "vm/vm_map_internal.h"

/* Instructions, to look at an entry and to write over a page. */
#define CHECK_COST 100
#define WRITE_COST 1300

#define SMALL_COPY (2 * PAGE_SIZE) /* bytes; a smaller one begins at a page */

struct vm_map_copy {
    vm_object_t cpy_object; /* private, one reference: ours */
    uint64_t cpy_offset;    /* of the first byte; less than a page */
    uint64_t cpy_size;
    uint64_t cpy_filled; /* bytes that vm_map_copyin has copied */
    vaddr_t cpy_removed; /* and has unmapped below, for `destroy` */
};

static struct zone copy_zone = ZONE_INIT("vm copies", struct vm_map_copy);

/* A copy of `size` zeros, for a ledger. */
static vm_map_copy_t
copy_create(uint64_t offset, uint64_t size, struct ledger *ledger)
{
    vm_map_copy_t copy = zalloc(&copy_zone, ledger);

    if (copy == VM_MAP_COPY_NULL)
        return VM_MAP_COPY_NULL;
    copy->cpy_object = vm_object_allocate(round_page(offset + size), ledger);
    if (copy->cpy_object == VM_OBJECT_NULL) {
        zfree(&copy_zone, copy);
        return VM_MAP_COPY_NULL;
    }
    copy->cpy_offset = offset;
    copy->cpy_size = size;
    return copy;
}

void
vm_map_copy_discard(vm_map_copy_t copy)
{
    if (copy == VM_MAP_COPY_NULL)
        return;
    vm_object_deallocate(copy->cpy_object);
    zfree(&copy_zone, copy);
}

uint64_t
vm_map_copy_size(vm_map_copy_t copy)
{
    return copy != VM_MAP_COPY_NULL ? copy->cpy_size : 0;
}

static bool
in_user_half(uint64_t address, uint64_t size)
{
    return address < VM_MAX_ADDRESS && size <= VM_MAX_ADDRESS - address;
}

/*
 * A small copy begins at a page: its bytes move within their pages.  Darwin
 * copies less than two pages by a kernel buffer, for which a page without the
 * right is one that is not there; its own tests assert that.
 */
static kern_return_t
fill_small(vm_map_t map, uint64_t address, vm_map_copy_t copy)
{
    while (copy->cpy_filled < copy->cpy_size) {
        uint64_t done = copy->cpy_filled;
        uint64_t at = address + done;
        uint64_t piece =
            min(copy->cpy_size - done, PAGE_SIZE - (at & PAGE_MASK));
        vm_map_entry_t entry = vm_map_lookup(map, at);
        paddr_t frame;

        if (entry == VM_MAP_ENTRY_NULL || !(entry->vme_prot & VM_PROT_READ))
            return KERN_INVALID_ADDRESS;
        frame =
            vm_object_page(entry->vme_object, vm_map_entry_offset(entry, at));
        if (frame != FRAME_NONE &&
            vm_map_copy_write(copy, done,
                              phys_to_virt(frame + (at & PAGE_MASK)),
                              piece) != KERN_SUCCESS)
            return KERN_RESOURCE_SHORTAGE;
        copy->cpy_filled += piece;
    }
    return KERN_SUCCESS;
}

/* What the entry at `address` has of the range comes into the copy's object. */
static kern_return_t
fill_from_entry(vm_map_t map, uint64_t address, vm_map_copy_t copy)
{
    vm_map_entry_t entry = vm_map_lookup(map, address);
    uint64_t size = copy->cpy_size - copy->cpy_filled;
    uint64_t done = 0;
    kern_return_t kr;

    if (entry == VM_MAP_ENTRY_NULL)
        return KERN_INVALID_ADDRESS;
    if (!(entry->vme_prot & VM_PROT_READ))
        return KERN_PROTECTION_FAILURE;
    size = min(size, entry->vme_end - address);
    kr = vm_object_copy(
        entry->vme_object, entry->vme_offset + (address - entry->vme_start),
        copy->cpy_object, copy->cpy_offset + copy->cpy_filled, size, &done);
    copy->cpy_filled += done;
    return kr;
}

/* Goes on to copy a range, entry by entry, and then to unmap it. */
static kern_return_t
fill(vm_map_t map, uint64_t address, bool destroy, vm_map_copy_t copy)
{
    uint64_t size = copy->cpy_size;
    kern_return_t kr = KERN_SUCCESS;

    if (size < SMALL_COPY)
        kr = fill_small(map, address, copy);
    while (kr == KERN_SUCCESS && copy->cpy_filled < size) {
        kr = fill_from_entry(map, address + copy->cpy_filled, copy);
        if (work_spend(CHECK_COST) && copy->cpy_filled < size &&
            kr == KERN_SUCCESS)
            kr = WORK_UNFINISHED;
    }
    if (kr != KERN_SUCCESS || !destroy)
        return kr;
    copy->cpy_removed = max(copy->cpy_removed, trunc_page(address));
    return vm_map_remove(map, &copy->cpy_removed, round_page(address + size));
}

kern_return_t
vm_map_copyin(vm_map_t map, uint64_t address, uint64_t size, bool destroy,
              vm_map_copy_t *copy)
{
    uint64_t offset = size < SMALL_COPY ? 0 : address & PAGE_MASK;
    kern_return_t kr = KERN_INVALID_ADDRESS;

    if (size == 0)
        return KERN_SUCCESS;
    if (map->map_active && in_user_half(address, size)) {
        if (*copy == VM_MAP_COPY_NULL)
            *copy = copy_create(offset, size, ledger_current());
        kr = *copy == VM_MAP_COPY_NULL ? KERN_RESOURCE_SHORTAGE
                                       : fill(map, address, destroy, *copy);
    }
    if (kr != KERN_SUCCESS && kr != WORK_UNFINISHED) {
        vm_map_copy_discard(*copy);
        *copy = VM_MAP_COPY_NULL;
    }
    return kr;
}

kern_return_t
vm_map_copy_object(vm_map_t map, vm_object_t from, uint64_t offset,
                   uint64_t size, vm_object_t *to)
{
    vm_map_copy_t *copy = &work_progress(map)->pr_copy;
    kern_return_t kr;

    if (*copy == VM_MAP_COPY_NULL &&
        vm_map_copy_create(size, zledger(map), copy) != KERN_SUCCESS)
        return KERN_RESOURCE_SHORTAGE;
    kr = vm_object_copy(from, offset, (*copy)->cpy_object, 0, size,
                        &(*copy)->cpy_filled);
    if (kr == KERN_SUCCESS)
        *to = vm_object_reference_private((*copy)->cpy_object);
    return kr;
}

kern_return_t
vm_map_copyout(vm_map_t map, vm_map_copy_t copy, uint64_t *address)
{
    kern_return_t kr;

    *address = 0;
    if (copy == VM_MAP_COPY_NULL)
        return KERN_SUCCESS;
    if (!map->map_active)
        return KERN_NO_SPACE;
    kr = vm_object_charge(copy->cpy_object, zledger(map));
    if (kr != KERN_SUCCESS)
        return kr;
    kr = vm_map_enter(map, address, copy->cpy_object->vo_size, 0,
                      VM_FLAGS_ANYWHERE, copy->cpy_object, 0, false,
                      VM_PROT_DEFAULT, VM_PROT_ALL, VM_INHERIT_DEFAULT);
    if (kr != KERN_SUCCESS)
        return kr;
    *address += copy->cpy_offset;
    zfree(&copy_zone, copy); /* the object is the entry's now */
    return KERN_SUCCESS;
}

kern_return_t
vm_map_copy_charge(vm_map_copy_t copy, struct ledger *ledger)
{
    return vm_object_charge(copy->cpy_object, ledger);
}

kern_return_t
vm_map_copy_create(uint64_t size, struct ledger *ledger, vm_map_copy_t *copy)
{
    *copy = VM_MAP_COPY_NULL;
    if (size == 0)
        return KERN_SUCCESS;
    *copy = copy_create(0, size, ledger);
    return *copy == VM_MAP_COPY_NULL ? KERN_RESOURCE_SHORTAGE : KERN_SUCCESS;
}

void *
vm_map_copy_at(vm_map_copy_t copy, uint64_t offset, uint64_t *size)
{
    uint64_t at = copy->cpy_offset + offset;
    paddr_t frame;

    assert(offset < copy->cpy_size);
    frame = vm_object_page_make(copy->cpy_object, trunc_page(at));
    *size = min(copy->cpy_size - offset, PAGE_SIZE - (at & PAGE_MASK));
    return frame == FRAME_NONE ? NULL : phys_to_virt(frame + (at & PAGE_MASK));
}

kern_return_t
vm_map_copy_write(vm_map_copy_t copy, uint64_t offset, const void *bytes,
                  uint64_t size)
{
    const char *from = bytes;

    assert(size <= vm_map_copy_size(copy) &&
           offset <= vm_map_copy_size(copy) - size);
    while (size > 0) {
        uint64_t piece;
        void *to = vm_map_copy_at(copy, offset, &piece);

        if (to == NULL)
            return KERN_RESOURCE_SHORTAGE;
        piece = min(piece, size);
        memcpy(to, from, piece);
        from += piece;
        offset += piece;
        size -= piece;
    }
    return KERN_SUCCESS;
}

vm_map_copy_t
vm_map_copy_cut(vm_map_copy_t copy, uint64_t size)
{
    assert(size <= vm_map_copy_size(copy));
    if (size == 0) {
        vm_map_copy_discard(copy);
        return VM_MAP_COPY_NULL;
    }
    copy->cpy_size = size;
    copy->cpy_object->vo_size = round_page(copy->cpy_offset + size);
    return copy;
}

kern_return_t
vm_map_copy_from_kernel(const void *bytes, uint64_t size, vm_map_copy_t *copy)
{
    kern_return_t kr = vm_map_copy_create(size, ledger_current(), copy);

    if (kr == KERN_SUCCESS)
        kr = vm_map_copy_write(*copy, 0, bytes, size);
    if (kr != KERN_SUCCESS) {
        vm_map_copy_discard(*copy);
        *copy = VM_MAP_COPY_NULL;
    }
    return kr;
}

void
vm_map_copy_read(vm_map_copy_t copy, uint64_t offset, void *to, uint64_t size)
{
    char *target = to;

    assert(offset <= vm_map_copy_size(copy) &&
           size <= vm_map_copy_size(copy) - offset);
    while (size > 0) {
        uint64_t at = copy->cpy_offset + offset;
        uint64_t piece = min(size, PAGE_SIZE - (at & PAGE_MASK));
        paddr_t frame = vm_object_page(copy->cpy_object, trunc_page(at));

        if (frame != FRAME_NONE)
            memcpy(target, phys_to_virt(frame + (at & PAGE_MASK)), piece);
        else
            memset(target, 0, piece);
        target += piece;
        offset += piece;
        size -= piece;
    }
}

/*
 * vm_map_copy_overwrite - write the copy's bytes over a range.
 *
 * The map need not be the running one: the bytes go to the frames.  The copy
 * stays the caller's.  What another thread unmaps or bars meanwhile ends the
 * call as if it had been so before, with the first part written.
 *
 * Returns   KERN_SUCCESS             also for a NULL copy
 *           KERN_INVALID_ADDRESS     a hole, or outside the user half; not
 *                                    writable, below two pages
 *           KERN_PROTECTION_FAILURE  not writable
 *           KERN_RESOURCE_SHORTAGE   no memory; the first part is written
 *           WORK_UNFINISHED          the budget is spent
 */
kern_return_t
vm_map_copy_overwrite(vm_map_t map, uint64_t address, vm_map_copy_t copy,
                      struct progress *progress)
{
    uint64_t end = address + vm_map_copy_size(copy);
    kern_return_t kr;

    if (end == address)
        return KERN_SUCCESS;
    if (!in_user_half(address, end - address))
        return KERN_INVALID_ADDRESS;
    progress->pr_checked = max(progress->pr_checked, address);
    kr = vm_map_check_range(map, &progress->pr_checked, end, VM_PROT_WRITE,
                            VM_PROT_NONE);
    if (kr == KERN_PROTECTION_FAILURE && end - address < SMALL_COPY)
        return KERN_INVALID_ADDRESS; /* as fill_small */
    if (kr != KERN_SUCCESS)
        return kr;

    progress->pr_at = max(progress->pr_at, address);
    while (progress->pr_at < end) {
        vaddr_t at = progress->pr_at;
        uint64_t piece = min(end - at, PAGE_SIZE - (at & PAGE_MASK));
        vm_prot_t prot = VM_PROT_WRITE;
        paddr_t frame;

        kr = vm_fault_page(map, at, &prot, &frame);
        if (kr != KERN_SUCCESS)
            return kr;
        vm_map_copy_read(copy, at - address,
                         phys_to_virt(frame + (at & PAGE_MASK)), piece);
        progress->pr_at += piece;
        if (work_spend(WRITE_COST) && progress->pr_at < end)
            return WORK_UNFINISHED;
    }
    return KERN_SUCCESS;
}
