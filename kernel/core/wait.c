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
#include "kernel/core/sched.h"
#include "kernel/core/work.h"
#include "kernel/thread.h"

/* The thread is runnable, on no queue yet, and knows why. */
static struct thread *
end_wait(ipc_thread_t ith, wait_result_t why)
{
    struct thread *thread = thread_of(ith);
    struct waiter *waiter = &ith->ith_waiter;

    assert(thread->th_state == TH_WAITING && !thread->th_held);

    if (waiter->wr_queued) {
        queue_remove(&waiter->wr_link);
        waiter->wr_queued = false;
    }
    timer_cancel(&thread->th_timer);
    waiter->wr_why = why;
    thread->th_state = TH_RUNNABLE;
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

void
waitq_move(struct waitq *from, struct waitq *to)
{
    queue_append(&to->wq_waiters, &from->wq_waiters);
}

static void
wait_timed_out(struct timer *timer)
{
    struct thread *thread = container_of(timer, struct thread, th_timer);

    thread_go(&thread->th_ipc, THREAD_TIMED_OUT);
}

/*
 * thread_wait - see kernel/core/wait.h.
 *
 * Requires  `self` is the running thread.
 * Blocks    goes on in `go_on`.
 */
void
thread_wait(ipc_thread_t self, struct waitq *queue, uint64_t deadline,
            wait_continue_t go_on)
{
    struct thread *thread = thread_of(self);
    struct waiter *waiter = &self->ith_waiter;

    assert(thread == thread_running() && thread->th_state == TH_RUNNING);

    if (!queue_empty(&thread->th_works))
        work_leave(self);
    waiter->wr_continue = go_on;
    if (thread_is_ending(thread))
        sched_continue(thread, THREAD_TERMINATED);
    if (thread->th_abort) {
        thread->th_abort = false;
        sched_continue(thread, THREAD_INTERRUPTED);
    }

    waiter->wr_queued = queue != NULL;
    if (queue != NULL)
        enqueue_tail(&queue->wq_waiters, &waiter->wr_link);
    if (deadline != DEADLINE_NONE)
        timer_arm(&thread->th_timer, deadline, wait_timed_out);
    thread->th_state = TH_WAITING;
    sched_dispatch();
}

/*
 * thread_return - the trap of the running thread is over.
 *
 * A state that was set while the thread was in the trap stands: the result
 * would overwrite a register of it.
 */
void
thread_return(ipc_thread_t self, uint64_t result)
{
    struct thread *thread = thread_of(self);

    if (!thread->th_state_set)
        thread->th_frame.tf_rax = result;
    sched_return(thread);
}

void
thread_preempt(ipc_thread_t self, wait_continue_t go_on)
{
    sched_give_way(thread_of(self), go_on);
}
