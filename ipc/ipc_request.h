/* SPDX-License-Identifier: MIT */
/*
 * ipc_request.h - dead-name requests: "tell me when this name's port dies".
 */
#ifndef OSTIA_IPC_IPC_REQUEST_H
#define OSTIA_IPC_IPC_REQUEST_H

#include "ipc/ipc_types.h"
#include "kernel/base/queue.h"

/*
 * (Q1) it belongs to the entry: ir_entry->ie_request is it
 * (Q2) it is on ip_requests of ir_entry->ie_port
 * (Q3) ir_kmsg is the notification, its send-once right in it, so that
 *      telling needs no memory
 */
struct ipc_request {
    queue_chain_t ir_link;
    ipc_space_t ir_space; /* borrowed: the entry is part of it */
    ipc_entry_t ir_entry;
    ipc_kmsg_t ir_kmsg;
};

/*
 * ipc_request_set - put a request on a name, in place of the one there is.
 *
 * Requires  the entry is a right of a living port.
 * Consumes  `notify`, a send-once right or IP_NULL, on KERN_SUCCESS alone.
 * Returns   KERN_SUCCESS, with the send-once right of the request before, or
 *           IP_NULL; KERN_RESOURCE_SHORTAGE
 */
MUSTUSE kern_return_t ipc_request_set(ipc_space_t space, ipc_entry_t entry,
                                      ipc_port_t notify, ipc_port_t *previous);
/* Takes the request off a name.  Returns its notification, or IKM_NULL. */
ipc_kmsg_t ipc_request_cancel(ipc_entry_t entry);
/* Carries out the first request on a dead port.  Returns false for none. */
bool ipc_request_fire_first(ipc_port_t port);

#endif
