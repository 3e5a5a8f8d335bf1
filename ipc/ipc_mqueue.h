/* SPDX-License-Identifier: MIT */
/*
 * ipc_mqueue.h - the queue of a port, and the threads at its two ends.
 */
#ifndef OSTIA_IPC_IPC_MQUEUE_H
#define OSTIA_IPC_IPC_MQUEUE_H

#include "ipc/ipc_types.h"

/* Must a sender wait?  (Send-once rights and the kernel never do: R23.) */
bool ipc_mqueue_full(ipc_port_t port);
/* Hands the message to a waiting receiver, or queues it, paid for by who is to
 * (D24); false: who may not have it, and it is not consumed.  IKM_NULL is a
 * send-once notification that the port owes from now on, for a right that it
 * consumes: always true. */
MUSTUSE bool ipc_mqueue_send(ipc_port_t port, ipc_kmsg_t kmsg);
/* The message as the port's queue may have it, or IKM_NULL. */
MUSTUSE ipc_kmsg_t ipc_mqueue_paid(ipc_port_t port, ipc_kmsg_t kmsg);
/* Would the running thread, whose trap goes on to receive, receive a message of
 * this size from the port next? */
MUSTUSE bool ipc_mqueue_next_for(ipc_port_t port, mach_msg_size_t size,
                                 ipc_thread_t thread);
/*
 * ipc_mqueue_give - into the hands of the running thread, whose trap goes on to
 * receive here, if it would receive this message.
 *
 * Consumes  the message, on true.
 */
MUSTUSE bool ipc_mqueue_give(ipc_port_t port, ipc_kmsg_t kmsg,
                             ipc_thread_t thread);
/*
 * ipc_mqueue_take - the next message of a port or a set, into ith_kmsg.
 *
 * If it is too large for `self`, who wants to hear of that, it stays: IKM_NULL is
 * there, and ith_msize and ith_large say what it is.
 *
 * Returns  false if there is none
 */
MUSTUSE bool ipc_mqueue_take(ipc_object_t object, ipc_thread_t self);

/* The message that will have the number *seqno, or the first for 0, which is
 * then numbered; IKM_NULL stands for a send-once notification.  False: none, or
 * it is further back than the largest limit of a queue. */
bool ipc_mqueue_peek(ipc_port_t port, mach_port_seqno_t *seqno,
                     ipc_kmsg_t *kmsg);

/* Removes a queued message of the kernel that nobody has received yet, an
 * exception's: the message whose reply right is for `reply`, a port of the
 * kernel. */
void ipc_mqueue_take_back(ipc_port_t reply);

/* Threads may be waiting for the queue now, or there is room in it: receivers
 * get what there is, blocked senders' messages move up (R25), and if there is
 * some room left, who waits for send-possible is told (R60). */
void ipc_mqueue_settle(ipc_port_t port);
/* One piece of that, for one thread; true when there is nothing to do. */
bool ipc_mqueue_step(ipc_port_t port);

/* The port is dead and owes nothing any more. */
void ipc_mqueue_forget_owed(ipc_port_t port);
/* Of a dead port: ends one waiting sender or one message; false for none. */
bool ipc_mqueue_destroy_first(ipc_port_t port);

#endif
