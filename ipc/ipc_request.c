/* SPDX-License-Identifier: MIT */
/*
 * ipc_request.c - what sits on a name: requests for dead-name and for
 * send-possible notifications.
 *
 *     IR_DELAYED -- a send fails --> IR_POSSIBLE -- room is made --> told
 *
 * A request is told of once and then gone.  The death of the port tells all
 * kinds alike (Q4), the end of the name too (port-deleted).
 */
#include "ipc/ipc_request.h"

#include <mach/notify.h>

#include "ipc/ipc_entry.h"
#include "ipc/ipc_init.h"
#include "ipc/ipc_kmsg.h"
#include "ipc/ipc_mqueue.h"
#include "ipc/ipc_notify.h"
#include "ipc/ipc_port.h"
#include "ipc/ipc_right.h"
#include "kernel/base/assert.h"

ipc_kmsg_t
ipc_request_cancel(ipc_entry_t entry)
{
    struct ipc_request *request = entry->ie_request;
    ipc_kmsg_t kmsg;

    if (request == NULL)
        return IKM_NULL;
    assert(request->ir_entry == entry && /* (Q1), (Q2) */
           entry->ie_port->ip_request_count != 0);

    kmsg = request->ir_kmsg;
    entry->ie_request = NULL;
    queue_remove(&request->ir_link);
    if (request->ir_kind == IR_POSSIBLE)
        queue_remove(&request->ir_armed_link);
    entry->ie_port->ip_request_count--;
    zfree(&ipc_state.is_request_zone, request);
    return kmsg;
}

kern_return_t
ipc_request_set(ipc_space_t space, ipc_entry_t entry, ipc_request_kind_t kind,
                ipc_port_t notify, ipc_port_t *previous)
{
    ipc_port_t port = entry->ie_port;
    struct ipc_request *request = NULL;

    assert(ip_active(port));

    if (notify != IP_NULL) {
        request = zalloc(&ipc_state.is_request_zone, zledger(space));
        if (request == NULL)
            return KERN_RESOURCE_SHORTAGE;
        request->ir_kmsg = ipc_notify_wrap(space, notify, 0);
        if (request->ir_kmsg == IKM_NULL) {
            zfree(&ipc_state.is_request_zone, request);
            return KERN_RESOURCE_SHORTAGE;
        }
    }
    *previous = ipc_notify_unwrap(ipc_request_cancel(entry));
    if (request == NULL)
        return KERN_SUCCESS;

    assert(entry->ie_request == NULL); /* (Q1) */
    entry->ie_request = request;
    request->ir_kind = kind;
    request->ir_space = space;
    request->ir_entry = entry;
    enqueue_tail(&port->ip_requests, &request->ir_link);
    if (kind == IR_POSSIBLE)
        enqueue_tail(&port->ip_armed, &request->ir_armed_link);
    port->ip_request_count++;
    return KERN_SUCCESS;
}

bool
ipc_request_fire_first(ipc_port_t port)
{
    queue_chain_t *first = queue_first(&port->ip_requests);
    struct ipc_request *request;

    if (first == NULL)
        return false;
    assert(!ip_active(port));

    request = queue_element(first, struct ipc_request, ir_link);
    ipc_right_check(request->ir_space, request->ir_entry);
    return true;
}

/* ---- Send-possible ---- */

void
ipc_request_arm(ipc_space_t space, mach_port_name_t name, ipc_port_t port)
{
    ipc_entry_t entry = ipc_entry_lookup(space, name);
    struct ipc_request *request;

    if (entry == NULL || entry->ie_port != port || !ip_active(port) ||
        ipc_request_kind(entry) != IR_DELAYED)
        return;
    request = entry->ie_request;
    request->ir_kind = IR_POSSIBLE;
    enqueue_tail(&port->ip_armed, &request->ir_armed_link);
    ipc_mqueue_settle(port);
}

bool
ipc_request_fire_possible(ipc_port_t port)
{
    queue_chain_t *first = queue_first(&port->ip_armed);
    struct ipc_request *request;
    mach_port_name_t name;

    if (first == NULL)
        return false;
    request = queue_element(first, struct ipc_request, ir_armed_link);
    assert(request->ir_kind == IR_POSSIBLE); /* (Q2) */
    name = ie_name(request->ir_entry);
    ipc_notify_send(ipc_request_cancel(request->ir_entry),
                    MACH_NOTIFY_SEND_POSSIBLE, name);
    return true;
}

ipc_request_kind_t
ipc_request_kind(ipc_entry_t entry)
{
    return entry->ie_request == NULL ? IR_NONE : entry->ie_request->ir_kind;
}
