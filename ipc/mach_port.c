/* SPDX-License-Identifier: MIT */
/*
 * mach_port.c - the routines of mach_port.defs: what a task may do with the
 * rights of a task.
 *
 * Each looks the name up, refuses what is wrong, and leaves the work to the
 * file that owns the object.  A dead space is KERN_INVALID_TASK.
 */
#include "mig/mach_port_server.h"

#include <mach/notify.h>

#include "ipc/ipc_entry.h"
#include "ipc/ipc_mqueue.h"
#include "ipc/ipc_notify.h"
#include "ipc/ipc_port.h"
#include "ipc/ipc_pset.h"
#include "ipc/ipc_request.h"
#include "ipc/ipc_right.h"
#include "kernel/core/kalloc.h"

/* The entry of a name, whatever it means. */
static kern_return_t
look_up(ipc_space_t space, mach_port_name_t name, ipc_entry_t *entry)
{
    return ipc_right_lookup(space, name, IE_TYPE_BITS, entry);
}

/* ---- Names ---- */

/* Returns  KERN_SUCCESS, KERN_INVALID_TASK, KERN_INVALID_NAME */
kern_return_t
mach_port_type(ipc_space_t task, mach_port_name_t name, mach_port_type_t *ptype)
{
    ipc_entry_t entry;
    kern_return_t kr;

    if (name == MACH_PORT_DEAD) {
        *ptype = MACH_PORT_TYPE_DEAD_NAME;
        return KERN_SUCCESS;
    }
    kr = look_up(task, name, &entry);
    if (kr != KERN_SUCCESS)
        return kr;
    ipc_right_check(task, entry);
    *ptype = ie_type(entry) | ipc_request_kind(entry);
    return KERN_SUCCESS;
}

/* ---- Making and ending rights ---- */

static kern_return_t
allocate_port(ipc_space_t space, mach_port_name_t *name)
{
    ipc_port_t port = ipc_port_alloc(IP_MOVING, zledger(space));
    kern_return_t kr;

    if (port == IP_NULL)
        return KERN_RESOURCE_SHORTAGE;
    kr = ipc_right_copyout(space, port, MACH_MSG_TYPE_PORT_RECEIVE, name);
    if (kr != KERN_SUCCESS)
        ipc_port_destroy(port);
    return kr;
}

static kern_return_t
allocate_set(ipc_space_t space, mach_port_name_t *name)
{
    ipc_pset_t pset = ipc_pset_alloc(zledger(space));
    ipc_entry_t entry;
    kern_return_t kr;

    if (pset == NULL)
        return KERN_RESOURCE_SHORTAGE;
    kr = ipc_entry_alloc(space, *name, &entry);
    if (kr != KERN_SUCCESS) {
        ipc_pset_destroy(pset);
        return kr;
    }
    entry->ie_pset = pset;
    ie_set(entry, MACH_PORT_TYPE_PORT_SET, 0);
    *name = ie_name(entry);
    return KERN_SUCCESS;
}

static kern_return_t
allocate_dead_name(ipc_space_t space, mach_port_name_t *name)
{
    ipc_entry_t entry;
    kern_return_t kr = ipc_entry_alloc(space, *name, &entry);

    if (kr != KERN_SUCCESS)
        return kr;
    ie_set(entry, MACH_PORT_TYPE_DEAD_NAME, 1);
    *name = ie_name(entry);
    return KERN_SUCCESS;
}

/* Under the name *name, or with MACH_PORT_NULL there under any. */
static kern_return_t
allocate(ipc_space_t space, mach_port_right_t right, mach_port_name_t *name)
{
    if (!space->is_active)
        return KERN_INVALID_TASK;

    switch (right) {
    case MACH_PORT_RIGHT_RECEIVE:
        return allocate_port(space, name);
    case MACH_PORT_RIGHT_PORT_SET:
        return allocate_set(space, name);
    case MACH_PORT_RIGHT_DEAD_NAME:
        return allocate_dead_name(space, name);
    default:
        return KERN_INVALID_VALUE;
    }
}

/*
 * Returns  KERN_SUCCESS, with *name; KERN_INVALID_TASK, KERN_INVALID_VALUE,
 *          KERN_NO_SPACE, KERN_RESOURCE_SHORTAGE
 */
kern_return_t
mach_port_allocate(ipc_space_t task, mach_port_right_t right,
                   mach_port_name_t *name)
{
    mach_port_name_t any = MACH_PORT_NULL;
    kern_return_t kr = allocate(task, right, &any);

    if (kr == KERN_SUCCESS)
        *name = any;
    return kr;
}

/*
 * mach_port_allocate_name - as mach_port_allocate, under this name.
 *
 * Returns  KERN_SUCCESS, KERN_INVALID_TASK
 *          KERN_INVALID_VALUE  no such right, or not the shape of a name
 *          KERN_NAME_EXISTS    the name is in use
 *          KERN_FAILURE        index 0, or its slot has another name now
 *          KERN_NO_SPACE       the index is too large
 *          KERN_RESOURCE_SHORTAGE
 */
kern_return_t
mach_port_allocate_name(ipc_space_t task, mach_port_right_t right,
                        mach_port_name_t name)
{
    if (!MACH_PORT_VALID(name))
        return KERN_INVALID_VALUE;
    return allocate(task, right, &name);
}

/* Returns  KERN_SUCCESS, for MACH_PORT_NULL and _DEAD too (R5);
 *          KERN_INVALID_TASK, KERN_INVALID_NAME; KERN_INVALID_RIGHT for a
 *          guarded port (R48) */
kern_return_t
mach_port_destroy(ipc_space_t task, mach_port_name_t name)
{
    ipc_entry_t entry;
    kern_return_t kr = look_up(task, name, &entry);

    if (kr == KERN_INVALID_NAME && !MACH_PORT_VALID(name))
        return KERN_SUCCESS;
    if (kr != KERN_SUCCESS)
        return kr;
    if (ipc_right_guarded(entry))
        return KERN_INVALID_RIGHT;
    ipc_right_destroy(task, entry);
    return KERN_SUCCESS;
}

/* Returns  as mach_port_destroy, and KERN_INVALID_RIGHT (R5, R6) */
kern_return_t
mach_port_deallocate(ipc_space_t task, mach_port_name_t name)
{
    ipc_entry_t entry;
    kern_return_t kr = look_up(task, name, &entry);

    if (kr == KERN_INVALID_NAME && !MACH_PORT_VALID(name))
        return KERN_SUCCESS;
    return kr == KERN_SUCCESS ? ipc_right_dealloc(task, entry) : kr;
}

/* ---- User references ---- */

/* NULL and DEAD are as good as rights to send that nobody counts (R5). */
static bool
is_endless(mach_port_name_t name, mach_port_right_t right)
{
    return !MACH_PORT_VALID(name) && (right == MACH_PORT_RIGHT_SEND ||
                                      right == MACH_PORT_RIGHT_SEND_ONCE);
}

static mach_port_urefs_t
refs_of(ipc_entry_t entry, mach_port_right_t right)
{
    if ((ie_type(entry) & MACH_PORT_TYPE(right)) == 0)
        return 0;
    if (right == MACH_PORT_RIGHT_SEND || right == MACH_PORT_RIGHT_DEAD_NAME)
        return ie_urefs(entry);
    return 1;
}

/* Returns  KERN_SUCCESS, with 0 for a right that is not held;
 *          KERN_INVALID_TASK, KERN_INVALID_VALUE, KERN_INVALID_NAME */
kern_return_t
mach_port_get_refs(ipc_space_t task, mach_port_name_t name,
                   mach_port_right_t right, mach_port_urefs_t *refs)
{
    ipc_entry_t entry;
    kern_return_t kr;

    if (right >= MACH_PORT_RIGHT_NUMBER)
        return KERN_INVALID_VALUE;
    if (is_endless(name, right)) {
        *refs = 1;
        return KERN_SUCCESS;
    }
    kr = look_up(task, name, &entry);
    if (kr != KERN_SUCCESS)
        return kr;
    ipc_right_check(task, entry);
    *refs = refs_of(entry, right);
    return KERN_SUCCESS;
}

/* Returns  KERN_SUCCESS, KERN_INVALID_TASK, KERN_INVALID_VALUE,
 *          KERN_INVALID_NAME, KERN_INVALID_RIGHT (R1-R5) */
kern_return_t
mach_port_mod_refs(ipc_space_t task, mach_port_name_t name,
                   mach_port_right_t right, mach_port_delta_t delta)
{
    ipc_entry_t entry;
    kern_return_t kr;

    if (right >= MACH_PORT_RIGHT_NUMBER)
        return KERN_INVALID_VALUE;
    if (is_endless(name, right))
        return KERN_SUCCESS;
    kr = look_up(task, name, &entry);
    return kr == KERN_SUCCESS ? ipc_right_delta(task, entry, right, delta) : kr;
}

/* ---- Rights that move ---- */

/*
 * mach_port_insert_right - give the task a right under a name.
 *
 * Consumes  poly, on KERN_SUCCESS alone.
 * Returns   KERN_SUCCESS, KERN_INVALID_TASK
 *           KERN_INVALID_VALUE       not a right, or not a name
 *           KERN_INVALID_CAPABILITY  no right, or a dead one
 *           KERN_NAME_EXISTS, KERN_RIGHT_EXISTS, KERN_FAILURE, KERN_NO_SPACE,
 *           KERN_RESOURCE_SHORTAGE   as ipc_right_copyout
 */
kern_return_t
mach_port_insert_right(ipc_space_t task, mach_port_name_t name, ipc_port_t poly,
                       mach_msg_type_name_t polyPoly)
{
    if (!task->is_active)
        return KERN_INVALID_TASK;
    if (!MACH_PORT_VALID(name) || !MACH_MSG_TYPE_PORT_ANY_RIGHT(polyPoly))
        return KERN_INVALID_VALUE;
    if (!IP_VALID(poly))
        return KERN_INVALID_CAPABILITY;
    return ipc_right_copyout(task, poly, polyPoly, &name);
}

/*
 * mach_port_extract_right - take a right out of the task.
 *
 * Returns  KERN_SUCCESS, with the right and its received type;
 *          KERN_INVALID_TASK, KERN_INVALID_VALUE, KERN_INVALID_NAME,
 *          KERN_INVALID_RIGHT
 */
kern_return_t
mach_port_extract_right(ipc_space_t task, mach_port_name_t name,
                        mach_msg_type_name_t msgt_name, ipc_port_t *poly,
                        mach_msg_type_name_t *polyPoly)
{
    if (!task->is_active)
        return KERN_INVALID_TASK;
    if (!MACH_MSG_TYPE_PORT_ANY(msgt_name))
        return KERN_INVALID_VALUE;
    if (!MACH_PORT_VALID(name))
        return KERN_INVALID_RIGHT;

    *polyPoly = ipc_right_type_moved(msgt_name);
    return ipc_right_take(task, name, msgt_name, poly);
}

/* ---- Notifications ---- */

/* Puts a request into a port's slot.  Consumes notify on success. */
static kern_return_t
set_slot(ipc_space_t asker, ipc_kmsg_t *slot, unsigned descriptors,
         ipc_port_t notify, ipc_port_t *previous)
{
    ipc_kmsg_t before = *slot;
    ipc_kmsg_t kmsg = IKM_NULL;

    if (notify != IP_NULL) {
        kmsg = ipc_notify_wrap(asker, notify, descriptors);
        if (kmsg == IKM_NULL)
            return KERN_RESOURCE_SHORTAGE;
    }
    *slot = kmsg;
    *previous = ipc_notify_unwrap(before);
    return KERN_SUCCESS;
}

/* Fires at once if all senders are gone already, unless `sync` says that one
 * was made that we have not heard of (R13). */
static kern_return_t
request_no_senders(ipc_space_t space, mach_port_name_t name,
                   mach_port_mscount_t sync, ipc_port_t notify,
                   ipc_port_t *previous)
{
    ipc_port_t port;
    kern_return_t kr = ipc_right_receive(space, name, &port);

    if (kr != KERN_SUCCESS)
        return kr;
    kr = set_slot(port->ip_receiver, &port->ip_nsrequest, 0, notify, previous);
    if (kr != KERN_SUCCESS)
        return kr;
    if (port->ip_srights == 0 && sync <= port->ip_mscount)
        ipc_notify_no_senders(port);
    return KERN_SUCCESS;
}

static kern_return_t
request_port_destroyed(ipc_space_t space, mach_port_name_t name,
                       mach_port_mscount_t sync, ipc_port_t notify,
                       ipc_port_t *previous)
{
    ipc_port_t port;
    kern_return_t kr;

    if (sync != 0)
        return KERN_INVALID_VALUE;
    kr = ipc_right_receive(space, name, &port);
    if (kr != KERN_SUCCESS)
        return kr;
    if (port->ip_pdrequest != IKM_NULL && notify != IP_NULL)
        return KERN_FAILURE;
    return set_slot(port->ip_receiver, &port->ip_pdrequest, 1, notify,
                    previous);
}

/* The name is dead already: told at once, or refused (R17). */
static kern_return_t
request_on_dead_name(ipc_space_t space, ipc_entry_t entry,
                     mach_port_mscount_t sync, ipc_port_t notify,
                     ipc_port_t *previous)
{
    ipc_kmsg_t kmsg;

    if (sync == 0 || notify == IP_NULL)
        return KERN_INVALID_ARGUMENT;
    kmsg = ipc_notify_wrap(space, notify, 0);
    if (kmsg == IKM_NULL)
        return KERN_RESOURCE_SHORTAGE;
    *previous = IP_NULL;
    ie_urefs_add(entry, 1);
    ipc_notify_send(kmsg, MACH_NOTIFY_DEAD_NAME, ie_name(entry));
    return KERN_SUCCESS;
}

/* Would a message sent by this name go at once? */
static bool
is_possible(ipc_entry_t entry)
{
    return ie_type(entry) == MACH_PORT_TYPE_SEND_ONCE ||
           entry->ie_port->ip_state == IP_KERNEL ||
           !ipc_mqueue_full(entry->ie_port);
}

/* Tells of send-possible now; the request before ends. */
static kern_return_t
tell_possible(ipc_space_t space, ipc_entry_t entry, ipc_port_t notify,
              ipc_port_t *previous)
{
    ipc_kmsg_t kmsg = ipc_notify_wrap(space, notify, 0);
    kern_return_t kr;

    if (kmsg == IKM_NULL)
        return KERN_RESOURCE_SHORTAGE;
    kr = ipc_request_set(space, entry, IR_DEAD_NAME, IP_NULL, previous);
    ipc_notify_send(kmsg, MACH_NOTIFY_SEND_POSSIBLE, ie_name(entry));
    return kr;
}

/* What sits on a name: dead-name, or send-possible, of which sync says
 * whether it is armed now (R17, R60). */
static kern_return_t
request_on_name(ipc_space_t space, mach_port_name_t name, mach_msg_id_t msgid,
                mach_port_mscount_t sync, ipc_port_t notify,
                ipc_port_t *previous)
{
    ipc_request_kind_t kind = IR_DEAD_NAME;
    ipc_entry_t entry;
    kern_return_t kr = look_up(space, name, &entry);

    if (kr == KERN_INVALID_NAME && !MACH_PORT_VALID(name))
        return KERN_INVALID_ARGUMENT;
    if (kr != KERN_SUCCESS)
        return kr;
    ipc_right_check(space, entry);
    if (ie_type(entry) == MACH_PORT_TYPE_DEAD_NAME)
        return request_on_dead_name(space, entry, sync, notify, previous);
    if ((ie_type(entry) & MACH_PORT_TYPE_PORT_RIGHTS) == 0)
        return KERN_INVALID_RIGHT;
    if (msgid == MACH_NOTIFY_SEND_POSSIBLE)
        kind = sync != 0 ? IR_POSSIBLE : IR_DELAYED;
    if (kind == IR_POSSIBLE && notify != IP_NULL && is_possible(entry))
        return tell_possible(space, entry, notify, previous);
    return ipc_request_set(space, entry, kind, notify, previous);
}

/*
 * mach_port_request_notification - ask to be told, in place of who asked
 * before.
 *
 * Consumes  notify, a send-once right or IP_NULL, on KERN_SUCCESS alone.
 * Returns   KERN_SUCCESS, with the right of the request before
 *           KERN_INVALID_TASK, KERN_INVALID_NAME
 *           KERN_INVALID_CAPABILITY  notify is dead, or not send-once
 *           KERN_INVALID_VALUE       no such notification, or sync is wrong
 *           KERN_INVALID_RIGHT       not a right of which this can be told;
 *                                    no-senders, port-destroyed: NULL and DEAD
 *           KERN_INVALID_ARGUMENT    a dead name, and sync 0 or no notify;
 *                                    dead-name, send-possible: NULL and DEAD
 *           KERN_FAILURE             somebody waits for port-destroyed already
 *           KERN_RESOURCE_SHORTAGE
 */
kern_return_t
mach_port_request_notification(ipc_space_t task, mach_port_name_t name,
                               mach_msg_id_t msgid, mach_port_mscount_t sync,
                               ipc_port_t notify,
                               mach_msg_type_name_t notifyPoly,
                               ipc_port_t *previous)
{
    if (notify == IP_DEAD ||
        (notify != IP_NULL && notifyPoly != MACH_MSG_TYPE_PORT_SEND_ONCE))
        return KERN_INVALID_CAPABILITY;

    switch (msgid) {
    case MACH_NOTIFY_NO_SENDERS:
        return request_no_senders(task, name, sync, notify, previous);
    case MACH_NOTIFY_PORT_DESTROYED:
        return request_port_destroyed(task, name, sync, notify, previous);
    case MACH_NOTIFY_DEAD_NAME:
    case MACH_NOTIFY_SEND_POSSIBLE:
        return request_on_name(task, name, msgid, sync, notify, previous);
    default:
        return KERN_INVALID_VALUE;
    }
}

/* ---- Attributes ---- */

static natural_t
flags_of(ipc_port_t port)
{
    natural_t flags = 0;

    if (port->ip_guarded)
        flags |= MACH_PORT_STATUS_FLAG_GUARDED;
    if (port->ip_strict)
        flags |= MACH_PORT_STATUS_FLAG_STRICT_GUARD;
    if (port->ip_immovable)
        flags |= MACH_PORT_STATUS_FLAG_GUARD_IMMOVABLE_RECEIVE;
    if (port->ip_tempowner)
        flags |= MACH_PORT_STATUS_FLAG_TEMPOWNER;
    return flags;
}

static mach_port_status_t
status_of(ipc_port_t port)
{
    return (mach_port_status_t){
        .mps_pset = ipc_pset_has_set(port),
        .mps_seqno = port->ip_seqno,
        .mps_mscount = port->ip_mscount,
        .mps_qlimit = port->ip_qlimit,
        .mps_msgcount = port->ip_msgcount,
        .mps_sorights = port->ip_sorights,
        .mps_srights = port->ip_srights != 0,
        .mps_pdrequest = port->ip_pdrequest != IKM_NULL,
        .mps_nsrequest = port->ip_nsrequest != IKM_NULL,
        .mps_flags = flags_of(port),
    };
}

/* How many words a flavor has; 0: there is no such flavor. */
static mach_msg_type_number_t
words_of(mach_port_flavor_t flavor)
{
    switch (flavor) {
    case MACH_PORT_LIMITS_INFO:
        return MACH_PORT_LIMITS_INFO_COUNT;
    case MACH_PORT_RECEIVE_STATUS:
        return MACH_PORT_RECEIVE_STATUS_COUNT;
    case MACH_PORT_DNREQUESTS_SIZE:
        return MACH_PORT_DNREQUESTS_SIZE_COUNT;
    case MACH_PORT_INFO_EXT:
        return MACH_PORT_INFO_EXT_COUNT;
    default:
        return 0;
    }
}

/*
 * mach_port_get_attributes - what a receive right tells of itself.
 *
 * Flavor and count are judged before the name.
 *
 * Returns  KERN_SUCCESS, with the count of words written; 0 for NULL and DEAD
 *          and a flavor of one word, as on Darwin
 *          KERN_INVALID_TASK, KERN_INVALID_ARGUMENT (flavor),
 *          KERN_FAILURE (count too small), KERN_INVALID_NAME,
 *          KERN_INVALID_RIGHT
 */
kern_return_t
mach_port_get_attributes(ipc_space_t task, mach_port_name_t name,
                         mach_port_flavor_t flavor,
                         mach_port_info_t port_info_out,
                         mach_msg_type_number_t *port_info_outCnt)
{
    mach_msg_type_number_t words = words_of(flavor);
    mach_port_info_ext_t ext = { 0 };
    ipc_port_t port;
    kern_return_t kr;

    if (words == 0)
        return KERN_INVALID_ARGUMENT;
    if (*port_info_outCnt < words)
        return KERN_FAILURE;
    *port_info_outCnt = MACH_PORT_VALID(name) ? words : 0;
    if (words == 1 && !MACH_PORT_VALID(name))
        return KERN_SUCCESS;
    kr = ipc_right_receive(task, name, &port);
    if (kr != KERN_SUCCESS)
        return kr;

    if (flavor == MACH_PORT_LIMITS_INFO)
        *port_info_out = (integer_t)port->ip_qlimit;
    else if (flavor == MACH_PORT_DNREQUESTS_SIZE)
        *port_info_out = (integer_t)port->ip_request_count;
    else {
        ext.mpie_status = status_of(port);
        memcpy(port_info_out, &ext, words * sizeof(*port_info_out));
    }
    return KERN_SUCCESS;
}

/*
 * mach_port_set_attributes - change what the port has as an attribute.
 *
 * Flavor, count and value are judged before the name.
 *
 * Returns  KERN_SUCCESS, KERN_INVALID_TASK
 *          KERN_INVALID_ARGUMENT  the flavor is not one of these
 *          KERN_FAILURE           the count is too small
 *          KERN_INVALID_VALUE     the limit is too high
 *          KERN_INVALID_NAME, KERN_INVALID_RIGHT
 */
kern_return_t
mach_port_set_attributes(ipc_space_t task, mach_port_name_t name,
                         mach_port_flavor_t flavor, mach_port_info_t port_info,
                         mach_msg_type_number_t port_infoCnt)
{
    ipc_port_t port;
    kern_return_t kr;

    if (flavor != MACH_PORT_LIMITS_INFO && flavor != MACH_PORT_TEMPOWNER &&
        flavor != MACH_PORT_DNREQUESTS_SIZE)
        return KERN_INVALID_ARGUMENT;
    if (flavor != MACH_PORT_TEMPOWNER && port_infoCnt < words_of(flavor))
        return KERN_FAILURE;
    if (flavor == MACH_PORT_LIMITS_INFO &&
        (natural_t)*port_info > MACH_PORT_QLIMIT_MAX)
        return KERN_INVALID_VALUE;
    kr = ipc_right_receive(task, name, &port);
    if (kr != KERN_SUCCESS)
        return kr;

    if (flavor == MACH_PORT_TEMPOWNER) {
        port->ip_tempowner = true;
    } else if (flavor == MACH_PORT_LIMITS_INFO) {
        port->ip_qlimit = (natural_t)*port_info;
        ipc_mqueue_settle(port);
    }
    return KERN_SUCCESS;
}
