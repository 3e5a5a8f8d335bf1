/* SPDX-License-Identifier: MIT */
/*
 * thread_act.c - the routines of thread_act.defs.
 *
 * On one processor a thread other than the caller is not in user mode while
 * the kernel runs, so its registers can be read and written at any time.  New
 * registers for a thread that is in the middle of a trap stand: the result of
 * that trap is dropped (AST_STATE).
 */
#include <mach/thread_info.h>
#include <mach/thread_special_ports.h>

#include "ipc/ipc_port.h"
#include "kernel/base/assert.h"
#include "kernel/core/clock.h"
#include "kernel/core/trap.h"
#include "kernel/info.h"
#include "kernel/ipc_tt.h"
#include "mig/thread_act_server.h"

/* ---- life */

/*
 * thread_terminate - end a thread, the caller too.
 *
 * Returns  KERN_SUCCESS, and its name is dead
 */
kern_return_t
thread_terminate(thread_t thread)
{
    thread_terminate_internal(thread);
    return KERN_SUCCESS;
}

kern_return_t
thread_suspend(thread_t thread)
{
    if (thread->th_suspend_count == INT32_MAX)
        return KERN_RESOURCE_SHORTAGE;
    thread->th_suspend_count++;
    thread_sched(thread)->st_ast |= AST_SUSPEND;
    return KERN_SUCCESS;
}

/*
 * thread_resume - undo one thread_suspend, or thread_create's.
 *
 * Returns  KERN_SUCCESS
 *          KERN_FAILURE           it is not suspended
 */
kern_return_t
thread_resume(thread_t thread)
{
    if (thread->th_suspend_count == 0)
        return KERN_FAILURE;
    if (--thread->th_suspend_count == 0)
        thread_sched(thread)->st_ast &= ~AST_SUSPEND;
    thread_release(thread);
    return KERN_SUCCESS;
}

/*
 * thread_abort - break what the thread waits for, or the next wait before it
 * is back in user mode.  An exception that it waits for is raised again.
 */
kern_return_t
thread_abort(thread_t thread)
{
    thread_abort_internal(thread);
    return KERN_SUCCESS;
}

/*
 * thread_abort_safely - as thread_abort, where what was broken can be begun
 * again without harm: all waits but the one for an exception's answer, whose
 * message is with the handler.
 */
kern_return_t
thread_abort_safely(thread_t thread)
{
    if (thread->th_exc_reply == IP_NULL)
        thread_abort_internal(thread);
    return KERN_SUCCESS;
}

/* ---- registers */

/*
 * thread_get_state - the registers of one flavor.
 *
 * Returns  KERN_SUCCESS, with *count words in `state`
 *          KERN_INVALID_ARGUMENT  another flavor, *count too small
 */
kern_return_t
thread_get_state(thread_t thread, thread_state_flavor_t flavor,
                 thread_state_t state, mach_msg_type_number_t *count)
{
    return machine_thread_get_state(thread, flavor, state, count);
}

/*
 * thread_set_state - registers for the thread's return to user mode.
 *
 * Returns  KERN_SUCCESS
 *          KERN_INVALID_ARGUMENT  another flavor, bad registers
 */
kern_return_t
thread_set_state(thread_t thread, thread_state_flavor_t flavor,
                 thread_state_t state, mach_msg_type_number_t count)
{
    kern_return_t kr = machine_thread_set_state(thread, flavor, state, count);
    if (kr == KERN_SUCCESS)
        thread_sched(thread)->st_ast |= AST_STATE;
    return kr;
}

/* ---- ports */

kern_return_t
thread_get_special_port(thread_t thread, int which, ipc_port_t *port)
{
    if (which != THREAD_KERNEL_PORT)
        return KERN_INVALID_ARGUMENT;
    *port = ipc_port_make_send(thread->th_self);
    return KERN_SUCCESS;
}

/* A thread has no port but its own, and that cannot be changed. */
kern_return_t
thread_set_special_port(thread_t thread UNUSED, int which UNUSED,
                        ipc_port_t port UNUSED)
{
    return KERN_INVALID_ARGUMENT;
}

/* ---- facts */

static int
run_state(const struct sched_thread *sched)
{
    if (sched->st_held)
        return TH_STATE_STOPPED;
    if (sched->st_state == TH_WAITING)
        return TH_STATE_WAITING;
    if (sched->st_state == TH_DEAD)
        return TH_STATE_HALTED;
    return TH_STATE_RUNNING;
}

/*
 * thread_info - one flavor of facts.  None of the structures has padding, which
 * would go to the caller too.
 *
 * Returns  KERN_SUCCESS, with *count words in `out`
 *          KERN_INVALID_ARGUMENT  another flavor, *count too small
 */
kern_return_t
thread_info(thread_t thread, thread_flavor_t flavor, thread_info_t out,
            mach_msg_type_number_t *count)
{
    const struct sched_thread *sched = thread_sched(thread);
    struct thread_basic_info basic = {
        .user_time = clock_time_value(sched->st_user_time),
        .policy = POLICY_RR,
        .run_state = run_state(sched),
        .suspend_count = (integer_t)thread->th_suspend_count,
    };
    struct thread_identifier_info identifier = {
        .thread_id = thread->th_id,
        .thread_handle = thread->th_gs_base,
    };
    struct thread_extended_info extended = {
        .pth_user_time = sched->st_user_time,
        .pth_policy = POLICY_RR,
        .pth_run_state = run_state(sched),
        .pth_curpri = sched->st_priority,
        .pth_priority = sched->st_base_priority,
        .pth_maxpriority = MAXPRI_USER,
    };
    mach_msg_type_number_t words;
    const void *info;

    switch (flavor) {
    case THREAD_BASIC_INFO:
        info = &basic;
        words = THREAD_BASIC_INFO_COUNT;
        break;
    case THREAD_IDENTIFIER_INFO:
        info = &identifier;
        words = THREAD_IDENTIFIER_INFO_COUNT;
        break;
    case THREAD_EXTENDED_INFO:
        info = &extended;
        words = THREAD_EXTENDED_INFO_COUNT;
        break;
    default:
        return KERN_INVALID_ARGUMENT;
    }

    return info_give(info, words, words, out, count, KERN_INVALID_ARGUMENT);
}
