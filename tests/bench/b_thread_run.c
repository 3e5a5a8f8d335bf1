/* SPDX-License-Identifier: MIT */
/* b_thread_run.c - a thread is made and runs; its first message, and its end. */
#include <mach/mach.h>
#include <stdint.h>
#include <stdlib.h>

#include "bench.h"
#include "tests/guest/child.h"
#include "tests/guest/guest.h"

static mach_port_t port, never;
static uint64_t stack[512];

/* As first thing, and then it waits to be ended. */
static void
say(void)
{
    mach_msg_header_t header = {
        .msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0),
        .msgh_size = sizeof header,
        .msgh_remote_port = port,
    };

    mach_msg(&header, MACH_SEND_MSG, sizeof header, 0, MACH_PORT_NULL, 0,
             MACH_PORT_NULL);
    mach_msg(&header, MACH_RCV_MSG, 0, sizeof header, never, 0, MACH_PORT_NULL);
}

static void
call(void)
{
    x86_thread_state64_t state = {
        .__rip = (uint64_t)say,
        .__rsp = (uint64_t)&stack[511],
    };
    thread_act_t thread;
    struct {
        mach_msg_header_t header;
        mach_msg_trailer_t trailer;
    } message;

    guest_must(thread_create_running(mach_task_self(), x86_THREAD_STATE64,
                                     (thread_state_t)&state,
                                     x86_THREAD_STATE64_COUNT, &thread));
    if (mach_msg(&message.header, MACH_RCV_MSG, 0, sizeof message, port, 0,
                 MACH_PORT_NULL) != MACH_MSG_SUCCESS)
        abort();
    guest_must(thread_terminate(thread));
    guest_must(mach_port_deallocate(mach_task_self(), thread));
}

int
main(void)
{
    port = guest_port();
    never = guest_receive();
    bench_run("thread_run", call);
    return 0;
}
