/* SPDX-License-Identifier: MIT */
/*
 * kmem.c - addresses of the range KMEM, and pages mapped there.
 *
 *     never used -- kmem_reserve --> reserved -- kmem_free --> free
 *                                       ^                        |
 *                                       +----- kmem_reserve -----+
 *
 * A reservation takes a power of two of pages, the guard page among them:
 * addresses are plenty, memory is not wasted.  A range that was freed goes on
 * the list of its order and is used again for the same order.
 *
 * (M1) free_ranges[order] links the free ranges of that order, 0 at the end:
 *      each one's link is the word that its first page has while nothing is
 *      mapped there (pmap_kernel_word).
 */
#include "kernel/core/kmem.h"

#include "kernel/base/assert.h"
#include "kernel/core/frames.h"
#include "kernel/core/ledger.h"
#include "kernel/core/vm_param.h"
#include "vm/pmap.h"

#define KMEM_ORDERS 29 /* up to 2^28 pages: a TiB */

static vaddr_t free_ranges[KMEM_ORDERS];
static vaddr_t never_used = KMEM_BASE;

/*
 * kmem_bootstrap - see kmem.h.
 *
 * Requires  what pmap_bootstrap requires.
 */
void
kmem_bootstrap(void)
{
    vm_frames_init();
    ledger_init(vm_frames_total());
    pmap_bootstrap();
}

static unsigned
order_of(size_t size)
{
    unsigned order = 0;

    while ((PAGE_SIZE << order) < round_page(size) + PAGE_SIZE)
        order++;
    return order;
}

/* A range that was never used; its word is there from now on. */
static vaddr_t
range_new(unsigned order)
{
    vaddr_t va = never_used;

    if ((PAGE_SIZE << order) > KMEM_BASE + KMEM_SIZE - va ||
        pmap_kernel_word(va) == NULL)
        return 0;
    never_used += PAGE_SIZE << order;
    return va;
}

vaddr_t
kmem_reserve(size_t size)
{
    unsigned order;
    vaddr_t va;

    if (size > KMEM_SIZE / 2)
        return 0;
    order = order_of(size);
    va = free_ranges[order];
    if (va == 0)
        return range_new(order);
    free_ranges[order] = *pmap_kernel_word(va);
    return va;
}

static void
range_free(vaddr_t va, size_t size)
{
    unsigned order = order_of(size);

    *pmap_kernel_word(va) = free_ranges[order];
    free_ranges[order] = va;
}

static void
unmap(vaddr_t start, vaddr_t end, struct ledger *ledger)
{
    for (vaddr_t va = start; va < end; va += PAGE_SIZE) {
        paddr_t frame = pmap_kernel_remove(va);

        assert(frame != FRAME_NONE);
        vm_frame_free(frame, ledger);
    }
}

/* Maps zeroed pages; false, with none mapped, when memory is short. */
static bool
map(vaddr_t start, vaddr_t end, struct ledger *ledger)
{
    for (vaddr_t va = start; va < end; va += PAGE_SIZE) {
        paddr_t frame = vm_frame_alloc_zeroed(ledger);

        if (frame == FRAME_NONE ||
            pmap_kernel_enter(va, frame) != KERN_SUCCESS) {
            if (frame != FRAME_NONE)
                vm_frame_free(frame, ledger);
            unmap(start, va, ledger);
            return false;
        }
    }
    return true;
}

void *
kmem_alloc(size_t size, struct ledger *ledger)
{
    vaddr_t va = kmem_reserve(size);

    if (va == 0)
        return NULL;
    if (!map(va, va + round_page(size), ledger)) {
        range_free(va, size);
        return NULL;
    }
    return (void *)va;
}

void
kmem_free(void *memory, size_t size, struct ledger *ledger)
{
    vaddr_t va = (vaddr_t)memory;

    unmap(va, va + round_page(size), ledger);
    range_free(va, size);
}

/* For good: nobody goes on without its stack. */
void *
kmem_alloc_stack(size_t size)
{
    vaddr_t guard = kmem_reserve(size + PAGE_SIZE);

    if (guard == 0 ||
        !map(guard + PAGE_SIZE, guard + PAGE_SIZE + round_page(size),
             &kernel_ledger))
        return NULL;
    return (void *)(guard + PAGE_SIZE);
}
