/* SPDX-License-Identifier: MIT */
/*
 * b_exc_rpc.c - a breakpoint, which a server of another task gets by
 * mach_exc_server (EXCEPTION_DEFAULT, 64-bit codes), which gives up both ports and
 * lets the thread go on.
 */
#include <mach/exc.h>
#include <mach/mach.h>
#include <mach/mach_exc_server.h>
#include <stdlib.h>

#include "bench.h"
#include "tests/guest/child.h"
#include "tests/guest/guest.h"

#define SERVICE ((mach_port_t)0x5003)

kern_return_t
catch_mach_exception_raise(mach_port_t port, mach_port_t thread,
                           mach_port_t task, exception_type_t type,
                           mach_exception_data_t code,
                           mach_msg_type_number_t count)
{
    (void)port;
    (void)type;
    (void)code;
    (void)count;
    guest_must(mach_port_deallocate(mach_task_self(), thread));
    guest_must(mach_port_deallocate(mach_task_self(), task));
    return KERN_SUCCESS;
}

/* The server's code names these; nobody asks for them. */
kern_return_t
catch_mach_exception_raise_state(mach_port_t port, exception_type_t type,
                                 const mach_exception_data_t code,
                                 mach_msg_type_number_t count, int *flavor,
                                 const thread_state_t old,
                                 mach_msg_type_number_t old_count,
                                 thread_state_t state,
                                 mach_msg_type_number_t *state_count)
{
    (void)port, (void)type, (void)code, (void)count, (void)flavor, (void)old;
    (void)old_count, (void)state, (void)state_count;
    return KERN_NOT_SUPPORTED;
}

kern_return_t
catch_mach_exception_raise_state_identity(
    mach_port_t port, mach_port_t thread, mach_port_t task,
    exception_type_t type, mach_exception_data_t code,
    mach_msg_type_number_t count, int *flavor, thread_state_t old,
    mach_msg_type_number_t old_count, thread_state_t state,
    mach_msg_type_number_t *state_count)
{
    (void)port, (void)thread, (void)task, (void)type, (void)code, (void)count;
    (void)flavor, (void)old, (void)old_count, (void)state, (void)state_count;
    return KERN_NOT_SUPPORTED;
}

static void
serve(void *unused)
{
    (void)unused;
    mach_msg_server(mach_exc_server, 512, SERVICE, 0);
    abort();
}

static void
stop(void)
{
    __asm__ volatile("int3");
}

int
main(void)
{
    mach_port_t server = child_copy(), service = guest_port();

    guest_must(mach_port_insert_right(server, SERVICE, service,
                                      MACH_MSG_TYPE_MOVE_RECEIVE));
    child_thread(server, serve, NULL);
    guest_must(task_set_exception_ports(
        mach_task_self(), EXC_MASK_BREAKPOINT, service,
        (exception_behavior_t)(EXCEPTION_DEFAULT | MACH_EXCEPTION_CODES),
        x86_THREAD_STATE64));
    bench_run("exc_rpc", stop);
    child_end(server);
    return 0;
}
