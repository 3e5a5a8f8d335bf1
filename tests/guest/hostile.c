/* SPDX-License-Identifier: MIT */
/*
 * hostile.c - a task that takes as much as it gets: see hostile.h.
 */
#include "hostile.h"

#include <stdlib.h>

#include "child.h"
#include "guest.h"

#define TELL     0x20003u /* the task's name for our port */
#define AGAIN_MS 10

struct told {
    mach_msg_header_t header;
    struct hostile_result result;
    mach_msg_max_trailer_t trailer;
};

/* The task's own variables are found in its memory where ours are in ours. */
static hostile_take_t take_one;
static unsigned take_most;

static mach_port_t heard; /* ours, on which they tell */

/* With all that it may have the task cannot put a message into a queue; it
   can hand one over to who waits. */
static void
tell(struct hostile_result result)
{
    struct told told = {
        .header = { .msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0),
                    .msgh_size = sizeof told.header + sizeof told.result,
                    .msgh_remote_port = TELL },
        .result = result,
    };

    while (mach_msg_send(&told.header) != MACH_MSG_SUCCESS)
        guest_sleep(AGAIN_MS);
}

static void
take_all(void *unused)
{
    struct hostile_result result = { 0 };

    (void)unused;
    while (result.code == KERN_SUCCESS && result.taken < take_most) {
        result.code = take_one();
        result.taken += result.code == KERN_SUCCESS;
    }
    tell(result);
    for (;;)
        guest_sleep(1000);
}

mach_port_t
hostile_make(hostile_take_t take, unsigned most, mach_port_t *thread)
{
    mach_port_t task = child_apart();

    if (heard == MACH_PORT_NULL)
        heard = guest_receive();
    guest_must(
        mach_port_insert_right(task, TELL, heard, MACH_MSG_TYPE_MAKE_SEND));
    child_fill(task);
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
hostile_wait(void)
{
    struct told told;

    guest_must(mach_msg(&told.header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
                        sizeof told, heard, CHILD_PATIENCE, MACH_PORT_NULL));
    return told.result;
}

void
hostile_end(mach_port_t task)
{
    /* It may have crashed, for want of memory. */
    if (guest_type(task) & MACH_PORT_TYPE_SEND)
        (void)task_terminate(task);
    (void)child_dies(task);
    mach_port_deallocate(mach_task_self(), task);
    while (guest_next_id(heard) != -1)
        continue;
}
