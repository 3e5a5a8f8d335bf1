/* SPDX-License-Identifier: MIT */
/*
 * mach_msg_fast.c - a call, or its answer, to a thread that waits for it: from
 * SYSCALL in the one thread to user mode in the other (D30).
 *
 *        the request         the message        the rights       the threads
 *     options, sizes,   -->  header, body  -->  the name of  -->  we wait,
 *     names, receiver        and trailer        the reply         it goes on
 *     \_______________ may return ______________/ \______ cannot fail _____/
 *
 * What does not fit returns, having changed nothing but bytes of a buffer whose
 * owner waits, and goes the general way (mach_msg.c), which does all of this for
 * every message and is right without this file.  Each step says with `Rnn` or a
 * function's name there what it stands for.
 *
 * A call carries COPY_SEND and MAKE_SEND_ONCE, to receive where the answer comes;
 * an answer carries MOVE_SEND_ONCE.  Both are bytes, without descriptors.
 */
#include "ipc/mach_msg_fast.h"

#include "ipc/ipc_entry.h"
#include "ipc/ipc_port.h"
#include "ipc/ipc_pset.h"
#include "ipc/ipc_thread.h"
#include "ipc/mach_msg.h"
#include "kernel/base/assert.h"
#include "vm/handover.h"

#define CALL \
    MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE)
#define ANSWER MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND_ONCE, 0)

/* As they arrive (R39). */
#define CALLED \
    MACH_MSGH_BITS(MACH_MSG_TYPE_PORT_SEND_ONCE, MACH_MSG_TYPE_PORT_SEND)
#define ANSWERED MACH_MSGH_BITS(0, MACH_MSG_TYPE_PORT_SEND_ONCE)

#define BODY_MAX 4096u

/* A trailer of any kind up to MACH_RCV_TRAILER_AUDIT. */
#define TRAILERS MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT)

unsigned long mach_msg_fast_reasons[FAST_REASONS];

/* Counts why this message goes the general way. */
#define GENERAL(reason)                    \
    do {                                   \
        mach_msg_fast_reasons[(reason)]++; \
        return;                            \
    } while (0)

/* Two words of the header in one. */
static inline uint64_t
pair(uint32_t low, uint32_t high)
{
    return low | (uint64_t)high << 32;
}

mach_msg_size_t
mach_msg_fast_room(user_addr_t buffer, mach_msg_option_t option,
                   mach_msg_size_t size)
{
    mach_msg_size_t trailer = REQUESTED_TRAILER_SIZE(option);

    if (((uint32_t)option >> 24 & ~MACH_RCV_TRAILER_AUDIT) != 0 ||
        !user_half(buffer) || size < trailer)
        return 0;
    return size - trailer;
}

/* Does nothing wait to be received here?  (ipc_mqueue_take) */
static inline bool
is_empty(ipc_entry_t entry)
{
    if ((ie_type(entry) & MACH_PORT_TYPE_RECEIVE) != 0)
        return queue_empty(&entry->ie_port->ip_messages);
    return queue_empty(&entry->ie_pset->ips_ready);
}

/* The first who waits for the port, or for the one set that it is in, or NULL.
 * (receiver_of, ipc_mqueue.c) */
static inline ipc_thread_t
receiver_of(ipc_port_t port)
{
    ipc_thread_t thread = waitq_first(&port->ip_object.io_receivers);

    if (thread != NULL || port->ip_set_count != 1)
        return thread;
    return waitq_first(
        &queue_element(port->ip_sets.next, struct ipc_link, il_port_link)
             ->il_set->ips_object.io_receivers);
}

/* What follows the first eight bytes of a trailer that is not empty.  Returns
 * false on a fault. */
static bool
store_trailer(user_addr_t to, mach_msg_size_t size, ipc_space_t sender,
              mach_port_seqno_t seqno)
{
    mach_msg_audit_trailer_t trailer = {
        .msgh_seqno = seqno,
        .msgh_sender = sender->is_security,
        .msgh_audit = sender->is_audit,
    };
    const size_t before = offsetof(mach_msg_audit_trailer_t, msgh_seqno);

    return store_bytes(user_addr(to.ua + before), &trailer.msgh_seqno,
                       size - before);
}

void
mach_msg_fast(user_addr_t message, mach_msg_option_t option,
              mach_msg_size_t size, mach_msg_size_t receive_size,
              mach_port_name_t receive_name, ipc_thread_t self)
{
    ipc_space_t space = self->ith_space, to_space;
    mach_msg_size_t body = size - (mach_msg_size_t)sizeof(mach_msg_header_t);
    mach_msg_size_t trailer;
    ipc_entry_t ours, named, fresh = NULL;
    ipc_object_t object;
    ipc_port_t dest;
    ipc_thread_t thread;
    uint64_t header[3], bytes[WORDS_MAX];
    bool call;
    user_addr_t to, end;

    if (DEBUG)
        ipc_check_trap();

    /* The request: these options and a size alone. */
    if ((option & ~(MACH_RCV_LARGE | TRAILERS)) !=
        (MACH_SEND_MSG | MACH_RCV_MSG))
        GENERAL(FAST_OPTION);
    if (body > BODY_MAX || body % sizeof(natural_t) != 0)
        GENERAL(FAST_SIZE);
    if (!user_half(message) || !load_header(message, header))
        GENERAL(FAST_FAULT);

    /* Where we receive, and that nothing is there for us. */
    ours = ipc_entry_lookup(space, receive_name);
    if (ours == NULL || (ie_type(ours) & (MACH_PORT_TYPE_RECEIVE |
                                          MACH_PORT_TYPE_PORT_SET)) == 0)
        GENERAL(FAST_NAME);
    if (!is_empty(ours))
        GENERAL(FAST_QUEUE);
    object = ours->ie_object;

    /* The destination, and the right that goes there (ipc_kmsg_copyin). */
    named = ipc_entry_lookup(space, (uint32_t)header[1]);
    if (named == NULL)
        GENERAL(FAST_NAME);
    call = (uint32_t)header[0] == CALL;
    if (call) {
        if ((ie_type(named) & MACH_PORT_TYPE_SEND) == 0 ||
            (ie_type(ours) & MACH_PORT_TYPE_RECEIVE) == 0 ||
            header[1] >> 32 != receive_name)
            GENERAL(FAST_SHAPE);
    } else if ((uint32_t)header[0] != ANSWER ||
               ie_type(named) != MACH_PORT_TYPE_SEND_ONCE ||
               header[1] >> 32 != MACH_PORT_NULL || named->ie_request != NULL) {
        GENERAL(FAST_SHAPE);
    }
    if ((uint32_t)header[2] != MACH_PORT_NULL) /* a voucher */
        GENERAL(FAST_SHAPE);
    dest = named->ie_port;
    if (dest->ip_state != IP_RECEIVED)
        GENERAL(FAST_DESTINATION);
    if (!queue_empty(&dest->ip_messages) ||
        (call && (!queue_empty(&dest->ip_senders) || dest->ip_qlimit == 0)))
        GENERAL(FAST_QUEUE);

    /* The receiver, who waits for just such a message (give, can_pass). */
    thread = receiver_of(dest);
    if (thread == NULL)
        GENERAL(FAST_NOBODY);
    if (size > thread->ith_fast)
        GENERAL(FAST_RECEIVER);
    if (!can_pass(self, thread))
        GENERAL(FAST_PROCESSOR);
    to_space = thread->ith_space;
    if (call) { /* the name for the right to answer (ipc_right_put) */
        uint32_t index = to_space->is_ring[to_space->is_ring_next];

        if (index == 0)
            GENERAL(FAST_ENTRY);
        fresh = ipc_entry_at(to_space, index);
    }

    /* The message (ipc_kmsg_gather, mach_msg_deliver). */
    to = thread->ith_msg.im_receive;
    end = user_addr(to.ua + size);
    trailer = REQUESTED_TRAILER_SIZE(thread->ith_msg.im_option);
    header[0] = pair(call ? CALLED : ANSWERED, size);
    header[1] =
        pair(call ? ie_name(fresh) : MACH_PORT_NULL, dest->ip_receiver_name);
    if (body > sizeof(bytes)) {
        if (!copy_across(self, user_addr(message.ua + sizeof(header)), thread,
                         user_addr(to.ua + sizeof(header)), body))
            GENERAL(FAST_FAULT);
    } else if (body != 0 &&
               !load_words(bytes, user_addr(message.ua + sizeof(header)),
                           (body + 7) / 8)) {
        GENERAL(FAST_FAULT);
    }
    load_space_of(thread);
    /* Whole words: what is too much of the last is the trailer's place. */
    if ((body - 1u < sizeof(bytes) &&
         !store_words(user_addr(to.ua + sizeof(header)), bytes,
                      (body + 7) / 8)) ||
        !store_header(to, header, end, pair(0, trailer)) ||
        (trailer != sizeof(mach_msg_trailer_t) &&
         !store_trailer(end, trailer, space, dest->ip_seqno))) {
        load_space_of(self);
        GENERAL(FAST_FAULT);
    }

    /* The rights: from here on all is done.  The copied right to the destination
     * came and went (P3). */
    dest->ip_seqno++;
    if (call) {
        ipc_port_t reply = ours->ie_port;

        to_space->is_ring[to_space->is_ring_next] = 0;
        to_space->is_names++;
        fresh->ie_port = reply;
        ie_set(fresh, MACH_PORT_TYPE_SEND_ONCE, 1);
        fresh->ie_next = 0;
        fresh->ie_prev = 0;
        reply->ip_sorights++;
        ipc_port_reference(reply);
    } else {
        ipc_entry_free(space, named);
        dest->ip_sorights--;
        ipc_port_release(dest);
    }

    /* The threads (mach_msg_receive, mach_msg_receive_continue). */
    self->ith_msg.im_receive = message;
    self->ith_msg.im_option = option;
    self->ith_msg.im_receive_size = receive_size;
    self->ith_msg.im_receive_name = receive_name;
    self->ith_fast = mach_msg_fast_room(message, option, receive_size);
    ipc_object_reference(object);
    self->ith_object = object;
    ipc_object_release(thread->ith_object);
    thread->ith_object = NULL;
    mach_msg_fast_reasons[FAST_DONE]++;
    pass_to(self, thread, &object->io_receivers, mach_msg_receive_continue);
}
