/* SPDX-License-Identifier: MIT */
/*
 * crash.c - the report of an exception that ended a task.
 *
 *     # crash: NAME (task 7 thread 9): EXC_BAD_ACCESS (KERN_...) at 0x10
 *     #   rax ...
 *     #   at 0x0000000000401234 in NAME
 *
 * Everything comes from the thread itself, so every user address is doubtful:
 * the stack is read by copyin, frame after frame, as long as it leads upwards.
 *
 * The end of a task does not wait for the console.  A report that finds no room
 * is left out and counted; one a second goes past the tasks' own output, so
 * that neither a flood of crashes nor one of output hides all of the other.
 */
#include <mach/exception_types.h>

#include "kernel/base/exc_names.h"
#include "kernel/base/printf.h"
#include "kernel/console.h"
#include "kernel/core/clock.h"
#include "kernel/core/trap.h"
#include "kernel/exception.h"
#include "kernel/task.h"
#include "kernel/thread.h"
#include "kernel/x86_64/machine.h"
#include "vm/copyio.h"

#define BACKTRACE_MAX 16

#define REPORT_MAX 3072 /* bytes of a whole report */
#define PAUSE_MS   1000 /* between reports that go past the tasks' output */

static unsigned left_out;    /* reports, since the last one */
static uint64_t next_report; /* when the next one may go past */

/* Where: the address of a bad access if there is one, else the instruction. */
static void
print_what(const struct thread *self)
{
    const struct thread_exception *what = &self->th_exception;
    uint64_t where =
        what->te_type == EXC_BAD_ACCESS && what->te_code != EXC_I386_GPFLT
            ? (uint64_t)what->te_subcode
            : self->th_frame.tf_rip;
    const char *name = exc_name(what->te_type);
    const char *code = exc_code_name(what->te_type, what->te_code);

    if (code != NULL)
        kprintf("%s (%s) at %#lx\n", name, code, where);
    else
        kprintf("%s (%#lx, %#lx) at %#lx\n", name, (uint64_t)what->te_code,
                (uint64_t)what->te_subcode, where);
}

static void
print_backtrace(const struct trap_frame *frame, const char *name)
{
    uint64_t rbp = frame->tf_rbp;
    struct {
        uint64_t rbp;
        uint64_t rip;
    } next;

    kprintf("  at 0x%016lx in %s\n", frame->tf_rip, name);
    for (unsigned i = 1; i < BACKTRACE_MAX; i++) {
        if (copyin(user_addr(rbp), &next, sizeof(next)) != COPYIO_OK ||
            next.rip == 0)
            return;
        kprintf("  at 0x%016lx in %s\n", next.rip, name);
        if (next.rbp <= rbp)
            return;
        rbp = next.rbp;
    }
}

static bool
has_room(void)
{
    size_t room = machine_output_room();

    return room >= CONSOLE_ROOM ||
           (room >= REPORT_MAX && clock_now() >= next_report);
}

/*
 * crash_report - tell the log what happened to the running thread.
 *
 * Requires  its exception is still noted.
 */
void
crash_report(struct thread *self)
{
    const struct task *task = self->th_task;

    if (!has_room()) {
        left_out++;
        return;
    }
    if (left_out > 0)
        kprintf("crash: %u more, without a report\n", left_out);
    left_out = 0;
    next_report = clock_deadline_ms(PAUSE_MS);
    kprintf("crash: %s (task %u thread %u): ", task->task_name, task->task_id,
            self->th_id);
    print_what(self);
    report_registers(&self->th_frame);
    print_backtrace(&self->th_frame, task->task_name);
}
