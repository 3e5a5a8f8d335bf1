/* SPDX-License-Identifier: MIT */
/*
 * thread.h - a thread: registers, what it waits for, and when it runs.
 *
 *                 thread_start / thread_go
 *     CREATED ----------------------------> RUNNABLE <--> RUNNING
 *                                               ^            | thread_wait
 *                                               +-- WAITING <+
 *     any -- thread_terminate; it leaves the kernel a last time --> DEAD
 *
 * Suspension is not a state: a suspended thread runs on in the kernel and is
 * held at the exit to user mode (D16), on no queue, as WAITING for its
 * resumption (th_held).
 *
 * (TH1) th_task holds a reference on the task; the task's list does not hold
 *       one on the thread, but a thread holds one on itself until it is DEAD.
 * (TH2) th_self is the kernel object port, and IP_NULL from the moment that
 *       the thread begins to end.
 * (TH3) th_held => WAITING, on no queue, no timer, nothing to continue.
 * (TH4) th_timer is armed only in a wait with a deadline and in a depression.
 * (TH5) in the list of the task, threads that end come after all others.
 * (TH6) th_terminating => th_priority is MAXPRI_USER, and !th_depressed.
 */
#ifndef OSTIA_KERNEL_THREAD_H
#define OSTIA_KERNEL_THREAD_H

#include <mach/kern_return.h>
#include <mach/thread_status.h>

#include "ipc/ipc_thread.h"
#include "kernel/base/queue.h"
#include "kernel/core/timer.h"
#include "kernel/core/wait.h"
#include "kernel/x86_64/trap_frame.h"

struct task;
struct fpu_state;

typedef struct thread *thread_t;
#define THREAD_NULL ((thread_t)NULL)

typedef enum thread_run_state {
    TH_CREATED,
    TH_RUNNABLE,
    TH_RUNNING,
    TH_WAITING,
    TH_DEAD,
} thread_run_state_t;

/* An exception that is noted and raised at the exit to user mode (D20). */
struct thread_exception {
    bool te_pending;
    int te_type; /* EXC_* */
    int64_t te_code;
    int64_t te_subcode;
};

#define MAXPRI          127
#define MAXPRI_USER     63 /* the highest of ordinary threads */
#define BASEPRI_DEFAULT 31
#define MINPRI          0
#define DEPRESSPRI      MINPRI

/* The answer to the exception message of a thread (exception.c). */
typedef enum exc_answer {
    EXC_ANSWER_NONE,   /* it still waits */
    EXC_ANSWER_RESUME, /* the handler dealt with it */
    EXC_ANSWER_PASS,   /* the handler refused, or died */
} exc_answer_t;

struct thread {
    struct trap_frame th_frame ALIGNED(16); /* first; entry.asm pushes here */
    struct ipc_thread th_ipc; /* what it continues with: its waiter */

    /* Machine, by kernel/x86_64 alone. */
    uint64_t th_gs_base; /* the user's */
    uint64_t th_fs_base;
    struct fpu_state *th_fpu; /* NULL until the first use */
    bool th_full_exit;        /* leave by IRET (D19) */

    /* Identity. */
    unsigned long th_refs;
    unsigned th_id;
    struct task *th_task;
    queue_chain_t th_task_link;
    ipc_port_t th_self;

    /* Scheduling, by sched.c and wait.c alone. */
    thread_run_state_t th_state;
    queue_chain_t th_run_link; /* linked <=> on the run queue */
    int th_priority;           /* scheduled now */
    int th_base_priority;
    struct timer th_timer; /* the deadline of a wait or a depression */
    bool th_preempted;     /* gave way in the middle of long work */
    bool th_depressed;
    uint64_t th_user_time; /* nanoseconds consumed */
    uint64_t th_run_start;

    /* Control. */
    unsigned th_suspend_count;
    bool th_held;  /* waiting at the exit, for resumption */
    bool th_abort; /* the next interruptible wait is broken */
    bool th_terminating;
    bool th_state_set; /* new registers: a trap's result is dropped */
    struct thread_exception th_exception;
    ipc_port_t
        th_exc_reply; /* kernel object that resumes us, see exception.c */
    exc_answer_t th_exc_answer;

    /* Work that the thread's trap has begun, by work.c alone. */
    queue_head_t th_works;
    wait_continue_t th_work_then; /* where it goes on when all is done */
};

static inline struct thread *
thread_of(ipc_thread_t ith)
{
    return container_of(ith, struct thread, th_ipc);
}

extern struct thread *thread_running(void); /* cpu_current()->cpu_thread */

MUSTUSE thread_t thread_reference(thread_t thread);
void thread_deallocate(thread_t thread); /* NULL is allowed */

/*
 * thread_create_in - a thread of `task`, TH_CREATED, suspend count 1 if
 * `suspended`.  Returns it with one reference for the caller.
 */
MUSTUSE kern_return_t thread_create_in(struct task *task, bool suspended,
                                       thread_t *thread);
/*
 * thread_start - the thread joins the others; a suspended one is held at once.
 *
 * Requires  TH_CREATED.
 */
void thread_start(thread_t thread);
/*
 * Ends a thread; it dies at its next exit to user mode, for which it waits
 * behind no ordinary thread.  What it waits for is broken off, its port dies
 * now.
 */
void thread_terminate_internal(thread_t thread);

/* It is to end: no wait, and no exit to user mode but to die. */
bool thread_is_ending(const struct thread *thread);
/* It, or its whole task, is suspended. */
bool thread_is_suspended(const struct thread *thread);
/* Lets a held thread go on if nothing suspends it any more. */
void thread_release(thread_t thread);
/* Breaks the wait of the thread, or its next one. */
void thread_abort_internal(thread_t thread);

/* A kernel thread: runs `function` on an empty stack, never in user mode. */
thread_t thread_create_kernel(wait_continue_t function);
/*
 * thread_die - the running thread's last act.
 *
 * Requires  it is ending, and nothing of it waits or is continued.
 */
NORETURN void thread_die(thread_t self);

/* How many threads may be, in all; set from the size of memory. */
void thread_init(void);

#endif
