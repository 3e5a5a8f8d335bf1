/* SPDX-License-Identifier: MIT */
/*
 * work.h - long work, in steps (D25; part of the ipc seam).
 *
 *     work_begin --> on a thread's list --> step, step, … --> work_end
 *                      |  the thread is gone
 *                      +-----------------> on the reaper's list
 *
 * Whoever begins work does some of it at once, so that what is small is done
 * when the call returns.  What is left is on the list of the thread whose trap
 * began it: the thread does it in its own time and at its own priority, before
 * it goes back to user mode or receives a message.  Work whose thread ends or
 * waits, and work that no thread's trap began, is the reaper's.
 *
 * Work that a step begins joins the owner of the step, the task for which it
 * is done: so a task can wait until all is gone that its end leaves behind.
 *
 * One budget bounds how long interrupts are off.  The innermost loops take
 * from it, steps of work and the dispatch of a thread take from it too, and
 * only a moment with interrupts on refills it; so bounds never multiply.
 */
#ifndef OSTIA_KERNEL_CORE_WORK_H
#define OSTIA_KERNEL_CORE_WORK_H

#include "kernel/base/compiler.h"
#include "kernel/base/queue.h"
#include "kernel/core/wait.h"

struct sched_job;
struct sched_thread;

/* Estimated instructions that a stretch with interrupts off may cost.  No code
 * between two calls of work_spend costs more than a quarter. */
#define WORK_BUDGET 7000

/*
 * work_spend - take from the budget of this stretch.
 *
 * Returns  true when nothing is left: a loop then records how far it is, and
 *          its thread gives way (thread_preempt, or the end of a step)
 */
bool work_spend(unsigned instructions);

/* The answer of a call that has not come to its end: its thread gives way and
 * makes it again, with the same arguments.  No user sees it. */
#define WORK_UNFINISHED (-399)

/*
 * How far a call has come that is made again (D15); all zero at its beginning.
 * The thread keeps it, until it is back in user mode or the call has ended.
 */
struct progress {
    const void *pr_object; /* what the call works on; NULL: there is no call */
    uint64_t pr_checked;   /* addresses: up to where all was looked at, */
    uint64_t pr_at;        /* and all is done */
    struct vm_map_copy *pr_copy; /* what was copied so far */
};

/* That of the running thread's call, which works on `object`. */
struct progress *work_progress(const void *object);
/* The call has ended.  Requires  a thread runs. */
void work_progress_end(void);

struct work;

/*
 * One piece of the work, until the budget is spent, and at least a little.
 * With nothing left to do it calls work_end, and may then free the structure
 * that the work is part of.
 */
typedef void (*work_step_t)(struct work *work);

/*
 * (WO1) wo_count is the number of works that have this owner, and of the owners
 *       that have it as wo_cause
 *
 * The task of wo_cause began to end before the owner's did: so no two ends wait
 * for each other.
 */
struct work_owner {
    size_t wo_count;
    struct sched_job *wo_job; /* of the task, which holds it */
    struct work *wo_last;     /* begins when all others have ended; or NULL */
    work_step_t wo_step;      /* its step */
    struct work_owner *wo_cause; /* ends no earlier than this; or NULL */
};

/* (WK1) linked  <=>  begun and not ended */
struct work {
    queue_chain_t wk_link;
    work_step_t wk_step;
    struct work_owner *wk_owner;
};

/*
 * work_begin - does some of the work, and leaves the rest to be done.
 *
 * Begun already, it goes on with the new step.
 *
 * Requires  all that a step may look at is in its final state.
 */
void work_begin(struct work *work, work_step_t step);
/* Leaves all of it to be done; and the same for another owner. */
void work_later(struct work *work, work_step_t step);
void work_later_for(struct work *work, work_step_t step,
                    struct work_owner *owner);
/* The same for no task: the one that runs may be about to go. */
void work_later_for_kernel(struct work *work, work_step_t step);
/* The work has come to its end, or begins anew.  Requires  it is begun. */
void work_end(struct work *work);
/* For whom work is that begins now. */
struct work_owner *work_owner_now(void);
/* When nothing else of the owner is left, `work` begins, for it. */
void work_when_done(struct work_owner *owner, struct work *work,
                    work_step_t step);
/* One step of work that waits for its turn, for whoever cannot go on without. */
void work_do(struct work *work);

/*
 * work_finish - all work of the running thread, with preemption points, before
 * it goes on in `go_on`.  In a thread that is to end the reaper has the rest.
 *
 * Requires  st_works is not empty.
 */
NORETURN void work_finish(ipc_thread_t self, wait_continue_t go_on);

/* The thread ends, or waits for something else: the reaper takes its work. */
void work_leave(ipc_thread_t self);
/* Starts the reaper, which `thread` is from now on; once. */
void work_init(struct sched_thread *thread);

#endif
