/* SPDX-License-Identifier: MIT */
/*
 * worker.c - threads that wait in mach_msg: see worker.h.
 */
#include "worker.h"

#include <mach/thread_info.h>
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
    memset(worker, 0, sizeof *worker);
    worker->message.header = (mach_msg_header_t){
        .msgh_bits = MACH_MSGH_BITS(how, 0),
        .msgh_remote_port = port,
        .msgh_id = id,
    };
    worker->option = MACH_SEND_MSG;
    worker->send_size = sizeof(struct guest_message);
    worker_start(worker);
}

static bool
is_waiting(mach_port_t thread)
{
    thread_basic_info_data_t info;
    mach_msg_type_number_t count = THREAD_BASIC_INFO_COUNT;

    return thread_info(thread, THREAD_BASIC_INFO, (thread_info_t)&info,
                       &count) == KERN_SUCCESS &&
           info.run_state == TH_STATE_WAITING;
}

bool
worker_waits(struct worker *worker)
{
    for (unsigned i = 0; i < PATIENCE; i++) {
        if (worker->done)
            return false;
        if (is_waiting(worker->thread))
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
