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
static struct zone page_zone = ZONE_INIT("vm pages", struct vm_page);

size_t
vm_object_pages(void)
{
    return page_zone.z_count;
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

static vm_page_t
page_of(struct tree_node *node)
{
    return tree_element(node, struct vm_page, vp_node);
}

/* Frees a page that is out of the tree. */
static void
page_release(vm_object_t object, vm_page_t page)
{
    object->vo_resident--;
    vm_frame_free(page->vp_frame, object->vo_ledger);
    zfree(&page_zone, page);
}

/* Frees pages of an object that ends; true when there are no more. */
static bool
free_some_pages(vm_object_t object)
{
    while (object->vo_resident > 0) {
        page_release(object, page_of(tree_dismantle(&object->vo_pages)));
        if (work_spend(DISMANTLE_COST))
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
page_less(const struct tree_node *a, const struct tree_node *b)
{
    return tree_element(a, struct vm_page, vp_node)->vp_offset <
           tree_element(b, struct vm_page, vp_node)->vp_offset;
}

/* The first resident page at or behind `offset`, or NULL. */
static vm_page_t
page_at_or_after(vm_object_t object, uint64_t offset)
{
    struct tree_node *node = object->vo_pages.root;
    vm_page_t best = NULL;

    while (node != NULL) {
        vm_page_t page = page_of(node);

        if (page->vp_offset >= offset)
            best = page;
        node = page->vp_offset >= offset ? node->left : node->right;
    }
    return best;
}

/* The frame of the first resident page at or behind *offset, which is then that
 * page's; FRAME_NONE: there is none. */
static paddr_t
next_frame(vm_object_t object, uint64_t *offset)
{
    vm_page_t page;

    if (object->vo_frames != FRAME_NONE)
        return object->vo_frames + *offset;
    page = page_at_or_after(object, *offset);
    if (page == NULL)
        return FRAME_NONE;
    *offset = page->vp_offset;
    return page->vp_frame;
}

paddr_t
vm_object_page(vm_object_t object, uint64_t offset)
{
    uint64_t found = offset;
    paddr_t frame = next_frame(object, &found);

    assert((offset & PAGE_MASK) == 0 && offset < object->vo_size);
    return found == offset ? frame : FRAME_NONE;
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

/* With a frame of undefined contents; or NULL. */
static vm_page_t
page_alloc(struct ledger *ledger)
{
    vm_page_t page = zalloc(&page_zone, ledger);

    if (page == NULL)
        return NULL;
    page->vp_frame = vm_frame_alloc(ledger);
    if (page->vp_frame != FRAME_NONE)
        return page;
    zfree(&page_zone, page);
    return NULL;
}

/* A resident page with undefined contents, or NULL.  When there is none, the
 * objects of the ledger that die give theirs. */
static vm_page_t
page_new(vm_object_t object, uint64_t offset)
{
    vm_page_t page = page_alloc(object->vo_ledger);
    vm_object_t dying;

    assert(object->vo_frames == FRAME_NONE);
    while (page == NULL && (dying = dying_of(object->vo_ledger)) != NULL) {
        work_do(&dying->vo_work);
        page = page_alloc(object->vo_ledger);
        if (work_spend(0))
            break;
    }
    if (page == NULL)
        return NULL;
    page->vp_offset = offset;
    tree_insert(&object->vo_pages, &page->vp_node, page_less);
    object->vo_resident++;
    return page;
}

paddr_t
vm_object_page_make(vm_object_t object, uint64_t offset)
{
    paddr_t frame = vm_object_page(object, offset);
    vm_page_t page;

    if (frame != FRAME_NONE)
        return frame;
    page = page_new(object, offset);
    if (page == NULL)
        return FRAME_NONE;
    memset(phys_to_virt(page->vp_frame), 0, PAGE_SIZE);
    (void)work_spend(FILL_COST);
    return page->vp_frame;
}

bool
vm_object_page_free(vm_object_t object, uint64_t start, uint64_t end)
{
    do {
        vm_page_t page = page_at_or_after(object, start);

        if (page == NULL || page->vp_offset >= end)
            return true;
        tree_remove(&object->vo_pages, &page->vp_node);
        page_release(object, page);
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
    vm_page_t page = page_new(to, to_offset);
    char *bytes;

    if (page == NULL)
        return false;
    bytes = phys_to_virt(page->vp_frame);
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
