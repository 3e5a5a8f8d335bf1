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
#include "vm/vm_map_internal.h"

#define SMALL_COPY (2 * PAGE_SIZE) /* bytes; a smaller one begins at a page */

struct vm_map_copy {
    vm_object_t cpy_object; /* private, one reference: ours */
    uint64_t cpy_offset;    /* of the first byte; less than a page */
    uint64_t cpy_size;
};

static struct zone copy_zone = ZONE_INIT("vm copies", struct vm_map_copy);

/* A copy of `size` zeros, for a ledger. */
static vm_map_copy_t
copy_create(uint64_t offset, uint64_t size, vm_ledger_t ledger)
{
    vm_map_copy_t copy = zalloc(&copy_zone);

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
 * A range that may be copied from (VM_PROT_READ) or over (VM_PROT_WRITE).
 * Darwin copies less than two pages by a kernel buffer, for which a page
 * without the right is one that is not there; its own tests assert that.
 */
static kern_return_t
check_range(vm_map_t map, uint64_t address, uint64_t size, vm_prot_t prot)
{
    kern_return_t kr;

    if (!in_user_half(address, size))
        return KERN_INVALID_ADDRESS;
    kr = vm_map_check_range(map, address, address + size, prot);
    if (kr == KERN_PROTECTION_FAILURE && size < SMALL_COPY)
        return KERN_INVALID_ADDRESS;
    return kr;
}

/* A small copy begins at a page: its bytes move within their pages. */
static kern_return_t
fill_small(vm_map_t map, uint64_t address, vm_map_copy_t copy)
{
    kern_return_t kr = KERN_SUCCESS;

    for (uint64_t done = 0; done < copy->cpy_size && kr == KERN_SUCCESS;) {
        uint64_t at = address + done;
        uint64_t piece =
            min(copy->cpy_size - done, PAGE_SIZE - (at & PAGE_MASK));
        vm_map_entry_t entry = vm_map_lookup(map, at);
        uint64_t page = entry->vme_offset + trunc_page(at) - entry->vme_start;
        paddr_t frame;

        if (vm_object_page(entry->vme_object, page, &frame))
            kr = vm_map_copy_write(
                copy, done, (char *)phys_to_virt(frame) + (at & PAGE_MASK),
                piece);
        done += piece;
    }
    return kr;
}

/* Copies a range that has been checked into the copy's object. */
static kern_return_t
fill_from_map(vm_map_t map, uint64_t address, vm_map_copy_t copy)
{
    uint64_t end = address + copy->cpy_size;
    uint64_t to = copy->cpy_offset;
    vm_map_entry_t entry = vm_map_lookup(map, address);

    while (address < end) {
        uint64_t stop = min(end, entry->vme_end);
        uint64_t offset = entry->vme_offset + (address - entry->vme_start);
        kern_return_t kr = vm_object_copy(entry->vme_object, offset,
                                          copy->cpy_object, to, stop - address);

        if (kr != KERN_SUCCESS)
            return kr;
        to += stop - address;
        address = stop;
        entry = vm_map_entry_next(entry);
    }
    return KERN_SUCCESS;
}

kern_return_t
vm_map_copyin(vm_map_t map, uint64_t address, uint64_t size, bool destroy,
              vm_map_copy_t *copy)
{
    kern_return_t kr;

    *copy = VM_MAP_COPY_NULL;
    if (size == 0)
        return KERN_SUCCESS;
    if (!map->map_active)
        return KERN_INVALID_ADDRESS;
    kr = check_range(map, address, size, VM_PROT_READ);
    if (kr != KERN_SUCCESS)
        return kr;

    *copy = copy_create(size < SMALL_COPY ? 0 : address & PAGE_MASK, size,
                        map->map_ledger);
    if (*copy == VM_MAP_COPY_NULL)
        return KERN_RESOURCE_SHORTAGE;
    kr = size < SMALL_COPY ? fill_small(map, address, *copy)
                           : fill_from_map(map, address, *copy);
    if (kr == KERN_SUCCESS && destroy)
        kr = vm_map_remove_range(map, address, size);
    if (kr != KERN_SUCCESS) {
        vm_map_copy_discard(*copy);
        *copy = VM_MAP_COPY_NULL;
    }
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
    kr = vm_object_charge(copy->cpy_object, map->map_ledger);
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

/* Of who runs: the task that asked for what the kernel writes pays for it. */
static vm_ledger_t
current_ledger(void)
{
    vm_map_t map = vm_map_current();

    return map == VM_MAP_NULL ? NULL : map->map_ledger;
}

kern_return_t
vm_map_copy_create(uint64_t size, vm_map_copy_t *copy)
{
    *copy = VM_MAP_COPY_NULL;
    if (size == 0)
        return KERN_SUCCESS;
    *copy = copy_create(0, size, current_ledger());
    return *copy == VM_MAP_COPY_NULL ? KERN_RESOURCE_SHORTAGE : KERN_SUCCESS;
}

/* The frame of a page of a copy, made if need be; FRAME_NONE if short. */
static paddr_t
frame_to_write(vm_object_t object, uint64_t page)
{
    paddr_t frame;

    if (vm_object_page(object, page, &frame))
        return frame;
    return vm_object_page_make(object, page);
}

void *
vm_map_copy_at(vm_map_copy_t copy, uint64_t offset, uint64_t *size)
{
    uint64_t at = copy->cpy_offset + offset;
    paddr_t frame;

    assert(offset < copy->cpy_size);
    frame = frame_to_write(copy->cpy_object, trunc_page(at));
    *size = min(copy->cpy_size - offset, PAGE_SIZE - (at & PAGE_MASK));
    return frame == FRAME_NONE ? NULL
                               : (char *)phys_to_virt(frame) + (at & PAGE_MASK);
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
    kern_return_t kr = vm_map_copy_create(size, copy);

    if (kr == KERN_SUCCESS)
        kr = vm_map_copy_write(*copy, 0, bytes, size);
    if (kr != KERN_SUCCESS) {
        vm_map_copy_discard(*copy);
        *copy = VM_MAP_COPY_NULL;
    }
    return kr;
}

/* Bytes that do not cross a page border of the copy's object. */
static void
read_in_page(vm_object_t object, uint64_t offset, void *to, uint64_t size)
{
    paddr_t frame;

    if (vm_object_page(object, trunc_page(offset), &frame))
        memcpy(to, (char *)phys_to_virt(frame) + (offset & PAGE_MASK), size);
    else
        memset(to, 0, size);
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

        read_in_page(copy->cpy_object, at, target, piece);
        target += piece;
        offset += piece;
        size -= piece;
    }
}

/*
 * vm_map_copy_overwrite - write the copy's bytes over a range.
 *
 * The map need not be the running one: the bytes go to the frames.  The copy
 * stays the caller's.
 *
 * Returns   KERN_SUCCESS             also for a NULL copy
 *           KERN_INVALID_ADDRESS     a hole, or outside the user half; not
 *                                    writable, below two pages
 *           KERN_PROTECTION_FAILURE  not writable
 *           KERN_RESOURCE_SHORTAGE   no memory; the first part is written
 */
kern_return_t
vm_map_copy_overwrite(vm_map_t map, uint64_t address, vm_map_copy_t copy)
{
    uint64_t size = vm_map_copy_size(copy);
    kern_return_t kr;

    if (size == 0)
        return KERN_SUCCESS;
    kr = check_range(map, address, size, VM_PROT_WRITE);
    if (kr != KERN_SUCCESS)
        return kr;

    for (uint64_t done = 0; done < size;) {
        uint64_t in_page = (address + done) & PAGE_MASK;
        uint64_t piece = min(size - done, PAGE_SIZE - in_page);
        paddr_t frame;

        if (vm_fault_page(map, address + done, VM_PROT_WRITE, &frame) !=
            VM_FAULT_OK)
            return KERN_RESOURCE_SHORTAGE;
        vm_map_copy_read(copy, done, (char *)phys_to_virt(frame) + in_page,
                         piece);
        done += piece;
    }
    return KERN_SUCCESS;
}
