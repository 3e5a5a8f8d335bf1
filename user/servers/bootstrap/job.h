/* SPDX-License-Identifier: MIT */
/*
 * job.h - jobs: programs that run, and those that ended unnoticed so far.
 */
#ifndef BOOTSTRAP_JOB_H
#define BOOTSTRAP_JOB_H

#include <mach/mach.h>
#include <stdbool.h>
#include <stddef.h>

#define JOB_TREE_MAX  32  /* a root job with all that it starts */
#define JOBS_RESERVED 8   /* of these, for privileged parents */
#define JOB_NAME_MAX  128 /* as in job.defs */
#define JOB_HOW_MAX   128

enum job_state {
    JOB_FREE,
    JOB_RUNNING,
    JOB_ENDING,
    JOB_ENDED
};

/*
 * One job.
 *
 * (J1) JOB_RUNNING <=> jb_port is a receive right of ours and the bootstrap
 *      and exception port of jb_task, to which one right is held.  All that is
 *      to be heard of the job comes to that one port, so it comes in order:
 *      job_exit before the death of the task.
 * (J2) JOB_ENDED    => jb_parent is running and has not waited yet.
 * (J3) jb_id is never used twice.  What outlives a slot names a job by it.
 * (J4) JOB_ENDING   <=> the kernel has been asked to end the tasks of
 *      jb_ledger, and will say on jb_port when they are gone.
 * (J5) A job that is running or ending holds a user reference of each of its
 *      three ledgers; so jb_root names one root job and all that it started,
 *      also when that root job itself has ended.
 */
struct job {
    struct job *jb_next;
    enum job_state jb_state;
    unsigned jb_id;
    char jb_name[JOB_NAME_MAX];
    mach_port_t jb_port;
    mach_port_t jb_task;
    struct job *jb_parent; /* who spawned it; NULL: the server itself */
    ledger_t jb_ledger;    /* its own */
    ledger_t jb_above;     /* on which that hangs */
    ledger_t jb_root;      /* of the root job that it comes from */
    unsigned jb_depth;     /* of jb_ledger; the root ledger's is 0 */
    bool jb_again;         /* jb_ledger is kept for the next run of the job */
    bool jb_privileged;    /* may end the run */
    bool jb_ours;          /* of the configuration */
    bool jb_named;         /* the run is about it: its status counts */
    mach_port_t jb_waiter; /* send-once right of the parent's job_wait */

    /* How it ended, or will be said to have ended when its task dies */
    bool jb_told;
    int jb_status;
    char jb_how[JOB_HOW_MAX];
};

/* What a job is started with. */
struct job_start {
    const char *js_name;
    const char *js_program; /* a name in task/ or bin/ */
    const char *js_args;    /* each ended by a NUL */
    size_t js_args_size;
    bool js_ours; /* of bin/ alone: a part of the system */
    bool js_console;
    bool js_privileged;
    struct job *js_parent;
    /* Frames, or LEDGER_ITEM_INFINITY: as the kernel does it.  Only for jobs of
       the server itself. */
    ledger_item_t js_limit;
    ledger_item_t js_reservation;
    /* Where the ledger is kept from one run of the job to the next; NULL: the
       job runs once. */
    ledger_t *js_kept;
};

kern_return_t job_start(const struct job_start *how, struct job **started);
struct job *job_of_port(mach_port_t port);
struct job *job_of_task(mach_port_t task);
void job_task_died(struct job *job);
/* The kernel's word on `port` that all tasks of an ending job are gone; or that
 * it has no memory for an answer: it is asked again. */
void job_ledger_ended(mach_port_t port, bool answered);
/* The last word of the job, so far, on how it ends. */
void job_tell(struct job *job, int status, const char *how);

#endif
