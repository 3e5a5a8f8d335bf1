/* SPDX-License-Identifier: MIT */
/*
 * ipc_space.c - what the names of one task mean: the life of a space.
 *
 *     active -- ipc_space_shutdown --> dying -- ipc_space_clean --> empty
 *
 * A dying space refuses every call; its rights end one by one.  The structure
 * lives until the last message that its task has sent is gone.
 */
#include "ipc/ipc_space.h"

#include "ipc/ipc_entry.h"
#include "ipc/ipc_init.h"
#include "ipc/ipc_port.h"
#include "ipc/ipc_pset.h"
#include "ipc/ipc_right.h"
#include "kernel/base/assert.h"
#include "kernel/core/work.h"

#define CLEAN_COST 500 /* instructions, to end the right of a slot */

/* Of a space that has no name yet; never written. */
static struct ipc_entry no_names[IE_CHUNK];

ipc_space_t
ipc_space_create(const security_token_t *security, const audit_token_t *audit,
                 struct ledger *ledger)
{
    ipc_space_t space = zalloc(&ipc_state.is_space_zone, ledger);

    if (space == NULL)
        return IS_NULL;
    if (!ipc_hash_init(space)) {
        ipc_table_free(&space->is_hash.ih_buckets, ledger);
        zfree(&ipc_state.is_space_zone, space);
        return IS_NULL;
    }

    space->is_first = no_names;
    space->is_references = 1;
    space->is_active = true;
    space->is_security = *security;
    space->is_audit = *audit;
    enqueue_tail(&ipc_state.is_spaces, &space->is_link);
    return space;
}

/* The last reference has gone.  Requires  ipc_space_clean was done, or the space
 * never had a name. */
void
ipc_space_free(ipc_space_t space)
{
    bool empty = ipc_hash_clean(space);

    assert(!space->is_active && space->is_names == 0 && empty);

    ipc_table_free(&space->is_hash.ih_buckets, zledger(space));
    ipc_table_free(&space->is_entries, zledger(space));
    queue_remove(&space->is_link);
    zfree(&ipc_state.is_space_zone, space);
}

void
ipc_space_shutdown(ipc_space_t space)
{
    assert(space->is_active);

    space->is_active = false;
    space->is_task = IP_NULL;
}

/* Ends the right of one slot; with the last of a chunk the chunk goes too. */
static void
clean_slot(ipc_space_t space, uint32_t index)
{
    ipc_entry_t entry = ipc_entry_at(space, index);

    if (ie_type(entry) != 0)
        ipc_right_destroy(space, entry);
    if (index == IE_CHUNK - 1)
        space->is_first = no_names;
    if (index % IE_CHUNK == IE_CHUNK - 1)
        ipc_table_shrink(&space->is_entries, index / IE_CHUNK, IE_CHUNK_BYTES,
                         zledger(space));
}

/*
 * ipc_space_clean - end some of the rights of a dying space.
 *
 * Returns   true when none is left, and no bucket of the hash.
 * Sends     all that the death of rights can cause.
 */
bool
ipc_space_clean(ipc_space_t space)
{
    uint32_t end = space->is_entries.it_length * IE_CHUNK;

    assert(!space->is_active);

    while (space->is_cleaned < end) {
        if (ipc_entry_at(space, space->is_cleaned) != NULL)
            clean_slot(space, space->is_cleaned++);
        else
            space->is_cleaned += IE_CHUNK; /* a hole is a whole chunk */
        if (work_spend(CLEAN_COST))
            return false;
    }
    return ipc_hash_clean(space);
}

mach_port_name_t
ipc_port_copyout_send(ipc_port_t right, ipc_space_t space)
{
    mach_port_name_t name;

    if (!space->is_active) {
        ipc_port_release_right(right, MACH_MSG_TYPE_PORT_SEND);
        return MACH_PORT_NULL;
    }
    if (ipc_right_put(space, right, MACH_MSG_TYPE_PORT_SEND, &name) !=
        KERN_SUCCESS)
        return MACH_PORT_NULL;
    return name;
}

static __attribute__((noinline)) mach_port_name_t
name_anew(ipc_port_t port, ipc_space_t space, mach_port_name_t *known)
{
    *known = ipc_port_copyout_send(ipc_port_make_send(port), space);
    return *known;
}

mach_port_name_t
ipc_port_name_again(ipc_port_t port, ipc_space_t space, mach_port_name_t *known)
{
    ipc_entry_t entry = ipc_entry_lookup(space, *known);

    if (entry == NULL || entry->ie_port != port || !space->is_active ||
        ie_type(entry) != MACH_PORT_TYPE_SEND || !ip_active(port))
        return name_anew(port, space, known);
    port->ip_mscount++;
    ie_urefs_add(entry, 1);
    return *known;
}
