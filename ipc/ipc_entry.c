/* SPDX-License-Identifier: MIT */
/*
 * ipc_entry.c - the slots of a space's name table: which are in use.
 *
 *          ipc_entry_alloc
 *     free ----------------------------> in use (the caller gives it a type)
 *          <----------------------------
 *                 ipc_entry_free
 *
 * All is O(1).  The slots that were freed last age in a ring, so that a name
 * that was freed means nothing for some time (R53): each slot has 64 generations.
 * Of the others the one that was freed last is used first, so that a space that
 * has few names at a time touches little memory.
 */
#include "ipc/ipc_entry.h"

#include "kernel/base/assert.h"
#include "kernel/core/kalloc.h"
#include "kernel/core/work.h"

_Static_assert(IPC_SPACE_INDEX_MAX / IE_CHUNK <=
                   IPC_TABLE_PART * IPC_TABLE_PARTS,
               "the table has room for all indices");

#define CHUNK_COST 2000 /* instructions, to make a piece of the table */
/* Of the pieces that chosen names have made so many are passed over when a slot
 * is taken: all of them before those of one piece are taken. */
#define CHUNKS_PASSED (IPC_SPACE_INDEX_MAX / IE_CHUNK / (IE_CHUNK - 1) + 1)

_Static_assert((IE_CHUNK & (IE_CHUNK - 1)) == 0, "a piece ends before a power");

/* Takes a slot out of the ring, or off the list of the free. */
static void
unlink_free(ipc_space_t space, ipc_entry_t entry)
{
    if (entry->ie_prev == IE_IN_RING) {
        uint32_t place = space->is_ring_next;

        while (space->is_ring[place] != entry->ie_index)
            place = ie_ring_after(place);
        space->is_ring[place] = 0;
        return;
    }
    if (entry->ie_prev != 0)
        ipc_entry_at(space, entry->ie_prev)->ie_next = entry->ie_next;
    else
        space->is_free_first = entry->ie_next;
    if (entry->ie_next != 0)
        ipc_entry_near(space, entry->ie_next)->ie_prev = entry->ie_prev;
}

void
ipc_entry_push_free(ipc_space_t space, ipc_entry_t entry)
{
    uint32_t next = space->is_free_first;

    entry->ie_next = next;
    entry->ie_prev = 0;
    space->is_free_first = entry->ie_index;
    if (next != 0)
        ipc_entry_near(space, next)->ie_prev = entry->ie_index;
}

/* Makes the piece of the table that has `index`: its slots are free. */
static bool
add_chunk(ipc_space_t space, uint32_t index)
{
    uint32_t first = max(index - index % IE_CHUNK, 1u); /* (S1) */
    uint32_t last = index | (IE_CHUNK - 1);
    uint32_t behind = space->is_free_first;
    ipc_entry_t entry;

    assert(ipc_entry_at(space, index) == NULL && index < IPC_SPACE_INDEX_MAX);

    if (!ipc_table_grow(&space->is_entries, index / IE_CHUNK, IE_CHUNK_BYTES,
                        zledger(space)))
        return false;
    if (first == 1)
        space->is_first = ipc_entry_at(space, 0);
    entry = ipc_entry_at(space, first);
    for (uint32_t i = first; i <= last; i++, entry++) {
        entry->ie_index = i;
        entry->ie_next = i < last ? i + 1 : behind;
        entry->ie_prev = i > first ? i - 1 : 0;
    }
    if (behind != 0)
        ipc_entry_at(space, behind)->ie_prev = last;
    space->is_free_first = first;
    (void)work_spend(CHUNK_COST);
    return true;
}

/*
 * ipc_entry_check_name - may the user choose this name?
 *
 * Returns   KERN_SUCCESS        it means nothing yet
 *           KERN_INVALID_VALUE  not the shape of a name
 *           KERN_FAILURE        index 0, or its slot has another name now
 *           KERN_NO_SPACE       too large an index
 *           KERN_NAME_EXISTS    it is in use
 */
kern_return_t
ipc_entry_check_name(ipc_space_t space, mach_port_name_t name)
{
    uint32_t index = name >> IE_NAME_SHIFT;
    ipc_entry_t entry;

    if ((name & IE_GEN_LOW) != IE_GEN_LOW)
        return KERN_INVALID_VALUE;
    if (index == 0)
        return KERN_FAILURE;
    if (index >= IPC_SPACE_INDEX_MAX)
        return KERN_NO_SPACE;
    entry = ipc_entry_at(space, index);
    if (entry == NULL || ie_type(entry) == 0)
        return KERN_SUCCESS;
    return ie_name(entry) == name ? KERN_NAME_EXISTS : KERN_FAILURE;
}

/* The free slot whose turn it is; 0: the table is to grow. */
static uint32_t
next_free(ipc_space_t space)
{
    uint32_t index = space->is_ring[space->is_ring_next];

    return index != 0 ? index : space->is_free_first;
}

/* The slot of the ring that was freed first; 0: the ring is empty. */
static uint32_t
oldest_in_ring(ipc_space_t space)
{
    for (uint32_t n = 0, place = space->is_ring_next; n < IS_RING; n++) {
        if (space->is_ring[place] != 0)
            return space->is_ring[place];
        place = ie_ring_after(place);
    }
    return 0;
}

/* Any free slot: without room for more, one that has not aged. */
static kern_return_t
take_any(ipc_space_t space, ipc_entry_t *entry)
{
    kern_return_t kr = KERN_SUCCESS;
    uint32_t index = next_free(space);

    if (index == 0) {
        if (space->is_fresh >= IPC_SPACE_INDEX_MAX)
            kr = KERN_NO_SPACE;
        else if (!add_chunk(space, space->is_fresh))
            kr = KERN_RESOURCE_SHORTAGE;
        index = kr == KERN_SUCCESS ? next_free(space) : oldest_in_ring(space);
    }
    if (index == 0)
        return kr;
    *entry = ipc_entry_near(space, index);
    return KERN_SUCCESS;
}

/* The slot for a name that the user chose. */
static kern_return_t
take_chosen(ipc_space_t space, mach_port_name_t name, ipc_entry_t *entry)
{
    uint32_t index = name >> IE_NAME_SHIFT;
    kern_return_t kr = ipc_entry_check_name(space, name);

    if (kr != KERN_SUCCESS)
        return kr;
    if (ipc_entry_at(space, index) == NULL && !add_chunk(space, index))
        return KERN_RESOURCE_SHORTAGE;
    *entry = ipc_entry_at(space, index);
    (*entry)->ie_bits = name << IE_GEN_SHIFT;
    return KERN_SUCCESS;
}

/*
 * ipc_entry_alloc - a slot for a new name: this one, or with MACH_PORT_NULL any.
 *
 * Requires  the caller gives it a type and an object at once.
 * Returns   KERN_SUCCESS, KERN_NO_SPACE, KERN_RESOURCE_SHORTAGE, and for a
 *           chosen name what ipc_entry_check_name returns
 */
kern_return_t
ipc_entry_alloc(ipc_space_t space, mach_port_name_t name, ipc_entry_t *out)
{
    kern_return_t kr = name == MACH_PORT_NULL ? take_any(space, out)
                                              : take_chosen(space, name, out);

    if (kr != KERN_SUCCESS)
        return kr;
    debug_assert(ie_type(*out) == 0 && (*out)->ie_object == NULL); /* (E1) */
    unlink_free(space, *out);
    for (unsigned n = 0;
         ipc_entry_at(space, space->is_fresh) != NULL && n < CHUNKS_PASSED; n++)
        space->is_fresh += IE_CHUNK;
    if ((*out)->ie_bits == 0)
        (*out)->ie_bits = IE_GEN_LOW << IE_GEN_SHIFT;
    (*out)->ie_next = 0;
    (*out)->ie_prev = 0;
    space->is_names++;
    return KERN_SUCCESS;
}

/*
 * ipc_entry_free - the name means nothing any more.
 *
 * Requires  no request is on it, and it is not in the hash.  The reference
 *           on its object is the caller's now.
 */
void
ipc_entry_free(ipc_space_t space, ipc_entry_t entry)
{
    assert(ie_type(entry) != 0 && space->is_names != 0); /* (E1), (S3) */
    assert(entry->ie_request == NULL);                   /* (E5) */
    ipc_entry_retire(space, entry);
}
