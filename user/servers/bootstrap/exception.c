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

#include "job.h"

#define STATUS_CRASHED 128 /* + the exception's number */

static const char *
exception_name(exception_type_t exception)
{
    static const char *const names[] = {
        [EXC_BAD_ACCESS] = "EXC_BAD_ACCESS",
        [EXC_BAD_INSTRUCTION] = "EXC_BAD_INSTRUCTION",
        [EXC_ARITHMETIC] = "EXC_ARITHMETIC",
        [EXC_EMULATION] = "EXC_EMULATION",
        [EXC_SOFTWARE] = "EXC_SOFTWARE",
        [EXC_BREAKPOINT] = "EXC_BREAKPOINT",
        [EXC_SYSCALL] = "EXC_SYSCALL",
    };

    if (exception < 1 || exception > EXC_SYSCALL)
        return "EXC_?";
    return names[exception];
}

static const char *
access_name(int64_t code)
{
    switch (code) {
    case KERN_INVALID_ADDRESS:
        return "KERN_INVALID_ADDRESS";
    case KERN_PROTECTION_FAILURE:
        return "KERN_PROTECTION_FAILURE";
    case KERN_MEMORY_ERROR:
        return "KERN_MEMORY_ERROR";
    case EXC_I386_GPFLT:
        return "EXC_I386_GPFLT";
    default:
        return "?";
    }
}

/* "crashed: EXC_BAD_ACCESS (KERN_INVALID_ADDRESS) at 0x10" */
static void
describe(exception_type_t exception, int64_t code, int64_t subcode, char *text,
         size_t size)
{
    if (exception == EXC_BAD_ACCESS)
        snprintf(text, size, "crashed: %s (%s) at 0x%llx",
                 exception_name(exception), access_name(code),
                 (unsigned long long)subcode);
    else
        snprintf(text, size, "crashed: %s (code %lld, %lld)",
                 exception_name(exception), (long long)code,
                 (long long)subcode);
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
        describe(exception, code[0], code[1], how, sizeof how);
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
