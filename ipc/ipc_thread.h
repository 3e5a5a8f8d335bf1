/* SPDX-License-Identifier: MIT */
/*
 * ipc_thread.h - a thread as ipc/ knows it: the part of struct thread that
 * message passing reads and writes (D4).
 *
 * (T1) ith_kmsg holds a message that belongs to this thread alone: gathered
 *      and not yet sent, or handed over and not yet delivered.
 * (T2) The saved request (ith_msg) is valid from the start of mach_msg_trap
 *      until the thread returns to user mode.
 * (T3) ith_notice is in use exactly while ith_kmsg points to it.
 * (T4) of a thread on io_receivers, ith_fast is the largest message that may be
 *      put straight into its buffer, whose start lies in the user half; 0 or
 *      negative: none
 */
#ifndef OSTIA_IPC_IPC_THREAD_H
#define OSTIA_IPC_IPC_THREAD_H

#include <mach/message.h>

#include "ipc/ipc_kmsg.h"
#include "ipc/ipc_types.h"
#include "kernel/core/wait.h"

#define TRAILER_TYPE(option) (((uint32_t)(option) >> 28) & 0xf)

/* A step of a message trap: ends in the next one, or in a wait. */
typedef NORETURN void (*mach_msg_step_t)(ipc_thread_t self);

/* The arguments of a message trap, kept across waits. */
struct ith_msg {
    user_addr_t im_receive; /* where a received one goes */
    mach_msg_option_t im_option;
    mach_msg_size_t im_receive_size;
    mach_port_name_t im_receive_name;
    mach_msg_size_t im_send_size;
    user_addr_t im_send; /* the message to send */
    mach_msg_timeout_t im_timeout;
    /* mach_msg2_trap: the header is given, and not in memory */
    bool im_has_header;
    uint32_t im_descriptors;
    mach_msg_header_t im_header;
};

/* A message on its way out of ith_kmsg into the thread's memory. */
struct ith_delivery {
    user_addr_t id_to;
    uint32_t id_total; /* bytes, trailer included */
    uint32_t id_done;
    mach_msg_return_t id_code;  /* what the thread will be told */
    mach_msg_return_t id_error; /* what ran short on the way */
};

struct ipc_thread {
    struct sched_thread ith_sched; /* first: kernel/core/wait.h */

    ipc_kmsg_t ith_kmsg;
    mach_msg_step_t ith_step; /* where a trap goes on */

    /* What a hand-off looks at besides. */
    ipc_space_t ith_space;   /* of the thread's task, which holds it */
    ipc_object_t ith_object; /* what a receiver waits on; holds a reference */
    int32_t ith_fast;
    mach_msg_size_t ith_trailer; /* the bytes that then follow it */
    struct ith_msg ith_msg;

    struct ith_delivery ith_delivery;
    mach_port_seqno_t ith_seqno; /* of the message handed over */
    mach_msg_size_t ith_msize;   /* size of a message too large for us */
    mach_port_name_t ith_large;  /* the port that has it */
    struct ipc_kmsg_notice ith_notice;
};

_Static_assert(offsetof(struct ipc_thread, ith_space) % CACHE_LINE == 0 &&
                   offsetof(struct ipc_thread, ith_msg.im_send_size) <
                       offsetof(struct ipc_thread, ith_space) + CACHE_LINE,
               "what a hand-off looks at is one line more");

/* Can the thread receive a message of this size, and its trailer? (R36) */
static inline bool
ipc_thread_fits(const struct ipc_thread *thread, mach_msg_size_t size)
{
    uint64_t trailer = REQUESTED_TRAILER_SIZE(thread->ith_msg.im_option);

    return size + trailer <= thread->ith_msg.im_receive_size;
}

#endif
