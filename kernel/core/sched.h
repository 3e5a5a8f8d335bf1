/* SPDX-License-Identifier: MIT */
/*
 * sched.h - who runs next: one place decides, and one leaves for user mode.
 */
#ifndef OSTIA_KERNEL_CORE_SCHED_H
#define OSTIA_KERNEL_CORE_SCHED_H

#include "kernel/core/cpu.h"
#include "kernel/core/wait.h"
#include "kernel/core/work.h"

struct pmap;
struct thread;

#define MAXPRI          127
#define MAXPRI_USER     63 /* the highest of ordinary threads */
#define BASEPRI_DEFAULT 31
#define MINPRI          0
#define DEPRESSPRI      MINPRI

#define SCHED_SLICE_MS   10
#define SCHED_PRIORITIES (MAXPRI_USER + 1)

/* The threads of a root job that are ready at one priority.
 * (SQ1) sq_link is linked  <=>  sq_threads is not empty */
struct sched_queue {
    queue_head_t sq_threads; /* by st_run_link, first come first served */
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

/* A task as this floor knows it. */
struct sched_task {
    unsigned sk_ast;            /* AST_* */
    struct pmap *sk_pmap;       /* of the task's map; NULL: the kernel's */
    uint64_t sk_time;           /* nanoseconds of all threads that ever were */
    struct work_owner sk_owner; /* work begun by its threads, or its end */
};

void sched_init(void);
/* Returns  a root job with one reference, or NULL for want of memory. */
MUSTUSE struct sched_job *sched_job_create(void);
MUSTUSE struct sched_job *sched_job_reference(struct sched_job *job);
void sched_job_release(struct sched_job *job);

static inline struct sched_thread *
sched_running(const struct cpu *cpu)
{
    return (struct sched_thread *)(void *)cpu->cpu_thread;
}

/* A new thread of that task: held, of ordinary priority. */
void sched_thread_init(struct sched_thread *thread, struct sched_task *task);
/* Of the thread, or of all threads of its task. */
static inline unsigned
sched_asts(const struct sched_thread *thread)
{
    return thread->st_ast | thread->st_task->sk_ast;
}

static inline bool
sched_is_ending(const struct sched_thread *thread)
{
    return (sched_asts(thread) & AST_TERMINATE) != 0;
}

/* A held thread goes on. */
void sched_let_go(struct sched_thread *thread);
/* Puts a runnable thread on the run queue, behind those of its root job. */
void sched_enqueue(struct sched_thread *thread);
void sched_dequeue(struct sched_thread *thread);
/*
 * Picks the best runnable thread and goes on as it: with its continuation, or
 * by sched_return; idles if there is none.  If the budget is spent, interrupts
 * that wait are served before.
 */
NORETURN void sched_dispatch(void);
/* A thread that ran pauses: its time since it began is its own. */
static inline void
sched_charge(struct sched_thread *thread, uint64_t now)
{
    uint64_t time = now - thread->st_run_start;

    thread->st_run_start = 0;
    thread->st_user_time += time;
    thread->st_task->sk_time += time;
}

/* The running thread goes on in user mode, unless something better is due. */
NORETURN void sched_return(struct sched_thread *self);
/*
 * sched_continue - the running thread goes on now with its continuation, on
 * the empty stack, told `why`.
 */
NORETURN void sched_continue(struct sched_thread *self, wait_result_t why);
/*
 * sched_go_behind - the running thread goes behind the others of its root job, or
 * gives up the job's turn if there are none, and goes on with `go_on`.
 */
NORETURN void sched_go_behind(struct sched_thread *self, wait_continue_t go_on);
/*
 * sched_handoff - a runnable thread that is on no run queue: the next to run
 * if the running one waits, else it is queued.
 */
void sched_handoff(struct sched_thread *thread);
/*
 * sched_depress - lowest priority for the running thread until it runs again,
 * or until `deadline`.
 */
void sched_depress(struct sched_thread *self, uint64_t deadline);
/*
 * sched_hasten - a thread that ends runs its way out before ordinary threads,
 * depressed or not.
 */
void sched_hasten(struct sched_thread *thread);
/* At the exit, a suspended thread is held until it is resumed (W2). */
NORETURN void sched_hold(struct sched_thread *self);
/* The running thread will not run again: it leaves the processor. */
void sched_forget(struct sched_thread *self);
/* Other threads are ready to run. */
bool sched_others_runnable(void);

#endif
