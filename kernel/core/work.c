/* SPDX-License-Identifier: MIT */
/*
 * work.c - who does long work, and for whom it counts (D25).
 *
 * Steps never nest: what a step begins goes on the list that the step is on,
 * before the rest, so that a chain as long as a user likes needs no more stack
 * than one link, and lists stay short.  Work that was interrupted goes behind
 * the others of its list.
 *
 * An orphan is work that no thread does in its own time.  The reaper does them,
 * and gives each root job that has some a turn.
 */
#include "kernel/core/work.h"

#include "kernel/base/assert.h"
#include "kernel/core/clock.h"
#include "kernel/core/cpu.h"
#include "kernel/core/sched.h"

/* Instructions of a step, beside what its loops take, and of a turn. */
#define STEP_COST 400
#define TURN_COST 400

/* The root jobs that have orphans, by sj_orphans_link; each is held. */
static queue_head_t with_orphans = { &with_orphans, &with_orphans };
static struct sched_thread *reaper;

/* Of the step that runs; NULL: none does. */
static queue_head_t *step_list;
static struct work_owner *step_owner;

/* ---- the lists */

static queue_head_t *
orphans_of(struct sched_job *job)
{
    if (!queue_linked(&job->sj_orphans_link))
        enqueue_tail(&with_orphans, &sched_job_reference(job)->sj_orphans_link);
    return &job->sj_orphans;
}

/* The thread that is in the kernel, or was interrupted; NULL: the processor is
 * idle, whoever ran last. */
static struct sched_thread *
running(void)
{
    struct sched_thread *self = sched_running(cpu_current());

    return self != NULL && self->st_state == TH_RUNNING ? self : NULL;
}

/* Where work goes that begins now. */
static queue_head_t *
list_now(const struct work_owner *owner)
{
    struct sched_thread *self = running();

    if (step_list != NULL)
        return step_list;
    if (self == NULL || sched_is_ending(self))
        return orphans_of(owner->wo_job);
    self->st_ast |= AST_WORK;
    return &self->st_works;
}

struct work_owner *
work_owner_now(void)
{
    struct sched_thread *self = running();

    if (step_owner != NULL)
        return step_owner;
    return &(self == NULL ? reaper : self)->st_task->sk_owner;
}

static void
wake_reaper(void)
{
    if (!queue_empty(&with_orphans) && reaper != NULL &&
        reaper->st_state == TH_WAITING)
        thread_go(ipc_thread_of(reaper), THREAD_AWAKENED);
}

/* ---- steps */

static void
do_step(queue_head_t *list, struct work *work)
{
    queue_head_t *outer_list = step_list;
    struct work_owner *outer_owner = step_owner;

    step_list = list;
    step_owner = work->wk_owner;
    work->wk_step(work);
    step_list = outer_list;
    step_owner = outer_owner;
}

static struct work *
first_of(queue_head_t *list)
{
    queue_chain_t *first = queue_first(list);

    return first == NULL ? NULL : queue_element(first, struct work, wk_link);
}

/* Steps until the list is empty, or the budget.  Returns  true: the list. */
static bool
run(queue_head_t *list)
{
    struct work *work;

    while ((work = first_of(list)) != NULL) {
        do_step(list, work);
        if (!work_spend(STEP_COST))
            continue;
        if (first_of(list) == work) {
            queue_remove(&work->wk_link);
            enqueue_tail(list, &work->wk_link);
        }
        return queue_empty(list);
    }
    return true;
}

void
work_begin(struct work *work, work_step_t step)
{
    queue_head_t *list = list_now(work_owner_now());
    bool alone = step_list == NULL && queue_empty(list);

    work_later(work, step);
    if (alone)
        (void)run(list);
}

void
work_later(struct work *work, work_step_t step)
{
    if (queue_linked(&work->wk_link))
        work->wk_step = step;
    else
        work_later_for(work, step, work_owner_now());
}

void
work_later_for(struct work *work, work_step_t step, struct work_owner *owner)
{
    assert(!queue_linked(&work->wk_link));

    work->wk_step = step;
    work->wk_owner = owner;
    owner->wo_count++;
    enqueue_head(list_now(owner), &work->wk_link);
    wake_reaper();
}

void
work_later_for_kernel(struct work *work, work_step_t step)
{
    work_later_for(work, step, &reaper->st_task->sk_owner);
}

void
work_end(struct work *work)
{
    struct work_owner *owner = work->wk_owner;
    struct work *last;

    assert(queue_linked(&work->wk_link) && owner->wo_count > 0);
    queue_remove(&work->wk_link);
    while (--owner->wo_count == 0 && owner->wo_last == NULL &&
           owner->wo_cause != NULL)
        owner = owner->wo_cause;
    last = owner->wo_last;
    if (owner->wo_count > 0 || last == NULL)
        return;
    owner->wo_last = NULL;
    work_later_for(last, owner->wo_step, owner);
}

void
work_when_done(struct work_owner *owner, struct work *work, work_step_t step)
{
    assert(owner->wo_last == NULL);

    owner->wo_last = work;
    owner->wo_step = step;
}

void
work_do(struct work *work)
{
    assert(queue_linked(&work->wk_link));

    do_step(list_now(work->wk_owner), work);
}

/* ---- a thread's own */

void
work_leave(ipc_thread_t self)
{
    struct sched_thread *thread = sched_thread_of(self);

    if (queue_empty(&thread->st_works))
        return;
    queue_append(orphans_of(thread->st_task->sk_owner.wo_job),
                 &thread->st_works);
    wake_reaper();
}

static NORETURN void
work_continue(ipc_thread_t self, wait_result_t why)
{
    struct sched_thread *thread = sched_thread_of(self);

    if (why == THREAD_TERMINATED)
        work_leave(self);
    if (!run(&thread->st_works))
        thread_preempt(self, work_continue);
    thread->st_continue = thread->st_work_then;
    sched_continue(thread, why);
}

/* On the empty stack, as any continuation: a trap may come here twice. */
void
work_finish(ipc_thread_t self, wait_continue_t go_on)
{
    struct sched_thread *thread = sched_thread_of(self);

    thread->st_work_then = go_on;
    thread->st_continue = work_continue;
    sched_continue(thread, THREAD_AWAKENED);
}

/* ---- the reaper: a thread without a stack, of ordinary priority */

static NORETURN void
reaper_continue(ipc_thread_t self, wait_result_t why UNUSED)
{
    queue_chain_t *first;

    while ((first = queue_first(&with_orphans)) != NULL) {
        struct sched_job *job =
            queue_element(first, struct sched_job, sj_orphans_link);
        bool done = run(&job->sj_orphans);

        queue_remove(first);
        if (done)
            sched_job_release(job);
        else
            enqueue_tail(&with_orphans, first);
        if (work_spend(TURN_COST))
            thread_preempt(self, reaper_continue);
    }
    thread_wait(self, NULL, DEADLINE_NONE, reaper_continue);
}

void
work_init(struct sched_thread *thread)
{
    reaper = thread;
    reaper->st_continue = reaper_continue;
    sched_let_go(reaper);
}
