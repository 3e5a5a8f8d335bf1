/* SPDX-License-Identifier: MIT */
/*
 * guest_thread.c - threads of the guest tests' own task: see guest.h.
 */
#include <mach/thread_info.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"

#define STACK_PAGES         16u
#define THREAD_TERMINATE_ID 3600

/* At the lower end of a thread's stack */
struct thread_start {
    struct mach_thread_block block;
    guest_function_t function;
    void *argument;
};

static void
start_thread(struct thread_start *start)
{
    _mach_thread_init(&start->block);
    start->function(start->argument);
    guest_thread_end();
}

mach_port_t
guest_thread_suspended(guest_function_t function, void *argument)
{
    char *stack = guest_pages(STACK_PAGES);
    struct thread_start *start = (struct thread_start *)stack;
    x86_thread_state64_t state;
    mach_port_t thread;

    start->function = function;
    start->argument = argument;

    /* As after a call: the stack is 8 bytes off its alignment of 16. */
    memset(&state, 0, sizeof state);
    state.__rip = (uint64_t)start_thread;
    state.__rdi = (uint64_t)start;
    state.__rsp = (uint64_t)(stack + STACK_PAGES * GUEST_PAGE) - 8;
    guest_must(thread_create(mach_task_self(), &thread));
    guest_must(thread_set_state(thread, x86_THREAD_STATE64,
                                (thread_state_t)&state,
                                x86_THREAD_STATE64_COUNT));
    return thread;
}

mach_port_t
guest_thread(guest_function_t function, void *argument)
{
    mach_port_t thread = guest_thread_suspended(function, argument);

    guest_must(thread_resume(thread));
    return thread;
}

void
guest_thread_end(void)
{
    mach_msg_header_t end = {
        .msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND, 0),
        .msgh_size = sizeof end,
        .msgh_id = THREAD_TERMINATE_ID,
    };

    /* Without a reply port: nobody is there to hear the reply. */
    _mach_thread_fini();
    end.msgh_remote_port = mach_thread_self();
    mach_msg_send(&end);
    abort();
}

unsigned
guest_thread_count(mach_port_t task)
{
    thread_act_array_t threads = NULL;
    mach_msg_type_number_t count = 0;

    if (task_threads(task, &threads, &count) != KERN_SUCCESS)
        return ~0u;
    for (unsigned i = 0; i < count; i++)
        mach_port_deallocate(mach_task_self(), threads[i]);
    if (count > 0)
        guest_unmap(threads, count * sizeof *threads);
    return count;
}

int
guest_run_state(mach_port_t thread)
{
    struct thread_basic_info info;
    mach_msg_type_number_t count = THREAD_BASIC_INFO_COUNT;

    if (thread_info(thread, THREAD_BASIC_INFO, (thread_info_t)&info, &count) !=
        KERN_SUCCESS)
        return -1;
    return info.run_state;
}

bool
guest_thread_waits(mach_port_t thread)
{
    return guest_run_state(thread) == TH_STATE_WAITING;
}

void
guest_thread_kill(mach_port_t thread)
{
    thread_terminate(thread);
    mach_port_destroy(mach_task_self(), thread);
}

void
guest_count_up(void *argument)
{
    volatile int *counter = argument;

    while (1)
        ++*counter;
}
