/* SPDX-License-Identifier: MIT */
/*
 * task_user.c - the routines of task.defs but those about ports, which are in
 * task_ports.c; and task_set_name of ostia.defs.
 *
 * A routine gets its task with a reference, active at that moment: the stub
 * refuses a port that stands for no task (any more).
 */
#include <mach/task_info.h>

#include "ipc/ipc_kmsg.h"
#include "ipc/ipc_kobject.h"
#include "ipc/ipc_ports.h"
#include "ipc/mig_kernel.h"
#include "kernel/base/assert.h"
#include "kernel/base/string.h"
#include "kernel/core/clock.h"
#include "kernel/core/kalloc.h"
#include "kernel/core/trap.h"
#include "kernel/core/work.h"
#include "kernel/info.h"
#include "kernel/ipc_ledger.h"
#include "kernel/ipc_tt.h"
#include "mig/ostia_server.h"
#include "mig/task_server.h"
#include "vm/vm_map.h"

#define TASK_TERMINATE_REPLY_ID 3501

#define LIST_COST 300 /* instructions, to list a thread */

/* ---- life */

/*
 * task_create - an empty task, which inherits the parent's special,
 * registered and exception ports, and its ledger unless one is given.
 *
 * Returns   KERN_SUCCESS, with *child (a reference that the stub converts)
 *           KERN_NOT_SUPPORTED      memory cannot be inherited
 *           KERN_INVALID_ARGUMENT   more than one ledger
 *           KERN_INVALID_LEDGER     it is none, or the root's
 *           KERN_TERMINATED         it was terminated
 *           KERN_RESOURCE_SHORTAGE  no memory
 */
kern_return_t
task_create(task_t parent, ipc_ports_t ledgers, mach_msg_type_number_t count,
            boolean_t inherit_memory, task_t *child)
{
    struct ledger *ledger = zledger(parent);

    if (inherit_memory)
        return KERN_NOT_SUPPORTED;
    if (count > 1)
        return KERN_INVALID_ARGUMENT;
    if (count == 1)
        ledger = convert_port_to_ledger(*ipc_ports_at(ledgers, 0));
    if (ledger == NULL || ledger == &root_ledger)
        return KERN_INVALID_LEDGER;
    return task_create_internal(parent, ledger, child);
}

/*
 * task_terminate - end a task, the caller's own too.
 *
 * Returns   MIG_NO_REPLY           answered when the task is gone (D15, D25)
 *           KERN_INVALID_ARGUMENT  it ends already
 * Consumes  the reply right, with MIG_NO_REPLY.
 */
kern_return_t
task_terminate(task_t task, ipc_port_t reply)
{
    if (!task_is_active(task))
        return KERN_INVALID_ARGUMENT;

    task->task_terminate_reply = reply;
    task->task_terminate_reply_id = TASK_TERMINATE_REPLY_ID;
    task_terminate_internal(task);
    return MIG_NO_REPLY;
}

/* Returns  KERN_RESOURCE_SHORTAGE when the count can go no higher. */
kern_return_t
task_suspend(task_t task)
{
    if (task->task_suspend_count == INT32_MAX)
        return KERN_RESOURCE_SHORTAGE;
    task->task_suspend_count++;
    task->task_sched.sk_ast |= AST_SUSPEND;
    return KERN_SUCCESS;
}

/*
 * task_resume - undo one task_suspend.
 *
 * Returns  KERN_SUCCESS
 *          KERN_FAILURE           it is not suspended
 */
kern_return_t
task_resume(task_t task)
{
    if (task->task_suspend_count == 0)
        return KERN_FAILURE;
    if (--task->task_suspend_count > 0)
        return KERN_SUCCESS;
    task->task_sched.sk_ast &= ~AST_SUSPEND;
    task_go_on(task);
    return KERN_SUCCESS;
}

kern_return_t
task_set_name(task_t task, const char *name)
{
    task_rename(task, name);
    return KERN_SUCCESS;
}

/* ---- threads */

/*
 * thread_create - a thread that is suspended once, with all registers zero.
 *
 * Returns  KERN_SUCCESS, with *child (a reference that the stub converts)
 *          KERN_TERMINATED, KERN_RESOURCE_SHORTAGE as thread_create_in
 */
kern_return_t
thread_create(task_t task, thread_t *child)
{
    kern_return_t kr = thread_create_in(task, true, child);

    if (kr == KERN_SUCCESS)
        thread_release(*child);
    return kr;
}

/*
 * thread_create_running - a thread that runs with the registers given.
 *
 * Returns  as thread_create, and KERN_INVALID_ARGUMENT for a bad state.
 */
kern_return_t
thread_create_running(task_t task, thread_state_flavor_t flavor,
                      thread_state_t state, mach_msg_type_number_t count,
                      thread_t *child)
{
    thread_t thread;
    kern_return_t kr = thread_create_in(task, false, &thread);

    if (kr != KERN_SUCCESS)
        return kr;
    kr = machine_thread_set_state(thread, flavor, state, count);
    if (kr != KERN_SUCCESS) {
        thread_terminate_internal(thread);
        thread_deallocate(thread);
        return kr;
    }
    thread_release(thread);
    *child = thread;
    return KERN_SUCCESS;
}

/*
 * task_threads - send rights to all threads of the task that do not end.
 *
 * What is listed is kept with the request.  A thread that is there all the time
 * is listed; one that comes meanwhile has a higher number than all these.
 *
 * Returns  KERN_SUCCESS, with *list
 *          KERN_RESOURCE_SHORTAGE  no memory for the list
 *          WORK_UNFINISHED         not all are listed yet
 */
kern_return_t
task_threads(task_t task, ipc_ports_t *list, mach_msg_type_number_t *count)
{
    struct progress *progress = work_progress(task);
    ipc_kmsg_t request = ipc_kobject_request();
    struct ipc_kmsg_part *made =
        ipc_kmsg_made(request, task->task_thread_count);
    thread_t thread;

    if (made == NULL)
        return KERN_RESOURCE_SHORTAGE;
    while (made->pa_last < made->pa_count &&
           (thread = thread_after(task, (unsigned)progress->pr_at)) != NULL) {
        progress->pr_at = thread->th_id;
        if ((thread_sched(thread)->st_ast & AST_TERMINATE) == 0 &&
            !ipc_kmsg_make_send(made, thread->th_self))
            return KERN_RESOURCE_SHORTAGE;
        if (work_spend(LIST_COST))
            return WORK_UNFINISHED;
    }
    work_progress_end();
    *list = made->pa_ports;
    *count = made->pa_last;
    ipc_kmsg_taken(request, 0);
    return KERN_SUCCESS;
}

/* ---- facts */

/*
 * task_info - one flavor of facts.
 *
 * Returns  KERN_SUCCESS, with *count words in `out`
 *          KERN_INVALID_ARGUMENT  another flavor, or *count too small
 */
kern_return_t
task_info(task_t task, task_flavor_t flavor, task_info_t out,
          mach_msg_type_number_t *count)
{
    union {
        struct task_basic_info_64 basic;
        struct mach_task_basic_info mach;
        struct task_thread_times_info times;
        security_token_t security;
        audit_token_t audit;
    } info;
    mach_msg_type_number_t words;

    memset(&info, 0, sizeof(info));

    switch (flavor) {
    case TASK_BASIC_INFO_64:
        info.basic.suspend_count = (integer_t)task->task_suspend_count;
        info.basic.virtual_size = vm_map_virtual_size(task->task_map);
        info.basic.resident_size = vm_map_resident_size(task->task_map);
        info.basic.user_time = clock_time_value(task->task_dead_time);
        info.basic.policy = POLICY_RR;
        words = TASK_BASIC_INFO_64_COUNT;
        break;
    case MACH_TASK_BASIC_INFO:
        info.mach.suspend_count = (integer_t)task->task_suspend_count;
        info.mach.virtual_size = vm_map_virtual_size(task->task_map);
        info.mach.resident_size = vm_map_resident_size(task->task_map);
        info.mach.resident_size_max = info.mach.resident_size;
        info.mach.user_time = clock_time_value(task->task_dead_time);
        info.mach.policy = POLICY_RR;
        words = MACH_TASK_BASIC_INFO_COUNT;
        break;
    case TASK_THREAD_TIMES_INFO:
        info.times.user_time =
            clock_time_value(task->task_sched.sk_time - task->task_dead_time);
        words = TASK_THREAD_TIMES_INFO_COUNT;
        break;
    case TASK_SECURITY_TOKEN:
        info.security = task->task_sec_token;
        words = TASK_SECURITY_TOKEN_COUNT;
        break;
    case TASK_AUDIT_TOKEN:
        info.audit = task->task_audit_token;
        words = TASK_AUDIT_TOKEN_COUNT;
        break;
    default:
        return KERN_INVALID_ARGUMENT;
    }

    return info_give(&info, words, words, out, count, KERN_INVALID_ARGUMENT);
}
