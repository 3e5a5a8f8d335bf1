/* SPDX-License-Identifier: MIT */
/*
 * kmem.c - addresses of the range KMEM, and pages mapped there.
 *
 *     never used -- kmem_reserve --> reserved -- kmem_release --> free
 *                                       ^                          |
 *                                       +------ kmem_reserve ------+
 *
 * A reservation takes a power of two of pages, the guard page among them:
 * addresses are plenty, memory is not wasted.  A released range goes on the
 * list of its order and is used again for the same order.
 *
 * (M1) Every range that was ever used has one struct kmem_range: in the tree
 *      while it is reserved, else on the free list of its order.
 */
#include "kernel/core/kmem.h"

#include "kernel/base/assert.h"
#include "kernel/base/string.h"
#include "kernel/base/tree.h"
#include "kernel/core/boot_info.h"
#include "kernel/core/frames.h"
#include "kernel/core/kalloc.h"
#include "vm/pmap.h"
#include "vm/vm_param.h"

#define KMEM_ORDERS 29 /* up to 2^28 pages: a TiB */

struct kmem_range {
    struct tree_node kr_node;
    vaddr_t kr_start;
    unsigned kr_order;
    struct kmem_range *kr_next; /* on its free list */
};

#define range_of(node) tree_element(node, struct kmem_range, kr_node)

static struct zone range_zone = ZONE_INIT("kmem ranges", struct kmem_range);
static struct tree reserved;
static struct kmem_range *free_ranges[KMEM_ORDERS];
static vaddr_t never_used = KMEM_BASE;

/*
 * kmem_bootstrap - see kmem.h.
 *
 * Requires  what pmap_bootstrap requires.
 */
void
kmem_bootstrap(void)
{
    for (unsigned i = 0; i < boot_info.ram_count; i++)
        vm_page_add(boot_info.ram[i].start, boot_info.ram[i].end);
    pmap_bootstrap();
}

static bool
range_less(const struct tree_node *a, const struct tree_node *b)
{
    return range_of(a)->kr_start < range_of(b)->kr_start;
}

static struct kmem_range *
range_find(vaddr_t va)
{
    struct tree_node *node = reserved.root;

    while (node != NULL && range_of(node)->kr_start != va)
        node = va < range_of(node)->kr_start ? node->left : node->right;
    return node != NULL ? range_of(node) : NULL;
}

static struct kmem_range *
range_new(unsigned order)
{
    uint64_t size = PAGE_SIZE << order;
    struct kmem_range *range;

    if (size > KMEM_BASE + KMEM_SIZE - never_used)
        return NULL;
    range = zalloc(&range_zone);
    if (range == NULL)
        return NULL;
    range->kr_start = never_used;
    range->kr_order = order;
    never_used += size;
    return range;
}

/* A range that is on no list and in no tree; free ones do not count as live. */
static struct kmem_range *
range_take(unsigned order)
{
    struct kmem_range *range = free_ranges[order];

    if (range == NULL)
        return range_new(order);
    free_ranges[order] = range->kr_next;
    range_zone.z_count++;
    return range;
}

vaddr_t
kmem_reserve(size_t size)
{
    struct kmem_range *range;
    unsigned order = 0;

    if (size > KMEM_SIZE / 2)
        return 0;
    while ((PAGE_SIZE << order) < round_page(size) + PAGE_SIZE)
        order++;

    range = range_take(order);
    if (range == NULL)
        return 0;
    tree_insert(&reserved, &range->kr_node, range_less);
    return range->kr_start;
}

void
kmem_release(vaddr_t va)
{
    struct kmem_range *range = range_find(va);

    assert(range != NULL);
    tree_remove(&reserved, &range->kr_node);
    range->kr_next = free_ranges[range->kr_order];
    free_ranges[range->kr_order] = range;
    range_zone.z_count--;
}

void
kmem_unmap(vaddr_t start, vaddr_t end)
{
    for (vaddr_t va = start; va < end; va += PAGE_SIZE) {
        paddr_t frame = pmap_kernel_remove(va);

        assert(frame != FRAME_NONE);
        vm_frame_free(frame);
    }
}

bool
kmem_map(vaddr_t start, vaddr_t end)
{
    for (vaddr_t va = start; va < end; va += PAGE_SIZE) {
        paddr_t frame = vm_frame_alloc_zeroed();

        if (frame == FRAME_NONE ||
            pmap_kernel_enter(va, frame) != KERN_SUCCESS) {
            if (frame != FRAME_NONE)
                vm_frame_free(frame);
            kmem_unmap(start, va);
            return false;
        }
    }
    return true;
}

void *
kmem_alloc(size_t size)
{
    vaddr_t va = kmem_reserve(size);

    if (va == 0)
        return NULL;
    if (!kmem_map(va, va + round_page(size))) {
        kmem_release(va);
        return NULL;
    }
    return (void *)va;
}

void
kmem_free(void *memory, size_t size)
{
    vaddr_t va = (vaddr_t)memory;

    kmem_unmap(va, va + round_page(size));
    kmem_release(va);
}

void *
kmem_alloc_stack(size_t size)
{
    vaddr_t guard = kmem_reserve(size + PAGE_SIZE);

    if (guard == 0)
        return NULL;
    if (!kmem_map(guard + PAGE_SIZE, guard + PAGE_SIZE + round_page(size))) {
        kmem_release(guard);
        return NULL;
    }
    return (void *)(guard + PAGE_SIZE);
}
