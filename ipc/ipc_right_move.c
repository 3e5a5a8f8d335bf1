/* SPDX-License-Identifier: MIT */
/*
 * ipc_right_move.c - rights on their way out of a space, and into one.
 *
 * Copyin is in two steps: the check, which changes nothing, and the taking,
 * which cannot fail.  A right that was taken is a pointer that holds a
 * reference and is counted in its port (P2, P3).
 */
#include "ipc/ipc_entry.h"
#include "ipc/ipc_notify.h"
#include "ipc/ipc_port.h"
#include "ipc/ipc_request.h"
#include "ipc/ipc_right.h"
#include "kernel/base/assert.h"

mach_msg_type_name_t
ipc_right_type_moved(mach_msg_type_name_t disposition)
{
    switch (disposition) {
    case MACH_MSG_TYPE_MOVE_RECEIVE:
        return MACH_MSG_TYPE_PORT_RECEIVE;
    case MACH_MSG_TYPE_MOVE_SEND:
    case MACH_MSG_TYPE_COPY_SEND:
    case MACH_MSG_TYPE_MAKE_SEND:
        return MACH_MSG_TYPE_PORT_SEND;
    case MACH_MSG_TYPE_MOVE_SEND_ONCE:
    case MACH_MSG_TYPE_MAKE_SEND_ONCE:
        return MACH_MSG_TYPE_PORT_SEND_ONCE;
    default:
        return MACH_MSG_TYPE_PORT_NONE;
    }
}

/* The types of entry from which a disposition may take. */
static mach_port_type_t
source_types(mach_msg_type_name_t disposition)
{
    switch (disposition) {
    case MACH_MSG_TYPE_MOVE_RECEIVE:
    case MACH_MSG_TYPE_MAKE_SEND:
    case MACH_MSG_TYPE_MAKE_SEND_ONCE:
        return MACH_PORT_TYPE_RECEIVE;
    case MACH_MSG_TYPE_MOVE_SEND:
    case MACH_MSG_TYPE_COPY_SEND:
        return MACH_PORT_TYPE_SEND;
    case MACH_MSG_TYPE_MOVE_SEND_ONCE:
        return MACH_PORT_TYPE_SEND_ONCE;
    default:
        return MACH_PORT_TYPE_NONE;
    }
}

bool
ipc_right_copyin_check(ipc_entry_t entry, mach_msg_type_name_t disposition,
                       bool dead_ok)
{
    mach_port_type_t types = source_types(disposition);

    if (dead_ok && (types & MACH_PORT_TYPE_SEND_RIGHTS) != 0)
        types |= MACH_PORT_TYPE_DEAD_NAME;
    if ((ie_type(entry) & types) == 0)
        return false;
    return disposition != MACH_MSG_TYPE_MOVE_RECEIVE ||
           !entry->ie_port->ip_immovable;
}

/* ---- Out of a space ---- */

/* The name goes, the right stays: it is returned. */
static ipc_port_t
move_name(ipc_space_t space, ipc_entry_t entry)
{
    mach_port_name_t name = ie_name(entry);
    ipc_port_t port = entry->ie_port;
    ipc_kmsg_t deleted = ipc_request_cancel(entry);

    if (ie_type(entry) == MACH_PORT_TYPE_SEND)
        ipc_hash_remove(space, entry);
    ipc_entry_free(space, entry);
    ipc_notify_port_deleted(deleted, name);
    return port;
}

static ipc_port_t
move_dead(ipc_space_t space, ipc_entry_t entry)
{
    if (ie_urefs_drop(entry))
        ipc_entry_free(space, entry);
    return IP_DEAD;
}

static ipc_port_t
move_send(ipc_space_t space, ipc_entry_t entry)
{
    ipc_port_t port = entry->ie_port;

    if (!ie_urefs_drop(entry))
        return ipc_port_copy_send(port);
    if (ie_type(entry) == MACH_PORT_TYPE_SEND)
        return move_name(space, entry);
    ie_set(entry, MACH_PORT_TYPE_RECEIVE, 0);
    ipc_port_reference(port);
    return port;
}

static ipc_port_t
move_receive(ipc_space_t space, ipc_entry_t entry)
{
    ipc_port_t port = entry->ie_port;

    ipc_port_detach(port);
    if (ie_type(entry) == MACH_PORT_TYPE_RECEIVE)
        return move_name(space, entry);
    ie_set(entry, MACH_PORT_TYPE_SEND, ie_urefs(entry));
    ipc_hash_insert(space, entry);
    ipc_port_reference(port);
    return port;
}

/*
 * ipc_right_copyin - take a right, or a copy of one, out of a space.
 *
 * Requires  ipc_right_copyin_check said yes, and nothing changed since.
 * Returns   the right, IP_DEAD for a dead name.
 * Sends     port-deleted, if the name went with it (R18).
 */
ipc_port_t
ipc_right_copyin(ipc_space_t space, ipc_entry_t entry,
                 mach_msg_type_name_t disposition)
{
    bool dead = ie_type(entry) == MACH_PORT_TYPE_DEAD_NAME;

    switch (disposition) {
    case MACH_MSG_TYPE_MAKE_SEND:
        return ipc_port_make_send(entry->ie_port);
    case MACH_MSG_TYPE_MAKE_SEND_ONCE:
        return ipc_port_make_sonce(entry->ie_port);
    case MACH_MSG_TYPE_COPY_SEND:
        return dead ? IP_DEAD : ipc_port_copy_send(entry->ie_port);
    case MACH_MSG_TYPE_MOVE_SEND:
        return dead ? move_dead(space, entry) : move_send(space, entry);
    case MACH_MSG_TYPE_MOVE_SEND_ONCE:
        return dead ? move_dead(space, entry) : move_name(space, entry);
    case MACH_MSG_TYPE_MOVE_RECEIVE:
        return move_receive(space, entry);
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
    ipc_right_check(space, entry);
    if (!ipc_right_copyin_check(entry, disposition, true))
        return KERN_INVALID_RIGHT;
    *right = ipc_right_copyin(space, entry, disposition);
    return KERN_SUCCESS;
}

/* ---- Into a space ---- */

/* The one entry that SEND and RECEIVE share for the port here, or NULL. */
static ipc_entry_t
reverse(ipc_space_t space, ipc_port_t port)
{
    if (ip_received_by(port, space))
        return ipc_entry_lookup(space, port->ip_receiver_name);
    return ipc_hash_lookup(space, port);
}

/* A right for a name that has none yet; the reference goes to the entry. */
static void
fill(ipc_space_t space, ipc_entry_t entry, ipc_port_t right,
     mach_msg_type_name_t type)
{
    entry->ie_port = right;

    switch (type) {
    case MACH_MSG_TYPE_PORT_SEND:
        ie_set(entry, MACH_PORT_TYPE_SEND, 1);
        ipc_hash_insert(space, entry);
        return;
    case MACH_MSG_TYPE_PORT_SEND_ONCE:
        ie_set(entry, MACH_PORT_TYPE_SEND_ONCE, 1);
        return;
    case MACH_MSG_TYPE_PORT_RECEIVE:
        ie_set(entry, MACH_PORT_TYPE_RECEIVE, 0);
        ipc_port_attach(right, space, ie_name(entry));
        return;
    default:
        panic("ipc_right: type %u", type);
    }
}

/* A right for the name that has the other half, or more of the same. */
static void
join(ipc_space_t space, ipc_entry_t entry, ipc_port_t right,
     mach_msg_type_name_t type)
{
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

    if (*name != MACH_PORT_NULL)
        kr = ipc_entry_check_name(space, *name);
    if (kr != KERN_SUCCESS && kr != KERN_NAME_EXISTS)
        return kr;
    if (type != MACH_MSG_TYPE_PORT_SEND_ONCE && ip_active(right))
        entry = reverse(space, right);
    if (entry != NULL) {
        if (*name != MACH_PORT_NULL && ie_name(entry) != *name)
            return KERN_RIGHT_EXISTS;
        join(space, entry, right, type);
        *name = ie_name(entry);
        return KERN_SUCCESS;
    }

    if (kr == KERN_SUCCESS && !ip_active(right))
        return KERN_INVALID_CAPABILITY;
    if (kr == KERN_SUCCESS)
        kr = ipc_entry_alloc(space, *name, &entry);
    if (kr != KERN_SUCCESS)
        return kr;
    fill(space, entry, right, type);
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
