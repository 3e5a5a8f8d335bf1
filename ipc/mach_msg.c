/* SPDX-License-Identifier: MIT */
/*
 * mach_msg.c - the message trap: send, then receive.
 *
 *      gather --> commit --> post --+--> receive --> take --> deliver
 *        |          |         |     |       |                    |
 *        +----------+         v     +-------+---> user mode <----+
 *        preemption          wait      wait
 *          points          for room    for a message
 *
 * The functions stand in this order; gather and commit are one.  Each ends in the
 * next one, in a wait, or in user mode; between two of them all that is known is
 * in the thread: the request in ith_msg, the message in ith_kmsg.  Up to commit
 * the trap has changed nothing; when the send half is over the thread goes on in
 * the receive half alone, and nothing can send twice (R44).
 */
#include "ipc/mach_msg.h"

#include "ipc/ipc_entry.h"
#include "ipc/ipc_kobject.h"
#include "ipc/ipc_mqueue.h"
#include "ipc/ipc_port.h"
#include "ipc/ipc_pset.h"
#include "ipc/ipc_request.h"
#include "ipc/ipc_space.h"
#include "ipc/mach_msg_fast.h"
#include "kernel/base/assert.h"
#include "kernel/core/clock.h"
#include "kernel/core/kalloc.h"
#include "kernel/core/work.h"
#include "kernel/syscall.h"
#include "vm/handover.h"

/* The steps of the send half. */
static NORETURN void gather_and_commit(ipc_thread_t self);
static NORETURN void post(ipc_thread_t self);

/* ---- What each step may need ---- */

static NORETURN void
step_continue(ipc_thread_t self, wait_result_t why)
{
    if (why == THREAD_TERMINATED)
        mach_msg_end(self, MACH_RCV_INTERRUPTED);
    self->ith_step(self);
}

void
mach_msg_pause(ipc_thread_t self, mach_msg_step_t step)
{
    self->ith_step = step;
    thread_preempt(self, step_continue);
}

void
mach_msg_end(ipc_thread_t self, mach_msg_return_t mr)
{
    ipc_kmsg_t kmsg = self->ith_kmsg;

    debug_assert(kmsg == IKM_NULL || !kmsg->ikm_is_notice ||
                 kmsg == &self->ith_notice.in_kmsg); /* (T3) */

    self->ith_kmsg = IKM_NULL;
    ipc_kmsg_destroy(kmsg);
    thread_return(self, (uint32_t)mr);
}

/* ---- The trap ---- */

/*
 * mach_msg_trap(msg, option, send_size, rcv_size, rcv_name, timeout, notify)
 *
 * Returns   the outcome of the send half if that failed, else of the receive
 *           half; the seventh argument is not used by any option.
 * Blocks    for room, and for a message.
 */
uint64_t
mach_msg_trap(ipc_thread_t self, const struct trap_args *args)
{
    struct ith_msg *request = &self->ith_msg;

    request->im_send = user_addr(args->arg[0]);
    request->im_receive = request->im_send;
    request->im_option = (mach_msg_option_t)args->arg[1];
    request->im_send_size = (mach_msg_size_t)args->arg[2];
    request->im_receive_size = (mach_msg_size_t)args->arg[3];
    request->im_receive_name = (mach_port_name_t)args->arg[4];
    request->im_timeout = (mach_msg_timeout_t)args->arg[5];
    request->im_has_header = false;
    mach_msg_start(self);
}

/*
 * mach_msg_start - both halves, as ith_msg says.
 *
 * Returns  never; the user sees what the halves return, and
 *          MACH_SEND_INVALID_TRAILER, MACH_SEND_MSG_TOO_SMALL,
 *          MACH_SEND_TOO_LARGE, MACH_SEND_NO_BUFFER: nothing has happened
 */
void
mach_msg_start(ipc_thread_t self)
{
    const struct ith_msg *request = &self->ith_msg;
    mach_msg_size_t size = request->im_send_size;
    ipc_kmsg_t kmsg;

    debug_assert(self->ith_kmsg == IKM_NULL);

    if ((request->im_option & MACH_SEND_MSG) == 0)
        mach_msg_receive(self);

    if ((request->im_option & MACH_SEND_TRAILER) != 0)
        thread_return(self, MACH_SEND_INVALID_TRAILER);
    if (size < sizeof(mach_msg_header_t) || size % sizeof(natural_t) != 0)
        thread_return(self, MACH_SEND_MSG_TOO_SMALL);
    if (size > IPC_KMSG_MAX_SIZE)
        thread_return(self, MACH_SEND_TOO_LARGE);
    kmsg = ipc_kmsg_alloc(zledger(self->ith_space), size);
    if (kmsg == IKM_NULL)
        kmsg = ipc_kmsg_lend(size);
    if (kmsg == IKM_NULL)
        thread_return(self, MACH_SEND_NO_BUFFER);

    self->ith_kmsg = kmsg;
    kmsg->ikm_space = ipc_space_reference(self->ith_space);
    if (request->im_has_header)
        ipc_kmsg_preset(kmsg, &request->im_header, request->im_descriptors);
    gather_and_commit(self);
}

/*
 * mach_msg_ask - a call of the kernel, as mach_msg_fast has found it: the request
 * in one go, and what follows.
 *
 * Returns  if it cannot be: nothing has happened
 */
void
mach_msg_ask(ipc_thread_t self, ipc_port_t dest, ipc_port_t reply)
{
    switch (ipc_kobject_ask(self, dest, reply)) {
    case ASKED_NOTHING:
        return;
    case ASKED_TO_POST:
        post(self);
    case ASKED:
        mach_msg_receive(self);
    }
}

/* ---- Send ---- */

/* With an error the message, as far as it has come, is destroyed (R21). */
static NORETURN void
gather_and_commit(ipc_thread_t self)
{
    ipc_kmsg_t kmsg = self->ith_kmsg;
    mach_msg_return_t mr = MACH_MSG_SUCCESS;

    if (kmsg->ikm_remote == IP_NULL) /* commit has not begun */
        mr = ipc_kmsg_gather(kmsg, self->ith_msg.im_send);
    if (mr == MACH_MSG_SUCCESS)
        mr = ipc_kmsg_copyin(kmsg, self->ith_space);
    if (mr == WORK_UNFINISHED)
        mach_msg_pause(self, gather_and_commit);
    if (mr != MACH_MSG_SUCCESS)
        mach_msg_end(self, mr);
    post(self);
}

/* The message is nobody's any more: the sender has done what it could (R20). */
static NORETURN void
sent_into_the_void(ipc_thread_t self)
{
    ipc_kmsg_t kmsg = self->ith_kmsg;

    self->ith_kmsg = IKM_NULL;
    ipc_kmsg_destroy(kmsg);
    mach_msg_receive(self);
}

/* The queue stayed full: the message goes back to its sender, who may hear of
 * it when there is room (R60).  The header still has the sender's name. */
static NORETURN void
no_room(ipc_thread_t self, mach_msg_return_t mr)
{
    ipc_kmsg_t kmsg = self->ith_kmsg;

    if ((self->ith_msg.im_option & MACH_SEND_NOTIFY) != 0)
        ipc_request_arm(self->ith_space, kmsg->ikm_header->msgh_remote_port,
                        kmsg->ikm_remote);
    mach_msg_pseudo_receive(self, mr);
}

/*
 * mach_msg_post_continue - where a sender that was blocked goes on.
 *
 * On THREAD_AWAKENED its message has been queued by who made room; on
 * THREAD_RESTART the port is dead.
 */
static NORETURN void
mach_msg_post_continue(ipc_thread_t self, wait_result_t why)
{
    switch (why) {
    case THREAD_AWAKENED:
        mach_msg_receive(self);
    case THREAD_RESTART:
        post(self);
    case THREAD_TIMED_OUT:
        no_room(self, MACH_SEND_TIMED_OUT);
    case THREAD_INTERRUPTED:
        no_room(self, MACH_SEND_INTERRUPTED);
    case THREAD_TERMINATED:
        mach_msg_end(self, MACH_RCV_INTERRUPTED);
    }

    panic("mach_msg_post_continue: wait ended with %d", why);
}

/*
 * post - the message goes to its destination.
 *
 * Requires  ith_kmsg is committed.
 * Returns   never.
 * Blocks    on a full queue, but for a timeout of 0; goes on in
 *           mach_msg_post_continue.
 */
static NORETURN void
post(ipc_thread_t self)
{
    ipc_kmsg_t kmsg = self->ith_kmsg;
    ipc_port_t dest = kmsg->ikm_remote;
    bool once = MACH_MSGH_BITS_REMOTE(kmsg->ikm_header->msgh_bits) ==
                MACH_MSG_TYPE_PORT_SEND_ONCE;

    debug_assert(kmsg->ikm_done == kmsg->ikm_part_count); /* (K3) */

    if (kmsg->ikm_circular || !ip_active(dest))
        sent_into_the_void(self);
    if (dest->ip_state == IP_KERNEL) {
        self->ith_kmsg = IKM_NULL;
        if (ipc_kobject_server(kmsg, self))
            mach_msg_receive(self);
        self->ith_kmsg = kmsg; /* half done; its port may die meanwhile */
        mach_msg_pause(self, post);
    }

    /* A send-once right finds room in any queue (R23, R24). */
    if (!once && (ipc_mqueue_full(dest) || !queue_empty(&dest->ip_senders))) {
        uint64_t until = DEADLINE_NONE;

        if ((self->ith_msg.im_option & MACH_SEND_TIMEOUT) != 0) {
            if (self->ith_msg.im_timeout == 0)
                no_room(self, MACH_SEND_TIMED_OUT);
            until = clock_deadline_ms(self->ith_msg.im_timeout);
        }
        kmsg = ipc_mqueue_paid(dest, kmsg);
        if (kmsg == IKM_NULL)
            no_room(self, MACH_SEND_NO_BUFFER);
        self->ith_kmsg = kmsg;
        thread_wait(self, &dest->ip_senders, until, mach_msg_post_continue);
    }
    if (!ipc_mqueue_send(dest, kmsg)) {
        if (!once)
            no_room(self, MACH_SEND_NO_BUFFER);
        sent_into_the_void(self); /* a send-once notification tells of it */
    }
    self->ith_kmsg = IKM_NULL;
    mach_msg_receive(self);
}

/* ---- Receive ---- */

/*
 * mach_msg_receive_continue - where a waiting receiver goes on.
 *
 * On THREAD_AWAKENED the sender has left the message in ith_kmsg, and it is
 * ours; or it has left its size, since it is too large for us and we want to
 * hear of that.  The queue is not looked at again: it may be gone by now.
 */
void
mach_msg_receive_continue(ipc_thread_t self, wait_result_t why)
{
    ipc_object_t object = self->ith_object;

    debug_assert(object != NULL);

    self->ith_object = NULL;
    ipc_object_release(object);

    switch (why) {
    case THREAD_AWAKENED:
        mach_msg_deliver(self);
    case THREAD_TIMED_OUT:
        thread_return(self, MACH_RCV_TIMED_OUT);
    case THREAD_INTERRUPTED:
        thread_return(self, MACH_RCV_INTERRUPTED);
    case THREAD_RESTART:
        thread_return(self, MACH_RCV_PORT_CHANGED);
    case THREAD_TERMINATED:
        mach_msg_end(self, MACH_RCV_INTERRUPTED);
    }

    panic("mach_msg_receive_continue: wait ended with %d", why);
}

/*
 * mach_msg_receive - the send half, if there was one, has succeeded: take the
 * first message, or wait for one, if that is asked for.
 *
 * Requires  ith_msg says from where, where to, and how large it may be.
 * Returns   never: to user mode with the result, or into the wait; a timeout
 *           counts anew in each half, and 0 only looks (R43).
 */
void
mach_msg_receive(ipc_thread_t self)
{
    ipc_entry_t entry;
    ipc_object_t object;
    mach_msg_option_t option = self->ith_msg.im_option;
    uint64_t until = DEADLINE_NONE;

    if ((option & MACH_RCV_MSG) == 0)
        thread_return(self, MACH_MSG_SUCCESS);
    if (!queue_empty(&self->ith_sched.st_works)) { /* begun by the send half */
        self->ith_step = mach_msg_receive;
        work_finish(self, step_continue);
    }
    if (self->ith_kmsg != IKM_NULL)
        mach_msg_deliver(self); /* the kernel's answer (ipc_mqueue_give) */

    entry = ipc_entry_lookup(self->ith_space, self->ith_msg.im_receive_name);
    if (entry == NULL || (ie_type(entry) & (MACH_PORT_TYPE_RECEIVE |
                                            MACH_PORT_TYPE_PORT_SET)) == 0)
        thread_return(self, MACH_RCV_INVALID_NAME);
    if (TRAILER_TYPE(option) != MACH_MSG_TRAILER_FORMAT_0)
        thread_return(self, MACH_RCV_INVALID_TRAILER);

    object = entry->ie_object;
    if (ipc_mqueue_take(object, self))
        mach_msg_deliver(self);
    if ((option & MACH_RCV_TIMEOUT) != 0) {
        if (self->ith_msg.im_timeout == 0)
            thread_return(self, MACH_RCV_TIMED_OUT);
        until = clock_deadline_ms(self->ith_msg.im_timeout);
    }
    ipc_object_reference(object);
    self->ith_object = object;
    self->ith_trailer = REQUESTED_TRAILER_SIZE(option);
    self->ith_fast =
        until == DEADLINE_NONE && user_half(self->ith_msg.im_receive) &&
                GET_RCV_ELEMENTS(option) <= MACH_RCV_TRAILER_AUDIT
            ? (int32_t)(self->ith_msg.im_receive_size - self->ith_trailer)
            : 0;
    thread_wait(self, &object->io_receivers, until, mach_msg_receive_continue);
}
