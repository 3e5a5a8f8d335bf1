/* SPDX-License-Identifier: MIT */
/*
 * vm_object.c - memory objects, their resident pages, and who is charged.
 *
 *     alive -- last reference --> dying -- work, in steps --> freed
 *
 * A small object is freed at once.  A large one is work, and on the list of its
 * ledger's dying, where whoever finds no free frame takes pages off it.
 */
#include "vm/vm_object.h"

#include "kernel/base/assert.h"
#include "kernel/base/string.h"
#include "kernel/core/kalloc.h"
#include "kernel/core/work.h"

/* What it costs to free a page, in instructions. */
#define DISMANTLE_COST 250
#define REMOVE_COST    500

/* To fill one with zeros, or with a copy. */
#define FILL_COST 1300
#define COPY_COST 1700

static struct zone object_zone = ZONE_INIT("vm objects", struct vm_object);
static struct zone pages_zone = ZONE_INIT("vm pages", struct vm_pages);
static size_t resident; /* pages of all objects */

size_t
vm_object_pages(void)
{
    return resident;
}

/* ---- the life of an object */

vm_object_t
vm_object_allocate(uint64_t size, struct ledger *ledger)
{
    vm_object_t object = zalloc(&object_zone, ledger);

    if (object == NULL)
        return VM_OBJECT_NULL;
    object->vo_refs = 1;
    object->vo_size = size;
    object->vo_private = true;
    object->vo_ledger = ledger_reference(ledger);
    return object;
}

/*
 * vm_object_of_frames - an object whose memory exists already, for good.
 *
 * Requires  the range starts at a page border.
 */
vm_object_t
vm_object_of_frames(paddr_t start, uint64_t size)
{
    vm_object_t object = vm_object_allocate(round_page(size), &kernel_ledger);

    assert((start & PAGE_MASK) == 0 && start != FRAME_NONE);
    if (object == VM_OBJECT_NULL)
        return VM_OBJECT_NULL;
    object->vo_private = false;
    object->vo_frames = start;
    return object;
}

/* From now on somebody outside one map may see the pages (O2). */
vm_object_t
vm_object_reference(vm_object_t object)
{
    object->vo_private = false;
    return vm_object_reference_private(object);
}

vm_object_t
vm_object_reference_private(vm_object_t object)
{
    assert(object->vo_refs > 0);
    object->vo_refs++;
    return object;
}

static struct vm_pages *
pages_of(struct tree_node *node)
{
    return tree_element(node, struct vm_pages, vp_node);
}

/* Frees one, if it is resident. */
static void
page_release(vm_object_t object, struct vm_pages *pages, unsigned i)
{
    if (pages->vp_frames[i] == FRAME_NONE)
        return;
    vm_frame_free(pages->vp_frames[i], object->vo_ledger);
    pages->vp_frames[i] = FRAME_NONE;
    pages->vp_count--;
    object->vo_resident--;
    resident--;
}

/* Frees pages of an object that ends; true when there are no more. */
static bool
free_some_pages(vm_object_t object)
{
    object->vo_recent = NULL;
    while (object->vo_resident > 0) {
        struct vm_pages *pages = pages_of(tree_dismantle(&object->vo_pages));
        unsigned count = pages->vp_count;

        for (unsigned i = 0; i < VP_FRAMES; i++)
            page_release(object, pages, i);
        zfree(&pages_zone, pages);
        if (work_spend(count * DISMANTLE_COST))
            break;
    }
    return object->vo_resident == 0;
}

static void
object_free(vm_object_t object)
{
    assert(object->vo_pages.root == NULL);
    ledger_release(object->vo_ledger);
    zfree(&object_zone, object);
}

static void
end_step(struct work *work)
{
    vm_object_t object = container_of(work, struct vm_object, vo_work);

    if (!free_some_pages(object))
        return;
    work_end(work);
    queue_remove(&object->vo_dying);
    object_free(object);
}

/*
 * vm_object_deallocate - give up a reference; with the last one the object
 * ends.
 *
 * Requires  with the last reference, that nobody maps a page of it.
 */
void
vm_object_deallocate(vm_object_t object)
{
    assert(object->vo_refs > 0);
    if (--object->vo_refs > 0)
        return;
    if (free_some_pages(object)) {
        object_free(object);
        return;
    }
    enqueue_tail(&object->vo_ledger->le_dying, &object->vo_dying);
    work_begin(&object->vo_work, end_step);
}

kern_return_t
vm_object_charge(vm_object_t object, struct ledger *ledger)
{
    struct ledger *before = object->vo_ledger;

    if (!ledger_move(before, ledger, object->vo_resident))
        return KERN_RESOURCE_SHORTAGE;
    object->vo_ledger = ledger_reference(ledger);
    ledger_release(before);
    return KERN_SUCCESS;
}

/* ---- pages */

static bool
pages_less(const struct tree_node *a, const struct tree_node *b)
{
    return tree_element(a, struct vm_pages, vp_node)->vp_offset <
           tree_element(b, struct vm_pages, vp_node)->vp_offset;
}

static uint64_t
first_of(uint64_t offset)
{
    return offset & ~(VP_FRAMES * PAGE_SIZE - 1);
}

static unsigned
index_of(uint64_t offset)
{
    return (unsigned)(offset / PAGE_SIZE % VP_FRAMES);
}

/* Those with the page at `offset`, or the first behind, or NULL. */
static struct vm_pages *
pages_at_or_after(vm_object_t object, uint64_t offset)
{
    struct tree_node *node = object->vo_pages.root;
    struct vm_pages *best = object->vo_recent;
    uint64_t first = first_of(offset);

    if (best != NULL && best->vp_offset == first)
        return best;
    best = NULL;
    while (node != NULL) {
        struct vm_pages *pages = pages_of(node);

        if (pages->vp_offset >= first)
            best = pages;
        node = pages->vp_offset >= first ? node->left : node->right;
    }
    if (best != NULL)
        object->vo_recent = best;
    return best;
}

/* Where the first resident page at or behind *offset is, which is then that
 * page's; NULL: there is none. */
static struct vm_pages *
next_resident(vm_object_t object, uint64_t *offset)
{
    struct vm_pages *pages = pages_at_or_after(object, *offset);

    while (pages != NULL) {
        struct tree_node *next;

        *offset = max(*offset, pages->vp_offset);
        for (; first_of(*offset) == pages->vp_offset; *offset += PAGE_SIZE)
            if (pages->vp_frames[index_of(*offset)] != FRAME_NONE)
                return pages;
        next = tree_next(&pages->vp_node);
        pages = next != NULL ? pages_of(next) : NULL;
    }
    return NULL;
}

/* Its frame; FRAME_NONE: there is none. */
static paddr_t
next_frame(vm_object_t object, uint64_t *offset)
{
    struct vm_pages *pages;

    if (object->vo_frames != FRAME_NONE)
        return object->vo_frames + *offset;
    pages = next_resident(object, offset);
    return pages != NULL ? pages->vp_frames[index_of(*offset)] : FRAME_NONE;
}

paddr_t
vm_object_page(vm_object_t object, uint64_t offset)
{
    struct vm_pages *pages;

    assert((offset & PAGE_MASK) == 0 && offset < object->vo_size);
    if (object->vo_frames != FRAME_NONE)
        return object->vo_frames + offset;
    pages = pages_at_or_after(object, offset);
    return pages != NULL && pages->vp_offset == first_of(offset)
               ? pages->vp_frames[index_of(offset)]
               : FRAME_NONE;
}

/* A memory object that ends, paid for by the ledger or one above it; or NULL. */
static vm_object_t
dying_of(struct ledger *ledger)
{
    for (; ledger != NULL; ledger = ledger->le_parent)
        if (!queue_empty(&ledger->le_dying))
            return queue_element(queue_first(&ledger->le_dying),
                                 struct vm_object, vo_dying);
    return NULL;
}

/* Without resident pages they go. */
static void
drop_if_empty(vm_object_t object, struct vm_pages *pages)
{
    if (pages->vp_count != 0)
        return;
    if (object->vo_recent == pages)
        object->vo_recent = NULL;
    tree_remove(&object->vo_pages, &pages->vp_node);
    zfree(&pages_zone, pages);
}

/* A frame of undefined contents for a page that is not resident; or
 * FRAME_NONE. */
static paddr_t
page_alloc(vm_object_t object, uint64_t offset)
{
    struct vm_pages *pages = pages_at_or_after(object, offset);
    paddr_t frame;

    if (pages == NULL || pages->vp_offset != first_of(offset)) {
        pages = zalloc(&pages_zone, object->vo_ledger);
        if (pages == NULL)
            return FRAME_NONE;
        pages->vp_offset = first_of(offset);
        tree_insert(&object->vo_pages, &pages->vp_node, pages_less);
        object->vo_recent = pages;
    }
    frame = vm_frame_alloc(object->vo_ledger);
    if (frame == FRAME_NONE) {
        drop_if_empty(object, pages);
        return FRAME_NONE;
    }
    assert(pages->vp_frames[index_of(offset)] == FRAME_NONE); /* (O1) */
    pages->vp_frames[index_of(offset)] = frame;
    pages->vp_count++;
    object->vo_resident++;
    resident++;
    return frame;
}

/* The same; when there is none, the objects of the ledger that die give theirs. */
static paddr_t
page_new(vm_object_t object, uint64_t offset)
{
    paddr_t frame = page_alloc(object, offset);
    vm_object_t dying;

    assert(object->vo_frames == FRAME_NONE);
    while (frame == FRAME_NONE &&
           (dying = dying_of(object->vo_ledger)) != NULL) {
        work_do(&dying->vo_work);
        frame = page_alloc(object, offset);
        if (work_spend(0))
            break;
    }
    return frame;
}

paddr_t
vm_object_page_make(vm_object_t object, uint64_t offset)
{
    paddr_t frame = vm_object_page(object, offset);

    if (frame != FRAME_NONE)
        return frame;
    frame = page_new(object, offset);
    if (frame == FRAME_NONE)
        return FRAME_NONE;
    memset(phys_to_virt(frame), 0, PAGE_SIZE);
    (void)work_spend(FILL_COST);
    return frame;
}

bool
vm_object_page_free(vm_object_t object, uint64_t start, uint64_t end)
{
    do {
        struct vm_pages *pages = next_resident(object, &start);

        if (pages == NULL || start >= end)
            return true;
        page_release(object, pages, index_of(start));
        drop_if_empty(object, pages);
    } while (!work_spend(REMOVE_COST));
    return false;
}

/* Copies what [start, end) has in the page at `offset`; the rest is zeros. */
static bool
copy_page(paddr_t from, uint64_t offset, uint64_t start, uint64_t end,
          vm_object_t to, uint64_t to_offset)
{
    uint64_t first = start > offset ? start - offset : 0;
    uint64_t last = end - offset < PAGE_SIZE ? end - offset : PAGE_SIZE;
    paddr_t frame = page_new(to, to_offset);
    char *bytes;

    if (frame == FRAME_NONE)
        return false;
    bytes = phys_to_virt(frame);
    memset(bytes, 0, first);
    memcpy(bytes + first, (char *)phys_to_virt(from) + first, last - first);
    memset(bytes + last, 0, PAGE_SIZE - last);
    return true;
}

/*
 * vm_object_copy - see vm_object.h.
 *
 * Requires  the pages of `to` in that range are not resident.
 * Returns   KERN_SUCCESS, KERN_RESOURCE_SHORTAGE
 *           WORK_UNFINISHED  the budget is spent
 */
kern_return_t
vm_object_copy(vm_object_t from, uint64_t offset, vm_object_t to,
               uint64_t to_offset, uint64_t size, uint64_t *done)
{
    uint64_t end = offset + size;
    uint64_t page = trunc_page(offset + *done);
    uint64_t shift = to_offset - offset; /* wraps; so it cancels */

    assert(((offset ^ to_offset) & PAGE_MASK) == 0);
    while (page < end) {
        paddr_t frame = next_frame(from, &page);

        if (frame == FRAME_NONE || page >= end)
            break;
        if (!copy_page(frame, page, offset, end, to, page + shift))
            return KERN_RESOURCE_SHORTAGE;
        page += PAGE_SIZE;
        *done = min(page, end) - offset;
        if (work_spend(COPY_COST) && page < end)
            return WORK_UNFINISHED;
    }
    *done = size;
    return KERN_SUCCESS;
}
