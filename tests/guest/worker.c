/* SPDX-License-Identifier: MIT */
/*
 * worker.c - threads that wait in mach_msg: see worker.h.
 */
#include "worker.h"

#include <string.h>

#define PATIENCE 20000u

static void
work(void *argument)
{
    struct worker *worker = argument;

    worker->result =
        mach_msg(&worker->message.header, worker->option, worker->send_size,
                 sizeof worker->message, worker->receive_name, worker->timeout,
                 MACH_PORT_NULL);
    __atomic_store_n(&worker->done, 1, __ATOMIC_RELEASE);
}

void
worker_start(struct worker *worker)
{
    worker->done = 0;
    worker->thread = guest_thread(work, worker);
}

void
worker_receive(struct worker *worker, mach_port_t port,
               mach_msg_option_t option)
{
    memset(worker, 0, sizeof *worker);
    worker->option = MACH_RCV_MSG | option |
                     MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_SEQNO);
    worker->receive_name = port;
    worker_start(worker);
}

void
worker_send(struct worker *worker, mach_port_t port, mach_msg_type_name_t how,
            mach_msg_id_t id)
{
    worker_ask(worker, port, how, MACH_PORT_NULL, 0, id);
}

void
worker_ask(struct worker *worker, mach_port_t port, mach_msg_type_name_t how,
           mach_port_t reply, mach_msg_option_t option, mach_msg_id_t id)
{
    memset(worker, 0, sizeof *worker);
    worker->message.header = guest_header(port, how, reply, id);
    worker->option = MACH_SEND_MSG | option;
    worker->send_size = sizeof(struct guest_message);
    worker->receive_name = reply;
    worker_start(worker);
}

void
worker_carry(struct worker *worker, mach_port_t port, mach_port_t right,
             mach_msg_type_name_t disposition)
{
    memset(worker, 0, sizeof *worker);
    worker->message.port =
        port_message(port, MACH_MSG_TYPE_COPY_SEND, right, disposition);
    worker->option = MACH_SEND_MSG;
    worker->send_size = sizeof worker->message.port;
    worker_start(worker);
}

bool
worker_waits(struct worker *worker)
{
    for (unsigned i = 0; i < PATIENCE; i++) {
        if (worker->done)
            return false;
        if (guest_thread_waits(worker->thread))
            return true;
        guest_sleep(1);
    }
    return false;
}

bool
worker_returns(struct worker *worker)
{
    for (unsigned i = 0; i < PATIENCE && !worker->done; i++)
        guest_sleep(1);
    mach_port_deallocate(mach_task_self(), worker->thread);
    return worker->done;
}

mach_port_seqno_t
worker_seqno(const struct worker *worker)
{
    const mach_msg_seqno_trailer_t *trailer =
        (const void *)(worker->message.bytes +
                       round_msg(worker->message.header.msgh_size));

    return trailer->msgh_seqno;
}
