/* SPDX-License-Identifier: MIT */
/*
 * ipc_port.c - ports: their life, and the rights to them that the kernel has.
 *
 * Change first, tell last: counts and states are final before a notification
 * is sent, a thread is woken or the last reference goes.
 */
#include "ipc/ipc_port.h"

#include "ipc/ipc_init.h"
#include "ipc/ipc_kmsg.h"
#include "ipc/ipc_kobject.h"
#include "ipc/ipc_mqueue.h"
#include "ipc/ipc_notify.h"
#include "ipc/ipc_pset.h"
#include "ipc/ipc_request.h"
#include "ipc/ipc_space.h"
#include "kernel/base/assert.h"

ipc_port_t
ipc_port_alloc(ipc_port_state_t state, struct ledger *ledger)
{
    ipc_port_t port = zalloc(&ipc_state.is_port_zone, ledger);

    if (port == IP_NULL)
        return IP_NULL;
    ipc_object_init(&port->ip_object, IOT_PORT);
    port->ip_state = state;
    port->ip_qlimit = MACH_PORT_QLIMIT_DEFAULT;
    queue_init(&port->ip_requests);
    queue_init(&port->ip_armed);
    queue_init(&port->ip_messages);
    queue_init(&port->ip_sets);
    queue_init(&port->ip_senders);
    return port;
}

/* ---- Rights that the kernel holds ---- */

ipc_port_t
ipc_port_copy_send(ipc_port_t port)
{
    if (!IP_VALID(port))
        return port;
    if (!ip_active(port))
        return IP_DEAD;
    assert(port->ip_srights != UINT32_MAX);
    port->ip_srights++;
    ipc_port_reference(port);
    return port;
}

ipc_port_t
ipc_port_make_send(ipc_port_t port)
{
    if (IP_VALID(port) && ip_active(port))
        port->ip_mscount++;
    return ipc_port_copy_send(port);
}

ipc_port_t
ipc_port_make_sonce(ipc_port_t port)
{
    if (!IP_VALID(port))
        return port;
    if (!ip_active(port))
        return IP_DEAD;
    assert(port->ip_sorights != UINT32_MAX);
    port->ip_sorights++;
    ipc_port_reference(port);
    return port;
}

/*
 * ipc_port_srights_drop - one send right is gone.
 *
 * Requires  the caller has a reference, and gives it up afterwards if it was
 *           the right's.
 * Sends     no-senders, if it was the last and somebody asked; a kernel
 *           object is told of each by its function, which may destroy the
 *           port.
 */
void
ipc_port_srights_drop(ipc_port_t port)
{
    assert(port->ip_srights != 0); /* (P3) */

    port->ip_srights--;
    if (port->ip_state == IP_KERNEL)
        ipc_kobject_sender_gone(port);
    else if (port->ip_srights == 0 && ip_active(port))
        ipc_notify_no_senders(port);
}

void
ipc_port_release_send(ipc_port_t port)
{
    if (!IP_VALID(port))
        return;
    ipc_port_srights_drop(port);
    ipc_port_release(port);
}

/*
 * ipc_port_release_sonce - give up a send-once right that was not used.
 *
 * Consumes  the right.
 * Sends     send-once, to the port itself.
 */
void
ipc_port_release_sonce(ipc_port_t port)
{
    if (!IP_VALID(port))
        return;
    if (ip_active(port))
        ipc_notify_send_once(port);
    else
        ipc_port_use_sonce(port);
}

void
ipc_port_use_sonce(ipc_port_t port)
{
    if (!IP_VALID(port))
        return;
    assert(port->ip_sorights != 0); /* (P3) */
    port->ip_sorights--;
    ipc_port_release(port);
}

void
ipc_port_release_right(ipc_port_t right, mach_msg_type_name_t type)
{
    if (!IP_VALID(right))
        return;

    switch (type) {
    case MACH_MSG_TYPE_PORT_SEND:
        ipc_port_release_send(right);
        return;
    case MACH_MSG_TYPE_PORT_SEND_ONCE:
        ipc_port_release_sonce(right);
        return;
    case MACH_MSG_TYPE_PORT_RECEIVE:
        ipc_port_destroy(right);
        return;
    default:
        panic("ipc_port_release_right: type %u", type);
    }
}

/* ---- The receive right ---- */

/* The answers in the queue are that space's (P9); IS_NULL: nobody's any more. */
static void
set_home(ipc_port_t port, ipc_space_t space)
{
    ipc_space_t before = port->ip_home;

    port->ip_home = space == IS_NULL ? IS_NULL : ipc_space_reference(space);
    ipc_space_release(before);
}

/* Nobody reaches the port by its receiver any more. */
static void
leave_receiver(ipc_port_t port)
{
    port->ip_receiver = IS_NULL;
    port->ip_receiver_name = MACH_PORT_NULL;
    ipc_pset_remove_all(port);
    ipc_object_wake_receivers(&port->ip_object);
    ipc_port_clear_destination(port);
}

/*
 * ipc_port_detach - the receive right leaves its space (R31-R33).
 *
 * Its counters start anew and its sets forget it; what is queued stays.
 */
void
ipc_port_detach(ipc_port_t port)
{
    assert(port->ip_state == IP_RECEIVED);

    port->ip_state = IP_MOVING;
    port->ip_mscount = 0;
    port->ip_seqno = 0;
    port->ip_context = 0;
    port->ip_guarded = false;
    port->ip_strict = false;
    port->ip_immovable = false;
    leave_receiver(port);
}

/* The receive right has arrived: `name` is it. */
void
ipc_port_attach(ipc_port_t port, ipc_space_t space, mach_port_name_t name)
{
    assert(port->ip_state == IP_MOVING && !port->ip_guarded); /* (P7) */
    assert(queue_empty(&port->ip_sets));                      /* (L1) */

    port->ip_state = IP_RECEIVED;
    port->ip_receiver = space;
    port->ip_receiver_name = name;
    set_home(port, space);
    ipc_port_clear_destination(port);
}

void
ipc_port_clear_destination(ipc_port_t port)
{
    ipc_port_t destination = port->ip_destination;

    port->ip_destination = IP_NULL;
    if (destination != IP_NULL)
        ipc_port_release(destination);
}

/* Somebody wants the right instead of its death.  Consumes it. */
static void
move_to_requester(ipc_port_t port)
{
    ipc_kmsg_t notification = port->ip_pdrequest;

    port->ip_pdrequest = IKM_NULL;
    if (port->ip_state == IP_RECEIVED)
        ipc_port_detach(port);
    else
        leave_receiver(port);
    ipc_notify_port_destroyed(notification, port);
}

/*
 * ipc_port_destroy - the receive right ends.
 *
 * Requires  no name stands for the receive right any more.
 * Consumes  the reference of the receive right.
 * Sends     port-destroyed instead, if it was asked for; else dead-name for
 *           the requests, and what the death of the queued messages causes.
 *           Waiting receivers see MACH_RCV_PORT_CHANGED, senders success.
 */
void
ipc_port_destroy(ipc_port_t port)
{
    ipc_kmsg_t nsrequest = port->ip_nsrequest;

    assert(ip_active(port)); /* (O2) */

    if (port->ip_pdrequest != IKM_NULL) {
        move_to_requester(port);
        return;
    }

    port->ip_nsrequest = IKM_NULL;
    port->ip_object.io_active = false;
    port->ip_state = IP_DEAD_STATE;
    port->ip_kobject = NULL;
    ipc_mqueue_forget_owed(port);
    leave_receiver(port);
    set_home(port, IS_NULL);
    if (nsrequest != IKM_NULL)
        ipc_kmsg_destroy(nsrequest);
    ipc_object_end(&port->ip_object);
}

bool
ipc_port_end_step(ipc_port_t port)
{
    assert(!ip_active(port) && port->ip_home == IS_NULL); /* (P1), (P9) */

    return !ipc_request_fire_first(port) && !ipc_mqueue_destroy_first(port);
}
