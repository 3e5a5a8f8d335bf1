/* SPDX-License-Identifier: MIT */
/*
 * ipc_mqueue.c - the queue of a port, and the threads at its two ends.
 *
 *     blocked senders        the queue            waiting receivers
 *     (port->ip_senders)     (ip_messages)        (of the port, of its sets)
 *
 * While receivers wait the queue is empty, and while senders are blocked it
 * is full.  A message goes over the queue only when no receiver waits: else
 * it is put into the receiver's hands (ith_kmsg), numbered, and the receiver
 * may run next.  A blocked sender does nothing when its turn comes: whoever
 * makes room queues its message for it, so the place is never lost (R25).
 * When that would be work for many threads at once, it becomes long work: they
 * are served one by one, and whoever comes meanwhile lines up.
 *
 * Send-once notifications that the port owes are a number and a place in the
 * queue, no messages: nothing is allocated when a right ends.  One comes into
 * being in the hands of the thread that receives it (ith_notice).
 */
#include "ipc/ipc_mqueue.h"

#include "ipc/ipc_kmsg.h"
#include "ipc/ipc_port.h"
#include "ipc/ipc_pset.h"
#include "ipc/ipc_request.h"
#include "ipc/ipc_space.h"
#include "ipc/ipc_thread.h"
#include "kernel/base/assert.h"
#include "kernel/core/kalloc.h"
#include "kernel/core/work.h"

#define SERVE_COST 500 /* instructions, to serve a thread that waits */

bool
ipc_mqueue_full(ipc_port_t port)
{
    return port->ip_msgcount >= port->ip_qlimit;
}

/*
 * Puts a message into a receiver's hands; IKM_NULL is made there.  Returns
 * false if the message is too large for a receiver who wants to hear of that,
 * and now can (R35).
 */
static bool
give(ipc_port_t port, ipc_kmsg_t kmsg, ipc_thread_t thread)
{
    mach_msg_size_t size = kmsg == IKM_NULL ? sizeof(mach_msg_header_t)
                                            : kmsg->ikm_header->msgh_size;

    debug_assert(thread->ith_kmsg == IKM_NULL); /* (T1), (T3) */

    if ((thread->ith_msg.im_option & MACH_RCV_LARGE) != 0 &&
        !ipc_thread_fits(thread, size)) {
        thread->ith_msize = size;
        thread->ith_large = port->ip_receiver_name;
        return false;
    }
    if (kmsg == IKM_NULL) {
        ipc_kmsg_init_notice(&thread->ith_notice, port);
        kmsg = &thread->ith_notice.in_kmsg;
    }
    thread->ith_kmsg = kmsg;
    thread->ith_seqno = port->ip_seqno++;
    return true;
}

/* The first who waits for the port, or else for the first of its sets that has
 * a waiter; or NULL. */
static ipc_thread_t
receiver_of(ipc_port_t port)
{
    ipc_thread_t thread = waitq_first(&port->ip_object.io_receivers);

    queue_for_each (struct ipc_link, link, &port->ip_sets, il_port_link) {
        if (thread != NULL)
            break;
        thread = waitq_first(&link->il_set->ips_object.io_receivers);
    }
    return thread;
}

/* Puts a message on the queue; IKM_NULL: a send-once right ends, and one
 * notification more is owed. */
static void
put_on(ipc_port_t port, ipc_kmsg_t kmsg)
{
    bool was_empty = queue_empty(&port->ip_messages);

    port->ip_msgcount++;
    if (kmsg != IKM_NULL) {
        enqueue_tail(&port->ip_messages, &kmsg->ikm_link);
        if (kmsg->ikm_space == IS_NULL && IP_VALID(kmsg->ikm_local) &&
            kmsg->ikm_local->ip_state == IP_KERNEL)
            kmsg->ikm_local->ip_question = kmsg; /* (P8) */
    } else {
        if (port->ip_owed++ == 0)
            enqueue_tail(&port->ip_messages, &port->ip_owed_link);
        ipc_port_release(port);
    }
    if (was_empty && !queue_empty(&port->ip_sets))
        ipc_pset_ready(port);
}

/* Takes a message off the queue; of the notifications owed one, which is a
 * right again. */
static void
take_off(ipc_port_t port, ipc_kmsg_t kmsg)
{
    assert(port->ip_msgcount != 0); /* (P4) */

    port->ip_msgcount--;
    if (kmsg != IKM_NULL) {
        queue_remove(&kmsg->ikm_link);
        if (IP_VALID(kmsg->ikm_local) && kmsg->ikm_local->ip_question == kmsg)
            kmsg->ikm_local->ip_question = IKM_NULL; /* (P8) */
    } else {
        assert(port->ip_owed != 0); /* (P4) */
        ipc_port_reference(port);
        if (--port->ip_owed == 0)
            queue_remove(&port->ip_owed_link);
    }
    if (queue_empty(&port->ip_messages))
        ipc_pset_unready(port);
}

/*
 * ipc_mqueue_paid - the message, paid for by who is to pay for it in a queue.
 *
 * Of an answer over a send-once right that is who made the right: so a client
 * who does not read cannot use up what its server may have.  A notification is
 * paid for since it was asked for.
 *
 * Consumes  the message, unless IKM_NULL: who is to pay may not have it.
 */
ipc_kmsg_t
ipc_mqueue_paid(ipc_port_t port, ipc_kmsg_t kmsg)
{
    bool lent = zledger(kmsg) == &kernel_ledger;
    struct ledger *payer = lent ? ledger_current() : zledger(kmsg);

    if ((lent || kmsg->ikm_space != IS_NULL) && port->ip_home != IS_NULL &&
        MACH_MSGH_BITS_REMOTE(kmsg->ikm_header->msgh_bits) ==
            MACH_MSG_TYPE_PORT_SEND_ONCE)
        payer = zledger(port->ip_home);
    return payer == zledger(kmsg) ? kmsg : ipc_kmsg_move(kmsg, payer);
}

/*
 * ipc_mqueue_send - the step post of a message (D14); IKM_NULL: the port owes
 * one send-once notification more.
 *
 * A receiver who waits takes it.  Those on the way who want to hear of a message
 * that is too large are told; if they are many, the others hear of it later, when
 * it has come to the queue.
 *
 * Consumes  the message, but on false: who is to pay may not have it; or the
 *           send-once right.
 */
bool
ipc_mqueue_send(ipc_port_t port, ipc_kmsg_t kmsg)
{
    ipc_thread_t thread = NULL;

    if (queue_empty(&port->ip_messages))
        thread = receiver_of(port);
    for (; thread != NULL; thread = receiver_of(port)) {
        if (give(port, kmsg, thread)) {
            thread_handoff(thread);
            return true;
        }
        thread_go(thread, THREAD_AWAKENED);
        if (work_spend(SERVE_COST)) {
            ipc_object_later(&port->ip_object);
            break;
        }
    }

    if (kmsg != IKM_NULL) {
        kmsg = ipc_mqueue_paid(port, kmsg);
        if (kmsg == IKM_NULL)
            return false;
    }
    put_on(port, kmsg);
    return true;
}

bool
ipc_mqueue_next_for(ipc_port_t port, mach_msg_size_t size, ipc_thread_t thread)
{
    const struct ith_msg *request = &thread->ith_msg;

    return (request->im_option & MACH_RCV_MSG) != 0 &&
           TRAILER_TYPE(request->im_option) == MACH_MSG_TRAILER_FORMAT_0 &&
           ip_received_by(port, thread->ith_space) &&
           port->ip_receiver_name == request->im_receive_name &&
           queue_empty(&port->ip_messages) && receiver_of(port) == NULL &&
           ipc_thread_fits(thread, size);
}

bool
ipc_mqueue_give(ipc_port_t port, ipc_kmsg_t kmsg, ipc_thread_t thread)
{
    return ipc_mqueue_next_for(port, kmsg->ikm_header->msgh_size, thread) &&
           give(port, kmsg, thread);
}

/* The first message; IKM_NULL for what is owed.  Requires  there is one. */
static ipc_kmsg_t
first_message(ipc_port_t port)
{
    queue_chain_t *first = queue_first(&port->ip_messages);

    debug_assert(first != NULL);

    return first == &port->ip_owed_link
               ? IKM_NULL
               : queue_element(first, struct ipc_kmsg, ikm_link);
}

/*
 * ipc_mqueue_take - the step take (D14): the next message of a port, or of the
 * member of a set whose turn it is.
 */
bool
ipc_mqueue_take(ipc_object_t object, ipc_thread_t self)
{
    bool from_set = object->io_kind == IOT_PORT_SET;
    ipc_port_t port =
        from_set ? ipc_pset_next_ready((ipc_pset_t)object) : (ipc_port_t)object;
    ipc_kmsg_t kmsg;

    if (port == IP_NULL || queue_empty(&port->ip_messages))
        return false;
    kmsg = first_message(port);
    if (!give(port, kmsg, self))
        return true;
    take_off(port, kmsg);
    if (!queue_empty(&port->ip_senders) || !queue_empty(&port->ip_armed))
        ipc_mqueue_settle(port);
    if (from_set)
        ipc_pset_rotate((ipc_pset_t)object, port);
    return true;
}

bool
ipc_mqueue_peek(ipc_port_t port, mach_port_seqno_t *seqno, ipc_kmsg_t *kmsg)
{
    uint32_t skip = *seqno == 0 ? 0 : *seqno - port->ip_seqno;
    uint32_t end = 0; /* of those that the place stands for */

    if (skip >= MACH_PORT_QLIMIT_MAX)
        return false;
    queue_for_each (struct ipc_kmsg, place, &port->ip_messages, ikm_link) {
        bool owed = &place->ikm_link == &port->ip_owed_link;

        end += owed ? port->ip_owed : 1;
        if (skip >= end)
            continue;
        *seqno = port->ip_seqno + skip;
        *kmsg = owed ? IKM_NULL : place;
        return true;
    }
    return false;
}

/* ---- Moving on ---- */

/* The first message for the first receiver who waits; false: one is lacking. */
static bool
offer_first(ipc_port_t port)
{
    ipc_thread_t thread;
    ipc_kmsg_t kmsg;

    if (queue_empty(&port->ip_messages) || (thread = receiver_of(port)) == NULL)
        return false;
    kmsg = first_message(port);
    if (give(port, kmsg, thread)) {
        take_off(port, kmsg);
        thread_handoff(thread);
    } else {
        thread_go(thread, THREAD_AWAKENED);
    }
    return true;
}

/* The first blocked sender's message moves up, if there is room. */
static bool
admit_first(ipc_port_t port)
{
    ipc_thread_t sender = waitq_first(&port->ip_senders);
    ipc_kmsg_t kmsg;
    bool queued;

    if (sender == NULL || ipc_mqueue_full(port))
        return false;
    kmsg = sender->ith_kmsg;
    assert(kmsg->ikm_remote == port); /* (P5) */
    sender->ith_kmsg = IKM_NULL;
    queued = ipc_mqueue_send(port, kmsg);
    assert(queued); /* it was paid for when the wait began */
    thread_go(sender, THREAD_AWAKENED);
    return true;
}

bool
ipc_mqueue_step(ipc_port_t port)
{
    return !offer_first(port) && !admit_first(port) &&
           (ipc_mqueue_full(port) || !ipc_request_fire_possible(port));
}

void
ipc_mqueue_settle(ipc_port_t port)
{
    do {
        if (ipc_mqueue_step(port))
            return;
    } while (!work_spend(SERVE_COST));
    ipc_object_later(&port->ip_object);
}

/* Sends  all that the message's end can cause, with send-once to `reply`. */
void
ipc_mqueue_take_back(ipc_port_t reply)
{
    ipc_kmsg_t kmsg = reply->ip_question;
    ipc_port_t port;

    if (kmsg == IKM_NULL)
        return;
    assert(kmsg->ikm_local == reply); /* (P8) */
    port = kmsg->ikm_remote;
    ipc_port_reference(port);
    take_off(port, kmsg);
    ipc_kmsg_destroy(kmsg);
    if (ip_active(port))
        ipc_mqueue_settle(port);
    ipc_port_release(port);
}

void
ipc_mqueue_forget_owed(ipc_port_t port)
{
    if (port->ip_owed == 0)
        return;
    assert(port->ip_sorights >= port->ip_owed); /* (P3) */
    queue_remove(&port->ip_owed_link);
    port->ip_msgcount -= port->ip_owed;
    port->ip_sorights -= port->ip_owed;
    port->ip_owed = 0;
}

bool
ipc_mqueue_destroy_first(ipc_port_t port)
{
    ipc_thread_t sender = waitq_first(&port->ip_senders);
    ipc_kmsg_t kmsg;

    assert(!ip_active(port) && port->ip_owed == 0);

    if (sender != NULL) {
        thread_go(sender, THREAD_RESTART);
        return true;
    }
    if (queue_empty(&port->ip_messages))
        return false;
    kmsg = first_message(port);
    take_off(port, kmsg);
    ipc_kmsg_destroy(kmsg);
    return true;
}
