/* SPDX-License-Identifier: MIT */
/*
 * fake_user.c - user memory of the seam of ipc/ on the host: ranges of host
 * memory that were registered, and copies between them.
 */
#include "fake_seam.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/base/assert.h"
#include "kernel/copyio.h"
#include "vm/vm_copy.h"

struct range {
    struct vm_map *map;
    unsigned char *start;
    size_t size;
    bool is_hole; /* carved out of a range: refused */
    struct range *next;
};
static struct range *ranges;
static bool vm_full;

static void
add_range(struct vm_map *map, void *start, size_t size, bool is_hole)
{
    struct range *range = malloc(sizeof(*range));

    *range = (struct range){ map, start, size, is_hole, ranges };
    ranges = range;
}

static bool
in_map(struct vm_map *map, uint64_t address, size_t size)
{
    bool found = false;

    for (struct range *r = ranges; r != NULL; r = r->next) {
        uint64_t start = (uintptr_t)r->start;

        if (r->map != map)
            continue;
        if (r->is_hole && address < start + r->size && address + size > start)
            return false;
        if (!r->is_hole && address >= start && address - start <= r->size &&
            size <= r->size - (address - start))
            found = true;
    }
    return found;
}

void *
fake_user(struct fake_task *task, size_t size)
{
    void *memory = calloc(1, size);

    add_range(&task->map, memory, size, false);
    return memory;
}

bool
fake_user_is(struct fake_task *task, const void *memory, size_t size)
{
    return in_map(&task->map, (uintptr_t)memory, size);
}

void
fake_user_bad(struct fake_task *task, const void *address, size_t size)
{
    add_range(&task->map, (void *)(uintptr_t)address, size, true);
}

static bool
drop_range(struct vm_map *map, uint64_t start)
{
    for (struct range **link = &ranges; *link != NULL; link = &(*link)->next) {
        struct range *range = *link;

        if (range->map != map ||
            (start != 0 && (uintptr_t)range->start != start))
            continue;
        *link = range->next;
        if (!range->is_hole)
            free(range->start);
        free(range);
        return true;
    }
    return false;
}

void
fake_user_free(struct fake_task *task, void *memory)
{
    if (!drop_range(&task->map, (uintptr_t)memory))
        panic("fake_user_free: %p", memory);
}

void
fake_user_free_all(struct fake_task *task)
{
    while (drop_range(&task->map, 0))
        continue;
}

void
fake_vm_full(bool full)
{
    vm_full = full;
}

copyio_result_t
copyio_prepare(user_addr_t address, size_t length,
               copyio_access_t access UNUSED)
{
    assert(length <= COPYIO_MAX);
    if (length == 0)
        return COPYIO_OK;
    return in_map(vm_map_current(), address.ua, length) ? COPYIO_OK
                                                        : COPYIO_BAD;
}

copyio_result_t
copyin(user_addr_t from, void *to, size_t length)
{
    copyio_result_t result = copyio_prepare(from, length, COPYIO_READ);

    if (result == COPYIO_OK)
        memcpy(to, (void *)(uintptr_t)from.ua, length);
    return result;
}

copyio_result_t
copyout(const void *from, user_addr_t to, size_t length)
{
    copyio_result_t result = copyio_prepare(to, length, COPYIO_WRITE);

    if (result == COPYIO_OK)
        memcpy((void *)(uintptr_t)to.ua, from, length);
    return result;
}

struct vm_map_copy {
    uint64_t size;
    uint64_t room; /* bytes allocated */
    unsigned char bytes[];
};

kern_return_t
vm_map_copy_create(uint64_t size, vm_map_copy_t *copy)
{
    *copy = VM_MAP_COPY_NULL;
    if (size == 0)
        return KERN_SUCCESS;
    *copy = kalloc(sizeof(struct vm_map_copy) + size);
    if (*copy == NULL)
        return KERN_RESOURCE_SHORTAGE;
    (*copy)->size = size;
    (*copy)->room = size;
    return KERN_SUCCESS;
}

kern_return_t
vm_map_copy_write(vm_map_copy_t copy, uint64_t offset, const void *bytes,
                  uint64_t size)
{
    assert(size <= vm_map_copy_size(copy) &&
           offset <= vm_map_copy_size(copy) - size);
    if (size == 0)
        return KERN_SUCCESS;
    if (fake_injected())
        return KERN_RESOURCE_SHORTAGE;
    memcpy(copy->bytes + offset, bytes, size);
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
    copy->size = size;
    return copy;
}

kern_return_t
vm_map_copy_from_kernel(const void *bytes, uint64_t size, vm_map_copy_t *copy)
{
    kern_return_t kr = vm_map_copy_create(size, copy);

    if (kr == KERN_SUCCESS && size != 0)
        memcpy((*copy)->bytes, bytes, size);
    return kr;
}

kern_return_t
vm_map_copyin(vm_map_t map, uint64_t address, uint64_t size, bool destroy,
              vm_map_copy_t *copy)
{
    kern_return_t kr;

    *copy = VM_MAP_COPY_NULL;
    if (size == 0)
        return KERN_SUCCESS;
    if (!in_map(map, address, size))
        return KERN_INVALID_ADDRESS;
    kr = vm_map_copy_from_kernel((void *)(uintptr_t)address, size, copy);
    if (kr == KERN_SUCCESS && destroy)
        return vm_map_remove_range(map, address, size);
    return kr;
}

void
vm_map_copy_discard(vm_map_copy_t copy)
{
    if (copy != NULL)
        kfree(copy, sizeof(*copy) + copy->room);
}

uint64_t
vm_map_copy_size(vm_map_copy_t copy)
{
    return copy == NULL ? 0 : copy->size;
}

void
vm_map_copy_read(vm_map_copy_t copy, uint64_t offset, void *to, uint64_t size)
{
    memcpy(to, copy->bytes + offset, size);
}

kern_return_t
vm_map_copyout(vm_map_t map, vm_map_copy_t copy, uint64_t *address)
{
    void *memory;

    *address = 0;
    if (copy == NULL)
        return KERN_SUCCESS;
    if (vm_full)
        return KERN_NO_SPACE;
    if (fake_injected())
        return KERN_RESOURCE_SHORTAGE;
    memory = malloc(copy->size);
    memcpy(memory, copy->bytes, copy->size);
    add_range(map, memory, copy->size, false);
    *address = (uintptr_t)memory;
    vm_map_copy_discard(copy);
    return KERN_SUCCESS;
}

kern_return_t
vm_map_remove_range(vm_map_t map, uint64_t address, uint64_t size UNUSED)
{
    (void)drop_range(map, address);
    return KERN_SUCCESS;
}
