/* SPDX-License-Identifier: MIT */
/*
 * l_threads.c - calls on a task with very many threads: they are listed,
 * their times are summed, they are resumed together and end together.
 */
#include <mach/mach.h>
#include <mach/task_info.h>

#include "latency.h"
#include "tests/guest/child.h"

#define THREADS 4000u

static void
ask_for_times(mach_port_t task)
{
    task_thread_times_info_data_t times;
    mach_msg_type_number_t count = TASK_THREAD_TIMES_INFO_COUNT;

    must(task_info(task, TASK_THREAD_TIMES_INFO, (task_info_t)&times, &count));
}

int
main(void)
{
    mach_port_t task = child_empty(), thread;
    thread_act_array_t list;
    mach_msg_type_number_t count;

    must(task_suspend(task));
    for (unsigned i = 0; i < THREADS; i++) {
        must(thread_create(task, &thread));
        must(thread_resume(thread));
        must(mach_port_deallocate(mach_task_self(), thread));
    }
    must(task_threads(task, &list, &count));
    ask_for_times(task);
    must(task_resume(task));
    must(task_terminate(task));
    return 0;
}
