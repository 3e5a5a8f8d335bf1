/* SPDX-License-Identifier: MIT */
/*
 * kmem.c - addresses of the range KMEM, and pages mapped there.
 *
 *     never used -- kmem_reserve --> reserved -- kmem_free --> free
 *                                       ^                        |
 *                                       +----- kmem_reserve -----+
 *
 * All ranges have one size, whatever is mapped in them: addresses are plenty,
 * memory is not wasted.
 *
 * (M1) free_ranges links the free ranges, 0 at the end: each one's link is the
 *      word that its first page has while nothing is mapped there
 *      (pmap_kernel_word).
 */
#include "kernel/core/kmem.h"

#include "kernel/base/assert.h"
#include "kernel/core/frames.h"
#include "kernel/core/ledger.h"
#include "kernel/core/vm_param.h"
#include "vm/pmap.h"

static vaddr_t free_ranges;
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

vaddr_t
kmem_reserve(void)
{
    vaddr_t va = free_ranges;

    if (va != 0) {
        free_ranges = *pmap_kernel_word(va);
        return va;
    }
    va = never_used;
    if (va == KMEM_BASE + KMEM_SIZE || pmap_kernel_word(va) == NULL)
        return 0;
    never_used += KMEM_RANGE;
    return va;
}

static void
range_free(vaddr_t va)
{
    *pmap_kernel_word(va) = free_ranges;
    free_ranges = va;
}

static void
unmap(vaddr_t start, vaddr_t end, struct ledger *ledger)
{
    for (vaddr_t va = start; va < end; va += PAGE_SIZE)
        vm_frame_free(pmap_kernel_remove(va), ledger);
}

/* Maps zeroed pages; false, with none mapped, when memory is short. */
static bool
map(vaddr_t start, vaddr_t end, struct ledger *ledger)
{
    for (vaddr_t va = start; va < end; va += PAGE_SIZE) {
        paddr_t frame = vm_frame_alloc_zeroed(ledger);

        if (frame == FRAME_NONE ||
            pmap_kernel_enter(va, frame, false) != KERN_SUCCESS) {
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
    vaddr_t va = kmem_reserve();

    assert(size <= KMEM_RANGE_MAX);
    if (va == 0)
        return NULL;
    if (!map(va, va + round_page(size), ledger)) {
        range_free(va);
        return NULL;
    }
    return (void *)va;
}

void
kmem_free(void *memory, size_t size, struct ledger *ledger)
{
    vaddr_t va = (vaddr_t)memory;

    unmap(va, va + round_page(size), ledger);
    range_free(va);
}
