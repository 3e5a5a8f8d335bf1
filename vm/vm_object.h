/* SPDX-License-Identifier: MIT */
/*
 * vm_object.h - memory that can be mapped, for vm/ alone.
 *
 * An object is a range of bytes [0, vo_size).  A page that is asked for is one
 * of its resident pages, or else comes from its pager, or, where there is no
 * pager, is made of zeros.  An object of frames that existed before it
 * (vo_frames) has every page without any structure for it.
 */
#ifndef OSTIA_VM_VM_OBJECT_H
#define OSTIA_VM_VM_OBJECT_H

#include <mach/kern_return.h>

#include "kernel/base/queue.h"
#include "kernel/base/tree.h"
#include "kernel/core/frames.h"
#include "kernel/core/ledger.h"
#include "kernel/core/vm_param.h"
#include "kernel/core/work.h"
#include "vm/vm_map.h"

typedef struct vm_object *vm_object_t;

#define VM_OBJECT_NULL ((vm_object_t)NULL)

/*
 * Neighbouring pages of an object: the frames of those that are resident, and
 * FRAME_NONE.  Memory is touched where it was touched before, so most faults find
 * their neighbours there.
 */
#define VP_FRAMES 8u
struct vm_pages {
    struct tree_node vp_node; /* in vo_pages, by vp_offset */
    uint64_t vp_offset;       /* of the first; a multiple of VP_FRAMES pages */
    unsigned vp_count;        /* of the resident, never 0 */
    paddr_t vp_frames[VP_FRAMES];
};

/*
 * (O1) vo_pages holds the resident pages, one for each offset at most, and
 *      vo_resident counts them, and so does vo_ledger.  vo_recent is one of
 *      vo_pages, or NULL.
 * (O2) While vo_private is set, every reference is that of an entry of one
 *      map, or of the holder of a copy, and no page is reachable by two of
 *      them: whoever unmaps a part can free its pages.
 * (O3) vo_frames != FRAME_NONE => vo_pages is empty, and stays so.
 */
struct vm_object {
    unsigned long vo_refs;
    uint64_t vo_size;
    bool vo_private;

    struct tree vo_pages;
    struct vm_pages *vo_recent; /* where a page was asked for last */
    size_t vo_resident;
    struct ledger *vo_ledger; /* a reference */

    paddr_t vo_frames; /* the first of vo_size bytes, or FRAME_NONE */

    queue_chain_t vo_dying; /* on le_dying, with no reference left, until it is
                               freed */
    struct work vo_work;    /* likewise */
};

/* ---- objects */

/* Resident pages of all objects. */
size_t vm_object_pages(void);

/* Zero-fill memory, private, with one reference; or NULL. */
MUSTUSE vm_object_t vm_object_allocate(uint64_t size, struct ledger *ledger);
/* The same object: one more reference that keeps to (O2). */
vm_object_t vm_object_reference_private(vm_object_t object);

/*
 * `ledger` pays for the object's pages from now on.  KERN_RESOURCE_SHORTAGE,
 * with nothing changed, when that is too much for it.
 */
MUSTUSE kern_return_t vm_object_charge(vm_object_t object,
                                       struct ledger *ledger);

/* The frame of the page at `offset`, a page border; FRAME_NONE: the page is not
 * resident, and reads as zeros. */
paddr_t vm_object_page(vm_object_t object, uint64_t offset);
/* The same, but makes the page resident; FRAME_NONE if memory is short. */
MUSTUSE paddr_t vm_object_page_make(vm_object_t object, uint64_t offset);
/*
 * Frees some resident pages of [start, end), which nobody maps any more.
 * Returns true when there are no more.
 */
MUSTUSE bool vm_object_page_free(vm_object_t object, uint64_t start,
                                 uint64_t end);

/*
 * Copies the bytes [offset, offset + size) of `from` to `to_offset` of `to`,
 * which has the same place in its page; pages of zeros take no memory.  *done
 * of the bytes are copied already, and then more.
 */
MUSTUSE kern_return_t vm_object_copy(vm_object_t from, uint64_t offset,
                                     vm_object_t to, uint64_t to_offset,
                                     uint64_t size, uint64_t *done);

#endif
