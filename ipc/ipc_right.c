/* SPDX-License-Identifier: MIT */
/*
 * ipc_right.c - what a task may do with one right.
 *
 * A right is a pair (space, entry).  This file owns every change of an entry's
 * type and user references; the other files ask it.
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
 *    passes to the function that ends the right, which consumes it.  A right
 *    that was taken out of a space is a pointer that holds a reference and is
 *    counted in its port (P2, P3).
 */
#include "ipc/ipc_right.h"

#include <mach/notify.h>

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

static void
deaden(ipc_space_t space, ipc_entry_t entry)
{
    mach_port_type_t type = ie_type(entry);
    ipc_port_t port = entry->ie_port;
    mach_port_name_t name = ie_name(entry);
    ipc_kmsg_t notification = ipc_request_cancel(entry);

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
    ipc_notify_send(notification, MACH_NOTIFY_DEAD_NAME, name);
}

static inline bool
has_died(ipc_entry_t entry)
{
    return (ie_type(entry) & MACH_PORT_TYPE_SEND_RIGHTS) != 0 &&
           !ip_active(entry->ie_port);
}

void
ipc_right_check(ipc_space_t space, ipc_entry_t entry)
{
    if (has_died(entry))
        deaden(space, entry);
}

/* The name ends.  Returns  the port-deleted notification to send last. */
static ipc_kmsg_t
end_name(ipc_space_t space, ipc_entry_t entry)
{
    ipc_kmsg_t notification = ipc_request_cancel(entry);

    debug_assert(ie_type(entry) != 0); /* (E1) */

    if (ie_type(entry) == MACH_PORT_TYPE_SEND)
        ipc_hash_remove(space, entry);
    ipc_entry_free(space, entry);
    return notification;
}

/*
 * One right leaves its name, and the other half of SEND_RECEIVE stays.  The right
 * gets a reference of its own, or the entry's.
 *
 * Returns  as end_name; IKM_NULL if the name stays.
 */
static ipc_kmsg_t
take_half(ipc_space_t space, ipc_entry_t entry, mach_port_type_t half)
{
    mach_port_type_t left = ie_type(entry) & ~half;

    assert((ie_type(entry) & half) != 0);

    if (left == 0)
        return end_name(space, entry);
    ipc_port_reference(entry->ie_port);
    ie_set(entry, left, left == MACH_PORT_TYPE_RECEIVE ? 0 : ie_urefs(entry));
    if (left == MACH_PORT_TYPE_SEND)
        ipc_hash_insert(space, entry);
    return IKM_NULL;
}

/*
 * ipc_right_destroy - drop every right under a name.
 *
 * Sends     send-once, no-senders, dead-name to others, port-deleted.
 */
void
ipc_right_destroy(ipc_space_t space, ipc_entry_t entry)
{
    mach_port_name_t name = ie_name(entry);
    ipc_pset_t pset;
    ipc_port_t port;
    mach_port_type_t type;
    ipc_kmsg_t deleted;

    ipc_right_check(space, entry);
    type = ie_type(entry);
    pset = entry->ie_pset;
    port = entry->ie_port;
    deleted = end_name(space, entry);

    switch (type) {
    case MACH_PORT_TYPE_DEAD_NAME:
        break;
    case MACH_PORT_TYPE_SEND:
        ipc_port_release_send(port);
        break;
    case MACH_PORT_TYPE_SEND_ONCE:
        ipc_port_release_sonce(port);
        break;
    case MACH_PORT_TYPE_RECEIVE:
        ipc_port_destroy(port);
        break;
    case MACH_PORT_TYPE_SEND_RECEIVE:
        ipc_port_reference(port);
        ipc_port_destroy(port); /* first, so that nobody hears of no senders */
        ipc_port_release_send(port);
        break;
    case MACH_PORT_TYPE_PORT_SET:
        ipc_pset_destroy(pset);
        break;
    default:
        panic("ipc_right_destroy: %#x has type %#x", name, type);
    }
    ipc_notify_send(deleted, MACH_NOTIFY_PORT_DELETED, name);
}

/* Ends a receive right; a send right beside it becomes a dead name (R7). */
static void
end_receive(ipc_space_t space, ipc_entry_t entry)
{
    ipc_port_t port = entry->ie_port;

    if (ie_type(entry) == MACH_PORT_TYPE_RECEIVE) {
        ipc_right_destroy(space, entry);
        return;
    }
    (void)take_half(space, entry, MACH_PORT_TYPE_RECEIVE);
    ipc_port_destroy(port);
    ipc_right_check(space, entry);
}

/* ---- User references ---- */

/* The last user reference is gone, or a name that has none ends. */
static void
end_references(ipc_space_t space, ipc_entry_t entry)
{
    if (ie_type(entry) != MACH_PORT_TYPE_SEND_RECEIVE) {
        ipc_right_destroy(space, entry);
        return;
    }
    ie_set(entry, MACH_PORT_TYPE_RECEIVE, 0);
    ipc_port_srights_drop(entry->ie_port);
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

    if (ie_type(entry) == MACH_PORT_TYPE_RECEIVE)
        return KERN_INVALID_RIGHT;
    if (ie_type(entry) == MACH_PORT_TYPE_PORT_SET || ie_urefs_drop(entry))
        end_references(space, entry);
    return KERN_SUCCESS;
}

/* Adds delta to counted references (R1, R4). */
static kern_return_t
delta_counted(ipc_space_t space, ipc_entry_t entry, mach_port_delta_t delta)
{
    int64_t urefs = (int64_t)ie_urefs(entry) + delta;

    assert(ie_urefs(entry) != 0); /* (E4) */

    if (delta > (mach_port_delta_t)IE_UREFS_MAX || urefs < 0)
        return KERN_INVALID_VALUE;
    if (urefs == 0)
        end_references(space, entry);
    else if (ie_urefs(entry) != IE_UREFS_MAX) /* else pegged */
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
    if (right != MACH_PORT_RIGHT_RECEIVE)
        ipc_right_destroy(space, entry);
    else if (ipc_right_guarded(entry))
        return KERN_INVALID_RIGHT;
    else
        end_receive(space, entry);
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
    if (kr == KERN_SUCCESS)
        end_receive(space, entry);
    return kr;
}

/* ---- Out of a space ---- */

const struct ipc_disposition ipc_dispositions[] = {
    [MACH_MSG_TYPE_MOVE_RECEIVE] = { MACH_PORT_TYPE_RECEIVE,
                                     MACH_MSG_TYPE_PORT_RECEIVE },
    [MACH_MSG_TYPE_MOVE_SEND] = { MACH_PORT_TYPE_SEND,
                                  MACH_MSG_TYPE_PORT_SEND },
    [MACH_MSG_TYPE_COPY_SEND] = { MACH_PORT_TYPE_SEND,
                                  MACH_MSG_TYPE_PORT_SEND },
    [MACH_MSG_TYPE_MAKE_SEND] = { MACH_PORT_TYPE_RECEIVE,
                                  MACH_MSG_TYPE_PORT_SEND },
    [MACH_MSG_TYPE_MOVE_SEND_ONCE] = { MACH_PORT_TYPE_SEND_ONCE,
                                       MACH_MSG_TYPE_PORT_SEND_ONCE },
    [MACH_MSG_TYPE_MAKE_SEND_ONCE] = { MACH_PORT_TYPE_RECEIVE,
                                       MACH_MSG_TYPE_PORT_SEND_ONCE },
};
_Static_assert(countof(ipc_dispositions) == IPC_DISPOSITIONS, "all of them");

mach_msg_type_name_t
ipc_right_type_moved(mach_msg_type_name_t disposition)
{
    return disposition < IPC_DISPOSITIONS
               ? ipc_dispositions[disposition].id_moved
               : MACH_MSG_TYPE_PORT_NONE;
}

/*
 * ipc_right_copyin_check - may the right be taken so?  Changes nothing, but for
 * a right whose port has died.
 *
 * With `dead_ok` a dead name gives IP_DEAD.  Without, a send-once right whose
 * port has died is taken: the message goes where the port went (R9), unless
 * somebody was to be told of the death.
 */
bool
ipc_right_copyin_check(ipc_space_t space, ipc_entry_t entry,
                       mach_msg_type_name_t disposition, bool dead_ok)
{
    mach_port_type_t types = MACH_PORT_TYPE_NONE;

    if (has_died(entry) &&
        (dead_ok || ie_type(entry) != MACH_PORT_TYPE_SEND_ONCE ||
         entry->ie_request != NULL))
        deaden(space, entry);
    if (disposition < IPC_DISPOSITIONS)
        types = ipc_dispositions[disposition].id_source;
    if (dead_ok && (types & MACH_PORT_TYPE_SEND_RIGHTS) != 0)
        types |= MACH_PORT_TYPE_DEAD_NAME;
    if ((ie_type(entry) & types) == 0)
        return false;
    return disposition != MACH_MSG_TYPE_MOVE_RECEIVE ||
           !entry->ie_port->ip_immovable;
}

/* The right leaves its name, and is returned. */
static ipc_port_t
move(ipc_space_t space, ipc_entry_t entry, mach_port_type_t half)
{
    mach_port_name_t name = ie_name(entry);
    ipc_port_t port = entry->ie_port;

    ipc_notify_send(take_half(space, entry, half), MACH_NOTIFY_PORT_DELETED,
                    name);
    return port;
}

/*
 * ipc_right_copyin - take a right, or a copy of one, out of a space; cannot fail.
 *
 * Requires  ipc_right_copyin_check said yes, and nothing changed since.
 * Returns   the right, IP_DEAD for a dead name.
 * Sends     port-deleted, if the name went with it (R18).
 */
ipc_port_t
ipc_right_copyin(ipc_space_t space, ipc_entry_t entry,
                 mach_msg_type_name_t disposition)
{
    if (ie_type(entry) == MACH_PORT_TYPE_DEAD_NAME) {
        if (disposition != MACH_MSG_TYPE_COPY_SEND && ie_urefs_drop(entry))
            ipc_entry_free(space, entry);
        return IP_DEAD;
    }

    switch (disposition) {
    case MACH_MSG_TYPE_MAKE_SEND:
        return ipc_port_make_send(entry->ie_port);
    case MACH_MSG_TYPE_MAKE_SEND_ONCE:
        return ipc_port_make_sonce(entry->ie_port);
    case MACH_MSG_TYPE_COPY_SEND:
        return ipc_port_copy_send(entry->ie_port);
    case MACH_MSG_TYPE_MOVE_SEND:
        return ie_urefs_drop(entry) ? move(space, entry, MACH_PORT_TYPE_SEND)
                                    : ipc_port_copy_send(entry->ie_port);
    case MACH_MSG_TYPE_MOVE_SEND_ONCE:
        return move(space, entry, MACH_PORT_TYPE_SEND_ONCE);
    case MACH_MSG_TYPE_MOVE_RECEIVE:
        assert(ip_received_by(entry->ie_port, space) &&
               !entry->ie_port->ip_immovable);
        ipc_port_detach(entry->ie_port);
        return move(space, entry, MACH_PORT_TYPE_RECEIVE);
    default:
        panic("ipc_right_copyin: disposition %u", disposition);
    }
}

/*
 * ipc_right_take - check and take what a name stands for.
 *
 * Returns   KERN_SUCCESS        with the right; MACH_PORT_NULL and _DEAD stand
 *                               for IP_NULL and IP_DEAD
 *           KERN_INVALID_NAME   the name means nothing
 *           KERN_INVALID_RIGHT  nothing of it can be taken so
 * Sends     as ipc_right_copyin.
 */
kern_return_t
ipc_right_take(ipc_space_t space, mach_port_name_t name,
               mach_msg_type_name_t disposition, ipc_port_t *right)
{
    ipc_entry_t entry;

    if (!MACH_PORT_VALID(name)) {
        *right = name == MACH_PORT_DEAD ? IP_DEAD : IP_NULL;
        return KERN_SUCCESS;
    }
    entry = ipc_entry_lookup(space, name);
    if (entry == NULL)
        return KERN_INVALID_NAME;
    if (!ipc_right_copyin_check(space, entry, disposition, true))
        return KERN_INVALID_RIGHT;
    *right = ipc_right_copyin(space, entry, disposition);
    return KERN_SUCCESS;
}

/* ---- Into a space ---- */

/* A right for a name that has none yet; the reference goes to the entry. */
static void
fill(ipc_space_t space, ipc_entry_t entry, ipc_port_t right,
     mach_msg_type_name_t type)
{
    bool receives = type == MACH_MSG_TYPE_PORT_RECEIVE;

    assert(MACH_MSG_TYPE_PORT_ANY_RIGHT(type));
    debug_assert(ie_type(entry) == 0 && ip_active(right)); /* (E1), (E3) */

    entry->ie_port = right;
    ie_set(entry, ipc_dispositions[type].id_source,
           receives ? 0 : 1); /* (E4) */
    if (type == MACH_MSG_TYPE_PORT_SEND)
        ipc_hash_insert(space, entry);
    else if (receives)
        ipc_port_attach(right, space, ie_name(entry));
}

/* A right for the name that has the other half, or more of the same. */
static void
join(ipc_space_t space, ipc_entry_t entry, ipc_port_t right,
     mach_msg_type_name_t type)
{
    assert(entry->ie_port == right && type != MACH_MSG_TYPE_PORT_SEND_ONCE);

    if (type == MACH_MSG_TYPE_PORT_RECEIVE) {
        ipc_hash_remove(space, entry);
        ie_set(entry, MACH_PORT_TYPE_SEND_RECEIVE, ie_urefs(entry));
        ipc_port_attach(right, space, ie_name(entry));
        ipc_port_release(right);
    } else if (ie_type(entry) == MACH_PORT_TYPE_RECEIVE) {
        ie_set(entry, MACH_PORT_TYPE_SEND_RECEIVE, 1);
        ipc_port_release(right);
    } else {
        ie_urefs_add(entry, 1);
        ipc_port_release_send(right);
    }
}

/*
 * ipc_right_copyout - give a right a name: *name, or with MACH_PORT_NULL there
 * the one that the space has for the port, or any.
 *
 * A chosen name is judged before the right, and first by itself.
 *
 * Requires  type is one of MACH_MSG_TYPE_PORT_…; without a chosen name, the
 *           port is alive.
 * Consumes  the right, on KERN_SUCCESS alone.
 * Returns   KERN_SUCCESS, with *name; KERN_NO_SPACE, KERN_RESOURCE_SHORTAGE
 *           for a chosen name also
 *           KERN_INVALID_VALUE, KERN_FAILURE as ipc_entry_check_name
 *           KERN_RIGHT_EXISTS        the space has the port under another name
 *           KERN_NAME_EXISTS         the name means something else
 *           KERN_INVALID_CAPABILITY  the port is dead
 */
kern_return_t
ipc_right_copyout(ipc_space_t space, ipc_port_t right,
                  mach_msg_type_name_t type, mach_port_name_t *name)
{
    ipc_entry_t entry = NULL;
    kern_return_t kr = KERN_SUCCESS;

    debug_assert(space->is_active && IP_VALID(right));

    if (*name != MACH_PORT_NULL)
        kr = ipc_entry_check_name(space, *name);
    if (kr != KERN_SUCCESS && kr != KERN_NAME_EXISTS)
        return kr;
    /* SEND and RECEIVE share the one entry for the port here. */
    if (type != MACH_MSG_TYPE_PORT_SEND_ONCE && ip_active(right))
        entry = ip_received_by(right, space)
                    ? ipc_entry_lookup(space, right->ip_receiver_name)
                    : ipc_hash_lookup(space, right);
    if (entry != NULL) {
        if (*name != MACH_PORT_NULL && ie_name(entry) != *name)
            return KERN_RIGHT_EXISTS;
        join(space, entry, right, type);
    } else {
        if (kr == KERN_SUCCESS && !ip_active(right))
            kr = KERN_INVALID_CAPABILITY;
        if (kr == KERN_SUCCESS)
            kr = ipc_entry_alloc(space, *name, &entry);
        if (kr != KERN_SUCCESS)
            return kr;
        fill(space, entry, right, type);
    }
    *name = ie_name(entry);
    return KERN_SUCCESS;
}

/*
 * ipc_right_put - give a right a name, or end it.
 *
 * Consumes  the right, on every path.
 * Returns   KERN_SUCCESS  with *name: MACH_PORT_NULL for IP_NULL, _DEAD for a
 *                         right whose port has died
 *           KERN_NO_SPACE, KERN_RESOURCE_SHORTAGE, with MACH_PORT_NULL
 */
kern_return_t
ipc_right_put(ipc_space_t space, ipc_port_t right, mach_msg_type_name_t type,
              mach_port_name_t *name)
{
    kern_return_t kr;

    *name = MACH_PORT_NULL;
    if (right == IP_NULL)
        return KERN_SUCCESS;
    if (right == IP_DEAD || !ip_active(right)) {
        *name = MACH_PORT_DEAD;
        ipc_port_release_right(right, type);
        return KERN_SUCCESS;
    }
    kr = ipc_right_copyout(space, right, type, name);
    if (kr != KERN_SUCCESS)
        ipc_port_release_right(right, type);
    return kr;
}
