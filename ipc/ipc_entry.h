/* SPDX-License-Identifier: MIT */
/*
 * ipc_entry.h - the slots of a space's name table.
 *
 *   ie_bits:  31   generation   24 | 20  type  16 | 15  user references  0
 *   name:     31             index              8 | 7   generation       0
 *
 * The generation has its two low bits set, as XNU's names show it, and
 * changes when the slot is freed.
 */
#ifndef OSTIA_IPC_IPC_ENTRY_H
#define OSTIA_IPC_IPC_ENTRY_H

#include "ipc/ipc_check.h"
#include "ipc/ipc_space.h"
#include "ipc/ipc_types.h"
#include "kernel/base/assert.h"

/*
 * (E1) type == 0           <=> the slot is free, and ie_port == NULL
 * (E2) type == DEAD_NAME    => ie_port == NULL
 * (E3) otherwise ie_port (ie_pset for a set) holds one reference on the
 *      object, the entry's own
 * (E4) the user references count the send side, or the dead name: 0 for
 *      RECEIVE and PORT_SET, 1 for SEND_ONCE; IE_UREFS_MAX means "pegged",
 *      and never drops again (R4)
 * (E5) ie_request != NULL   => a dead-name request sits on the name, and
 *      ie_port is what it waits for
 */
struct ipc_entry {
    union {
        ipc_port_t ie_port;
        ipc_pset_t ie_pset;
        ipc_object_t ie_object;
    };
    struct ipc_request *ie_request;
    union {
        uint32_t ie_bits;
        struct {
            uint8_t ie_low[3];
            uint8_t ie_generation; /* the upper byte, which lies last */
        };
    };
    uint32_t ie_index;
    uint32_t ie_next; /* in the hash, or on the list of the free */
    uint32_t ie_prev; /* on the list of the free; IE_IN_RING: it is not */
};

#define IE_UREFS_MAX  0xffffu
#define IE_TYPE_BITS  0x001f0000u
#define IE_GEN_SHIFT  24
#define IE_GEN_MASK   0xffu
#define IE_GEN_LOW    3u /* always set */
#define IE_GEN_STEP   4u /* the next generation */
#define IE_NAME_SHIFT 8

#define IE_IN_RING UINT32_MAX

/* One page of entries a chunk. */
#define IE_CHUNK       128u
#define IE_CHUNK_BYTES (IE_CHUNK * sizeof(struct ipc_entry))

/* The place of the ring after `place`. */
static inline uint32_t
ie_ring_after(uint32_t place)
{
    return (place + 1) % IS_RING;
}

static inline mach_port_type_t
ie_type(const struct ipc_entry *entry)
{
    return entry->ie_bits & IE_TYPE_BITS;
}

static inline mach_port_urefs_t
ie_urefs(const struct ipc_entry *entry)
{
    return entry->ie_bits & IE_UREFS_MAX;
}

static inline mach_port_name_t
ie_name(const struct ipc_entry *entry)
{
    return entry->ie_index << IE_NAME_SHIFT | entry->ie_bits >> IE_GEN_SHIFT;
}

/* Sets type and user references; the generation stays. */
static ALWAYS_INLINE void
ie_set(ipc_entry_t entry, mach_port_type_t type, mach_port_urefs_t urefs)
{
    entry->ie_bits = (entry->ie_bits >> IE_GEN_SHIFT << IE_GEN_SHIFT) | type |
                     (urefs < IE_UREFS_MAX ? urefs : IE_UREFS_MAX);
}

/* More user references; too many peg (R4). */
static inline void
ie_urefs_add(ipc_entry_t entry, mach_port_urefs_t more)
{
    ie_set(entry, ie_type(entry), ie_urefs(entry) + more);
}

/* One user reference less.  Returns  true if it was the last. */
static inline bool
ie_urefs_drop(ipc_entry_t entry)
{
    debug_assert(ie_urefs(entry) != 0); /* (E4) */

    if (ie_urefs(entry) == IE_UREFS_MAX) /* pegged */
        return false;
    entry->ie_bits--;
    return ie_urefs(entry) == 0;
}

/* The slot of `index`, used or free; NULL where the table has a hole. */
static inline ipc_entry_t
ipc_entry_at(ipc_space_t space, uint32_t index)
{
    struct ipc_entry *chunk =
        ipc_table_chunk(&space->is_entries, index / IE_CHUNK);

    return chunk == NULL ? NULL : &chunk[index % IE_CHUNK];
}

/* As ipc_entry_at; quicker for the first piece, which may be one of zeros. */
static ALWAYS_INLINE ipc_entry_t
ipc_entry_near(ipc_space_t space, uint32_t index)
{
    return index < IE_CHUNK ? &space->is_first[index]
                            : ipc_entry_at(space, index);
}

/* What `name` means in the space, or NULL. */
static inline ipc_entry_t
ipc_entry_lookup(ipc_space_t space, mach_port_name_t name)
{
    ipc_entry_t entry = ipc_entry_near(space, name >> IE_NAME_SHIFT);

    if (DEBUG)
        ipc_check_touch(space, name);
    if (entry == NULL || entry->ie_generation != (uint8_t)name ||
        ie_type(entry) == 0)
        return NULL;
    return entry;
}

/* The free slot that has aged longest behind IS_RING others, or NULL. */
static ALWAYS_INLINE ipc_entry_t
ipc_entry_aged(ipc_space_t space)
{
    uint32_t index = space->is_ring[space->is_ring_next];

    return index == 0 ? NULL : ipc_entry_near(space, index);
}

/* Takes it: the caller gives it a type and an object at once. */
static ALWAYS_INLINE void
ipc_entry_use_aged(ipc_space_t space, ipc_entry_t entry)
{
    space->is_ring[space->is_ring_next] = 0;
    space->is_names++;
    entry->ie_next = 0;
    entry->ie_prev = 0;
}

/* A slot of no ring goes on the list of the free. */
void ipc_entry_push_free(ipc_space_t space, ipc_entry_t entry);

/* The name of a slot means nothing any more: it ages in the ring, and what has
 * been there longest goes on the list of the free. */
static ALWAYS_INLINE void
ipc_entry_retire(ipc_space_t space, ipc_entry_t entry)
{
    uint32_t *place = &space->is_ring[space->is_ring_next];
    uint32_t oldest = *place;

    debug_assert(entry->ie_index != 0); /* (S1) */

    *place = entry->ie_index;
    space->is_ring_next = ie_ring_after(space->is_ring_next);
    space->is_names--;
    entry->ie_object = NULL;
    entry->ie_bits += IE_GEN_STEP << IE_GEN_SHIFT;
    entry->ie_bits &= IE_GEN_MASK << IE_GEN_SHIFT;
    entry->ie_prev = IE_IN_RING;
    if (oldest != 0 && space->is_active)
        ipc_entry_push_free(space, ipc_entry_at(space, oldest));
}

MUSTUSE kern_return_t ipc_entry_check_name(ipc_space_t space,
                                           mach_port_name_t name);
MUSTUSE kern_return_t ipc_entry_alloc(ipc_space_t space, mach_port_name_t name,
                                      ipc_entry_t *entry);
void ipc_entry_free(ipc_space_t space, ipc_entry_t entry);

#endif
