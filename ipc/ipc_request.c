/* SPDX-License-Identifier: MIT */
/*
 * ipc_request.c - dead-name requests: "tell me when this name's port dies".
 */
#include "ipc/ipc_request.h"

#include "ipc/ipc_entry.h"
#include "ipc/ipc_init.h"
#include "ipc/ipc_kmsg.h"
#include "ipc/ipc_notify.h"
#include "ipc/ipc_port.h"
#include "ipc/ipc_right.h"

ipc_kmsg_t
ipc_request_cancel(ipc_entry_t entry)
{
    struct ipc_request *request = entry->ie_request;
    ipc_kmsg_t kmsg;

    if (request == NULL)
        return IKM_NULL;
    kmsg = request->ir_kmsg;
    entry->ie_request = NULL;
    queue_remove(&request->ir_link);
    zfree(&ipc_state.is_request_zone, request);
    return kmsg;
}

static ipc_port_t
cancel_for_right(ipc_entry_t entry)
{
    ipc_kmsg_t kmsg = ipc_request_cancel(entry);

    return kmsg == IKM_NULL ? IP_NULL : ipc_notify_unwrap(kmsg);
}

kern_return_t
ipc_request_set(ipc_space_t space, ipc_entry_t entry, ipc_port_t notify,
                ipc_port_t *previous)
{
    struct ipc_request *request;
    ipc_kmsg_t kmsg;

    if (notify == IP_NULL) {
        *previous = cancel_for_right(entry);
        return KERN_SUCCESS;
    }

    request = zalloc(&ipc_state.is_request_zone);
    if (request == NULL)
        return KERN_RESOURCE_SHORTAGE;
    kmsg = ipc_notify_wrap(notify, 0);
    if (kmsg == IKM_NULL) {
        zfree(&ipc_state.is_request_zone, request);
        return KERN_RESOURCE_SHORTAGE;
    }

    *previous = cancel_for_right(entry);
    request->ir_space = space;
    request->ir_entry = entry;
    request->ir_kmsg = kmsg;
    entry->ie_request = request;
    enqueue_tail(&entry->ie_port->ip_requests, &request->ir_link);
    return KERN_SUCCESS;
}

bool
ipc_request_fire_first(ipc_port_t port)
{
    queue_chain_t *first = queue_first(&port->ip_requests);
    struct ipc_request *request;

    if (first == NULL)
        return false;
    request = queue_element(first, struct ipc_request, ir_link);
    ipc_right_check(request->ir_space, request->ir_entry);
    return true;
}
