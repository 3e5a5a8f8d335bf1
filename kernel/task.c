/* SPDX-License-Identifier: MIT */
/*
 * task.c - the life of a task: made empty, ended at once, taken apart slowly.
 *
 * task_terminate_internal only detaches: no thread of the task reaches user
 * mode any more, and its space and map take nothing in.  The rest is work (D25),
 * step by step:
 *
 *     THREADS -> WAIT -> SPACE -> MAP -> WORK -> the port dies, then the answer
 *
 * WORK waits for all that the other steps, and the task's own threads before
 * them, have left behind: messages that it received or would have, ports, the
 * pages of large objects, tasks that were lost with it.  So whoever sees the
 * task's name dead knows that its threads, names and memory are gone, and that
 * all notifications of it were sent.
 */
#include "kernel/task.h"

#include "ipc/ipc_check.h"
#include "ipc/ipc_hash.h"
#include "ipc/ipc_kobject.h"
#include "ipc/ipc_port.h"
#include "ipc/ipc_space.h"
#include "ipc/mig_kernel.h"
#include "kernel/base/assert.h"
#include "kernel/bootstrap.h"
#include "kernel/core/kalloc.h"
#include "kernel/core/sched.h"
#include "kernel/core/work.h"
#include "kernel/ipc_ledger.h"
#include "vm/vm_map.h"

/* Instructions: to let a thread go on, and to tell it to end. */
#define RELEASE_COST    300
#define END_THREAD_COST 800

static struct zone task_zone = ZONE_INIT("tasks", struct task);
static queue_head_t tasks = { &tasks, &tasks };
static unsigned task_last_id;

task_t kernel_task;

task_t
task_current(void)
{
    return thread_running()->th_task;
}

vm_map_t
vm_map_current(void)
{
    return task_current()->task_map;
}

struct ledger *
ledger_current(void)
{
    struct thread *self = thread_running();

    return self == NULL ? &kernel_ledger : zledger(self);
}

task_t
task_reference(task_t task)
{
    assert(task->task_refs > 0);

    task->task_refs++;
    return task;
}

void
task_deallocate(task_t task)
{
    struct ledger *ledger;

    if (task == TASK_NULL)
        return;
    assert(task->task_refs > 0);
    if (--task->task_refs > 0)
        return;

    assert(!task_is_active(task) && task->task_thread_count == 0);
    queue_remove(&task->task_link);
    if (task->task_space != IS_NULL)
        ipc_space_release(task->task_space);
    vm_map_deallocate(task->task_map);
    sched_job_release(task->task_sched.sk_owner.wo_job);
    ledger = zledger(task);
    zfree(&task_zone, task);
    ledger_release(ledger);
}

/* A name goes into the log: no character of it may look like a line's end. */
void
task_rename(task_t task, const char *name)
{
    size_t i;

    for (i = 0; i < TASK_NAME_MAX - 1 && name[i] != '\0'; i++)
        task->task_name[i] = name[i] > ' ' && name[i] <= '~' ? name[i] : '?';
    task->task_name[i] = '\0';
}

/* ---- making */

/*
 * A task without memory, names or port; NULL: no memory for one.  The kernel's
 * security token is {0, 1}; tasks have {0, 0}, so that a trailer tells them
 * apart.
 */
static struct task *
task_alloc(struct ledger *ledger)
{
    struct task *task = zalloc(&task_zone, ledger);

    if (task == NULL)
        return NULL;
    task->task_refs = 1;
    task->task_sched.sk_owner.wo_job = sched_job_reference(ledger->le_job);
    task->task_id = task_last_id++;
    task->task_audit_token.val[5] = task->task_id;
    task->task_audit_token.val[7] = task->task_id;
    task_rename(task, "unnamed");
    enqueue_head(&ledger_reference(ledger)->le_tasks, &task->task_ledger_link);
    enqueue_tail(&tasks, &task->task_link);
    return task;
}

void
task_init(void)
{
    queue_init(&kernel_ledger.le_tasks);
    kernel_ledger.le_job = sched_job_create();
    if (kernel_ledger.le_job != NULL)
        kernel_task = task_alloc(&kernel_ledger);
    if (kernel_task == TASK_NULL)
        panic("no memory for the first task");
    kernel_task->task_sec_token.val[1] = 1;
    task_rename(kernel_task, "kernel");
}

/*
 * task_create_internal - see kernel/task.h.
 *
 * Returns  KERN_SUCCESS, with one reference in *result
 *          KERN_TERMINATED         the parent or the ledger is ending
 *          KERN_RESOURCE_SHORTAGE  no memory
 */
kern_return_t
task_create_internal(task_t parent, struct ledger *ledger, task_t *result)
{
    struct task *task;

    if (!task_is_active(parent) || ledger->le_ended)
        return KERN_TERMINATED;
    task = task_alloc(ledger);
    if (task == NULL)
        return KERN_RESOURCE_SHORTAGE;

    task->task_map = vm_map_create(ledger);
    task->task_space = ipc_space_create(&task->task_sec_token,
                                        &task->task_audit_token, ledger);
    task->itk_self = ipc_kobject_alloc(task, IKOT_TASK, ledger);
    if (task->task_map == VM_MAP_NULL || task->task_space == IS_NULL ||
        task->itk_self == IP_NULL)
        goto discard;

    task->task_space->is_task = task->itk_self;
    task->task_sched.sk_pmap = vm_map_pmap(task->task_map);
    task_ports_inherit(parent, task);
    *result = task_reference(task);
    return KERN_SUCCESS;

discard:
    task->task_sched.sk_ast = AST_TERMINATE;
    if (task->itk_self != IP_NULL)
        ipc_kobject_destroy(task->itk_self);
    if (task->task_space != IS_NULL)
        ipc_space_shutdown(task->task_space);
    if (task->task_map != VM_MAP_NULL)
        vm_map_shutdown(task->task_map);
    queue_remove(&task->task_ledger_link);
    task_deallocate(task);
    return KERN_RESOURCE_SHORTAGE;
}

/* ---- telling all threads */

/* Whoever begins does the work, from the first thread on. */
static void
begin_walk(struct task *task, work_step_t step)
{
    if (queue_linked(&task->task_work.wk_link))
        work_end(&task->task_work);
    task->task_walked = 0;
    work_later_for(&task->task_work, step, &task->task_sched.sk_owner);
}

/* Tells some threads; true when all have been told. */
static bool
tell_threads(struct task *task, void (*tell)(thread_t), unsigned cost)
{
    do {
        thread_t thread = thread_after(task, task->task_walked);

        if (thread == THREAD_NULL)
            return true;
        task->task_walked = thread->th_id;
        tell(thread);
    } while (!work_spend(cost));
    return false;
}

static void
go_on_step(struct work *work)
{
    struct task *task = container_of(work, struct task, task_work);

    if (tell_threads(task, thread_release, RELEASE_COST))
        work_end(work);
}

void
task_go_on(task_t task)
{
    begin_walk(task, go_on_step);
}

/* ---- ending */

/*
 * One step at the very end, each of which may leave work behind: the port dies,
 * then whoever asked is answered, then nothing refers to the task any more.
 */
static void
end_port(struct task *task)
{
    ipc_port_t self = task->itk_self;
    ipc_port_t reply = task->task_terminate_reply;

    task->itk_self = IP_NULL;
    if (self != IP_NULL) {
        ipc_kobject_destroy(self);
        return;
    }
    task->task_terminate_reply = IP_NULL;
    if (reply != IP_NULL) {
        ipc_kobject_reply(reply, task->task_terminate_reply_id, KERN_SUCCESS);
        return;
    }
    if (DEBUG)
        (void)ipc_check_all();
    work_end(&task->task_work);
    queue_remove(&task->task_ledger_link);
    ledger_task_gone(zledger(task));
    task_deallocate(task);
}

/* One step; see the phases above. */
static void
end_step(struct work *work)
{
    struct task *task = container_of(work, struct task, task_work);

    switch (task->task_end_phase) {
    case TASK_END_THREADS:
        if (tell_threads(task, thread_terminate_internal, END_THREAD_COST))
            task->task_end_phase = TASK_END_WAIT;
        return;
    case TASK_END_WAIT:
        if (task->task_thread_count > 0)
            work_end(work); /* task_thread_gone begins it again */
        else
            task->task_end_phase = TASK_END_SPACE;
        return;
    case TASK_END_SPACE:
        if (ipc_space_clean(task->task_space))
            task->task_end_phase = TASK_END_MAP;
        return;
    case TASK_END_MAP:
        if (!vm_map_teardown(task->task_map))
            return;
        task_ports_drop(task);
        task->task_end_phase = TASK_END_WORK;
        return;
    case TASK_END_WORK:
        if (task->task_sched.sk_owner.wo_count == 1) { /* its end itself */
            end_port(task);
            return;
        }
        work_when_done(&task->task_sched.sk_owner, work, end_step);
        work_end(work);
        return;
    }

    panic("task %u: ends in phase %d", task->task_id, task->task_end_phase);
}

/*
 * task_terminate_internal - see kernel/task.h.  Again does no harm.
 *
 * Requires  not the kernel's task.
 */
void
task_terminate_internal(task_t task)
{
    assert(task != kernel_task);

    if (!task_is_active(task))
        return;
    if (task == bootstrap_task)
        bootstrap_ended();

    task->task_sched.sk_ast |= AST_TERMINATE;
    queue_remove(&task->task_ledger_link);
    enqueue_tail(&zledger(task)->le_tasks, &task->task_ledger_link);
    ipc_kobject_disable(task->itk_self);
    ipc_space_shutdown(task->task_space);
    vm_map_shutdown(task->task_map);
    begin_walk(task, end_step);
}

/*
 * Ends a task that nobody can reach: it has no thread, and nobody but itself
 * has a right to its port, in its space and in its slots (TK3).  If that comes
 * of another task's end, the other is not gone before this one.
 */
static void
end_if_lost(struct task *task)
{
    struct work_owner *cause;
    ipc_port_t self;
    unsigned own;

    if (task->task_thread_count > 0 || !task_is_active(task))
        return;
    self = task->itk_self;
    own = task_ports_count(task, self);
    own += ipc_hash_lookup(task->task_space, self) != NULL;
    if (self->ip_srights > own)
        return;
    task_terminate_internal(task);
    cause = work_owner_now();
    if (task_is_active(container_of(cause, struct task, task_sched.sk_owner)))
        return;
    task->task_sched.sk_owner.wo_cause = cause;
    cause->wo_count++;
}

void
task_sender_gone(ipc_port_t port)
{
    struct task *task = ipc_kobject_get(port, IKOT_TASK);

    if (task != NULL)
        end_if_lost(task);
}

void
task_thread_gone(task_t task)
{
    if (task->task_thread_count > 0)
        return;
    end_if_lost(task);
    if (task->task_end_phase == TASK_END_WAIT &&
        !queue_linked(&task->task_work.wk_link))
        work_later_for(&task->task_work, end_step, &task->task_sched.sk_owner);
}
