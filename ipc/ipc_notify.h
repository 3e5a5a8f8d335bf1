/* SPDX-License-Identifier: MIT */
/*
 * ipc_notify.h - messages by which the kernel tells of ports and rights.
 */
#ifndef OSTIA_IPC_IPC_NOTIFY_H
#define OSTIA_IPC_IPC_NOTIFY_H

#include "ipc/ipc_types.h"

/*
 * A notification that waits for its occasion, with room for `descriptors`.
 * Consumes the send-once right, unless it returns IKM_NULL.
 */
MUSTUSE ipc_kmsg_t ipc_notify_wrap(ipc_space_t asker, ipc_port_t notify,
                                   unsigned descriptors);
/* The right again; the notification is freed.  IKM_NULL gives IP_NULL. */
ipc_port_t ipc_notify_unwrap(ipc_kmsg_t notification);

/* These send, and consume, what was prepared; none can fail. */
/* Of a number: a name, or how many send rights were made.  IKM_NULL: nobody
 * asked. */
void ipc_notify_send(ipc_kmsg_t notification, mach_msg_id_t id,
                     uint32_t number);
/* Consumes the receive right too. */
void ipc_notify_port_destroyed(ipc_kmsg_t notification, ipc_port_t port);
/* Carries out the port's request, if there is one and it is time. */
void ipc_notify_no_senders(ipc_port_t port);
/* A send-once right of a living port ends unused; consumes it. */
void ipc_notify_send_once(ipc_port_t port);

#endif
