/* SPDX-License-Identifier: MIT */
/*
 * exception.c - exceptions as messages (D20).
 *
 *     noted --exit--> sent, the thread waits --answer--> back to the exit
 *                        |                                   (resumes)
 *                        +--refused, handler dead, nobody--> the task ends
 *                        |
 *                        +--aborted--> back to the exit (runs again)
 *
 * The answer comes to a port of its own, a kernel object that stands for the
 * thread; it lives as long as the wait, and what arrives at it later finds
 * nothing.  Its send-once right may also come back unused, because the
 * exception port died or its owner dropped the message: that is a refusal.
 * When the wait is broken off, a message that nobody has received is taken
 * back.  So a thread has one in a queue at most, whatever is done to it.
 *
 * A handler that is a kernel object, or that is dead, answers within the
 * sending, before the thread waits: th_exc_answer keeps the answer.
 */
#include "kernel/exception.h"

#include <mach/exception_types.h>
#include <mach/mig_errors.h>
#include <mach/notify.h>

#include "ipc/ipc_kmsg.h"
#include "ipc/ipc_kobject.h"
#include "ipc/ipc_mqueue.h"
#include "ipc/ipc_port.h"
#include "ipc/mig_kernel.h"
#include "kernel/base/assert.h"
#include "kernel/core/clock.h"
#include "kernel/core/kalloc.h"
#include "kernel/core/sched.h"
#include "kernel/ipc_tt.h"
#include "mig/mach_exc_user.h"

#define MACH_EXCEPTION_RAISE_REPLY_ID 2505
#define EXCEPTION_CODES               2

/*
 * The reply port has done its work; its right may still be about.
 *
 * Requires  th_exc_answer is set: the send-once notification that the end of
 *           the right causes is ignored.
 */
static void
drop_reply_port(struct thread *self)
{
    ipc_port_t port = self->th_exc_reply;

    self->th_exc_reply = IP_NULL;
    if (port == IP_NULL)
        return;
    ipc_mqueue_take_back(port);
    ipc_kobject_destroy(port);
}

/*
 * Nobody handled it: the task ends, with a report.  One is enough, however many
 * of its threads had exceptions with the handler that is gone.
 */
static NORETURN void
unhandled(struct thread *self)
{
    if (task_is_active(self->th_task))
        crash_report(self);
    thread_sched(self)->st_ast &= ~AST_EXCEPTION;
    task_terminate_internal(self->th_task);
    sched_return(thread_sched(self));
}

static NORETURN void
act_on_answer(struct thread *self)
{
    drop_reply_port(self);
    if (self->th_exc_answer != EXC_ANSWER_RESUME)
        unhandled(self);
    thread_sched(self)->st_ast &= ~AST_EXCEPTION;
    sched_return(thread_sched(self));
}

/* An abort breaks the exception off: the instruction runs again. */
static NORETURN void
exception_continue(ipc_thread_t ith, wait_result_t why)
{
    struct thread *self = thread_of(ith);

    switch (why) {
    case THREAD_AWAKENED:
        act_on_answer(self);
    case THREAD_INTERRUPTED:
    case THREAD_TERMINATED:
        self->th_exc_answer = EXC_ANSWER_RESUME;
        act_on_answer(self);
    case THREAD_TIMED_OUT:
    case THREAD_RESTART:
        break;
    }

    panic("exception_continue: wait ended with %d", why);
}

/*
 * Sends the exception to `handler` (a send right, consumed), with rights for
 * the thread and the task.  Returns false if it could not be sent.
 */
static bool
send_exception(struct thread *self, ipc_port_t handler)
{
    const struct thread_exception *what = &self->th_exception;
    int64_t codes[EXCEPTION_CODES] = { what->te_code, what->te_subcode };
    ipc_port_t reply = ipc_kobject_alloc(self, IKOT_EXC_REPLY, zledger(self));

    if (reply == IP_NULL) {
        ipc_port_release_send(handler);
        return false;
    }
    self->th_exc_reply = reply;
    self->th_exc_answer = EXC_ANSWER_NONE;
    return mach_exception_raise(
               handler, ipc_port_make_sonce(reply),
               convert_thread_to_port(thread_reference(self)),
               convert_task_to_port(task_reference(self->th_task)),
               what->te_type, codes, EXCEPTION_CODES) == MACH_MSG_SUCCESS;
}

void
exception_raise(struct thread *self)
{
    int type = self->th_exception.te_type;
    ipc_port_t port = self->th_task->itk_ports[ITK_EXCEPTION + type];

    if (!IP_VALID(port) || !ip_active(port))
        unhandled(self);
    if (!send_exception(self, ipc_port_copy_send(port))) {
        drop_reply_port(self);
        unhandled(self);
    }
    if (self->th_exc_answer != EXC_ANSWER_NONE)
        act_on_answer(self);
    thread_wait(&self->th_ipc, NULL, DEADLINE_NONE, exception_continue);
}

/*
 * What the message answers.  It may be odd in every way but its id (R58): the
 * code is its last word, where mig's reply has it.
 */
static exc_answer_t
judge(ipc_kmsg_t kmsg)
{
    const mach_msg_header_t *header = ipc_kmsg_body(kmsg);
    mach_msg_size_t size = ipc_kmsg_size(kmsg);
    kern_return_t code;

    if (header->msgh_id != MACH_EXCEPTION_RAISE_REPLY_ID ||
        size < sizeof(mig_reply_error_t))
        return EXC_ANSWER_PASS;
    memcpy(&code, (const char *)header + size - sizeof(code), sizeof(code));
    return code == KERN_SUCCESS ? EXC_ANSWER_RESUME : EXC_ANSWER_PASS;
}

/*
 * exception_reply - the answer has come, or the right to answer has gone.
 *
 * An answer that comes after the wait was broken off is dropped.
 */
void
exception_reply(ipc_port_t port, ipc_kmsg_t kmsg)
{
    struct thread *thread = ipc_kobject_get(port, IKOT_EXC_REPLY);
    exc_answer_t answer = judge(kmsg);

    ipc_kmsg_destroy(kmsg);
    if (thread == NULL || thread->th_exc_answer != EXC_ANSWER_NONE)
        return;
    thread->th_exc_answer = answer;
    if (thread_sched(thread)->st_state == TH_WAITING)
        thread_go(&thread->th_ipc, THREAD_AWAKENED);
}
