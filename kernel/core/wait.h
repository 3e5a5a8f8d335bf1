/* SPDX-License-Identifier: MIT */
/*
 * wait.h - how a thread waits and goes on (part of the ipc seam).
 *
 * There is one kernel stack a processor (D1): a thread that waits leaves
 * nothing on it.  It names a queue and a continuation and never returns;
 * whoever ends the wait says how it ended.  The continuation runs exactly
 * once, in dying threads too, and looks at nothing that may have died
 * meanwhile (D16).
 */
#ifndef OSTIA_KERNEL_CORE_WAIT_H
#define OSTIA_KERNEL_CORE_WAIT_H

#include "kernel/base/compiler.h"
#include "kernel/base/queue.h"
#include "kernel/base/types.h"
#include "kernel/core/timer.h"

struct sched_task;

typedef struct ipc_thread *ipc_thread_t;

typedef enum wait_result {
    THREAD_AWAKENED,    /* what was waited for is there */
    THREAD_TIMED_OUT,   /* the deadline passed first */
    THREAD_INTERRUPTED, /* thread_abort */
    THREAD_RESTART,     /* the object changed or died */
    THREAD_TERMINATED,  /* the thread is to end: release, then return */
} wait_result_t;

typedef NORETURN void (*wait_continue_t)(ipc_thread_t self, wait_result_t why);

typedef enum thread_run_state {
    TH_RUNNABLE,
    TH_RUNNING,
    TH_WAITING,
    TH_DEAD,
} thread_run_state_t;

/*
 * Why a thread does not simply go back to user mode, in st_ast; the first two,
 * in sk_ast, of all threads of a task.  thread_leaves deals with each.
 */
enum {
    AST_TERMINATE = 1, /* it is to end: no wait, and no exit but to die */
    AST_SUSPEND = 2,
    AST_ABORT = 4,      /* the next interruptible wait is broken */
    AST_STATE = 8,      /* new registers: the trap's result is dropped */
    AST_EXCEPTION = 16, /* one is noted, and to be raised */
    AST_WORK = 32,      /* in st_works, or its trap is made again */
};

/*
 * A thread as this floor knows it: how it waits, when it runs, the work that it
 * has to do.  ipc_thread begins with it and struct thread with that, so that
 * all three have one address.  By sched.c, wait.c and work.c alone, but for the
 * state, for whether there is work, and for what kernel/thread.c sets.
 *
 * (W1) st_wait_link is linked only in a wait, on a queue of threads that wait for
 *      one thing, first come first served
 * (W2) st_held => WAITING, on no queue, no timer.
 * (W3) st_timer is armed only in a wait with a deadline and in a depression.
 */
struct sched_thread {
    /* A hand-off looks at this line alone. */
    struct sched_task *st_task; /* that of its task, which it holds */
    thread_run_state_t st_state;
    unsigned st_ast; /* AST_* */
    queue_chain_t st_wait_link;
    wait_continue_t st_continue;
    uint64_t st_user_time; /* nanoseconds consumed */
    uint64_t st_run_start;
    int st_priority;      /* scheduled now */
    wait_result_t st_why; /* how the wait ended */

    /* Waiting. */
    bool st_held;          /* at the exit, or new: waiting to be resumed */
    struct timer st_timer; /* the deadline of a wait or a depression */

    /* Running. */
    queue_chain_t st_run_link; /* linked <=> on the run queue */
    int st_base_priority;
    bool st_preempted; /* gave way in the middle of long work */
    bool st_depressed;

    /* Work that the thread's trap has begun. */
    queue_head_t st_works;
    wait_continue_t st_work_then; /* where it goes on when all is done */
};

_Static_assert(offsetof(struct sched_thread, st_held) == CACHE_LINE,
               "a thread's hot fields are its first line");

static inline struct sched_thread *
sched_thread_of(ipc_thread_t thread)
{
    return (struct sched_thread *)(void *)thread;
}

static inline ipc_thread_t
ipc_thread_of(struct sched_thread *thread)
{
    return (ipc_thread_t)(void *)thread;
}

/* The thread that has waited longest, still waiting, or NULL. */
static inline ipc_thread_t
waitq_first(const queue_head_t *queue)
{
    return queue_empty(queue)
               ? NULL
               : ipc_thread_of(queue_element(queue->next, struct sched_thread,
                                             st_wait_link));
}

/*
 * thread_wait - give the processor up until the wait ends.
 *
 * `queue` may be NULL (only the deadline, an abort or thread_go end it).  A
 * thread that is to be terminated, or was aborted beforehand, does not wait:
 * it goes on at once with THREAD_TERMINATED or THREAD_INTERRUPTED.
 */
NORETURN void thread_wait(ipc_thread_t self, queue_head_t *queue,
                          uint64_t deadline, wait_continue_t go_on);

/*
 * thread_go - end the wait of `thread`: off its queue, runnable.
 *
 * Requires  the thread waits.  The thread does not run before the caller
 *           leaves the kernel or waits itself.
 */
void thread_go(ipc_thread_t thread, wait_result_t why);

/*
 * thread_handoff - as thread_go with THREAD_AWAKENED, and if the running
 * thread soon waits, `thread` is the one to run, without a queue between.
 */
void thread_handoff(ipc_thread_t thread);

/* To user mode with `result` in the result register of the trap. */
NORETURN void thread_return(ipc_thread_t self, uint64_t result);

/*
 * thread_preempt - a moment with interrupts on, and for better threads.
 *
 * Long work calls it when the budget is spent (work.h) and how far it is stands
 * in the thread.  It goes on by the continuation, which gets THREAD_AWAKENED,
 * or THREAD_TERMINATED.
 */
NORETURN void thread_preempt(ipc_thread_t self, wait_continue_t go_on);

#endif
