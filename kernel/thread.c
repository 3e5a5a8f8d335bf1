/* SPDX-License-Identifier: MIT */
/*
 * thread.c - the life of a thread: made, started, held, ended, freed.
 *
 * A thread ends in two steps.  thread_terminate_internal marks it, breaks its
 * wait and kills its port; the thread itself then runs its continuation, which
 * releases what it held, and comes to its exit, where die takes it off
 * the processor and off its task.  So nobody else ever takes a thread apart.
 */
#include "kernel/thread.h"

#include "ipc/ipc_kobject.h"
#include "ipc/ipc_port.h"
#include "kernel/base/assert.h"
#include "kernel/base/printf.h"
#include "kernel/core/kalloc.h"
#include "kernel/core/sched.h"
#include "kernel/core/trap.h"
#include "kernel/core/vm_param.h"
#include "kernel/core/work.h"
#include "kernel/exception.h"
#include "kernel/task.h"

#define DIE_COST 1500 /* instructions */

_Static_assert(offsetof(struct thread, th_ipc) == 0 &&
                   offsetof(struct ipc_thread, ith_sched) == 0,
               "a thread's parts have one address (wait.h)");

static struct zone thread_zone = ZONE_INIT("threads", struct thread);
static unsigned thread_last_id;

thread_t
thread_reference(thread_t thread)
{
    assert(thread->th_refs > 0);

    thread->th_refs++;
    return thread;
}

void
thread_deallocate(thread_t thread)
{
    struct task *task;

    if (thread == THREAD_NULL)
        return;
    assert(thread->th_refs > 0);
    if (--thread->th_refs > 0)
        return;

    assert(thread_sched(thread)->st_state == TH_DEAD);
    assert(!thread_sched(thread)->st_timer.tm_armed);
    task = thread->th_task;
    zfree(&thread_zone, thread);
    task_deallocate(task);
}

/* ---- making */

/* Two references: the caller's, and the thread's own (TH1). */
static struct thread *
thread_alloc(struct task *task)
{
    struct thread *thread = zalloc(&thread_zone, zledger(task));

    if (thread == NULL)
        return NULL;

    thread->th_refs = 2;
    thread->th_id = ++thread_last_id;
    thread->th_task = task_reference(task);
    thread->th_ipc.ith_space = task->task_space;
    sched_thread_init(thread_sched(thread), &task->task_sched);
    machine_thread_init(thread);
    return thread;
}

static struct thread *
thread_at(const struct tree_node *node)
{
    return tree_element(node, struct thread, th_task_node);
}

static bool
thread_less(const struct tree_node *a, const struct tree_node *b)
{
    return thread_at(a)->th_id < thread_at(b)->th_id;
}

static void
join_task(struct thread *thread)
{
    struct task *task = thread->th_task;

    tree_insert(&task->task_threads, &thread->th_task_node, thread_less);
    task->task_thread_count++;
}

thread_t
thread_after(const struct task *task, unsigned id)
{
    struct tree_node *node = task->task_threads.root;
    thread_t found = THREAD_NULL;

    while (node != NULL) {
        struct thread *thread = thread_at(node);

        if (thread->th_id > id)
            found = thread;
        node = thread->th_id > id ? node->left : node->right;
    }
    return found;
}

/*
 * thread_create_in - see kernel/thread.h.
 *
 * Returns  KERN_SUCCESS
 *          KERN_TERMINATED         the task is ending
 *          KERN_RESOURCE_SHORTAGE  no memory
 */
kern_return_t
thread_create_in(struct task *task, bool suspended, thread_t *result)
{
    struct thread *thread;
    ipc_port_t port;

    if (!task_is_active(task))
        return KERN_TERMINATED;

    thread = thread_alloc(task);
    if (thread == NULL)
        return KERN_RESOURCE_SHORTAGE;
    port = ipc_kobject_alloc(thread, IKOT_THREAD, zledger(task));
    if (port == IP_NULL)
        goto free_thread;

    thread->th_self = port;
    thread->th_suspend_count = suspended;
    thread_sched(thread)->st_ast = suspended ? AST_SUSPEND : 0;
    join_task(thread);
    *result = thread;
    return KERN_SUCCESS;

free_thread:
    thread_sched(thread)->st_state = TH_DEAD;
    thread->th_refs = 1;
    thread_deallocate(thread);
    return KERN_RESOURCE_SHORTAGE;
}

thread_t
thread_create_kernel(void)
{
    struct thread *thread = thread_alloc(kernel_task);

    if (thread == NULL)
        panic("no memory for the first thread");
    join_task(thread);
    return thread;
}

/* ---- holding and breaking */

void
thread_release(thread_t thread)
{
    struct sched_thread *sched = thread_sched(thread);

    if (sched->st_held && (sched_asts(sched) & AST_SUSPEND) == 0)
        sched_let_go(sched);
}

void
thread_abort_internal(thread_t thread)
{
    struct sched_thread *sched = thread_sched(thread);

    if (sched->st_state == TH_WAITING && !sched->st_held)
        thread_go(&thread->th_ipc, THREAD_INTERRUPTED);
    else
        sched->st_ast |= AST_ABORT;
}

/* ---- ending */

/* The thread's port dies: its names are dead from now on (TH2). */
static void
kill_port(struct thread *thread)
{
    ipc_port_t port = thread->th_self;

    thread->th_self = IP_NULL;
    if (port != IP_NULL)
        ipc_kobject_destroy(port);
}

/*
 * thread_terminate_internal - see kernel/thread.h.  Again does no harm.
 *
 * Sends  dead-name notifications for the thread's port.
 */
void
thread_terminate_internal(thread_t thread)
{
    struct sched_thread *sched = thread_sched(thread);

    if ((sched->st_ast & AST_TERMINATE) != 0 || sched->st_state == TH_DEAD)
        return;

    sched->st_ast |= AST_TERMINATE;
    sched_hasten(sched); /* (TH4) */
    if (sched->st_held)
        sched_let_go(sched);
    else if (sched->st_state == TH_WAITING)
        thread_go(&thread->th_ipc, THREAD_TERMINATED);
    kill_port(thread);
}

/*
 * The running thread's last act.
 *
 * Requires  it is ending, and nothing of it waits or is continued.
 */
static NORETURN void
die(thread_t self)
{
    struct sched_thread *sched = thread_sched(self);
    struct task *task = self->th_task;

    assert(sched_is_ending(sched));
    assert(self->th_ipc.ith_kmsg == IKM_NULL && self->th_exc_reply == IP_NULL);

    work_leave(&self->th_ipc);
    kill_port(self);
    sched_forget(sched);
    timer_cancel(&sched->st_timer);
    tree_remove(&task->task_threads, &self->th_task_node);
    task->task_thread_count--;
    task->task_dead_time += sched->st_user_time;
    sched->st_state = TH_DEAD;
    machine_thread_destroy(self);

    task_thread_gone(task);
    thread_deallocate(self);
    (void)work_spend(DIE_COST); /* thousands may die one after the other */
    sched_dispatch();
}

/* ---- the exit to user mode */

/* What the thread's trap has left to do is done (work.h). */
static NORETURN void
return_continue(ipc_thread_t self, wait_result_t why UNUSED)
{
    sched_return(&self->ith_sched);
}

void
thread_leaves(thread_t self)
{
    struct sched_thread *sched = thread_sched(self);

    if (self->th_progress.pr_object != NULL)
        work_progress_end();
    if (sched_is_ending(sched))
        die(self);
    if (!queue_empty(&sched->st_works))
        work_finish(&self->th_ipc, return_continue);
    if ((sched_asts(sched) & AST_SUSPEND) != 0)
        sched_hold(sched);
    if ((sched->st_ast & AST_EXCEPTION) != 0)
        exception_raise(self);
    sched->st_ast = 0;
}

void
thread_report(const struct thread *thread)
{
    kprintf("  task %u \"%.*s\", thread %u%s\n", thread->th_task->task_id,
            TASK_NAME_MAX, thread->th_task->task_name, thread->th_id,
            cpu_current()->cpu_idle ? " (idle)" : "");
}
