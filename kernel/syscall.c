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

#define TRAP_CLASS_MACH    1
#define TRAP_CLASS_MACHDEP 3
#define TRAP_CLASS(class)  ((uint64_t)(class) << 24)

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

_Static_assert(offsetof(struct trap_frame, tf_r9) -
                       offsetof(struct trap_frame, tf_rdi) ==
                   (TRAP_REGISTER_ARGS - 1) * sizeof(uint64_t),
               "the arguments lie in the frame as handlers have them");

/* ---- calls that are made again (work.h) */

struct progress *
work_progress(const void *object)
{
    struct thread *self = thread_running();

    if (self->th_progress.pr_object != object)
        work_progress_end();
    self->th_progress.pr_object = object;
    thread_sched(self)->st_ast |= AST_WORK;
    return &self->th_progress;
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
    struct sched_thread *sched = &self->ith_sched;

    if (why == THREAD_TERMINATED || (sched->st_ast & AST_STATE) != 0)
        sched_return(sched);
    syscall_enter(thread_of(self));
}

/* ---- a trap from its beginning to its end */

static NORETURN ALWAYS_INLINE void
trap_return(struct thread *self, uint64_t result)
{
    if ((thread_sched(self)->st_ast & AST_STATE) == 0)
        self->th_frame.tf_rax = result;
    sched_return(thread_sched(self));
}

/*
 * thread_return - see kernel/core/wait.h: the trap of the running thread is over.
 *
 * A state that was set while the thread was in the trap stands: the result
 * would overwrite a register of it.
 */
void
thread_return(ipc_thread_t self, uint64_t result)
{
    trap_return(thread_of(self), result);
}

/* Here every trap begins; most end with thread_return. */
void
syscall_enter(struct thread *self)
{
    const struct trap_frame *frame = &self->th_frame;
    uint64_t mach = frame->tf_rax - TRAP_CLASS(TRAP_CLASS_MACH);
    uint64_t machdep = frame->tf_rax - TRAP_CLASS(TRAP_CLASS_MACHDEP);
    trap_handler_t handler;
    uint64_t result = KERN_INVALID_ARGUMENT;

    if (DEBUG)
        ipc_check_trap();
    if (mach < TRAPS_MACH)
        handler = mach_traps[mach];
    else if (machdep < TRAPS_MACHDEP)
        handler = machdep_traps[machdep];
    else
        user_exception(self, EXC_SYSCALL, frame->tf_rax, 1);

    if (handler != NULL)
        result =
            handler(&self->th_ipc, (const struct trap_args *)&frame->tf_rdi);
    if (result == (uint64_t)WORK_UNFINISHED)
        thread_preempt(&self->th_ipc, trap_continue);
    trap_return(self, result);
}

/* A stub is called: its return address lies below its stack arguments. */
copyio_result_t
trap_stack_arg(ipc_thread_t self, unsigned index, uint64_t *value)
{
    uint64_t offset = (index - TRAP_REGISTER_ARGS + 1) * sizeof(*value);

    return copyin(user_addr(thread_of(self)->th_frame.tf_rsp + offset), value,
                  sizeof(*value));
}
