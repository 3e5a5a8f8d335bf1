/* SPDX-License-Identifier: MIT */
/*
 * ring_user.c - the test's side of the border of ring.h: the start of a
 * program, and of its helpers those that make threads and tasks.
 */
#include <mach/mach.h>
#include <mach/task_info.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"
#include "ring.h"

extern int main(int argc, char **argv, char **envp);

mach_port_t mach_task_self_;

struct thread_start {
    guest_function_t function;
    void *argument;
};

static void
start_thread(void *argument)
{
    struct thread_start start = *(struct thread_start *)argument;
    struct mach_thread_block block;

    free(argument);
    _mach_thread_init(&block);
    start.function(start.argument);
    guest_thread_end();
}

static mach_port_t
make_thread(guest_function_t function, void *argument, bool suspended)
{
    struct thread_start *start = malloc(sizeof *start);

    *start = (struct thread_start){ function, argument };
    return ring_thread_create(start_thread, start, suspended);
}

mach_port_t
guest_thread_suspended(guest_function_t function, void *argument)
{
    return make_thread(function, argument, true);
}

mach_port_t
guest_thread(guest_function_t function, void *argument)
{
    return make_thread(function, argument, false);
}

void
guest_thread_end(void)
{
    _mach_thread_fini();
    ring_thread_end();
}

bool
guest_thread_waits(mach_port_t thread)
{
    return ring_thread_waits(thread);
}

kern_return_t
thread_abort(thread_act_t thread)
{
    return ring_thread_do(thread, RING_ABORT);
}

kern_return_t
thread_terminate(thread_act_t thread)
{
    return ring_thread_do(thread, RING_TERMINATE);
}

kern_return_t
thread_suspend(thread_act_t thread)
{
    return ring_thread_do(thread, RING_SUSPEND);
}

kern_return_t
thread_resume(thread_act_t thread)
{
    return ring_thread_do(thread, RING_RESUME);
}

kern_return_t
task_create(task_t target, ledger_array_t ledgers, mach_msg_type_number_t count,
            boolean_t inherit, task_t *child)
{
    (void)target, (void)ledgers, (void)count, (void)inherit;
    *child = ring_task_create();
    return KERN_SUCCESS;
}

kern_return_t
task_terminate(task_t target)
{
    return ring_task_terminate(target);
}

/* The tokens alone. */
kern_return_t
task_info(task_name_t target, task_flavor_t flavor, task_info_t info,
          mach_msg_type_number_t *count)
{
    security_token_t security;
    audit_token_t audit;

    (void)target, (void)count;
    ring_task_tokens(security.val, audit.val);
    if (flavor == TASK_SECURITY_TOKEN)
        memcpy(info, &security, sizeof security);
    else if (flavor == TASK_AUDIT_TOKEN)
        memcpy(info, &audit, sizeof audit);
    else
        return KERN_INVALID_ARGUMENT;
    return KERN_SUCCESS;
}

int
ring_main(void)
{
    static struct mach_thread_block block;

    _mach_thread_init(&block);
    mach_task_self_ = task_self_trap();
    return main(0, NULL, NULL);
}
