/* SPDX-License-Identifier: MIT */
/*
 * fake_seam.c - the seam of ipc/ on the host.
 */
#include "fake_seam.h"

#include "fake_handover.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipc/ipc_init.h"
#include "ipc/ipc_kmsg.h"
#include "ipc/ipc_kobject.h"
#include "ipc/mach_msg.h"
#include "ipc/mach_msg_fast.h"
#include "kernel/base/assert.h"
#include "kernel/base/printf.h"
#include "kernel/core/clock.h"
#include "kernel/core/sched.h"
#include "vm/copyio.h"
#include "vm/vm_copy.h"

#define TICKS_PER_MS 1000
#define FAKE_FRAMES  ((size_t)1 << 40)

struct cpu fake_cpu;

static jmp_buf back_to_test;
static struct fake_thread *threads;
static uint64_t now = 1;
static unsigned preempt_every;
static unsigned preempt_asked;
static bool held;

static struct fake_thread *
running(void)
{
    return (struct fake_thread *)(void *)fake_cpu.cpu_thread;
}

static void
set_running(struct fake_thread *thread)
{
    fake_cpu.cpu_thread = (struct thread *)(void *)thread;
}

/* ---- Work ---- */

struct fake_work fake_work;

static void
work(void)
{
    if (++fake_work.now > fake_work.most)
        fake_work.most = fake_work.now;
}

void
fake_work_begin(void)
{
    fake_work = (struct fake_work){ 0 };
}

/* ---- Memory ---- */

static size_t live;
static unsigned long fail_after;
static bool failed;

bool
fake_injected(void)
{
    if (fail_after == 0 || --fail_after != 0)
        return false;
    failed = true;
    return true;
}

void
kalloc_fail_after(unsigned long n)
{
    fail_after = n;
    failed = false;
}

bool
fake_failed(void)
{
    return failed;
}

size_t
fake_live(void)
{
    return live - (ipc_state.is_spare_request != IKM_NULL) -
           (ipc_state.is_spare_reply != IKM_NULL);
}

struct ledger *
ledger_current(void)
{
    return running() == NULL ? &kernel_ledger : running()->task->ledger;
}

/* Before each piece of memory stands who pays for it. */
struct payer {
    struct ledger *ledger ALIGNED(16);
};

void *
kalloc(size_t size, struct ledger *ledger)
{
    struct payer *payer;

    work();
    fake_work.largest = max(fake_work.largest, size);
    if (size == 0 || fake_injected() || ledger_take(ledger, 1) != NULL)
        return NULL;
    payer = calloc(1, sizeof(*payer) + size);
    payer->ledger = ledger;
    live++;
    return payer + 1;
}

void
kfree(void *memory, size_t size, struct ledger *ledger)
{
    struct payer *payer = memory;

    work();
    if (memory == NULL)
        return;
    payer--;
    ledger = payer->ledger;
    memset(memory, 0xa5, size);
    free(payer);
    live--;
    ledger_give(ledger, 1);
}

struct ledger *
zledger(const void *element)
{
    return ((const struct payer *)element - 1)->ledger;
}

bool
fake_move(void *memory, struct ledger *ledger)
{
    struct payer *payer = (struct payer *)memory - 1;

    if (!ledger_move(payer->ledger, ledger, 1))
        return false;
    payer->ledger = ledger;
    return true;
}

/* A ledger has no pages here. */
void
zone_drop_spare(struct ledger *ledger UNUSED)
{
}

void *
zalloc(struct zone *zone, struct ledger *ledger)
{
    unsigned char *element = kalloc(zone->z_size, ledger);

    if (element != NULL && zone->z_zeroed != 0)
        memset(element + zone->z_zeroed, 0xa5, zone->z_size - zone->z_zeroed);
    zone->z_count += element != NULL;
    return element;
}

void
zfree(struct zone *zone, void *element)
{
    zone->z_count--;
    kfree(element, zone->z_size, NULL);
}

/* ---- Time ---- */

uint64_t
clock_now(void)
{
    return now;
}

uint64_t
clock_deadline_ms(uint32_t milliseconds)
{
    return now + (uint64_t)milliseconds * TICKS_PER_MS;
}

vm_map_t
vm_map_current(void)
{
    return &running()->task->map;
}

/* ---- Root jobs ---- */

struct sched_job *
sched_job_create(void)
{
    struct sched_job *job = calloc(1, sizeof(*job));

    job->sj_refs = 1;
    queue_init(&job->sj_orphans);
    return job;
}

struct sched_job *
sched_job_reference(struct sched_job *job)
{
    job->sj_refs++;
    return job;
}

void
sched_job_release(struct sched_job *job)
{
    if (--job->sj_refs > 0)
        return;
    assert(queue_empty(&job->sj_orphans));
    free(job);
}

/* ---- Waiting ---- */

static struct fake_thread *
fake_of(ipc_thread_t thread)
{
    return container_of(thread, struct fake_thread, ipc);
}

static NORETURN void
leave(struct sched_thread *thread, thread_run_state_t state)
{
    thread->st_state = state;
    longjmp(back_to_test, 1);
}

void
thread_wait(ipc_thread_t self, queue_head_t *queue, uint64_t deadline,
            wait_continue_t go_on)
{
    struct fake_thread *thread = fake_of(self);

    assert(thread == running());
    work_leave(self);
    thread->deadline = deadline;
    thread->sched.st_continue = go_on;
    if (queue != NULL)
        enqueue_tail(queue, &thread->sched.st_wait_link);
    leave(&thread->sched, TH_WAITING);
}

void
thread_go(ipc_thread_t ipc_thread, wait_result_t why)
{
    struct sched_thread *thread = sched_thread_of(ipc_thread);

    work();
    assert(thread->st_state == TH_WAITING);
    if (queue_linked(&thread->st_wait_link))
        queue_remove(&thread->st_wait_link);
    thread->st_why = why;
    thread->st_state = TH_RUNNABLE;
}

void
thread_handoff(ipc_thread_t thread)
{
    thread_go(thread, THREAD_AWAKENED);
}

void
sched_continue(struct sched_thread *self, wait_result_t why)
{
    self->st_continue(ipc_thread_of(self), why);
}

void
sched_let_go(struct sched_thread *thread)
{
    thread->st_state = TH_RUNNABLE;
}

bool fake_fast = true;

bool
can_pass(ipc_thread_t self UNUSED, ipc_thread_t next)
{
    return !held && sched_asts(sched_thread_of(next)) == 0;
}

void
pass_to(ipc_thread_t self, ipc_thread_t next, queue_head_t *queue,
        wait_continue_t go_on)
{
    struct sched_thread *waiter = sched_thread_of(next);

    assert(waiter->st_state == TH_WAITING);
    queue_remove(&waiter->st_wait_link);
    waiter->st_state = TH_RUNNING;
    fake_of(next)->result = 0;
    thread_wait(self, queue, DEADLINE_NONE, go_on);
}

static NORETURN void
return_continue(ipc_thread_t self, wait_result_t why UNUSED)
{
    leave(sched_thread_of(self), TH_RUNNING);
}

void
thread_return(ipc_thread_t self, uint64_t result)
{
    fake_of(self)->result = result;
    work_progress_end();
    if (!queue_empty(&sched_thread_of(self)->st_works))
        work_finish(self, return_continue);
    return_continue(self, THREAD_AWAKENED);
}

void
fake_preempt_every(unsigned n)
{
    preempt_every = n;
    preempt_asked = 0;
}

bool
work_spend(unsigned instructions UNUSED)
{
    fake_work.now = 0;
    fake_work.asked++;
    return preempt_every != 0 && ++preempt_asked % preempt_every == 0;
}

void
thread_preempt(ipc_thread_t self, wait_continue_t go_on)
{
    struct sched_thread *thread = sched_thread_of(self);

    thread->st_continue = go_on;
    thread->st_why = THREAD_AWAKENED;
    leave(thread, TH_RUNNABLE);
}

struct progress *
work_progress(const void *object)
{
    struct progress *progress = &running()->progress;

    if (progress->pr_object != object)
        work_progress_end();
    progress->pr_object = object;
    return progress;
}

void
work_progress_end(void)
{
    struct progress *progress = &running()->progress;

    vm_map_copy_discard(progress->pr_copy);
    *progress = (struct progress){ .pr_object = NULL };
}

void
fake_hold(bool hold)
{
    held = hold;
}

static struct fake_thread *
next_runnable(void)
{
    if (held)
        return NULL;
    for (struct fake_thread *t = threads; t != NULL; t = t->next)
        if (t->sched.st_state == TH_RUNNABLE)
            return t;
    return NULL;
}

/* Whoever gives the processor up comes back here. */
static __attribute__((noinline)) void
go_on(struct fake_thread *thread)
{
    fake_work.now = 0;
    thread->sched.st_state = TH_RUNNING;
    set_running(thread);
    if (setjmp(back_to_test) == 0)
        sched_continue(&thread->sched, thread->sched.st_why);
}

/* What returns from the fast path goes the general way. */
static NORETURN void
call_handler(struct fake_thread *thread, trap_handler_t handler,
             const struct trap_args *args)
{
    const uint64_t *arg = args->arg;

    if (fake_fast && handler == mach_msg_trap) {
        struct mach_msg_question asked;

        load_space_of(&thread->ipc);
        asked = mach_msg_fast(user_addr(arg[0]), (mach_msg_option_t)arg[1],
                              (mach_msg_size_t)arg[2], (mach_msg_size_t)arg[3],
                              (mach_port_name_t)arg[4], &thread->ipc);
        if (asked.dest != IP_NULL)
            mach_msg_ask(&thread->ipc, asked.dest, asked.reply);
    }
    thread_return(&thread->ipc, handler(&thread->ipc, args));
}

static __attribute__((noinline)) void
enter(struct fake_thread *thread, trap_handler_t handler,
      const struct trap_args *args)
{
    fake_work.now = 0;
    set_running(thread);
    if (setjmp(back_to_test) == 0)
        call_handler(thread, handler, args);
}

void
fake_run(void)
{
    struct fake_thread *thread;

    while ((thread = next_runnable()) != NULL)
        go_on(thread);
    set_running(NULL);
}

uint64_t
fake_trap(struct fake_thread *thread, trap_handler_t handler,
          struct trap_args args)
{
    assert(thread->sched.st_state == TH_RUNNING);
    enter(thread, handler, &args);
    fake_run();
    return thread->sched.st_state == TH_RUNNING ? thread->result : FAKE_BLOCKED;
}

uint64_t
fake_msg(struct fake_thread *thread, void *message, mach_msg_option_t option,
         mach_msg_size_t send_size, mach_msg_size_t receive_size,
         mach_port_name_t name, mach_msg_timeout_t timeout)
{
    struct trap_args args = { { (uintptr_t)message, (uint32_t)option, send_size,
                                receive_size, name, timeout } };

    return fake_trap(thread, mach_msg_trap, args);
}

static void
end_wait(struct fake_thread *thread, wait_result_t why)
{
    if (thread->sched.st_state == TH_WAITING)
        thread_go(&thread->ipc, why);
    else if (thread->sched.st_state == TH_RUNNABLE && why == THREAD_TERMINATED)
        thread->sched.st_why = why;
    fake_run();
}

void
fake_abort(struct fake_thread *thread)
{
    end_wait(thread, THREAD_INTERRUPTED);
}

void
fake_terminate(struct fake_thread *thread)
{
    thread->sched.st_ast |= AST_TERMINATE;
    end_wait(thread, THREAD_TERMINATED);
    thread->sched.st_ast &= ~AST_TERMINATE;
}

void
fake_advance_ms(uint32_t milliseconds)
{
    now += (uint64_t)milliseconds * TICKS_PER_MS;
    for (struct fake_thread *t = threads; t != NULL; t = t->next)
        if (t->sched.st_state == TH_WAITING && t->deadline <= now)
            thread_go(&t->ipc, THREAD_TIMED_OUT);
    fake_run();
}

/* ---- Tasks ---- */

struct fake_task *
fake_task_new(void)
{
    static const security_token_t security = { { 501, 20 } };
    static const audit_token_t audit = { { 1, 2, 3, 4, 5, 6, 7, 8 } };
    struct fake_task *task = calloc(1, sizeof(*task));

    task->ledger = ledger_alloc(&root_ledger, SIZE_MAX);
    assert(task->ledger != NULL);
    task->sched.sk_owner.wo_job = sched_job_reference(task->ledger->le_job);
    task->space = ipc_space_create(&security, &audit, task->ledger);
    task->self = ipc_kobject_alloc(task, IKOT_TASK, task->ledger);
    task->space->is_task = task->self;
    task->self_name =
        ipc_port_copyout_send(ipc_port_make_send(task->self), task->space);
    return task;
}

struct fake_thread *
fake_thread_new(struct fake_task *task)
{
    struct fake_thread *thread = calloc(1, sizeof(*thread));

    thread->task = task;
    thread->sched.st_task = &task->sched;
    thread->sched.st_state = TH_RUNNING;
    queue_init(&thread->sched.st_works);
    thread->ipc.ith_space = task->space;
    thread->next = threads;
    threads = thread;
    return thread;
}

void
fake_thread_end(struct fake_thread *thread)
{
    struct fake_thread **link = &threads;

    fake_terminate(thread);
    assert(thread->ipc.ith_kmsg == IKM_NULL && thread->ipc.ith_object == NULL);
    work_leave(&thread->ipc);
    while (*link != thread)
        link = &(*link)->next;
    *link = thread->next;
    free(thread);
}

static struct fake_thread *
thread_of_task(struct fake_task *task)
{
    for (struct fake_thread *t = threads; t != NULL; t = t->next)
        if (t->task == task)
            return t;
    return NULL;
}

void
fake_task_kill(struct fake_task *task)
{
    struct fake_thread *thread;

    while ((thread = thread_of_task(task)) != NULL)
        fake_thread_end(thread);
    ipc_space_shutdown(task->space);
    do
        fake_work.now = 0;
    while (!ipc_space_clean(task->space));
    fake_run();
    ipc_kobject_destroy(task->self);
    ipc_space_release(task->space);
    fake_run();
    assert(task->sched.sk_owner.wo_count == 0);
    fake_user_free_all(task);
    sched_job_release(task->sched.sk_owner.wo_job);
    ledger_release(task->ledger);
    fake_run();
    free(task);
}

ipc_space_t
convert_port_to_space(ipc_port_t port)
{
    struct fake_task *task = ipc_kobject_get(port, IKOT_TASK);

    return task == NULL ? IS_NULL : ipc_space_reference(task->space);
}

/* The kernel's task has the reaper alone. */
void
fake_init(void)
{
    static struct fake_task kernel = { .ledger = &kernel_ledger };

    ledger_init(FAKE_FRAMES);
    kernel.sched.sk_owner.wo_job = sched_job_create();
    work_init(&fake_thread_new(&kernel)->sched);
    ipc_init();
}
