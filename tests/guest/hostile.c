/* SPDX-License-Identifier: MIT */
/*
 * hostile.c - a task that takes as much as it gets: see hostile.h.
 */
#include "hostile.h"

#include <stdlib.h>

#include "child.h"
#include "guest.h"

/* The task's own variables are found in its memory where ours are in ours. */
static volatile struct hostile_result result;
static hostile_take_t take_one;
static unsigned take_most;

static void
take_all(void *unused)
{
    kern_return_t kr = KERN_SUCCESS;

    (void)unused;
    while (kr == KERN_SUCCESS && result.taken < take_most) {
        kr = take_one();
        if (kr == KERN_SUCCESS)
            result.taken++;
    }
    result.code = kr;
    result.done = 1;
    for (;;)
        guest_sleep(1000);
}

mach_port_t
hostile_make(hostile_take_t take, unsigned most, mach_port_t *thread)
{
    mach_port_t task = child_copy();
    struct hostile_result none = { 0 };

    child_write(task, (void *)&result, &none, sizeof none);
    child_write(task, &take_one, &take, sizeof take);
    child_write(task, &take_most, &most, sizeof most);
    *thread = child_thread_suspended(task, take_all, NULL);
    return task;
}

mach_port_t
hostile_start(hostile_take_t take, unsigned most)
{
    mach_port_t thread;
    mach_port_t task = hostile_make(take, most, &thread);

    if (thread_resume(thread) != KERN_SUCCESS)
        abort();
    mach_port_deallocate(mach_task_self(), thread);
    return task;
}

struct hostile_result
hostile_wait(mach_port_t task)
{
    struct hostile_result got;

    if (!child_until(task, &((struct hostile_result *)&result)->done, 1))
        abort();
    child_read(task, (const void *)&result, &got, sizeof got);
    return got;
}

void
hostile_end(mach_port_t task)
{
    /* It may have crashed, for want of memory. */
    if (guest_type(task) & MACH_PORT_TYPE_SEND)
        (void)task_terminate(task);
    (void)child_dies(task);
    mach_port_deallocate(mach_task_self(), task);
}
