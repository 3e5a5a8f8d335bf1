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

typedef struct ipc_thread *ipc_thread_t;

typedef enum wait_result {
    THREAD_AWAKENED,    /* what was waited for is there */
    THREAD_TIMED_OUT,   /* the deadline passed first */
    THREAD_INTERRUPTED, /* thread_abort */
    THREAD_RESTART,     /* the object changed or died */
    THREAD_TERMINATED,  /* the thread is to end: release, then return */
} wait_result_t;

/* Threads that wait for one thing, first come first served. */
struct waitq {
    queue_head_t wq_waiters;
};

typedef NORETURN void (*wait_continue_t)(ipc_thread_t self, wait_result_t why);

/*
 * The part of a thread that waiting needs; embedded first in ipc_thread.
 *
 * (W1) wr_queued  <=>  linked on the wq_waiters of some queue
 */
struct waiter {
    queue_chain_t wr_link;
    bool wr_queued;
    wait_continue_t wr_continue;
    wait_result_t wr_why; /* how the wait ended */
};

static inline void
waitq_init(struct waitq *queue)
{
    queue_init(&queue->wq_waiters);
}

static inline bool
waitq_empty(const struct waitq *queue)
{
    return queue_empty(&queue->wq_waiters);
}

/* The thread that has waited longest, still waiting, or NULL. */
static inline ipc_thread_t
waitq_first(const struct waitq *queue)
{
    if (waitq_empty(queue))
        return NULL;
    return (ipc_thread_t)queue_element(queue->wq_waiters.next, struct waiter,
                                       wr_link);
}

/*
 * thread_wait - give the processor up until the wait ends.
 *
 * `queue` may be NULL (only the deadline, an abort or thread_go end it).  A
 * thread that is to be terminated, or was aborted beforehand, does not wait:
 * it goes on at once with THREAD_TERMINATED or THREAD_INTERRUPTED.
 */
NORETURN void thread_wait(ipc_thread_t self, struct waitq *queue,
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

/* Who waits on `from` waits on `to` now, behind those who do so already; in
 * the same time however many they are. */
void waitq_move(struct waitq *from, struct waitq *to);

/* To user mode with `result` in the result register of the trap. */
NORETURN void thread_return(ipc_thread_t self, uint64_t result);

/*
 * Preemption points: long work asks preempt_wanted() between steps whose
 * state is all recorded, and goes on later by a continuation, which gets
 * THREAD_AWAKENED, or THREAD_TERMINATED.
 */
bool preempt_wanted(void);
NORETURN void thread_preempt(ipc_thread_t self, wait_continue_t go_on);

#endif
