/* SPDX-License-Identifier: MIT */
/*
 * frames.c - which frames of physical memory are free.
 *
 *     fresh -- range by range, from the front --> in use
 *     in use -- vm_frame_free --> free -- last in, first out --> in use
 *
 * (F1) From `fresh` on the range that it is in, and the ranges behind that one,
 *      were never used.
 * (F2) free_list links free frames through their first word, seen in the map
 *      of all RAM.
 *
 * Fresh frames come lowest first.  So the page tables that pmap_bootstrap
 * makes lie where the loader's own tables reach, below 4 GiB.
 */
#include "kernel/core/frames.h"

#include "kernel/base/assert.h"
#include "kernel/base/string.h"
#include "kernel/core/boot_info.h"
#include "kernel/core/ledger.h"
#include "kernel/core/vm_param.h"

#define POISON 0xdb

struct free_frame {
    paddr_t ff_next;
    uint64_t ff_poison[PAGE_SIZE / sizeof(uint64_t) - 1];
};

static unsigned fresh_range; /* of boot_info.ram: where frames come from now */
static paddr_t fresh; /* the first in it that was never used; or its end */

static paddr_t free_list = FRAME_NONE;
static size_t free_count; /* fresh ones too */
static size_t total_count;

void
vm_frames_init(void)
{
    for (unsigned i = 0; i < boot_info.ram_count; i++) {
        const struct boot_range *range = &boot_info.ram[i];

        assert(((range->start | range->end) & PAGE_MASK) == 0);
        assert(range->start < range->end); /* (B1) */
        assert(i == 0 || range[-1].end < range->start);
        total_count += (range->end - range->start) / PAGE_SIZE;
    }
    free_count = total_count;
    fresh = boot_info.ram[0].start;
}

/* Debug builds fill what is free, so that a late write is found. */
static void
poison(struct free_frame *frame)
{
    if (DEBUG)
        memset(frame->ff_poison, POISON, sizeof(frame->ff_poison));
}

static void
check_poison(const struct free_frame *frame)
{
    for (size_t i = 0; i < countof(frame->ff_poison); i++)
        debug_assert(frame->ff_poison[i] ==
                     POISON * UINT64_C(0x0101010101010101));
}

/* The root ledger has counted it: there is one. */
static paddr_t
take_fresh(void)
{
    if (fresh == boot_info.ram[fresh_range].end) {
        fresh_range++;
        assert(fresh_range < boot_info.ram_count);
        fresh = boot_info.ram[fresh_range].start;
    }
    fresh += PAGE_SIZE;
    return fresh - PAGE_SIZE;
}

paddr_t
vm_frame_alloc(struct ledger *ledger)
{
    paddr_t frame = free_list;
    struct free_frame *contents;

    if (ledger_take(ledger, 1) != NULL)
        return FRAME_NONE;
    free_count--;
    if (frame == FRAME_NONE)
        return take_fresh();

    contents = phys_to_virt(frame);
    check_poison(contents);
    free_list = contents->ff_next;
    return frame;
}

paddr_t
vm_frame_alloc_zeroed(struct ledger *ledger)
{
    paddr_t frame = vm_frame_alloc(ledger);

    if (frame != FRAME_NONE)
        memset(phys_to_virt(frame), 0, PAGE_SIZE);
    return frame;
}

/*
 * vm_frame_free - give a frame back.
 *
 * Requires  vm_frame_alloc returned it for that ledger, and nothing maps it or
 *           points to it.
 */
void
vm_frame_free(paddr_t frame, struct ledger *ledger)
{
    struct free_frame *contents = phys_to_virt(frame);

    assert(frame != FRAME_NONE && frame < fresh && (frame & PAGE_MASK) == 0);
    assert(free_count < total_count);

    poison(contents);
    contents->ff_next = free_list;
    free_list = frame;
    free_count++;
    ledger_give(ledger, 1);
}

size_t
vm_frames_free(void)
{
    return free_count;
}

size_t
vm_frames_total(void)
{
    return total_count;
}
