/* SPDX-License-Identifier: MIT */
/*
 * ipc_notify.c - messages by which the kernel tells of ports and rights.
 *
 * Telling cannot fail.  A notification that is asked for is made when it is
 * asked for, with the send-once right that it will be sent by inside.  The
 * one that nobody asks for, of a send-once right that ends unused, needs no
 * memory: the port only counts how many it owes (ipc_mqueue.c), and a thread
 * that receives one has the room for it.  A kernel object gets it as a
 * message on our stack.
 */
#include "ipc/ipc_notify.h"

#include <mach/notify.h>

#include "ipc/ipc_kmsg.h"
#include "ipc/ipc_kobject.h"
#include "ipc/ipc_mqueue.h"
#include "ipc/ipc_port.h"
#include "ipc/mig_kernel.h"
#include "kernel/base/assert.h"
#include "kernel/core/kalloc.h"

/* The largest, without the trailer: port-destroyed. */
#define NOTIFICATION_SIZE                         \
    (sizeof(mach_port_destroyed_notification_t) - \
     sizeof(mach_msg_format_0_trailer_t))

ipc_kmsg_t
ipc_notify_wrap(ipc_space_t asker, ipc_port_t notify, unsigned descriptors)
{
    ipc_kmsg_t kmsg =
        ipc_kmsg_alloc_kernel(zledger(asker), NOTIFICATION_SIZE, descriptors);

    if (kmsg != IKM_NULL)
        ipc_kmsg_set_header(kmsg, notify, MACH_MSG_TYPE_PORT_SEND_ONCE, IP_NULL,
                            0, 0, false);
    return kmsg;
}

ipc_port_t
ipc_notify_unwrap(ipc_kmsg_t notification)
{
    ipc_port_t notify;

    if (notification == IKM_NULL)
        return IP_NULL;
    notify = notification->ikm_remote;
    notification->ikm_remote = IP_NULL;
    ipc_kmsg_free(notification);
    return notify;
}

void
ipc_notify_send(ipc_kmsg_t notification, mach_msg_id_t id, uint32_t number)
{
    mach_dead_name_notification_t *body; /* they all look alike */

    if (notification == IKM_NULL)
        return;
    assert(notification->ikm_remote != IP_NULL); /* (Q3) */

    body = ipc_kmsg_body(notification);
    body->not_header.msgh_id = id;
    body->not_header.msgh_size =
        offsetof(mach_dead_name_notification_t, trailer);
    body->NDR = NDR_record;
    body->not_port = number;
    (void)ipc_kmsg_send_kernel(notification);
}

void
ipc_notify_no_senders(ipc_port_t port)
{
    ipc_kmsg_t notification = port->ip_nsrequest;

    assert(port->ip_srights == 0);

    port->ip_nsrequest = IKM_NULL;
    ipc_notify_send(notification, MACH_NOTIFY_NO_SENDERS, port->ip_mscount);
}

void
ipc_notify_port_destroyed(ipc_kmsg_t notification, ipc_port_t port)
{
    mach_port_destroyed_notification_t *body = ipc_kmsg_body(notification);

    assert(port->ip_state == IP_MOVING);

    body->not_header.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
    body->not_header.msgh_id = MACH_NOTIFY_PORT_DESTROYED;
    body->not_header.msgh_size =
        offsetof(mach_port_destroyed_notification_t, trailer);
    body->not_body.msgh_descriptor_count = 1;
    ipc_kmsg_put_port(notification, 0, port, MACH_MSG_TYPE_PORT_RECEIVE);
    (void)ipc_kmsg_send_kernel(notification);
}

void
ipc_notify_send_once(ipc_port_t port)
{
    struct ipc_kmsg_notice notice;
    bool done;

    assert(ip_active(port) && port->ip_sorights != 0); /* (P3) */

    if (port->ip_state != IP_KERNEL) {
        done = ipc_mqueue_send(port, IKM_NULL);
    } else {
        /* Whoever takes the message is done with it on return. */
        ipc_kmsg_init_notice(&notice, port);
        done = ipc_kobject_server(&notice.in_kmsg, NULL);
    }
    if (!done)
        panic("ipc_notify_send_once: a routine wants to go on");
}
