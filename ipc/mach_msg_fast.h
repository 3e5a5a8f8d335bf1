/* SPDX-License-Identifier: MIT */
/*
 * mach_msg_fast.h - the fast path of messages (D30).
 */
#ifndef OSTIA_IPC_MACH_MSG_FAST_H
#define OSTIA_IPC_MACH_MSG_FAST_H

#include "ipc/ipc_thread.h"

/* Why a message trap goes the general way. */
enum mach_msg_fast_reason {
    FAST_DONE, /* it does not */
    FAST_OPTION,
    FAST_SIZE,
    FAST_FAULT,     /* a page is not there, or may not be written */
    FAST_NAME,      /* one of the two means nothing, or something else */
    FAST_SHAPE,     /* neither a call nor an answer */
    FAST_QUEUE,     /* messages or senders wait */
    FAST_NOBODY,    /* no thread waits for it; so it may be dead */
    FAST_RECEIVER,  /* the thread that does wants something else */
    FAST_PROCESSOR, /* or may not run at once */
    FAST_ENTRY,     /* too few of its names have aged */
    FAST_REASONS,
};

/* So many traps, by reason. */
extern unsigned long mach_msg_fast_reasons[FAST_REASONS];

/* Two registers; dest is IP_NULL if there is no more to say. */
struct mach_msg_question {
    ipc_port_t dest;
    ipc_port_t reply;
};

/*
 * mach_msg_fast - mach_msg_trap with these arguments, if it is a call or an
 * answer to a thread that waits; `self` runs.
 *
 * Returns  if it is none: nothing has happened.  Of a call of the kernel the
 *          result and ith_msg are what mach_msg_ask goes on with.
 */
struct mach_msg_question mach_msg_fast(user_addr_t message,
                                       mach_msg_option_t option,
                                       mach_msg_size_t size,
                                       mach_msg_size_t receive_size,
                                       mach_port_name_t receive_name,
                                       ipc_thread_t self);

/* A trailer of any kind up to MACH_RCV_TRAILER_AUDIT. */
#define FAST_TRAILERS MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT)

#endif
