/* SPDX-License-Identifier: MIT */
/*
 * sched.c - who runs next, and the one way out of the kernel.
 *
 * Of the runnable threads the one with the highest priority runs; those of
 * equal priority take turns, each for a slice.  A bitmap of the priorities
 * that have somebody makes the choice O(1).  There is no tick: the machine's
 * timer is set, on the way out, for the first deadline or the end of the
 * slice, and for the latter only if somebody waits for the turn.
 *
 * Whoever was handed the processor (thread_handoff) runs on in the slice of
 * the thread that handed it over, so that two threads that call each other
 * have together the share of one.
 *
 * cpu_thread needs no reference: a thread holds one on itself until it is
 * DEAD, and thread_die takes it off the processor first.
 */
#include "kernel/core/sched.h"

#include "kernel/base/assert.h"
#include "kernel/core/clock.h"
#include "kernel/core/cpu.h"
#include "kernel/core/work.h"
#include "kernel/exception.h"
#include "kernel/task.h"
#include "kernel/trap.h"
#include "vm/pmap.h"
#include "vm/vm_map.h"

#define SLICE_NS      (SCHED_SLICE_MS * NS_PER_MS)
#define BITMAP_BITS   64
#define PRIORITY_NONE (-1)

/* Bit p of the bitmap is set <=> rq_queue[p] is not empty. */
static struct run_queue {
    queue_head_t rq_queue[MAXPRI + 1];
    uint64_t rq_bitmap[(MAXPRI + 1) / BITMAP_BITS];
    unsigned rq_count;
} run_queue;

void
sched_init(void)
{
    for (int i = MINPRI; i <= MAXPRI; i++)
        queue_init(&run_queue.rq_queue[i]);
    cpu_current()->cpu_timer_armed = DEADLINE_NONE;
}

struct thread *
thread_running(void)
{
    return cpu_current()->cpu_thread;
}

/* ---- the run queue */

static int
best_priority(void)
{
    for (int i = countof(run_queue.rq_bitmap) - 1; i >= 0; i--) {
        uint64_t bits = run_queue.rq_bitmap[i];

        if (bits != 0)
            return i * BITMAP_BITS + BITMAP_BITS - 1 - __builtin_clzll(bits);
    }
    return PRIORITY_NONE;
}

static void
enqueue(struct thread *thread, bool first)
{
    int priority = thread->th_priority;
    queue_head_t *queue = &run_queue.rq_queue[priority];

    assert(thread->th_state == TH_RUNNABLE);
    assert(!queue_linked(&thread->th_run_link));

    if (first)
        enqueue_head(queue, &thread->th_run_link);
    else
        enqueue_tail(queue, &thread->th_run_link);
    run_queue.rq_bitmap[priority / BITMAP_BITS] |= UINT64_C(1)
                                                   << (priority % BITMAP_BITS);
    run_queue.rq_count++;
}

void
sched_enqueue(struct thread *thread)
{
    enqueue(thread, false);
}

/*
 * sched_dequeue - off the run queue.
 *
 * Requires  it is there, and th_priority is what it was when it came.
 */
void
sched_dequeue(struct thread *thread)
{
    int priority = thread->th_priority;

    assert(queue_linked(&thread->th_run_link));

    queue_remove(&thread->th_run_link);
    if (queue_empty(&run_queue.rq_queue[priority]))
        run_queue.rq_bitmap[priority / BITMAP_BITS] &=
            ~(UINT64_C(1) << (priority % BITMAP_BITS));
    run_queue.rq_count--;
}

bool
sched_others_runnable(void)
{
    return run_queue.rq_count > 0 || cpu_current()->cpu_handoff != NULL;
}

static struct thread *
take_best(void)
{
    int best = best_priority();
    struct thread *thread;

    if (best == PRIORITY_NONE)
        return NULL;
    thread = queue_element(queue_first(&run_queue.rq_queue[best]),
                           struct thread, th_run_link);
    sched_dequeue(thread);
    return thread;
}

/* ---- handing over */

/* Nobody is handed the processor any more: the candidate queues. */
static void
settle_handoff(struct cpu *cpu)
{
    struct thread *thread = cpu->cpu_handoff;

    cpu->cpu_handoff = NULL;
    if (thread != NULL)
        sched_enqueue(thread);
}

void
sched_handoff(struct thread *thread)
{
    struct cpu *cpu = cpu_current();

    assert(thread->th_state == TH_RUNNABLE);
    assert(!queue_linked(&thread->th_run_link));

    settle_handoff(cpu);
    cpu->cpu_handoff = thread;
}

/* Takes the thread that was handed the processor, if nobody is better. */
static struct thread *
take_handoff(struct cpu *cpu)
{
    struct thread *thread = cpu->cpu_handoff;

    if (thread == NULL)
        return NULL;
    if (thread->th_priority < best_priority()) {
        settle_handoff(cpu);
        return NULL;
    }
    cpu->cpu_handoff = NULL;
    return thread;
}

/* ---- time */

/*
 * Sets the machine's timer, if it would fire too late; one that fires too
 * early does no harm.  `self` is NULL when the processor will idle.
 */
static void
arm_timer(struct cpu *cpu, const struct thread *self)
{
    uint64_t wanted = timers_next();

    if (self != NULL && best_priority() == self->th_priority &&
        cpu->cpu_slice_end < wanted)
        wanted = cpu->cpu_slice_end;

    if (wanted < cpu->cpu_timer_armed) {
        cpu->cpu_timer_armed = wanted;
        machine_timer_arm(wanted);
    }
}

/* The local timer has fired: it is no longer armed. */
void
timer_interrupt(void)
{
    cpu_current()->cpu_timer_armed = DEADLINE_NONE;
    timers_expire(clock_now());
}

static void
charge(struct thread *thread, uint64_t now)
{
    if (thread == NULL || thread->th_run_start == 0)
        return;
    thread->th_user_time += now - thread->th_run_start;
    thread->th_run_start = 0;
}

/* ---- priorities */

/* Whoever waits for its turn waits at its new place. */
static void
set_priority(struct thread *thread, int priority)
{
    bool queued = queue_linked(&thread->th_run_link);

    if (queued)
        sched_dequeue(thread);
    thread->th_priority = priority;
    if (queued)
        sched_enqueue(thread);
}

/* A depression is the lowest priority, until the thread runs again. */
static void
depression_over(struct thread *thread)
{
    if (!thread->th_depressed)
        return;
    timer_cancel(&thread->th_timer);
    thread->th_depressed = false;
    set_priority(thread, thread->th_base_priority);
}

static void
depression_timed_out(struct timer *timer)
{
    depression_over(container_of(timer, struct thread, th_timer));
}

void
sched_depress(struct thread *self, uint64_t deadline)
{
    assert(self->th_state == TH_RUNNING && !self->th_depressed);

    self->th_depressed = true;
    self->th_priority = DEPRESSPRI;
    if (deadline != DEADLINE_NONE)
        timer_arm(&self->th_timer, deadline, depression_timed_out);
}

void
sched_hasten(struct thread *thread)
{
    thread->th_base_priority = MAXPRI_USER;
    depression_over(thread);
    set_priority(thread, MAXPRI_USER);
}

/* ---- dispatch */

/* The processor and the address space change hands. */
static void
switch_to(struct cpu *cpu, struct thread *next)
{
    struct vm_map *map = next->th_task->task_map;

    if (next != cpu->cpu_thread) {
        machine_switch_to(cpu->cpu_thread, next);
        cpu->cpu_thread = next;
    }
    pmap_activate(map == NULL ? NULL : vm_map_pmap(map));
}

void
sched_forget(struct thread *self)
{
    struct cpu *cpu = cpu_current();

    assert(self == cpu->cpu_thread);

    charge(self, clock_now());
    pmap_activate(NULL);
    cpu->cpu_thread = NULL;
}

static NORETURN void
idle(struct cpu *cpu)
{
    cpu->cpu_idle = true;
    arm_timer(cpu, NULL);
    machine_idle();
}

/* What the thread does now that it runs; on the empty stack. */
static NORETURN void
resume(void *argument)
{
    struct thread *self = argument;
    struct waiter *waiter = &self->th_ipc.ith_waiter;
    wait_continue_t go_on = waiter->wr_continue;

    if (go_on == NULL)
        sched_return(self);
    waiter->wr_continue = NULL;
    if (self->th_preempted) {
        self->th_preempted = false;
        if (thread_is_ending(self))
            waiter->wr_why = THREAD_TERMINATED;
    }
    go_on(&self->th_ipc, waiter->wr_why);
}

static NORETURN void
dispatch(void *unused UNUSED)
{
    struct cpu *cpu = cpu_current();
    uint64_t now = clock_now();
    struct thread *next = take_handoff(cpu);
    bool handed = next != NULL;

    charge(cpu->cpu_thread, now);
    if (!handed)
        next = take_best();
    if (next == NULL)
        idle(cpu);

    if (!handed)
        cpu->cpu_slice_end =
            now + (next->th_slice_left ? next->th_slice_left : SLICE_NS);
    next->th_slice_left = 0;
    next->th_run_start = now;
    switch_to(cpu, next);
    next->th_state = TH_RUNNING;
    depression_over(next);
    resume(next);
}

void
sched_dispatch(void)
{
    machine_call_on_stack(dispatch, NULL);
}

void
sched_continue(struct thread *self, wait_result_t why)
{
    self->th_ipc.ith_waiter.wr_why = why;
    machine_call_on_stack(resume, self);
}

/* ---- giving way */

/* The running thread queues: in front while it has something of its slice. */
static void
requeue(struct cpu *cpu, struct thread *self)
{
    uint64_t now = clock_now();
    bool first = now < cpu->cpu_slice_end;

    self->th_state = TH_RUNNABLE;
    self->th_slice_left = first ? cpu->cpu_slice_end - now : 0;
    enqueue(self, first);
}

bool
sched_preempt_wanted(void)
{
    struct cpu *cpu = cpu_current();
    const struct thread *self = cpu->cpu_thread;
    int best = best_priority();

    if (cpu->cpu_handoff != NULL && cpu->cpu_handoff->th_priority > best)
        best = cpu->cpu_handoff->th_priority;
    if (self == NULL)
        return best != PRIORITY_NONE;
    if (best != self->th_priority)
        return best > self->th_priority;
    return clock_now() >= cpu->cpu_slice_end;
}

/* The slice is over, or a deadline has passed, while interrupts were off. */
bool
sched_interrupt_due(void)
{
    uint64_t now = clock_now();

    return now >= cpu_current()->cpu_slice_end || now >= timers_next();
}

void
sched_yield(struct thread *self, wait_continue_t go_on)
{
    assert(self == thread_running());

    self->th_ipc.ith_waiter.wr_continue = go_on;
    self->th_ipc.ith_waiter.wr_why = THREAD_AWAKENED;
    self->th_state = TH_RUNNABLE;
    sched_enqueue(self);
    sched_dispatch();
}

/*
 * A moment with interrupts on.  If one comes it leaves by interrupt_leave, as
 * from an idle processor, and never comes back here.
 */
static NORETURN void
interrupt_window(void *unused UNUSED)
{
    struct cpu *cpu = cpu_current();

    timers_expire(clock_now());
    cpu->cpu_idle = true;
    machine_interrupt_window();
    cpu->cpu_idle = false;
    sched_dispatch();
}

void
sched_dispatch_open(void)
{
    machine_call_on_stack(interrupt_window, NULL);
}

void
sched_give_way(struct thread *self, wait_continue_t go_on)
{
    assert(self == thread_running());

    self->th_ipc.ith_waiter.wr_continue = go_on;
    self->th_ipc.ith_waiter.wr_why = THREAD_AWAKENED;
    self->th_preempted = true;
    requeue(cpu_current(), self);
    sched_dispatch_open();
}

/* ---- the way out */

/* At the exit, held until it is resumed (TH3). */
static NORETURN void
hold(struct thread *self)
{
    self->th_ipc.ith_waiter.wr_continue = NULL;
    self->th_state = TH_WAITING;
    self->th_held = true;
    sched_dispatch();
}

/* What the thread's trap has left to do is done (work.h). */
static NORETURN void
return_continue(ipc_thread_t self, wait_result_t why UNUSED)
{
    sched_return(thread_of(self));
}

/*
 * sched_return - see kernel/core/sched.h: the one place where a thread goes back
 * to user mode, and where it is asked whether it may (D16).  An NMI alone does
 * not come here: it leaves everything as it was (entry.asm).
 */
void
sched_return(struct thread *self)
{
    struct cpu *cpu = cpu_current();

    assert(self == cpu->cpu_thread && self->th_state == TH_RUNNING);

    if (thread_is_ending(self))
        thread_die(self);
    if (!queue_empty(&self->th_works))
        work_finish(&self->th_ipc, return_continue);
    if (thread_is_suspended(self))
        hold(self);
    if (self->th_exception.te_pending)
        exception_raise(self);

    settle_handoff(cpu);
    if (sched_preempt_wanted()) {
        self->th_ipc.ith_waiter.wr_continue = NULL;
        requeue(cpu, self);
        sched_dispatch();
    }

    self->th_abort = false;
    self->th_state_set = false;
    arm_timer(cpu, self);
    machine_return_to_user(self);
}

/*
 * interrupt_leave - after an interrupt of user mode or of the idle processor,
 * the only two places where interrupts are on.
 */
void
interrupt_leave(void)
{
    struct cpu *cpu = cpu_current();

    if (cpu->cpu_idle) {
        cpu->cpu_idle = false;
        sched_dispatch();
    }
    sched_return(cpu->cpu_thread);
}
