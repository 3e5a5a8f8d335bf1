/* SPDX-License-Identifier: MIT */
/*
 * task_traps.c - traps by which a thread asks for its own ports, gives the
 * processor up, and reads or awaits the time.
 */
#include <mach/kern_return.h>
#include <mach/mach_time.h>

#include "ipc/ipc_kobject.h"
#include "ipc/ipc_port.h"
#include "ipc/ipc_space.h"
#include "kernel/core/clock.h"
#include "kernel/core/sched.h"
#include "kernel/core/trap.h"
#include "kernel/ipc_tt.h"
#include "kernel/syscall.h"

/* thread_switch's options, as in <mach/thread_switch.h> */
enum {
    SWITCH_OPTION_NONE = 0,
    SWITCH_OPTION_DEPRESS = 1,
    SWITCH_OPTION_WAIT = 2,
};

/* ---- our own ports: each call adds a user reference (R51) */

uint64_t
task_self_trap(ipc_thread_t self, const struct trap_args *args UNUSED)
{
    struct task *task = thread_of(self)->th_task;

    return ipc_port_name_again(task->itk_self, self->ith_space,
                               &task->itk_self_name);
}

uint64_t
thread_self_trap(ipc_thread_t self, const struct trap_args *args UNUSED)
{
    return ipc_port_copyout_send(ipc_port_make_send(thread_of(self)->th_self),
                                 self->ith_space);
}

uint64_t
host_self_trap(ipc_thread_t self, const struct trap_args *args UNUSED)
{
    return ipc_port_copyout_send(
        ipc_port_copy_send(task_current()->itk_ports[ITK_HOST]),
        self->ith_space);
}

/* ---- giving the processor up */

static NORETURN void
swtch_continue(ipc_thread_t self, wait_result_t why UNUSED)
{
    thread_return(self, sched_others_runnable());
}

/* Lets the others of our priority run; says whether there are more. */
uint64_t
swtch(ipc_thread_t self, const struct trap_args *args UNUSED)
{
    if (!sched_others_runnable())
        return 0;
    sched_go_behind(&self->ith_sched, swtch_continue);
}

/* Lets everybody else run, but not for longer than a slice. */
uint64_t
swtch_pri(ipc_thread_t self, const struct trap_args *args UNUSED)
{
    if (!sched_others_runnable())
        return 0;
    sched_depress(&self->ith_sched, clock_deadline_ms(SCHED_SLICE_MS));
    sched_go_behind(&self->ith_sched, swtch_continue);
}

static NORETURN void
thread_switch_continue(ipc_thread_t self, wait_result_t why UNUSED)
{
    thread_return(self, KERN_SUCCESS);
}

/* The thread that `name` stands for is the next to run, if it can. */
static void
prefer(ipc_thread_t self, mach_port_name_t name)
{
    ipc_port_t port = name_to_port(self->ith_space, name);
    struct thread *thread =
        port == IP_NULL ? NULL : ipc_kobject_get(port, IKOT_THREAD);

    if (thread != NULL && queue_linked(&thread_sched(thread)->st_run_link)) {
        sched_dequeue(thread_sched(thread));
        sched_handoff(thread_sched(thread));
    }
}

/*
 * thread_switch - the processor to another thread, by name or anyone.
 *
 *     arg 0  a thread's name, or nothing
 *     arg 1  SWITCH_OPTION_: whether to run last, or to wait
 *     arg 2  for how many milliseconds
 *
 * Returns  KERN_SUCCESS, or KERN_INVALID_ARGUMENT for another option.
 */
uint64_t
thread_switch(ipc_thread_t self, const struct trap_args *args)
{
    int option = (int)args->arg[1];
    uint64_t deadline = clock_deadline_ms((uint32_t)args->arg[2]);

    if (option < SWITCH_OPTION_NONE || option > SWITCH_OPTION_WAIT)
        return KERN_INVALID_ARGUMENT;
    prefer(self, (mach_port_name_t)args->arg[0]);
    if (option == SWITCH_OPTION_WAIT)
        thread_wait(self, NULL, deadline, thread_switch_continue);
    if (option == SWITCH_OPTION_DEPRESS)
        sched_depress(&self->ith_sched, deadline);
    sched_go_behind(&self->ith_sched, thread_switch_continue);
}

/* ---- time */

static NORETURN void
wait_until_continue(ipc_thread_t self, wait_result_t why)
{
    thread_return(self, why == THREAD_TIMED_OUT ? KERN_SUCCESS : KERN_ABORTED);
}

/*
 * mach_wait_until_trap - wait until mach_absolute_time() reaches arg 0.
 *
 * Returns  KERN_SUCCESS, or KERN_ABORTED after thread_abort.
 */
uint64_t
mach_wait_until_trap(ipc_thread_t self, const struct trap_args *args)
{
    if (args->arg[0] <= clock_now())
        return KERN_SUCCESS;
    thread_wait(self, NULL, args->arg[0], wait_until_continue);
}

uint64_t
mach_timebase_info_trap(ipc_thread_t self UNUSED, const struct trap_args *args)
{
    static const struct mach_timebase_info info = { 1, 1 };

    if (copyout(&info, user_addr(args->arg[0]), sizeof(info)) != COPYIO_OK)
        return KERN_INVALID_ADDRESS;
    return KERN_SUCCESS;
}

/* ---- the machine's */

/*
 * thread_fast_set_cthread_self64 - the base of GS, where thread-local storage
 * lies.
 *
 * Returns  KERN_SUCCESS, or KERN_INVALID_ARGUMENT outside the user half.
 */
uint64_t
thread_fast_set_cthread_self64(ipc_thread_t self, const struct trap_args *args)
{
    return machine_set_gs_base(thread_of(self), args->arg[0]);
}
