/* SPDX-License-Identifier: MIT */
/*
 * fake_user.c - user memory of the seam of ipc/ on the host: ranges of host
 * memory that were registered, and copies between them.
 */
#include "fake_seam.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "kernel/base/assert.h"
#include "vm/copyio.h"
#include "vm/vm_copy.h"

#define PAGE_BYTES UINT64_C(4096)

enum range_kind {
    RANGE_MALLOC, /* freed with the range */
    RANGE_LENT,   /* somebody else's */
    RANGE_HOLE,   /* carved out of the others: refused */
    RANGE_FIXED,  /* carved out of them: not to be written */
};

struct range {
    struct vm_map *map;
    unsigned char *start;
    size_t size;
    enum range_kind kind;
    struct range *next;
};
static struct range *ranges;
static bool vm_full;
static struct vm_map *whole; /* whose memory is all of the program's */

static void
add_range(struct vm_map *map, void *start, size_t size, enum range_kind kind)
{
    struct range *range = malloc(sizeof(*range));

    *range = (struct range){ map, start, size, kind, ranges };
    ranges = range;
}

/* Does the range lie in what must not be used that way? */
static bool
refuses(const struct range *r, uint64_t address, size_t size,
        copyio_access_t access)
{
    uint64_t start = (uintptr_t)r->start;

    return (r->kind == RANGE_HOLE ||
            (r->kind == RANGE_FIXED && access == COPYIO_WRITE)) &&
           address < start + r->size && address + size > start;
}

static bool
in_map(struct vm_map *map, uint64_t address, size_t size,
       copyio_access_t access)
{
    bool found = false;

    for (struct range *r = ranges; r != NULL; r = r->next) {
        uint64_t start = (uintptr_t)r->start;

        if (r->map != map)
            continue;
        if (refuses(r, address, size, access))
            return false;
        if (r->kind < RANGE_HOLE && address >= start &&
            address - start <= r->size && size <= r->size - (address - start))
            found = true;
    }
    return found;
}

void *
fake_user(struct fake_task *task, size_t size)
{
    void *memory = calloc(1, size);

    add_range(&task->map, memory, size, RANGE_MALLOC);
    return memory;
}

void
fake_user_lend(struct fake_task *task, uintptr_t start, uintptr_t end)
{
    whole = &task->map;
    add_range(whole, (void *)start, end - start, RANGE_LENT);
}

void
fake_user_bad(struct fake_task *task, const void *address, size_t size)
{
    add_range(&task->map, (void *)(uintptr_t)address, size, RANGE_HOLE);
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
        if (range->kind == RANGE_MALLOC)
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

bool
fake_user_fix(struct fake_task *task, void *address, size_t size)
{
    if (!in_map(&task->map, (uintptr_t)address, size, COPYIO_READ))
        return false;
    add_range(&task->map, address, size, RANGE_FIXED);
    return true;
}

void
fake_user_free_all(struct fake_task *task)
{
    while (drop_range(&task->map, 0))
        continue;
}

bool
fake_user_has(struct fake_task *task, const void *address, size_t size,
              copyio_access_t access)
{
    return in_map(&task->map, (uintptr_t)address, size, access);
}

void
fake_vm_full(bool full)
{
    vm_full = full;
}

copyio_result_t
copyio_prepare(user_addr_t address, size_t length, copyio_access_t access)
{
    assert(length <= COPYIO_MAX);
    if (length == 0)
        return COPYIO_OK;
    return in_map(vm_map_current(), address.ua, length, access) ? COPYIO_OK
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

/* Behind its bytes a copy has a byte for each page: is it made? */
struct vm_map_copy {
    uint64_t size;
    uint64_t room; /* bytes of memory at `bytes` */
    unsigned char bytes[];
};

size_t fake_copied;

static uint64_t
pages_of(uint64_t bytes)
{
    return (bytes + PAGE_BYTES - 1) / PAGE_BYTES;
}

kern_return_t
vm_map_copy_create(uint64_t size, struct ledger *ledger, vm_map_copy_t *copy)
{
    *copy = VM_MAP_COPY_NULL;
    if (size == 0)
        return KERN_SUCCESS;
    *copy = kalloc(sizeof(struct vm_map_copy) + size + pages_of(size), ledger);
    if (*copy == NULL)
        return KERN_RESOURCE_SHORTAGE;
    (*copy)->size = size;
    (*copy)->room = size;
    return KERN_SUCCESS;
}

kern_return_t
vm_map_copy_charge(vm_map_copy_t copy, struct ledger *ledger)
{
    return fake_move(copy, ledger) ? KERN_SUCCESS : KERN_RESOURCE_SHORTAGE;
}

void *
vm_map_copy_at(vm_map_copy_t copy, uint64_t offset, uint64_t *size)
{
    unsigned char *made = copy->bytes + copy->room + offset / PAGE_BYTES;

    assert(offset < copy->size);
    *size = PAGE_BYTES - offset % PAGE_BYTES;
    if (*size > copy->size - offset)
        *size = copy->size - offset;
    if (*made == 0) {
        if (fake_injected())
            return NULL;
        *made = 1;
        fake_copied += PAGE_BYTES;
    }
    return copy->bytes + offset;
}

kern_return_t
vm_map_copy_write(vm_map_copy_t copy, uint64_t offset, const void *bytes,
                  uint64_t size)
{
    assert(size <= vm_map_copy_size(copy) &&
           offset <= vm_map_copy_size(copy) - size);
    for (uint64_t done = 0, there; done < size; done += there)
        if (vm_map_copy_at(copy, offset + done, &there) == NULL)
            return KERN_RESOURCE_SHORTAGE;
    if (size != 0)
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
    kern_return_t kr = vm_map_copy_create(size, ledger_current(), copy);

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
    if (!in_map(map, address, size, COPYIO_READ))
        return KERN_INVALID_ADDRESS;
    kr = vm_map_copy_from_kernel((void *)(uintptr_t)address, size, copy);
    if (kr == KERN_SUCCESS && destroy)
        return vm_map_remove_range(map, address, size);
    return kr;
}

void
vm_map_copy_discard(vm_map_copy_t copy)
{
    if (copy == NULL)
        return;
    for (uint64_t page = 0; page < pages_of(copy->room); page++)
        fake_copied -= copy->bytes[copy->room + page] * PAGE_BYTES;
    kfree(copy, sizeof(*copy) + copy->room + pages_of(copy->room), NULL);
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

/* Room for what arrives: whole pages, where they can be told from others. */
static void *
arrival(struct vm_map *map, size_t size)
{
    void *memory;

    if (map != whole) {
        memory = malloc(size);
        add_range(map, memory, size, RANGE_MALLOC);
        return memory;
    }
    memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert(memory != MAP_FAILED);
    return memory;
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
    memory = arrival(map, copy->size);
    memcpy(memory, copy->bytes, copy->size);
    *address = (uintptr_t)memory;
    vm_map_copy_discard(copy);
    return KERN_SUCCESS;
}

/* Pages that were lent (fake_user_lend) stay behind as a hole for ever. */
kern_return_t
vm_map_remove_range(vm_map_t map, uint64_t address, uint64_t size)
{
    uint64_t start = address & ~(PAGE_BYTES - 1);
    uint64_t end = (address + size + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
    void *pages = (void *)(uintptr_t)start;

    if (!drop_range(map, address) && in_map(map, address, size, COPYIO_READ) &&
        mprotect(pages, end - start, PROT_NONE) == 0)
        add_range(map, pages, end - start, RANGE_HOLE);
    return KERN_SUCCESS;
}
