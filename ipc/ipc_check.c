/* SPDX-License-Identifier: MIT */
/*
 * ipc_check.c - the invariants of ipc/ as code.
 *
 * Every right is counted again from where rights lie: entries, messages on
 * queues and in blocked senders, requests, and what is being taken apart.  A
 * count in a port may be larger than what is found, by what the kernel holds,
 * and never smaller.  Work without bounds: for tests and debug builds; a
 * release build has nothing of this file.
 *
 * Each assertion names the invariant that it is, by its label at the struct.
 */
#include "ipc/ipc_check.h"

#include "ipc/ipc_entry.h"
#include "ipc/ipc_init.h"
#include "ipc/ipc_kmsg.h"
#include "ipc/ipc_port.h"
#include "ipc/ipc_ports.h"
#include "ipc/ipc_pset.h"
#include "ipc/ipc_request.h"
#include "ipc/ipc_thread.h"
#include "kernel/base/assert.h"
#include "kernel/base/string.h"
#include "kernel/core/kalloc.h"

/* A right to the port lies here; an entry may be two of them. */
static void
count(ipc_port_t port, bool sends, bool sends_once, bool receives)
{
    port->ip_found.pf_references++;
    port->ip_found.pf_srights += sends;
    port->ip_found.pf_sorights += sends_once;
    port->ip_found.pf_receivers += receives;
}

/* ---- A space by itself ---- */

static void
check_entry(ipc_space_t space, ipc_entry_t entry)
{
    mach_port_type_t type = ie_type(entry);
    mach_port_urefs_t urefs = ie_urefs(entry);
    bool counted =
        type == MACH_PORT_TYPE_DEAD_NAME || (type & MACH_PORT_TYPE_SEND) != 0;

    assert(ipc_entry_at(space, entry->ie_index) == entry);
    assert((ie_name(entry) & IE_GEN_LOW) == IE_GEN_LOW);
    assert((entry->ie_object == NULL) ==
           (type == MACH_PORT_TYPE_DEAD_NAME)); /* (E2), (E3) */
    assert(counted ? urefs != 0
                   : urefs == (type == MACH_PORT_TYPE_SEND_ONCE)); /* (E4) */
    if ((type & MACH_PORT_TYPE_PORT_RIGHTS) != 0)
        count(entry->ie_port, (type & MACH_PORT_TYPE_SEND) != 0,
              type == MACH_PORT_TYPE_SEND_ONCE,
              (type & MACH_PORT_TYPE_RECEIVE) != 0);
    if ((type & MACH_PORT_TYPE_RECEIVE) != 0)
        assert(ip_received_by(entry->ie_port, space) &&
               entry->ie_port->ip_receiver_name == ie_name(entry));
    if (type == MACH_PORT_TYPE_SEND) /* (H1) */
        assert(ipc_hash_lookup(space, entry->ie_port) == entry);
    if (entry->ie_request != NULL) /* (E5), (Q1) */
        assert((type & MACH_PORT_TYPE_PORT_RIGHTS) != 0 &&
               entry->ie_request->ir_entry == entry &&
               entry->ie_request->ir_space == space);
}

static void
check_space(ipc_space_t space)
{
    uint32_t end = space->is_entries.it_length * IE_CHUNK;
    uint32_t slots = 0, names = 0, sends = 0, free = 0;

    for (uint32_t index = 0; index < end; index++) {
        ipc_entry_t entry = ipc_entry_at(space, index);

        assert(entry != NULL || !space->is_active ||
               index >= space->is_fresh); /* (S2) */
        if (entry == NULL)
            continue;
        slots += index != 0;
        if (ie_type(entry) == 0) { /* (E1) */
            assert(entry->ie_object == NULL && entry->ie_request == NULL);
            continue;
        }
        assert(index != 0); /* (S1) */
        check_entry(space, entry);
        names++;
        sends += ie_type(entry) == MACH_PORT_TYPE_SEND;
    }
    assert(names == space->is_names);         /* (S3) */
    assert(sends == space->is_hash.ih_count); /* (H1), (H2) */
    if (!space->is_active)
        return;
    for (uint32_t index = space->is_free_first; index != 0; free++) {
        ipc_entry_t entry = ipc_entry_at(space, index);

        assert(ie_type(entry) == 0); /* (S2) */
        index = entry->ie_next;
    }
    for (uint32_t place = 0; place < IS_RING; place++) {
        if (space->is_ring[place] == 0)
            continue;
        assert(ie_type(ipc_entry_at(space, space->is_ring[place])) == 0);
        free++;
    }
    assert(slots == names + free); /* (S2) */
}

/* ---- Counting ---- */

static void
count_right(ipc_port_t port, mach_msg_type_name_t type)
{
    if (IP_VALID(port))
        count(port, type == MACH_MSG_TYPE_PORT_SEND,
              type == MACH_MSG_TYPE_PORT_SEND_ONCE,
              type == MACH_MSG_TYPE_PORT_RECEIVE);
}

static void
count_part(const struct ipc_kmsg_part *part)
{
    if (part->pa_kind == PART_PORT)
        count_right(part->pa_port, part->pa_type);
    if (part->pa_kind != PART_PORTS)
        return;
    assert(part->pa_first <= part->pa_last &&
           part->pa_last <= part->pa_count); /* (K1) */
    for (uint32_t i = part->pa_first; i < part->pa_last; i++)
        count_right(*ipc_ports_at(part->pa_ports, i), part->pa_type);
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

/* The messages on the queue, which holds owed notifications too (P4).  Those of
 * tasks have all that their descriptors name. */
static void
count_queue(ipc_port_t port)
{
    queue_for_each (struct ipc_kmsg, kmsg, &port->ip_messages, ikm_link) {
        if (&kmsg->ikm_link == &port->ip_owed_link)
            continue;
        assert(kmsg->ikm_remote == port);
        for (uint32_t i = 0; i < kmsg->ikm_part_count; i++)
            assert(kmsg->ikm_parts[i].pa_kind != PART_NONE ||
                   kmsg->ikm_space == IS_NULL);  /* (K3) */
        assert(zledger(kmsg) != &kernel_ledger); /* (K2) */
        count_kmsg(kmsg);
    }
    port->ip_found.pf_sorights += port->ip_owed; /* (P3) */
}

static void
count_requests(ipc_port_t port)
{
    uint32_t count = 0;

    queue_for_each (struct ipc_request, request, &port->ip_requests, ir_link) {
        assert(queue_linked(&request->ir_armed_link) ==
               (request->ir_kind == IR_POSSIBLE)); /* (Q2) */
        assert(request->ir_entry->ie_request == request &&
               request->ir_entry->ie_port == port);      /* (Q1), (Q2) */
        assert(request->ir_kmsg->ikm_remote != IP_NULL); /* (Q3) */
        count_kmsg(request->ir_kmsg);
        count++;
    }
    assert(count == port->ip_request_count); /* (Q2) */
    count_kmsg(port->ip_nsrequest);
    count_kmsg(port->ip_pdrequest);
}

static void
count_port(ipc_port_t port)
{
    count_queue(port);
    count_requests(port);
    queue_for_each (struct ipc_thread, thread, &port->ip_senders,
                    ith_sched.st_wait_link) {
        assert(thread->ith_kmsg->ikm_remote == port); /* (P5) */
        count_kmsg(thread->ith_kmsg);
    }
    queue_for_each (struct ipc_thread, thread, &port->ip_object.io_receivers,
                    ith_sched.st_wait_link) {
        assert(thread->ith_kmsg == IKM_NULL); /* (T1) */
        port->ip_found.pf_references++;
    }
    if (port->ip_destination != IP_NULL)
        port->ip_destination->ip_found.pf_references++;
    if (queue_linked(&port->ip_object.io_work.wk_link))
        port->ip_found.pf_references++;
}

/* ---- Everything ---- */

/* How many messages the queue holds, with what it owes. */
static uint32_t
messages_of(ipc_port_t port)
{
    uint32_t count = port->ip_owed;

    queue_for_each (struct ipc_kmsg, kmsg, &port->ip_messages, ikm_link)
        count += &kmsg->ikm_link != &port->ip_owed_link;
    return count;
}

/* The members of a set, and those with messages, which stand in line. */
static void
check_pset(ipc_pset_t pset)
{
    uint32_t members = 0;

    queue_for_each (struct ipc_link, link, &pset->ips_members, il_set_link) {
        if (link->il_port == IP_NULL)
            continue; /* a listing's mark */
        assert(link->il_set == pset &&
               link->il_port->ip_state == IP_RECEIVED); /* (L1) */
        assert(queue_linked(&link->il_ready_link) ==
               !queue_empty(&link->il_port->ip_messages)); /* (L2) */
        members++;
    }
    assert(members == pset->ips_count);
}

/* What a port shows without a look at anything else. */
static void
check_port_alone(ipc_port_t port)
{
    ipc_port_state_t state = port->ip_state;

    assert(ip_active(port) == (state != IP_DEAD_STATE)); /* (P1), (O2) */
    assert(port->ip_object.io_references != 0);          /* (O1) */
    assert(messages_of(port) == port->ip_msgcount);      /* (P4) */
    assert(queue_linked(&port->ip_owed_link) == (port->ip_owed != 0));
    assert(port->ip_owed <= port->ip_sorights);                    /* (P3) */
    assert(port->ip_destination == IP_NULL || state == IP_MOVING); /* (P6) */
    if (state == IP_RECEIVED)
        assert(port->ip_home == port->ip_receiver); /* (P9) */
    else if (state != IP_MOVING)
        assert(port->ip_home == IS_NULL);
    if (state == IP_KERNEL && port->ip_question != IKM_NULL)
        assert(port->ip_question->ikm_local == port); /* (P8) */
    if (port->ip_guarded || port->ip_strict || port->ip_immovable)
        assert(state != IP_MOVING && /* (P7) */
               port->ip_strict <= port->ip_guarded);
    if (queue_linked(&port->ip_object.io_work.wk_link))
        return;
    if (!queue_empty(&port->ip_object.io_receivers))
        assert(queue_empty(&port->ip_messages)); /* (O3) */
    if (!queue_empty(&port->ip_senders))
        assert(port->ip_msgcount >= port->ip_qlimit);
}

/* The same, and what was counted: a receive right that moves may be in the
 * hands of a thread that was preempted, all others are found. */
static void
check_port(ipc_port_t port, struct ipc_audit *audit)
{
    uint32_t receivers = port->ip_found.pf_receivers;

    check_port_alone(port);
    assert(port->ip_found.pf_srights <= port->ip_srights);   /* (P3) */
    assert(port->ip_found.pf_sorights <= port->ip_sorights); /* (P3) */
    assert(port->ip_found.pf_references <=
           port->ip_object.io_references); /* (O1), (P2) */
    if (port->ip_state == IP_MOVING)
        assert(receivers <= 1);
    else
        assert(receivers == (port->ip_state == IP_RECEIVED));
    audit->ia_ports++;
    audit->ia_srights += port->ip_srights - port->ip_found.pf_srights;
    audit->ia_sorights += port->ip_sorights - port->ip_found.pf_sorights;
    audit->ia_references +=
        port->ip_object.io_references - port->ip_found.pf_references;
}

struct ipc_audit
ipc_check_all(void)
{
    struct ipc_audit audit = { 0 };

    /* Ports and sets both begin with the object. */
    queue_for_each (struct ipc_port, port, &ipc_state.is_objects,
                    ip_object.io_link)
        if (port->ip_object.io_kind == IOT_PORT)
            memset(&port->ip_found, 0, sizeof(port->ip_found));
    queue_for_each (struct ipc_port, port, &ipc_state.is_objects,
                    ip_object.io_link)
        if (port->ip_object.io_kind == IOT_PORT)
            count_port(port);
    queue_for_each (struct ipc_space, space, &ipc_state.is_spaces, is_link)
        check_space(space);
    queue_for_each (struct ipc_object, object, &ipc_state.is_objects, io_link)
        if (object->io_kind == IOT_PORT)
            check_port((ipc_port_t)object, &audit);
        else if (object->io_active)
            check_pset((ipc_pset_t)object);
    return audit;
}

/* ---- What traps touch ---- */

#define CHECK_ALL_TRAPS 4096 /* between two checks of everything */

void
ipc_check_touch(ipc_space_t space, mach_port_name_t name)
{
    uint32_t place = ipc_state.is_touch_count++ % IPC_TOUCHED;

    ipc_state.is_touched[place] =
        (struct ipc_touched){ .it_space = space, .it_name = name };
}

static void
check_touched(const struct ipc_touched *touched)
{
    ipc_entry_t entry = NULL;

    queue_for_each (struct ipc_space, space, &ipc_state.is_spaces, is_link)
        if (space == touched->it_space) /* it is still there */
            entry = ipc_entry_at(space, touched->it_name >> IE_NAME_SHIFT);
    if (entry == NULL || ie_type(entry) == 0)
        return;
    check_entry(touched->it_space, entry);
    if (ie_type(entry) == MACH_PORT_TYPE_PORT_SET)
        check_pset(entry->ie_pset);
    else if (entry->ie_port != IP_NULL)
        check_port_alone(entry->ie_port);
}

void
ipc_check_trap(void)
{
    uint32_t count = min(ipc_state.is_touch_count, IPC_TOUCHED);

    ipc_state.is_touch_count = 0;
    for (uint32_t i = 0; i < count; i++)
        check_touched(&ipc_state.is_touched[i]);
    if (++ipc_state.is_trap_count % CHECK_ALL_TRAPS == 0)
        (void)ipc_check_all();
}
