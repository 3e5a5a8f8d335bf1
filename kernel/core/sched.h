/* SPDX-License-Identifier: MIT */
/*
 * sched.h - who runs next: one place decides, and one leaves for user mode.
 */
#ifndef OSTIA_KERNEL_CORE_SCHED_H
#define OSTIA_KERNEL_CORE_SCHED_H

#include "kernel/thread.h"

#define SCHED_SLICE_MS   10
#define SCHED_PRIORITIES (MAXPRI_USER + 1)

/* The threads of a root job that are ready at one priority.
 * (SQ1) sq_link is linked  <=>  sq_threads is not empty */
struct sched_queue {
    queue_head_t sq_threads; /* by th_run_link, first come first served */
    queue_chain_t sq_link;
};

/* A root job: its tasks, and so their threads, take turns with those of other
 * root jobs.  Each task holds a reference. */
struct sched_job {
    unsigned long sj_refs;
    struct sched_queue sj_queue[SCHED_PRIORITIES];

    /* Work of no thread, by work.c alone. */
    queue_head_t sj_orphans;
    queue_chain_t sj_orphans_link;
};

void sched_init(void);
/* Returns  a root job with one reference, or NULL for want of memory. */
MUSTUSE struct sched_job *sched_job_create(void);
MUSTUSE struct sched_job *sched_job_reference(struct sched_job *job);
void sched_job_release(struct sched_job *job);

/* Puts a runnable thread on the run queue, behind those of its root job. */
void sched_enqueue(struct thread *thread);
void sched_dequeue(struct thread *thread);
/*
 * Picks the best runnable thread and goes on as it: with its continuation, or
 * by sched_return; idles if there is none.
 */
NORETURN void sched_dispatch(void);
/* The same, after a moment in which interrupts that wait are served. */
NORETURN void sched_dispatch_open(void);
/* The running thread goes on in user mode, unless something better is due. */
NORETURN void sched_return(struct thread *self);
/*
 * sched_continue - the running thread goes on now with its continuation, on
 * the empty stack, told `why`.
 */
NORETURN void sched_continue(struct thread *self, wait_result_t why);
/*
 * sched_yield - the running thread goes behind the others of its root job, or
 * gives up the job's turn if there are none, and goes on with `go_on`.
 */
NORETURN void sched_yield(struct thread *self, wait_continue_t go_on);
/*
 * sched_give_way - the same in the middle of long work: it keeps the rest of
 * the turn, and interrupts that wait are served.
 */
NORETURN void sched_give_way(struct thread *self, wait_continue_t go_on);
/*
 * sched_handoff - a runnable thread that is on no run queue: the next to run
 * if the running one waits, else it is queued.
 */
void sched_handoff(struct thread *thread);
/*
 * sched_depress - lowest priority for the running thread until it runs again,
 * or until `deadline`.
 */
void sched_depress(struct thread *self, uint64_t deadline);
/*
 * sched_hasten - a thread that ends runs its way out before ordinary threads,
 * depressed or not.
 */
void sched_hasten(struct thread *thread);
/* The running thread will not run again: it leaves the processor. */
void sched_forget(struct thread *self);
/* Other threads are ready to run. */
bool sched_others_runnable(void);

#endif
