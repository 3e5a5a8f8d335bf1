/* SPDX-License-Identifier: MIT */
/*
 * kobject.h - mach_port_get_refs of another task's name, by message: a call of the
 * kernel, with mig's stub.  ROW is the row's name, THREADS the task's threads.
 */
#include <mach/mach.h>
#include <mach/mach_port.h>
#include <stdlib.h>

#include "bench.h"
#include "tests/guest/child.h"
#include "tests/guest/guest.h"

#ifndef ROW
#define ROW     "kobject"
#define THREADS 0
#endif

#define NAME ((mach_port_t)0x5003)

static mach_port_t task;

static void
call(void)
{
    mach_port_urefs_t refs;

    if (mach_port_get_refs(task, NAME, MACH_PORT_RIGHT_RECEIVE, &refs) !=
        KERN_SUCCESS)
        abort();
}

static void
wait_for_ever(void *unused)
{
    struct guest_buffer buffer;

    (void)unused;
    mach_msg(&buffer.header, MACH_RCV_MSG, 0, sizeof buffer, NAME, 0,
             MACH_PORT_NULL);
}

int
main(void)
{
    task = child_copy();
    guest_must(mach_port_allocate_name(task, MACH_PORT_RIGHT_RECEIVE, NAME));
    for (int i = 0; i < THREADS; i++)
        child_thread(task, wait_for_ever, NULL);
    bench_run(ROW, call);
    child_end(task);
    return 0;
}
