/* SPDX-License-Identifier: MIT */
/*
 * exception.c - crashes of jobs.
 *
 * Each job's bootstrap port is its exception port too.  We note what happened
 * and refuse to handle it, so the kernel reports it and ends the task.
 *
 * Only the kernel's own messages come here (main.c looks at the trailer), and
 * a task that a job made for itself may have inherited the port: its crash is
 * not the job's.
 */
#include <mach/mach.h>
#include <mach/mach_exc_server.h>
#include <stdio.h>

#include "base/exc_names.h"
#include "job.h"

#define STATUS_CRASHED 128 /* + the exception's number */

/* "crashed: EXC_BAD_ACCESS (KERN_INVALID_ADDRESS) at 0x10" */
static void
describe(exception_type_t type, const int64_t *code, char *text, size_t size)
{
    const char *name = exc_code_name(type, code[0]);

    if (name == NULL)
        snprintf(text, size, "crashed: %s (0x%llx, 0x%llx)", exc_name(type),
                 (unsigned long long)code[0], (unsigned long long)code[1]);
    else if (type == EXC_BAD_ACCESS && code[0] != EXC_I386_GPFLT)
        snprintf(text, size, "crashed: %s (%s) at 0x%llx", exc_name(type), name,
                 (unsigned long long)code[1]);
    else
        snprintf(text, size, "crashed: %s (%s)", exc_name(type), name);
}

/*
 * mach_exception_raise - a thread of a job's task met an exception.
 *
 * Returns  KERN_FAILURE: we do not mend it; the rights of the message are
 *          destroyed with it
 */
kern_return_t
catch_mach_exception_raise(mach_port_t exception_port, mach_port_t thread,
                           mach_port_t task, exception_type_t exception,
                           mach_exception_data_t code,
                           mach_msg_type_number_t code_count)
{
    struct job *job = job_of_port(exception_port);
    char how[JOB_HOW_MAX];

    (void)thread;
    if (job != NULL && job->jb_task == task && code_count == 2) {
        describe(exception, code, how, sizeof how);
        job_tell(job, STATUS_CRASHED + exception, how);
    }
    return KERN_FAILURE;
}

/* We never ask for the behaviors that bring a thread's state. */
kern_return_t
catch_mach_exception_raise_state(mach_port_t exception_port,
                                 exception_type_t exception,
                                 const mach_exception_data_t code,
                                 mach_msg_type_number_t code_count, int *flavor,
                                 const thread_state_t old_state,
                                 mach_msg_type_number_t old_count,
                                 thread_state_t new_state,
                                 mach_msg_type_number_t *new_count)
{
    (void)exception_port, (void)exception, (void)code, (void)code_count;
    (void)flavor, (void)old_state, (void)old_count, (void)new_state;
    (void)new_count;
    return KERN_FAILURE;
}

kern_return_t
catch_mach_exception_raise_state_identity(
    mach_port_t exception_port, mach_port_t thread, mach_port_t task,
    exception_type_t exception, mach_exception_data_t code,
    mach_msg_type_number_t code_count, int *flavor, thread_state_t old_state,
    mach_msg_type_number_t old_count, thread_state_t new_state,
    mach_msg_type_number_t *new_count)
{
    (void)exception_port, (void)thread, (void)task, (void)exception;
    (void)code, (void)code_count, (void)flavor, (void)old_state;
    (void)old_count, (void)new_state, (void)new_count;
    return KERN_FAILURE;
}
