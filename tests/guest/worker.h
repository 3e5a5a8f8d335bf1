/* SPDX-License-Identifier: MIT */
/*
 * worker.h - a thread that calls mach_msg once and may wait in it.
 */
#ifndef TESTS_WORKER_H
#define TESTS_WORKER_H

#include "rights.h"

struct worker {
    union any_message message; /* sent, then received into */
    mach_msg_option_t option;
    mach_msg_size_t send_size;
    mach_port_t receive_name;
    unsigned timeout;

    mach_port_t thread;
    mach_msg_return_t result; /* once `done` is 1 */
    volatile int done;
};

/* Receives one message from `port`, with its number in the trailer. */
void worker_receive(struct worker *worker, mach_port_t port,
                    mach_msg_option_t option);
/* Sends `id` with one number, by MAKE_SEND or another disposition. */
void worker_send(struct worker *worker, mach_port_t port,
                 mach_msg_type_name_t how, mach_msg_id_t id);
/* The same, with options and a reply port that makes a send-once right; with
 * MACH_RCV_MSG the reply is waited for there. */
void worker_ask(struct worker *worker, mach_port_t port,
                mach_msg_type_name_t how, mach_port_t reply,
                mach_msg_option_t option, mach_msg_id_t id);
/* Sends a right. */
void worker_carry(struct worker *worker, mach_port_t port, mach_port_t right,
                  mach_msg_type_name_t disposition);
/* Calls mach_msg with what is filled in. */
void worker_start(struct worker *worker);

/* Whether it comes to wait in its call */
bool worker_waits(struct worker *worker);
/* Whether it comes back from its call; its name is dropped then. */
bool worker_returns(struct worker *worker);
/* The number that the received message has in its trailer */
mach_port_seqno_t worker_seqno(const struct worker *worker);

#endif
