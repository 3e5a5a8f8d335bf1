/* SPDX-License-Identifier: MIT */
/*
 * child_task.c - tasks without memory, and the end of tasks: see child.h.
 */
#include <mach/notify.h>
#include <stdlib.h>

#include "child.h"

mach_port_t
child_empty(void)
{
    mach_port_t task;

    guest_must(task_create(mach_task_self(), NULL, 0, FALSE, &task));
    return task;
}

bool
child_dies(mach_port_t name)
{
    mach_port_t notify = guest_receive();
    mach_port_t previous = MACH_PORT_NULL;
    struct guest_buffer buffer;
    bool dead;

    dead = mach_port_request_notification(
               mach_task_self(), name, MACH_NOTIFY_DEAD_NAME, 1, notify,
               MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous) == KERN_SUCCESS &&
           guest_wait(notify, &buffer, CHILD_PATIENCE) == MACH_MSG_SUCCESS &&
           buffer.header.msgh_id == MACH_NOTIFY_DEAD_NAME;
    guest_kill(notify);
    if (dead)
        mach_port_deallocate(mach_task_self(), name); /* its reference */
    return dead;
}

void
child_end(mach_port_t task)
{
    guest_must(task_terminate(task));
    if (!child_dies(task))
        abort();
    guest_must(mach_port_deallocate(mach_task_self(), task));
}
