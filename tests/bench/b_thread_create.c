/* SPDX-License-Identifier: MIT */
/* b_thread_create.c - a thread of our task is made and ended, and never runs. */
#include <mach/mach.h>

#include "bench.h"
#include "tests/guest/guest.h"

static void
call(void)
{
    thread_act_t thread;

    guest_must(thread_create(mach_task_self(), &thread));
    guest_must(thread_terminate(thread));
    guest_must(mach_port_deallocate(mach_task_self(), thread));
}

int
main(void)
{
    bench_run("thread_create", call);
    return 0;
}
