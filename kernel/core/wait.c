/* SPDX-License-Identifier: MIT */
/*
 * wait.c - threads that wait, and how they go on.
 *
 * A waiting thread is found by three: the queue that it waits on, its timer,
 * and whoever holds a reference.  Each ends the wait through end_wait, which
 * takes it off the other two, so that it ends once.
 *
 * A continuation is called by the scheduler on the empty stack, never from
 * here: a function that waits may be called at any depth.
 */
#include "kernel/core/wait.h"
#include "kernel/base/assert.h"
#include "kernel/core/clock.h"
#include "kernel/core/cpu.h"
#include "kernel/core/sched.h"
#include "kernel/core/work.h"

/* The thread is runnable, on no queue yet, and knows why. */
static struct sched_thread *
end_wait(ipc_thread_t ith, wait_result_t why)
{
    struct sched_thread *thread = sched_thread_of(ith);

    assert(thread->st_state == TH_WAITING && !thread->st_held);

    if (queue_linked(&thread->st_wait_link))
        queue_remove(&thread->st_wait_link);
    timer_cancel(&thread->st_timer);
    thread->st_why = why;
    thread->st_state = TH_RUNNABLE;
    return thread;
}

void
thread_go(ipc_thread_t thread, wait_result_t why)
{
    sched_enqueue(end_wait(thread, why));
}

void
thread_handoff(ipc_thread_t thread)
{
    sched_handoff(end_wait(thread, THREAD_AWAKENED));
}

static void
wait_timed_out(struct timer *timer)
{
    struct sched_thread *thread =
        container_of(timer, struct sched_thread, st_timer);

    thread_go(ipc_thread_of(thread), THREAD_TIMED_OUT);
}

/*
 * thread_wait - see kernel/core/wait.h.
 *
 * Requires  `self` is the running thread.
 * Blocks    goes on in `go_on`.
 */
void
thread_wait(ipc_thread_t self, queue_head_t *queue, uint64_t deadline,
            wait_continue_t go_on)
{
    struct sched_thread *thread = sched_thread_of(self);

    assert(thread == sched_running(cpu_current()) &&
           thread->st_state == TH_RUNNING);
    debug_assert(!queue_linked(&thread->st_wait_link)); /* (W1) */
    debug_assert(!thread->st_timer.tm_armed);           /* (W3) */

    if (!queue_empty(&thread->st_works))
        work_leave(self);
    thread->st_continue = go_on;
    if (sched_is_ending(thread))
        sched_continue(thread, THREAD_TERMINATED);
    if ((thread->st_ast & AST_ABORT) != 0) {
        thread->st_ast &= ~AST_ABORT;
        sched_continue(thread, THREAD_INTERRUPTED);
    }

    if (queue != NULL)
        enqueue_tail(queue, &thread->st_wait_link);
    if (deadline != DEADLINE_NONE)
        timer_arm(&thread->st_timer, deadline, wait_timed_out);
    thread->st_state = TH_WAITING;
    sched_dispatch();
}
