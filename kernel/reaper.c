/* SPDX-License-Identifier: MIT */
/*
 * reaper.c - long work, in slices, on nobody's stack (D17).
 *
 * The list holds work that somebody has detached from everything else.  One
 * thread without a stack does one bounded step of the first, puts it at the
 * end if there is more to do, and gives way when somebody better is ready.
 * It has the priority of ordinary threads: a task cannot stop the others by
 * leaving much behind, nor stop the reaper by running.
 */
#include "kernel/reaper.h"

#include "kernel/base/assert.h"
#include "kernel/clock.h"
#include "kernel/thread.h"
#include "kernel/wait.h"

static queue_head_t reaper_work = { &reaper_work, &reaper_work };
static struct thread *reaper_thread;

/*
 * reaper_add - see kernel/wait.h.
 *
 * Requires  `work` is not on the list.
 */
void
reaper_add(struct reaper_work *work, bool (*step)(struct reaper_work *))
{
    assert(!queue_linked(&work->rw_link));

    work->rw_step = step;
    enqueue_tail(&reaper_work, &work->rw_link);
    if (reaper_thread != NULL && reaper_thread->th_state == TH_WAITING)
        thread_go(&reaper_thread->th_ipc, THREAD_AWAKENED);
}

static NORETURN void
reaper_continue(ipc_thread_t self, wait_result_t why UNUSED)
{
    queue_chain_t *first;

    while ((first = dequeue_head(&reaper_work)) != NULL) {
        struct reaper_work *work =
            queue_element(first, struct reaper_work, rw_link);

        if (!work->rw_step(work))
            enqueue_tail(&reaper_work, &work->rw_link);
        if (preempt_wanted())
            thread_preempt(self, reaper_continue);
    }
    thread_wait(self, NULL, DEADLINE_NONE, reaper_continue);
}

void
reaper_init(void)
{
    reaper_thread = thread_create_kernel(reaper_continue);
    thread_start(reaper_thread);
}
