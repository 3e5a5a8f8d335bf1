/* SPDX-License-Identifier: MIT */
/*
 * thread.h - a thread: registers, what it waits for, and when it runs.
 *
 *     new, held -- thread_release --> RUNNABLE <--> RUNNING
 *                                        ^            | thread_wait
 *                             thread_go  +-- WAITING <+
 *     any -- thread_terminate; it leaves the kernel a last time --> DEAD
 *
 * Suspension is not a state: a suspended thread runs on in the kernel and is
 * held at the exit to user mode (D16), on no queue, as WAITING for its
 * resumption (st_held).  So is a new one.
 *
 * (TH1) th_task holds a reference on the task; the task's list does not hold
 *       one on the thread, but a thread holds one on itself until it is DEAD.
 * (TH2) th_self is the kernel object port, and IP_NULL from the moment that
 *       the thread begins to end.
 * (TH3) in the task's tree threads are in the order of th_id, which is that in
 *       which they were made, until they are DEAD.
 * (TH4) AST_TERMINATE in st_ast => st_priority is MAXPRI_USER, and !st_depressed.
 */
#ifndef OSTIA_KERNEL_THREAD_H
#define OSTIA_KERNEL_THREAD_H

#include <mach/kern_return.h>
#include <mach/thread_status.h>

#include "ipc/ipc_thread.h"
#include "kernel/base/tree.h"
#include "kernel/core/cpu.h"
#include "kernel/core/wait.h"
#include "kernel/x86_64/trap_frame.h"

struct task;
struct fpu_state;

typedef struct thread *thread_t;
#define THREAD_NULL ((thread_t)NULL)

/* An exception that is noted and raised at the exit to user mode (D20). */
struct thread_exception {
    int te_type; /* EXC_* */
    int64_t te_code;
    int64_t te_subcode;
};

/* The answer to the exception message of a thread (exception.c). */
typedef enum exc_answer {
    EXC_ANSWER_NONE,   /* it still waits */
    EXC_ANSWER_RESUME, /* the handler dealt with it */
    EXC_ANSWER_PASS,   /* the handler refused, or died */
} exc_answer_t;

struct thread {
    struct ipc_thread th_ipc; /* first (wait.h) */

    /* Machine, by kernel/x86_64 alone. */
    struct trap_frame th_frame ALIGNED(CACHE_LINE); /* entry.asm pushes here */
    uint64_t th_gs_base;                            /* the user's */
    struct fpu_state *th_fpu; /* NULL until the first use */

    /* Identity. */
    unsigned long th_refs;
    unsigned th_id;
    struct task *th_task;
    struct tree_node th_task_node;
    ipc_port_t th_self;

    /* Control. */
    unsigned th_suspend_count;
    struct thread_exception th_exception; /* noted with AST_EXCEPTION */
    ipc_port_t
        th_exc_reply; /* kernel object that resumes us, see exception.c */
    exc_answer_t th_exc_answer;

    struct progress th_progress; /* of its trap, by syscall.c alone */
} ALIGNED(CACHE_LINE);

static inline struct thread *
thread_of(ipc_thread_t ith)
{
    return container_of(ith, struct thread, th_ipc);
}

static inline struct sched_thread *
thread_sched(struct thread *thread)
{
    return &thread->th_ipc.ith_sched;
}

static inline struct thread *
thread_running(void)
{
    return cpu_current()->cpu_thread;
}

MUSTUSE thread_t thread_reference(thread_t thread);
void thread_deallocate(thread_t thread); /* NULL is allowed */

/*
 * thread_create_in - a thread of `task`, held, suspend count 1 if
 * `suspended`.  Returns it with one reference for the caller.
 */
MUSTUSE kern_return_t thread_create_in(struct task *task, bool suspended,
                                       thread_t *thread);
/* The task's first thread whose th_id is higher; THREAD_NULL: there is none. */
thread_t thread_after(const struct task *task, unsigned id);
/*
 * Ends a thread; it dies at its next exit to user mode, for which it waits
 * behind no ordinary thread.  What it waits for is broken off, its port dies
 * now.
 */
void thread_terminate_internal(thread_t thread);

/* Lets a held thread go on if nothing suspends it any more. */
void thread_release(thread_t thread);
/* Breaks the wait of the thread, or its next one. */
void thread_abort_internal(thread_t thread);

/* The kernel's own thread, never in user mode. */
thread_t thread_create_kernel(void);

#endif
