/* SPDX-License-Identifier: MIT */
/*
 * sched.c - who runs next, and the one way out of the kernel.
 *
 * Of the runnable threads those with the highest priority run.  Among these the
 * root jobs take turns, each for a slice; in its turn a job's threads run first
 * come, first served (D26).  So a job's share does not grow with its threads.
 *
 *     level (a priority)     lv_jobs --> job --> job --> job
 *                                         |
 *                                   sq_threads --> thread --> thread
 *
 * Both steps of the choice, to the level by a bitmap and to the job by the
 * head of a queue, take the same time however many threads there are.
 *
 * A turn goes on while the processor passes from one thread of the job to
 * another, or by thread_handoff to a thread of any job: so two threads that
 * call each other have together the share of one, and no chain of hand-offs
 * lasts longer than a turn.  A turn ends with its time, or when the job has no
 * thread that is ready at this priority.  A better priority interrupts it; the
 * level keeps what is left.
 *
 * There is no tick.  The machine's timer is set for the end of the turn only
 * if somebody waits for the next one.
 *
 * cpu_thread needs no reference: a thread holds one on itself until it is
 * DEAD, and its death (thread.c) takes it off the processor first.
 */
#include "kernel/core/sched.h"

#include "kernel/base/assert.h"
#include "kernel/core/clock.h"
#include "kernel/core/cpu.h"
#include "kernel/core/kalloc.h"
#include "kernel/core/trap.h"
#include "kernel/core/work.h"
#include "vm/pmap.h"

#define SLICE_NS      (SCHED_SLICE_MS * NS_PER_MS)
#define DISPATCH_COST 600 /* instructions, with the continuation's own */
#define PRIORITY_NONE (-1)

/* (LV1) bit p of `ready` is set  <=>  lv_jobs of level p is not empty */
static struct level {
    queue_head_t lv_jobs;        /* by sq_link, in the order of their turns */
    struct sched_queue *lv_turn; /* whose turn it is; NULL: the job is gone */
    uint64_t lv_left;            /* of that turn, while other levels run */
} levels[SCHED_PRIORITIES];

static uint64_t ready;
_Static_assert(SCHED_PRIORITIES <= 64, "a bit for each level");

static struct zone job_zone = ZONE_INIT("root jobs", struct sched_job);

void
sched_init(void)
{
    for (unsigned i = 0; i < SCHED_PRIORITIES; i++)
        queue_init(&levels[i].lv_jobs);
    cpu_current()->cpu_timer_armed = DEADLINE_NONE;
    cpu_current()->cpu_budget = WORK_BUDGET;
}

/* ---- threads: struct thread begins with its part of this floor (wait.h) */

static struct thread *
whole(struct sched_thread *thread)
{
    return (struct thread *)(void *)thread;
}

void
sched_thread_init(struct sched_thread *thread, struct sched_task *task)
{
    thread->st_task = task;
    thread->st_state = TH_WAITING;
    thread->st_held = true;
    thread->st_priority = BASEPRI_DEFAULT;
    thread->st_base_priority = BASEPRI_DEFAULT;
    queue_init(&thread->st_works);
}

/* ---- root jobs */

struct sched_job *
sched_job_create(void)
{
    struct sched_job *job = zalloc(&job_zone, &kernel_ledger);

    if (job == NULL)
        return NULL;
    job->sj_refs = 1;
    queue_init(&job->sj_orphans);
    for (unsigned i = 0; i < SCHED_PRIORITIES; i++)
        queue_init(&job->sj_queue[i].sq_threads);
    return job;
}

struct sched_job *
sched_job_reference(struct sched_job *job)
{
    assert(job->sj_refs > 0);

    job->sj_refs++;
    return job;
}

void
sched_job_release(struct sched_job *job)
{
    assert(job->sj_refs > 0);

    if (--job->sj_refs > 0)
        return;
    for (unsigned i = 0; i < SCHED_PRIORITIES; i++) {
        assert(queue_empty(&job->sj_queue[i].sq_threads));
        if (levels[i].lv_turn == &job->sj_queue[i])
            levels[i].lv_turn = NULL;
    }
    zfree(&job_zone, job);
}

/* ---- the run queue */

static int
best_priority(void)
{
    return ready == 0 ? PRIORITY_NONE : 63 - __builtin_clzll(ready);
}

static struct sched_queue *
queue_of(struct sched_thread *thread)
{
    return &thread->st_task->sk_owner.wo_job->sj_queue[thread->st_priority];
}

static void
enqueue(struct sched_thread *thread, bool first)
{
    struct sched_queue *queue = queue_of(thread);
    int priority = thread->st_priority;
    bool alone = queue_empty(&queue->sq_threads);

    assert(thread->st_state == TH_RUNNABLE);
    assert(!queue_linked(&thread->st_run_link));
    debug_assert(queue_linked(&queue->sq_link) == !alone); /* (SQ1) */
    debug_assert(queue_empty(&levels[priority].lv_jobs) ==
                 !(ready >> priority & 1)); /* (LV1) */

    if (alone) {
        enqueue_tail(&levels[priority].lv_jobs, &queue->sq_link);
        ready |= UINT64_C(1) << priority;
    }
    if (first)
        enqueue_head(&queue->sq_threads, &thread->st_run_link);
    else
        enqueue_tail(&queue->sq_threads, &thread->st_run_link);
}

void
sched_enqueue(struct sched_thread *thread)
{
    enqueue(thread, false);
}

void
sched_let_go(struct sched_thread *thread)
{
    assert(thread->st_state == TH_WAITING && thread->st_held);
    assert(!queue_linked(&thread->st_wait_link) && !thread->st_timer.tm_armed);

    thread->st_held = false;
    thread->st_state = TH_RUNNABLE;
    sched_enqueue(thread);
}

/*
 * sched_dequeue - off the run queue.
 *
 * Requires  it is there, and th_priority is what it was when it came.
 */
void
sched_dequeue(struct sched_thread *thread)
{
    struct sched_queue *queue = queue_of(thread);
    int priority = thread->st_priority;

    assert(queue_linked(&thread->st_run_link));

    queue_remove(&thread->st_run_link);
    if (!queue_empty(&queue->sq_threads))
        return;
    queue_remove(&queue->sq_link);
    if (queue_empty(&levels[priority].lv_jobs))
        ready &= ~(UINT64_C(1) << priority);
}

bool
sched_others_runnable(void)
{
    return ready != 0 || cpu_current()->cpu_next != NULL;
}

/* ---- turns */

/* The processor turns to another level; each keeps what is left of its turn. */
static void
change_level(struct cpu *cpu, int priority, uint64_t now)
{
    uint64_t end = cpu->cpu_turn_end;

    levels[cpu->cpu_level].lv_left = end > now ? end - now : 0;
    cpu->cpu_level = priority;
    cpu->cpu_turn_end = now + levels[priority].lv_left;
}

/* The first job's turn begins: behind the others is its place for the next. */
static void
next_turn(struct cpu *cpu, uint64_t now)
{
    struct level *level = &levels[cpu->cpu_level];
    queue_chain_t *first = queue_first(&level->lv_jobs);

    queue_remove(first);
    enqueue_tail(&level->lv_jobs, first);
    level->lv_turn = queue_element(first, struct sched_queue, sq_link);
    cpu->cpu_turn_end = now + SLICE_NS;
}

static struct sched_thread *
take_best(struct cpu *cpu, uint64_t now)
{
    int best = best_priority();
    struct level *level;
    struct sched_thread *thread;

    if (best == PRIORITY_NONE)
        return NULL;
    if (best != cpu->cpu_level)
        change_level(cpu, best, now);
    level = &levels[best];
    if (now >= cpu->cpu_turn_end || level->lv_turn == NULL ||
        queue_empty(&level->lv_turn->sq_threads))
        next_turn(cpu, now);
    thread = queue_element(queue_first(&level->lv_turn->sq_threads),
                           struct sched_thread, st_run_link);
    sched_dequeue(thread);
    return thread;
}

/* ---- handing over */

/* The best priority that is ready, or is to go on in the turn. */
static int
best_waiting(const struct cpu *cpu)
{
    int best = best_priority();

    return cpu->cpu_next == NULL ? best : max(best, cpu->cpu_next->st_priority);
}

/* Nobody goes on in the turn any more: the candidate queues. */
static void
enqueue_next(struct cpu *cpu)
{
    struct sched_thread *thread = cpu->cpu_next;

    cpu->cpu_next = NULL;
    if (thread != NULL)
        sched_enqueue(thread);
}

void
sched_handoff(struct sched_thread *thread)
{
    struct cpu *cpu = cpu_current();

    assert(thread->st_state == TH_RUNNABLE);
    assert(!queue_linked(&thread->st_run_link));

    enqueue_next(cpu);
    cpu->cpu_next = thread;
}

/* Who goes on in the turn, if nobody is better, or else the best; NULL: none */
static struct sched_thread *
choose(struct cpu *cpu, uint64_t now)
{
    struct sched_thread *next = cpu->cpu_next;

    if (next != NULL && next->st_priority >= best_priority() &&
        now < cpu->cpu_turn_end) {
        cpu->cpu_next = NULL;
        return next;
    }
    enqueue_next(cpu);
    return take_best(cpu, now);
}

/* ---- priorities */

/* Whoever waits for its turn waits at its new place. */
static void
set_priority(struct sched_thread *thread, int priority)
{
    bool queued = queue_linked(&thread->st_run_link);

    if (queued)
        sched_dequeue(thread);
    thread->st_priority = priority;
    if (queued)
        sched_enqueue(thread);
}

/* A depression is the lowest priority, until the thread runs again. */
static void
depression_over(struct sched_thread *thread)
{
    if (!thread->st_depressed)
        return;
    timer_cancel(&thread->st_timer);
    thread->st_depressed = false;
    set_priority(thread, thread->st_base_priority);
}

static void
depression_timed_out(struct timer *timer)
{
    depression_over(container_of(timer, struct sched_thread, st_timer));
}

void
sched_depress(struct sched_thread *self, uint64_t deadline)
{
    assert(self->st_state == TH_RUNNING && !self->st_depressed);

    self->st_depressed = true;
    self->st_priority = DEPRESSPRI;
    if (deadline != DEADLINE_NONE)
        timer_arm(&self->st_timer, deadline, depression_timed_out);
}

void
sched_hasten(struct sched_thread *thread)
{
    thread->st_base_priority = MAXPRI_USER;
    depression_over(thread);
    set_priority(thread, MAXPRI_USER);
}

/* ---- the budget */

bool
work_spend(unsigned instructions)
{
    struct cpu *cpu = cpu_current();

    cpu->cpu_budget -= (int)instructions;
    return cpu->cpu_budget <= 0;
}

/*
 * A moment with interrupts on.  If one comes it leaves by interrupt_leave, as
 * from an idle processor, and never comes back here.
 */
static void
open_window(struct cpu *cpu)
{
    cpu->cpu_budget = WORK_BUDGET;
    cpu->cpu_idle = true;
    machine_interrupt_window();
    cpu->cpu_idle = false;
}

/* ---- dispatch */

/* The processor and the address space change hands. */
static void
switch_to(struct cpu *cpu, struct sched_thread *next)
{
    if (next == sched_running(cpu))
        return;
    machine_switch_to(cpu->cpu_thread, whole(next));
    cpu->cpu_thread = whole(next);
    pmap_activate(next->st_task->sk_pmap);
}

void
sched_forget(struct sched_thread *self)
{
    struct cpu *cpu = cpu_current();

    assert(self == sched_running(cpu));

    sched_charge(self, clock_now());
    pmap_activate(NULL);
    cpu->cpu_thread = NULL;
}

/* What the thread does now that it runs; on the empty stack. */
static NORETURN void
resume(void *argument)
{
    struct sched_thread *self = argument;
    wait_continue_t go_on = self->st_continue;

    if (go_on == NULL)
        sched_return(self);
    self->st_continue = NULL;
    if (self->st_preempted) {
        self->st_preempted = false;
        if (sched_is_ending(self))
            self->st_why = THREAD_TERMINATED;
    }
    go_on(ipc_thread_of(self), self->st_why);
}

static NORETURN void
dispatch(void *unused UNUSED)
{
    struct cpu *cpu = cpu_current();
    struct sched_thread *next;
    uint64_t now;

    if (work_spend(DISPATCH_COST))
        open_window(cpu);
    now = clock_now();
    next = choose(cpu, now);
    if (cpu->cpu_thread != NULL && sched_running(cpu)->st_run_start != 0)
        sched_charge(sched_running(cpu), now);
    if (next == NULL) {
        cpu->cpu_budget = WORK_BUDGET;
        cpu->cpu_idle = true;
        machine_idle();
    }

    next->st_run_start = now;
    switch_to(cpu, next);
    next->st_state = TH_RUNNING;
    depression_over(next);
    resume(next);
}

void
sched_dispatch(void)
{
    machine_call_on_stack(dispatch, NULL);
}

void
sched_continue(struct sched_thread *self, wait_result_t why)
{
    self->st_why = why;
    machine_call_on_stack(resume, self);
}

/* ---- giving way */

/*
 * The running thread makes room for others.  While its turn lasts it goes on in
 * it, unless somebody is better, and else it is the first of its job's threads.
 */
static void
make_room(struct cpu *cpu, struct sched_thread *self)
{
    bool in_turn = clock_now() < cpu->cpu_turn_end;

    enqueue_next(cpu);
    self->st_state = TH_RUNNABLE;
    if (in_turn && best_priority() <= self->st_priority)
        cpu->cpu_next = self;
    else
        enqueue(self, in_turn);
}

/* A job's only thread that is ready yields to the next job. */
void
sched_go_behind(struct sched_thread *self, wait_continue_t go_on)
{
    struct cpu *cpu = cpu_current();
    struct sched_queue *queue = queue_of(self);

    assert(self == sched_running(cpu));

    self->st_continue = go_on;
    self->st_why = THREAD_AWAKENED;
    self->st_state = TH_RUNNABLE;
    if (queue == levels[cpu->cpu_level].lv_turn &&
        queue_empty(&queue->sq_threads) && cpu->cpu_next == NULL)
        cpu->cpu_turn_end = 0;
    sched_enqueue(self);
    sched_dispatch();
}

/* In the middle of long work: the thread keeps the rest of the turn. */
void
thread_preempt(ipc_thread_t ith, wait_continue_t go_on)
{
    struct sched_thread *self = sched_thread_of(ith);

    assert(self == sched_running(cpu_current()));

    self->st_continue = go_on;
    self->st_why = THREAD_AWAKENED;
    self->st_preempted = true;
    make_room(cpu_current(), self);
    sched_dispatch();
}

/* ---- the way out */

void
sched_hold(struct sched_thread *self)
{
    self->st_continue = NULL;
    self->st_state = TH_WAITING;
    self->st_held = true;
    sched_dispatch();
}

/* In user mode, or about to be there: it goes on later. */
static NORETURN void
preempt(struct cpu *cpu, struct sched_thread *self)
{
    self->st_continue = NULL;
    make_room(cpu, self);
    sched_dispatch();
}

/*
 * sched_return - see kernel/core/sched.h: the one place where a thread goes back
 * to user mode, after kernel/ has looked whether it may (D16).  The end of its turn
 * is the timer's business.  An NMI alone does not come here: it leaves
 * everything as it was (entry.asm).
 */
void
sched_return(struct sched_thread *self)
{
    struct cpu *cpu = cpu_current();

    debug_assert(self == sched_running(cpu) && self->st_state == TH_RUNNING);

    if (sched_asts(self) != 0)
        thread_leaves(whole(self));
    if (ready != 0 || cpu->cpu_next != NULL) {
        int best = best_waiting(cpu);

        if (best > self->st_priority)
            preempt(cpu, self);
        if (best == self->st_priority)
            timers_alarm(cpu->cpu_turn_end);
    }
    cpu->cpu_budget = WORK_BUDGET;
    machine_return_to_user(whole(self));
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
    if (clock_now() >= cpu->cpu_turn_end)
        preempt(cpu, sched_running(cpu));
    sched_return(sched_running(cpu));
}
