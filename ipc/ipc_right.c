/* SPDX-License-Identifier: MIT */
/*
 * ipc_right.c - what a task may do with one right.
 *
 * A right is a pair (space, entry).  This file and ipc_right_move.c own every
 * change of an entry's type and user references; the other files ask them.
 *
 *      SEND, SEND_ONCE   -- the port dies ------->  DEAD_NAME
 *      SEND_RECEIVE      -- last reference goes -->  RECEIVE
 *      SEND_RECEIVE      -- receive destroyed ---->  DEAD_NAME
 *      SEND, DEAD_NAME   -- last reference goes -->  free
 *
 * Two rules hold in every function below:
 *
 *  - Change first, tell last.  An entry and its port reach their final state
 *    before a notification is sent, because a notification may destroy a port
 *    and so come back here for the same space.
 *  - References move.  When an entry is freed, the port reference it held (E3)
 *    passes to the function that ends the right, which consumes it.
 */
#include "ipc/ipc_right.h"

#include "ipc/ipc_entry.h"
#include "ipc/ipc_notify.h"
#include "ipc/ipc_port.h"
#include "ipc/ipc_pset.h"
#include "ipc/ipc_request.h"
#include "kernel/base/assert.h"

/*
 * ipc_right_lookup - the entry of a name that holds one of these rights.
 *
 * Returns   KERN_SUCCESS, with the entry
 *           KERN_INVALID_TASK   the space is dying
 *           KERN_INVALID_NAME   the name means nothing; NULL and DEAD too
 *           KERN_INVALID_RIGHT  it holds none of `types`
 */
kern_return_t
ipc_right_lookup(ipc_space_t space, mach_port_name_t name,
                 mach_port_type_t types, ipc_entry_t *entry)
{
    if (!space->is_active)
        return KERN_INVALID_TASK;
    *entry = ipc_entry_lookup(space, name);
    if (*entry == NULL)
        return KERN_INVALID_NAME;
    return (ie_type(*entry) & types) == 0 ? KERN_INVALID_RIGHT : KERN_SUCCESS;
}

/*
 * ipc_right_receive - the port whose receive right a name holds.
 *
 * Returns   KERN_SUCCESS, with the port, borrowed
 *           KERN_INVALID_TASK, KERN_INVALID_NAME as ipc_right_lookup
 *           KERN_INVALID_RIGHT  no receive right; NULL and DEAD too
 */
kern_return_t
ipc_right_receive(ipc_space_t space, mach_port_name_t name, ipc_port_t *port)
{
    ipc_entry_t entry;
    kern_return_t kr =
        ipc_right_lookup(space, name, MACH_PORT_TYPE_RECEIVE, &entry);

    if (kr == KERN_INVALID_NAME && !MACH_PORT_VALID(name))
        return KERN_INVALID_RIGHT;
    if (kr == KERN_SUCCESS)
        *port = entry->ie_port;
    return kr;
}

void
ipc_right_check(ipc_space_t space, ipc_entry_t entry)
{
    mach_port_type_t type = ie_type(entry);
    ipc_port_t port = entry->ie_port;
    mach_port_name_t name = ie_name(entry);
    ipc_kmsg_t notification;

    if ((type & MACH_PORT_TYPE_SEND_RIGHTS) == 0 || ip_active(port))
        return;

    notification = ipc_request_cancel(entry);
    if (type == MACH_PORT_TYPE_SEND)
        ipc_hash_remove(space, entry);
    entry->ie_port = IP_NULL;
    ie_set(entry, MACH_PORT_TYPE_DEAD_NAME, ie_urefs(entry));
    if (notification != IKM_NULL)
        ie_urefs_add(entry, 1);

    if (type == MACH_PORT_TYPE_SEND)
        ipc_port_release_send(port);
    else
        ipc_port_release_sonce(port);
    if (notification != IKM_NULL)
        ipc_notify_dead_name(notification, name);
}

/* The name ends.  Returns  the port-deleted notification to send last. */
static ipc_kmsg_t
end_name(ipc_space_t space, ipc_entry_t entry)
{
    ipc_kmsg_t notification = ipc_request_cancel(entry);

    if (ie_type(entry) == MACH_PORT_TYPE_SEND)
        ipc_hash_remove(space, entry);
    ipc_entry_free(space, entry);
    return notification;
}

/* ---- Each kind of right, ended with all its user references ---- */

static void
destroy_send(ipc_space_t space, ipc_entry_t entry)
{
    mach_port_name_t name = ie_name(entry);
    ipc_port_t port = entry->ie_port;
    ipc_kmsg_t deleted = end_name(space, entry);

    ipc_port_release_send(port);
    ipc_notify_port_deleted(deleted, name);
}

static void
destroy_send_once(ipc_space_t space, ipc_entry_t entry)
{
    mach_port_name_t name = ie_name(entry);
    ipc_port_t port = entry->ie_port;
    ipc_kmsg_t deleted = end_name(space, entry);

    ipc_port_release_sonce(port);
    ipc_notify_port_deleted(deleted, name);
}

/* The send half beside a receive right. */
static void
drop_send_half(ipc_entry_t entry)
{
    ie_set(entry, MACH_PORT_TYPE_RECEIVE, 0);
    ipc_port_srights_drop(entry->ie_port);
}

/* The receive half: the send half becomes a dead name (R7). */
static void
destroy_receive_half(ipc_space_t space, ipc_entry_t entry)
{
    ipc_port_t port = entry->ie_port;

    ipc_port_reference(port);
    ie_set(entry, MACH_PORT_TYPE_SEND, ie_urefs(entry));
    ipc_hash_insert(space, entry);
    ipc_port_destroy(port);
    ipc_right_check(space, entry);
}

static void
destroy_receive(ipc_space_t space, ipc_entry_t entry)
{
    mach_port_name_t name = ie_name(entry);
    ipc_port_t port = entry->ie_port;
    ipc_kmsg_t deleted = end_name(space, entry);

    ipc_port_destroy(port);
    ipc_notify_port_deleted(deleted, name);
}

/* Both halves: the port dies first, so that nobody hears of no senders. */
static void
destroy_send_receive(ipc_space_t space, ipc_entry_t entry)
{
    mach_port_name_t name = ie_name(entry);
    ipc_port_t port = entry->ie_port;
    ipc_kmsg_t deleted = end_name(space, entry);

    ipc_port_reference(port);
    ipc_port_destroy(port);
    ipc_port_release_send(port);
    ipc_notify_port_deleted(deleted, name);
}

static void
destroy_set(ipc_space_t space, ipc_entry_t entry)
{
    ipc_pset_t pset = entry->ie_pset;

    space->is_sets--;
    ipc_entry_free(space, entry);
    ipc_pset_destroy(pset);
}

/*
 * ipc_right_destroy - drop every right under a name.
 *
 * Sends     send-once, no-senders, dead-name to others, port-deleted.
 */
void
ipc_right_destroy(ipc_space_t space, ipc_entry_t entry)
{
    ipc_right_check(space, entry);

    switch (ie_type(entry)) {
    case MACH_PORT_TYPE_DEAD_NAME:
        ipc_entry_free(space, entry);
        return;
    case MACH_PORT_TYPE_SEND:
        destroy_send(space, entry);
        return;
    case MACH_PORT_TYPE_SEND_ONCE:
        destroy_send_once(space, entry);
        return;
    case MACH_PORT_TYPE_RECEIVE:
        destroy_receive(space, entry);
        return;
    case MACH_PORT_TYPE_SEND_RECEIVE:
        destroy_send_receive(space, entry);
        return;
    case MACH_PORT_TYPE_PORT_SET:
        destroy_set(space, entry);
        return;
    }

    panic("ipc_right_destroy: %#x has type %#x", ie_name(entry),
          ie_type(entry));
}

void
ipc_right_terminate(ipc_space_t space, ipc_entry_t entry)
{
    assert(!space->is_active);

    ipc_right_destroy(space, entry);
}

/* ---- User references ---- */

/* The last user reference of the send side, or of the dead name, is gone. */
static void
end_send_side(ipc_space_t space, ipc_entry_t entry)
{
    if (ie_type(entry) == MACH_PORT_TYPE_SEND_RECEIVE)
        drop_send_half(entry);
    else
        ipc_right_destroy(space, entry);
}

/*
 * ipc_right_dealloc - give up one user reference of a right.
 *
 * Returns   KERN_SUCCESS        one reference less; at zero the name is free
 *           KERN_INVALID_RIGHT  a receive right
 * Sends     send-once, no-senders or port-deleted, when the right itself ends.
 */
kern_return_t
ipc_right_dealloc(ipc_space_t space, ipc_entry_t entry)
{
    ipc_right_check(space, entry);

    switch (ie_type(entry)) {
    case MACH_PORT_TYPE_RECEIVE:
        return KERN_INVALID_RIGHT;
    case MACH_PORT_TYPE_SEND_ONCE:
    case MACH_PORT_TYPE_PORT_SET:
        ipc_right_destroy(space, entry);
        return KERN_SUCCESS;
    case MACH_PORT_TYPE_DEAD_NAME:
    case MACH_PORT_TYPE_SEND:
    case MACH_PORT_TYPE_SEND_RECEIVE:
        if (ie_urefs_drop(entry))
            end_send_side(space, entry);
        return KERN_SUCCESS;
    }

    panic("ipc_right_dealloc: %#x has type %#x", ie_name(entry),
          ie_type(entry));
}

/* Adds delta to counted references (R1, R4). */
static kern_return_t
delta_counted(ipc_space_t space, ipc_entry_t entry, mach_port_delta_t delta)
{
    int64_t urefs = (int64_t)ie_urefs(entry) + delta;

    if (delta > (mach_port_delta_t)IE_UREFS_MAX || urefs < 0)
        return KERN_INVALID_VALUE;
    if (urefs == 0)
        end_send_side(space, entry);
    else if (!ie_pegged(entry))
        ie_set(entry, ie_type(entry),
               urefs < IE_UREFS_MAX ? (mach_port_urefs_t)urefs : IE_UREFS_MAX);
    return KERN_SUCCESS;
}

bool
ipc_right_guarded(ipc_entry_t entry)
{
    return (ie_type(entry) & MACH_PORT_TYPE_RECEIVE) != 0 &&
           entry->ie_port->ip_guarded;
}

static kern_return_t
delta_receive(ipc_space_t space, ipc_entry_t entry)
{
    if (ipc_right_guarded(entry))
        return KERN_INVALID_RIGHT;
    if (ie_type(entry) == MACH_PORT_TYPE_SEND_RECEIVE)
        destroy_receive_half(space, entry);
    else
        destroy_receive(space, entry);
    return KERN_SUCCESS;
}

/*
 * ipc_right_delta - change the user references of one right.
 *
 * Returns   KERN_SUCCESS
 *           KERN_INVALID_RIGHT  the name does not hold the right, or it is the
 *                               receive right of a guarded port (R48)
 *           KERN_INVALID_VALUE  fewer than none, or a delta beyond 65535; or,
 *                               of a right that has no count, anything but
 *                               0 and -1 (R2)
 * Sends     as ipc_right_destroy.
 */
kern_return_t
ipc_right_delta(ipc_space_t space, ipc_entry_t entry, mach_port_right_t right,
                mach_port_delta_t delta)
{
    ipc_right_check(space, entry);

    if (right >= MACH_PORT_RIGHT_LABELH ||
        (ie_type(entry) & MACH_PORT_TYPE(right)) == 0)
        return KERN_INVALID_RIGHT;
    if (right == MACH_PORT_RIGHT_SEND || right == MACH_PORT_RIGHT_DEAD_NAME)
        return delta_counted(space, entry, delta);

    if (delta == 0)
        return KERN_SUCCESS;
    if (delta != -1)
        return KERN_INVALID_VALUE;
    if (right == MACH_PORT_RIGHT_RECEIVE)
        return delta_receive(space, entry);
    ipc_right_destroy(space, entry);
    return KERN_SUCCESS;
}

/*
 * ipc_right_destruct - end a receive right, and some send references with it.
 *
 * Requires  the entry has a receive right.
 * Returns   KERN_SUCCESS           send references that stay are a dead name's
 *           KERN_INVALID_RIGHT     no send right to drop
 *           KERN_INVALID_VALUE     srdelta is positive, or drops too many
 *           KERN_INVALID_ARGUMENT  the port has another guard (R48)
 * Sends     as ipc_right_destroy.
 */
kern_return_t
ipc_right_destruct(ipc_space_t space, ipc_entry_t entry,
                   mach_port_delta_t srdelta, mach_port_context_t guard)
{
    mach_port_type_t type = ie_type(entry);
    kern_return_t kr = KERN_SUCCESS;

    assert((type & MACH_PORT_TYPE_RECEIVE) != 0);

    if (srdelta != 0 && (type & MACH_PORT_TYPE_SEND) == 0)
        return KERN_INVALID_RIGHT;
    if (srdelta > 0)
        return KERN_INVALID_VALUE;
    if (entry->ie_port->ip_guarded && entry->ie_port->ip_context != guard)
        return KERN_INVALID_ARGUMENT;
    if (srdelta != 0)
        kr = delta_counted(space, entry, srdelta);
    if (kr != KERN_SUCCESS)
        return kr;

    if (ie_type(entry) == MACH_PORT_TYPE_SEND_RECEIVE)
        destroy_receive_half(space, entry);
    else
        destroy_receive(space, entry);
    return KERN_SUCCESS;
}
