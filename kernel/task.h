/* SPDX-License-Identifier: MIT */
/*
 * task.h - a task: an address space, a port name space, and threads.
 *
 * (TK1) active is a task until task_terminate; then no thread and no right
 *       is added any more, and the rest is taken apart as work (D25).
 * (TK2) every thread holds a reference on its task (TH1); itk_self holds one,
 *       which the task's end gives up (task.c, end_port).
 * (TK3) an active task has a thread, or somebody else has a send right to it:
 *       lost to everyone, it ends.
 */
#ifndef OSTIA_KERNEL_TASK_H
#define OSTIA_KERNEL_TASK_H

#include <mach/exception_types.h>
#include <mach/message.h>

#include "ipc/ipc_types.h"
#include "kernel/base/queue.h"
#include "kernel/core/sched.h"
#include "kernel/core/work.h"
#include "kernel/thread.h"

struct vm_map;

typedef struct task *task_t;
#define TASK_NULL ((task_t)NULL)

#define TASK_NAME_MAX          32
#define TASK_PORT_REGISTER_MAX 3

/* The slots of itk_ports, which a child has from its parent. */
enum {
    ITK_HOST,
    ITK_BOOTSTRAP,
    ITK_REGISTERED,
    ITK_EXCEPTION = ITK_REGISTERED + TASK_PORT_REGISTER_MAX, /* + EXC_* */
    ITK_PORTS = ITK_EXCEPTION + EXC_TYPES_COUNT,
};

struct task {
    unsigned long task_refs;
    unsigned task_id;
    char task_name[TASK_NAME_MAX];
    struct sched_task task_sched;
    queue_chain_t task_link;        /* all tasks */
    queue_chain_t task_ledger_link; /* those of its ledger: zledger(task) */

    struct vm_map *task_map;
    ipc_space_t task_space;

    struct tree task_threads; /* by th_task_node */
    unsigned task_thread_count;
    unsigned task_suspend_count;
    uint64_t task_dead_time; /* nanoseconds of threads that have died */

    /* Rights that the task holds in the kernel (ipc_tt.c). */
    ipc_port_t itk_self;             /* the kernel object port */
    mach_port_name_t itk_self_name;  /* that the task itself had for it */
    ipc_port_t itk_ports[ITK_PORTS]; /* each a send right, IP_NULL or IP_DEAD */
    int itk_exc_behavior[EXC_TYPES_COUNT];
    int itk_exc_flavor[EXC_TYPES_COUNT];

    security_token_t task_sec_token;
    audit_token_t task_audit_token;

    struct work task_work; /* its threads are resumed, or it ends */
    unsigned task_walked;  /* th_id up to which its threads were told of that */
    enum task_end_phase {
        TASK_END_THREADS, /* telling the threads to end */
        TASK_END_WAIT,    /* for the last one out */
        TASK_END_SPACE,
        TASK_END_MAP,
        TASK_END_WORK, /* waiting for all other work, at each step of the end */
    } task_end_phase;
    ipc_port_t task_terminate_reply; /* answered when the task is gone (D15) */
    mach_msg_id_t task_terminate_reply_id;
};

extern task_t kernel_task; /* has the reaper; no user memory, no names */

task_t task_current(void);

static inline bool
task_is_active(task_t task)
{
    return (task->task_sched.sk_ast & AST_TERMINATE) == 0;
}

MUSTUSE task_t task_reference(task_t task);
void task_deallocate(task_t task); /* NULL is allowed */

/* A task with an empty map and space; special ports inherited from `parent`. */
MUSTUSE kern_return_t task_create_internal(task_t parent, struct ledger *ledger,
                                           task_t *task);
/* Detaches at once; the rest is work. */
void task_terminate_internal(task_t task);
/* Nothing suspends the task any more: its threads go on, as work. */
void task_go_on(task_t task);
/* A thread of the task has died (thread.c). */
void task_thread_gone(task_t task);
void task_rename(task_t task, const char *name);
/* A send right to its port has gone (ipc_kobject_ops). */
void task_sender_gone(ipc_port_t port);

/* Makes kernel_task; called once. */
void task_init(void);

/* The rights that a task holds in the kernel (task_ports.c). */
void task_ports_inherit(task_t parent, task_t task);
void task_ports_drop(task_t task);
/* How many of them are rights to `port`. */
unsigned task_ports_count(task_t task, ipc_port_t port);

#endif
