/* SPDX-License-Identifier: MIT */
/*
 * ipc_request.h - what sits on a name: "tell me when this name's port dies",
 * or also, once, when a message can be sent there again.
 */
#ifndef OSTIA_IPC_IPC_REQUEST_H
#define OSTIA_IPC_IPC_REQUEST_H

#include "ipc/ipc_types.h"
#include "kernel/base/queue.h"

/* As mach_port_type shows it. */
typedef enum ipc_request_kind {
    IR_NONE = MACH_PORT_TYPE_NONE,
    IR_DEAD_NAME = MACH_PORT_TYPE_DNREQUEST,
    /* send-possible, armed now */
    IR_POSSIBLE = IR_DEAD_NAME | MACH_PORT_TYPE_SPREQUEST,
    /* send-possible, armed when a send fails for want of room */
    IR_DELAYED = IR_POSSIBLE | MACH_PORT_TYPE_SPREQUEST_DELAYED,
} ipc_request_kind_t;

/*
 * (Q1) it belongs to the entry: ir_entry->ie_request is it
 * (Q2) it is on ip_requests of ir_entry->ie_port, which counts it, and on
 *      ip_armed too exactly if it is IR_POSSIBLE
 * (Q3) ir_kmsg is the notification, its send-once right in it, so that
 *      telling needs no memory
 * (Q4) of whatever kind: if the port dies first, a dead name is told of (R60)
 */
struct ipc_request {
    queue_chain_t ir_link;
    queue_chain_t ir_armed_link;
    ipc_request_kind_t ir_kind;
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
                                      ipc_request_kind_t kind,
                                      ipc_port_t notify, ipc_port_t *previous);
/* Takes the request off a name.  Returns its notification, or IKM_NULL. */
ipc_kmsg_t ipc_request_cancel(ipc_entry_t entry);
/* Carries out the first request on a dead port.  Returns false for none. */
bool ipc_request_fire_first(ipc_port_t port);

/* A send by this name found the queue of `port` full, and MACH_SEND_NOTIFY was
 * asked for: a delayed request on the name is armed, or carried out. */
void ipc_request_arm(ipc_space_t space, mach_port_name_t name, ipc_port_t port);
/* There is room in the queue: carries out the first armed request.  Returns
 * false for none. */
bool ipc_request_fire_possible(ipc_port_t port);
/* The kind of the request on a name. */
ipc_request_kind_t ipc_request_kind(ipc_entry_t entry);

#endif
