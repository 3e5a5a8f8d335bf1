/* SPDX-License-Identifier: MIT */
/*
 * ipc_check.c - the invariants of ipc/ as code.
 *
 * Every right is counted again from where rights lie: entries, messages on
 * queues and in blocked senders, requests, and what is being taken apart.  A
 * count in a port may be larger than what is found, by what the kernel holds,
 * and never smaller.  Work without bounds: for tests and debug builds.
 */
#include "ipc/ipc_check.h"

#include "ipc/ipc_entry.h"
#include "ipc/ipc_init.h"
#include "ipc/ipc_kmsg.h"
#include "ipc/ipc_port.h"
#include "ipc/ipc_pset.h"
#include "ipc/ipc_request.h"
#include "ipc/ipc_thread.h"
#include "kernel/base/assert.h"
#include "kernel/base/string.h"

/* ---- A space by itself ---- */

static void
check_entry(ipc_space_t space, ipc_entry_t entry)
{
    mach_port_type_t type = ie_type(entry);
    mach_port_urefs_t urefs = ie_urefs(entry);

    assert(ipc_entry_lookup(space, ie_name(entry)) == entry);
    assert((ie_name(entry) & IE_GEN_LOW) == IE_GEN_LOW);
    if (type == MACH_PORT_TYPE_DEAD_NAME)
        assert(entry->ie_object == NULL && urefs != 0);
    else
        assert(entry->ie_object != NULL);
    if (type == MACH_PORT_TYPE_SEND || type == MACH_PORT_TYPE_SEND_RECEIVE)
        assert(urefs != 0);
    else if (type == MACH_PORT_TYPE_SEND_ONCE)
        assert(urefs == 1);
    else if (type != MACH_PORT_TYPE_DEAD_NAME)
        assert(urefs == 0);
    if ((type & MACH_PORT_TYPE_RECEIVE) != 0)
        assert(ip_received_by(entry->ie_port, space) &&
               entry->ie_port->ip_receiver_name == ie_name(entry));
    if (type == MACH_PORT_TYPE_SEND)
        assert(ipc_hash_lookup(space, entry->ie_port) == entry);
    if (entry->ie_request != NULL)
        assert((type & MACH_PORT_TYPE_PORT_RIGHTS) != 0 &&
               entry->ie_request->ir_entry == entry &&
               entry->ie_request->ir_space == space);
}

static uint32_t
count_free(ipc_space_t space)
{
    uint32_t index = space->is_free_first;
    uint32_t count = 0;

    for (; index != 0; index = ipc_entry_at(space, index)->ie_next) {
        assert(ie_type(ipc_entry_at(space, index)) == 0);
        count++;
    }
    return count;
}

void
ipc_check_space(ipc_space_t space)
{
    uint32_t end = space->is_entries.it_length * IE_CHUNK;
    uint32_t names = 0, sends = 0;

    for (uint32_t index = 1; index < end; index++) {
        ipc_entry_t entry = ipc_entry_at(space, index);

        if (entry == NULL)
            continue;
        if (ie_type(entry) == 0) {
            assert(entry->ie_object == NULL && entry->ie_request == NULL);
            continue;
        }
        check_entry(space, entry);
        names++;
        sends += ie_type(entry) == MACH_PORT_TYPE_SEND;
    }
    assert(names == space->is_names);
    assert(sends == space->is_hash.ih_count);
    if (space->is_active)
        assert(count_free(space) == space->is_free_count);
}

/* ---- Counting ---- */

static void
count_right(ipc_port_t port, mach_msg_type_name_t type)
{
    if (!IP_VALID(port))
        return;
    port->ip_found.pf_references++;
    port->ip_found.pf_srights += type == MACH_MSG_TYPE_PORT_SEND;
    port->ip_found.pf_sorights += type == MACH_MSG_TYPE_PORT_SEND_ONCE;
    port->ip_found.pf_receivers += type == MACH_MSG_TYPE_PORT_RECEIVE;
}

static void
count_part(const struct ipc_kmsg_part *part)
{
    if (part->pa_kind == PART_PORT)
        count_right(part->pa_port, part->pa_type);
    if (part->pa_kind != PART_PORTS)
        return;
    for (uint32_t i = part->pa_first; i < part->pa_last; i++)
        count_right(part->pa_ports[i], part->pa_type);
}

static void
count_kmsg(ipc_kmsg_t kmsg)
{
    mach_msg_bits_t bits;

    if (kmsg == IKM_NULL)
        return;
    bits = kmsg->ikm_header->msgh_bits;
    count_right(kmsg->ikm_remote, MACH_MSGH_BITS_REMOTE(bits));
    count_right(kmsg->ikm_local, MACH_MSGH_BITS_LOCAL(bits));
    for (uint32_t i = 0; i < kmsg->ikm_part_count; i++)
        count_part(&kmsg->ikm_parts[i]);
}

static void
count_entry(ipc_entry_t entry)
{
    mach_port_type_t type = ie_type(entry);

    if ((type & MACH_PORT_TYPE_PORT_RIGHTS) == 0)
        return;
    entry->ie_port->ip_found.pf_references++;
    entry->ie_port->ip_found.pf_srights += (type & MACH_PORT_TYPE_SEND) != 0;
    entry->ie_port->ip_found.pf_sorights +=
        (type & MACH_PORT_TYPE_SEND_ONCE) != 0;
    entry->ie_port->ip_found.pf_receivers +=
        (type & MACH_PORT_TYPE_RECEIVE) != 0;
}

static void
count_space(ipc_space_t space)
{
    uint32_t end = space->is_entries.it_length * IE_CHUNK;

    for (uint32_t index = 1; index < end; index++) {
        ipc_entry_t entry = ipc_entry_at(space, index);

        if (entry != NULL)
            count_entry(entry);
    }
}

/* The messages on the queue, which holds owed notifications too (P4). */
static void
count_queue(ipc_port_t port)
{
    queue_chain_t *chain = queue_first(&port->ip_messages);
    uint32_t count = port->ip_owed;

    for (; chain != NULL; chain = queue_next(&port->ip_messages, chain)) {
        if (chain == &port->ip_owed_link)
            continue;
        count_kmsg(queue_element(chain, struct ipc_kmsg, ikm_link));
        count++;
    }
    assert(count == port->ip_msgcount);
    assert(queue_linked(&port->ip_owed_link) == (port->ip_owed != 0));
    port->ip_found.pf_sorights += port->ip_owed;
}

static void
count_requests(ipc_port_t port)
{
    uint32_t count = 0;

    queue_for_each (struct ipc_request, request, &port->ip_requests, ir_link) {
        assert(queue_linked(&request->ir_armed_link) ==
               (request->ir_kind == IR_POSSIBLE)); /* (Q2) */
        count_kmsg(request->ir_kmsg);
        count++;
    }
    assert(count == port->ip_request_count);
    count_kmsg(port->ip_nsrequest);
    count_kmsg(port->ip_pdrequest);
}

/* Blocked senders have their message in hand (P5). */
static void
count_senders(ipc_port_t port)
{
    queue_head_t *waiters = &port->ip_senders.wq_waiters;

    queue_for_each (struct waiter, waiter, waiters, wr_link) {
        ipc_thread_t thread =
            container_of(waiter, struct ipc_thread, ith_waiter);

        assert(thread->ith_kmsg->ikm_remote == port);
        count_kmsg(thread->ith_kmsg);
    }
}

static void
count_receivers(ipc_port_t port)
{
    queue_head_t *waiters = &port->ip_object.io_receivers.wq_waiters;

    queue_for_each (struct waiter, waiter, waiters, wr_link)
        port->ip_found.pf_references++;
}

static void
count_port(ipc_port_t port)
{
    count_queue(port);
    count_requests(port);
    count_senders(port);
    count_receivers(port);
    if (port->ip_destination != IP_NULL)
        port->ip_destination->ip_found.pf_references++;
    if (queue_linked(&port->ip_object.io_work.wk_link))
        port->ip_found.pf_references++;
}

/* ---- Everything ---- */

static ipc_port_t
next_port(queue_chain_t **chain)
{
    while (*chain != NULL) {
        ipc_object_t object = queue_element(*chain, struct ipc_object, io_link);

        *chain = queue_next(&ipc_state.is_objects, *chain);
        if (object->io_kind == IOT_PORT)
            return (ipc_port_t)object;
    }
    return IP_NULL;
}

static void
for_each_port(void (*function)(ipc_port_t port))
{
    queue_chain_t *chain = queue_first(&ipc_state.is_objects);
    ipc_port_t port;

    while ((port = next_port(&chain)) != IP_NULL)
        function(port);
}

static void
forget_found(ipc_port_t port)
{
    memset(&port->ip_found, 0, sizeof(port->ip_found));
}

static void
check_port(ipc_port_t port)
{
    assert(ip_active(port) == (port->ip_state != IP_DEAD_STATE));
    assert(port->ip_found.pf_srights <= port->ip_srights);
    assert(port->ip_found.pf_sorights <= port->ip_sorights);
    assert(port->ip_found.pf_references <= port->ip_object.io_references);
    assert(port->ip_found.pf_receivers ==
           (port->ip_state == IP_RECEIVED || port->ip_state == IP_MOVING));
    if (port->ip_state == IP_RECEIVED)
        assert(port->ip_home == port->ip_receiver); /* (P9) */
    else if (port->ip_state != IP_MOVING)
        assert(port->ip_home == IS_NULL);
    if (port->ip_state == IP_KERNEL && port->ip_question != IKM_NULL)
        assert(port->ip_question->ikm_local == port); /* (P8) */
    if (port->ip_guarded || port->ip_strict || port->ip_immovable)
        assert(port->ip_state != IP_MOVING && /* (P7) */
               port->ip_strict <= port->ip_guarded);
    if (queue_linked(&port->ip_object.io_work.wk_link))
        return;
    if (!waitq_empty(&port->ip_object.io_receivers))
        assert(queue_empty(&port->ip_messages)); /* (O3) */
    if (!waitq_empty(&port->ip_senders))
        assert(port->ip_msgcount >= port->ip_qlimit);
}

/* What the spaces are charged for is what there is (S4, P9). */
static void
check_charges(void)
{
    uint64_t receives = 0, links = 0;
    queue_chain_t *chain;
    ipc_port_t port;

    queue_for_each (struct ipc_space, space, &ipc_state.is_spaces, is_link) {
        receives += space->is_receives;
        links += space->is_links;
    }
    chain = queue_first(&ipc_state.is_objects);
    while ((port = next_port(&chain)) != IP_NULL)
        receives -= port->ip_home != IS_NULL;
    assert(receives == 0 && links == ipc_state.is_link_zone.z_count);
}

static void
count_everything(void)
{
    for_each_port(forget_found);
    for_each_port(count_port);
    queue_for_each (struct ipc_space, space, &ipc_state.is_spaces, is_link) {
        ipc_check_space(space);
        count_space(space);
    }
}

struct ipc_audit
ipc_check_all(void)
{
    struct ipc_audit audit = { 0 };
    queue_chain_t *chain;
    ipc_port_t port;

    count_everything();
    for_each_port(check_port);
    check_charges();
    chain = queue_first(&ipc_state.is_objects);
    while ((port = next_port(&chain)) != IP_NULL) {
        audit.ia_ports++;
        audit.ia_srights += port->ip_srights - port->ip_found.pf_srights;
        audit.ia_sorights += port->ip_sorights - port->ip_found.pf_sorights;
        audit.ia_references +=
            port->ip_object.io_references - port->ip_found.pf_references;
    }
    return audit;
}
