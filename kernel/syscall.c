/* SPDX-License-Identifier: MIT */
/*
 * syscall.c - from the SYSCALL instruction to the trap's handler.
 *
 *      31     24 23                      0
 *     +---------+-------------------------+
 *     |  class  |         number          |   rax; the upper half is zero
 *     +---------+-------------------------+
 *
 * Class 1 is Mach's, class 3 the machine's; include/mach/traps.def lists both.
 * A number below TRAPS_MACH that is not listed is refused, as XNU's
 * kern_invalid does; what is no trap at all raises EXC_SYSCALL (D22).
 */
#include "kernel/syscall.h"

#include <mach/exception_types.h>
#include <mach/kern_return.h>

#include "ipc/ipc_check.h"
#include "kernel/core/sched.h"
#include "kernel/core/trap.h"
#include "kernel/core/work.h"
#include "kernel/exception.h"
#include "kernel/thread.h"
#include "vm/vm_copy.h"

#define TRAP_CLASS_SHIFT   24
#define TRAP_CLASS_MACH    1
#define TRAP_CLASS_MACHDEP 3
#define TRAP_NUMBER(rax)   ((rax) & ((UINT64_C(1) << TRAP_CLASS_SHIFT) - 1))

#define TRAPS_MACH    128
#define TRAPS_MACHDEP 4

static const trap_handler_t mach_traps[TRAPS_MACH] = {
#define TRAP(number, type, name, parameters) [number] = (name),
#include <mach/traps.def>
};

static const trap_handler_t machdep_traps[TRAPS_MACHDEP] = {
#define MACHDEP_TRAP(number, type, name, parameters) [number] = (name),
#include <mach/traps.def>
};

/* ---- calls that are made again (work.h) */

struct progress *
work_progress(const void *object)
{
    struct progress *progress = &thread_running()->th_progress;

    if (progress->pr_object != object)
        work_progress_end();
    progress->pr_object = object;
    return progress;
}

void
work_progress_end(void)
{
    struct progress *progress = &thread_running()->th_progress;
    struct vm_map_copy *copy = progress->pr_copy;

    *progress = (struct progress){ .pr_object = NULL };
    vm_map_copy_discard(copy);
}

/* A trap that has given way is made again, from its registers; but not if
 * others were set meanwhile. */
static NORETURN void
trap_continue(ipc_thread_t self, wait_result_t why)
{
    struct thread *thread = thread_of(self);

    if (why == THREAD_TERMINATED || thread->th_state_set)
        sched_return(&self->ith_sched);
    syscall_enter(thread);
}

/* ---- a trap from its beginning to its end */

/*
 * thread_return - see kernel/core/wait.h: the trap of the running thread is over.
 *
 * A state that was set while the thread was in the trap stands: the result
 * would overwrite a register of it.
 */
void
thread_return(ipc_thread_t self, uint64_t result)
{
    struct thread *thread = thread_of(self);

    if (!thread->th_state_set)
        thread->th_frame.tf_rax = result;
    sched_return(&self->ith_sched);
}

/* Here every trap begins; most end with thread_return. */
void
syscall_enter(struct thread *self)
{
    const struct trap_frame *frame = &self->th_frame;
    struct trap_args args = { { frame->tf_rdi, frame->tf_rsi, frame->tf_rdx,
                                frame->tf_r10, frame->tf_r8, frame->tf_r9 } };
    uint64_t class = frame->tf_rax >> TRAP_CLASS_SHIFT;
    uint64_t number = TRAP_NUMBER(frame->tf_rax);
    trap_handler_t handler;
    uint64_t result = KERN_INVALID_ARGUMENT;

    if (DEBUG)
        ipc_check_trap();
    if (class == TRAP_CLASS_MACH && number < TRAPS_MACH)
        handler = mach_traps[number];
    else if (class == TRAP_CLASS_MACHDEP && number < TRAPS_MACHDEP)
        handler = machdep_traps[number];
    else
        user_exception(self, EXC_SYSCALL, frame->tf_rax, 1);

    if (handler != NULL)
        result = handler(&self->th_ipc, &args);
    if (result == (uint64_t)WORK_UNFINISHED)
        thread_preempt(&self->th_ipc, trap_continue);
    thread_return(&self->th_ipc, result);
}

/* A stub is called: its return address lies below its stack arguments. */
copyio_result_t
trap_stack_arg(ipc_thread_t self, unsigned index, uint64_t *value)
{
    uint64_t offset = (index - TRAP_REGISTER_ARGS + 1) * sizeof(*value);

    return copyin(user_addr(thread_of(self)->th_frame.tf_rsp + offset), value,
                  sizeof(*value));
}
