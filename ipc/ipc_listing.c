/* SPDX-License-Identifier: MIT */
/*
 * ipc_listing.c - lists of names for replies, however many there are.
 *
 * A list is made batch by batch, straight into the memory that the reply will
 * carry.  Between two batches others may run: how far it is stays with the
 * request (ikm_listing), and its routine is called again (ipc_kobject.c).
 *
 * Names of a space are listed by index, up to where its table ended at first;
 * members of a set in the order in which they came, with a mark among them
 * behind those that are listed.  So what changes meanwhile can neither hide
 * others nor make the list longer than was foreseen.
 *
 * (I1) li_mark has no port, and is on ips_members of li_pset while that lives
 * (I2) li_count elements, and no more than li_room, are in the copies
 */
#include "ipc/ipc_listing.h"

#include <mach_debug/ipc_info.h>

#include "ipc/ipc_entry.h"
#include "ipc/ipc_kmsg.h"
#include "ipc/ipc_kobject.h"
#include "ipc/ipc_port.h"
#include "ipc/ipc_pset.h"
#include "ipc/ipc_request.h"
#include "ipc/ipc_right.h"
#include "ipc/mig_kernel.h"
#include "kernel/base/assert.h"
#include "kernel/core/kalloc.h"
#include "kernel/core/work.h"

#define BATCH      16   /* slots or members looked at in one piece */
#define BATCH_COST 2500 /* instructions */

struct ipc_listing {
    ipc_listing_kind_t li_kind;
    ipc_space_t li_space; /* a reference */
    ipc_pset_t li_pset;   /* likewise; NULL: the names of the space */
    struct ipc_link li_mark;
    uint32_t li_index; /* of the next slot */
    uint32_t li_room;
    uint32_t li_count;
    vm_map_copy_t li_copy[2];
};

/* What a batch has found. */
struct batch {
    uint32_t ba_count;
    union {
        uint32_t ba_words[2][BATCH];
        ipc_info_name_t ba_infos[BATCH];
    };
};

static size_t
element_size(const struct ipc_listing *listing)
{
    return listing->li_kind == LIST_INFOS ? sizeof(ipc_info_name_t)
                                          : sizeof(uint32_t);
}

static unsigned
arrays_of(const struct ipc_listing *listing)
{
    return listing->li_kind == LIST_NAMES ? 2 : 1;
}

/* ---- Begin and end ---- */

void
ipc_listing_free(struct ipc_listing *listing)
{
    ipc_pset_t pset = listing->li_pset;

    vm_map_copy_discard(listing->li_copy[0]);
    vm_map_copy_discard(listing->li_copy[1]);
    if (queue_linked(&listing->li_mark.il_set_link))
        queue_remove(&listing->li_mark.il_set_link);
    if (pset != NULL)
        ipc_object_release(&pset->ips_object);
    ipc_space_release(listing->li_space);
    kfree(listing, sizeof(*listing), NULL);
}

/* Memory for all elements that there can be, which is taken when they are written. */
static bool
make_copies(struct ipc_listing *listing)
{
    uint64_t bytes = (uint64_t)listing->li_room * element_size(listing);

    for (unsigned i = 0; i < arrays_of(listing); i++)
        if (vm_map_copy_create(bytes, ledger_current(), &listing->li_copy[i]) !=
            KERN_SUCCESS)
            return false;
    return true;
}

static struct ipc_listing *
begin(ipc_listing_kind_t kind, ipc_space_t space, ipc_pset_t pset)
{
    struct ipc_listing *listing = kalloc(sizeof(*listing), ledger_current());

    if (listing == NULL)
        return NULL;
    listing->li_kind = kind;
    listing->li_space = ipc_space_reference(space);
    listing->li_room = space->is_entries.it_length * IE_CHUNK;
    listing->li_pset = pset;
    if (pset != NULL) {
        listing->li_room = pset->ips_count;
        ipc_object_reference(&pset->ips_object);
        enqueue_head(&pset->ips_members, &listing->li_mark.il_set_link);
    }
    if (make_copies(listing))
        return listing;
    ipc_listing_free(listing);
    return NULL;
}

/* ---- Batches ---- */

static ipc_info_name_t
info_of(ipc_entry_t entry)
{
    return (ipc_info_name_t){
        .iin_name = ie_name(entry),
        .iin_type = ie_type(entry) | ipc_request_kind(entry),
        .iin_urefs = ie_urefs(entry),
        .iin_object = entry->ie_object == NULL ? 0 : entry->ie_object->io_id,
        .iin_next = entry->ie_request != NULL,
    };
}

static void
add_entry(const struct ipc_listing *listing, struct batch *batch,
          ipc_entry_t entry)
{
    uint32_t n = batch->ba_count++;

    ipc_right_check(listing->li_space, entry);
    if (listing->li_kind == LIST_INFOS) {
        batch->ba_infos[n] = info_of(entry);
        return;
    }
    batch->ba_words[0][n] = ie_name(entry);
    batch->ba_words[1][n] = ie_type(entry) | ipc_request_kind(entry);
}

/* Looks at some slots; a hole in the table is one.  False: that was all. */
static bool
look_at_names(struct ipc_listing *listing, struct batch *batch)
{
    for (unsigned n = 0; n < BATCH; n++) {
        ipc_entry_t entry = ipc_entry_at(listing->li_space, listing->li_index);

        if (listing->li_index >= listing->li_room)
            return false;
        if (entry == NULL) {
            listing->li_index += IE_CHUNK - listing->li_index % IE_CHUNK;
            continue;
        }
        if (ie_type(entry) != 0)
            add_entry(listing, batch, entry);
        listing->li_index++;
    }
    return true;
}

/* Looks at some members, and moves the mark behind them. */
static bool
look_at_members(struct ipc_listing *listing, struct batch *batch)
{
    queue_head_t *members = &listing->li_pset->ips_members;
    queue_chain_t *last = &listing->li_mark.il_set_link;

    for (unsigned n = 0; n < BATCH; n++) {
        queue_chain_t *next = queue_next(members, last);
        ipc_port_t port;

        if (next == NULL ||
            listing->li_count + batch->ba_count == listing->li_room)
            return false;
        last = next;
        port = queue_element(next, struct ipc_link, il_set_link)->il_port;
        if (port != IP_NULL)
            batch->ba_words[0][batch->ba_count++] = port->ip_receiver_name;
    }
    queue_remove(&listing->li_mark.il_set_link);
    queue_insert_after(last, &listing->li_mark.il_set_link);
    return true;
}

/* The batch goes behind what is listed already. */
static kern_return_t
write_batch(struct ipc_listing *listing, const struct batch *batch)
{
    size_t size = element_size(listing);
    kern_return_t kr = KERN_SUCCESS;

    for (unsigned i = 0; i < arrays_of(listing) && kr == KERN_SUCCESS; i++)
        kr = vm_map_copy_write(listing->li_copy[i], listing->li_count * size,
                               batch->ba_words[i], batch->ba_count * size);
    listing->li_count += batch->ba_count;
    return kr;
}

/* Lists until all is there, or somebody better wants to run, if that may be. */
static kern_return_t
run(struct ipc_listing *listing, bool may_stop)
{
    bool more = true;

    while (more) {
        struct batch batch = { 0 };
        kern_return_t kr;

        more = listing->li_pset != NULL ? look_at_members(listing, &batch)
                                        : look_at_names(listing, &batch);
        kr = write_batch(listing, &batch);
        if (kr != KERN_SUCCESS)
            return kr;
        if (work_spend(BATCH_COST) && more && may_stop)
            return WORK_UNFINISHED;
    }
    return KERN_SUCCESS;
}

/* The memory, cut to what is in it, is the caller's. */
static void
hand_out(struct ipc_listing *listing, vm_map_copy_t copy[2], uint32_t *count)
{
    *count = listing->li_count;
    for (unsigned i = 0; i < arrays_of(listing); i++) {
        copy[i] = vm_map_copy_cut(listing->li_copy[i],
                                  listing->li_count * element_size(listing));
        listing->li_copy[i] = VM_MAP_COPY_NULL;
    }
}

kern_return_t
ipc_listing_make(ipc_listing_kind_t kind, ipc_space_t space, ipc_pset_t pset,
                 vm_map_copy_t copy[2], uint32_t *count)
{
    ipc_kmsg_t request = ipc_kobject_request();
    struct ipc_listing *listing = NULL;
    kern_return_t kr;

    if (request != IKM_NULL)
        listing = request->ikm_listing;
    if (listing == NULL)
        listing = begin(kind, space, pset);
    if (listing == NULL)
        return KERN_RESOURCE_SHORTAGE;
    assert(listing->li_kind == kind && listing->li_space == space);

    kr = listing->li_pset == pset ? run(listing, request != IKM_NULL)
                                  : KERN_INVALID_NAME;
    if (kr == KERN_SUCCESS)
        hand_out(listing, copy, count);
    if (request != IKM_NULL)
        request->ikm_listing = listing; /* ends with it */
    else
        ipc_listing_free(listing);
    return kr;
}
