/* SPDX-License-Identifier: MIT */
/* b_task_create.c - an empty task is made and ended, until it is gone. */
#include <mach/mach.h>

#include "bench.h"
#include "tests/guest/guest.h"

static void
call(void)
{
    task_t task;

    guest_must(task_create(mach_task_self(), NULL, 0, false, &task));
    guest_must(task_terminate(task));
    guest_must(mach_port_deallocate(mach_task_self(), task));
}

int
main(void)
{
    bench_run("task_create", call);
    return 0;
}
