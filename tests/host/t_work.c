/* SPDX-License-Identifier: MIT */
/*
 * t_work.c - who does long work, in which order, and for whom it counts (D25):
 * kernel/core/work.c with the budget spent at every look, every second, ...
 *
 * The works are letters, and leave a trace: a letter for each step, a capital
 * where no user's thread did it, and '.' where the call that began them
 * returns.
 */
#include <ctype.h>
#include <stdio.h>

#include "ipc_world.h"
#include "kernel/core/clock.h"

#define BUDGETS 5u /* 0: never spent; n: at every nth look */

static char trace[256];
static size_t traced;

static bool
users_thread_runs(void)
{
    struct sched_thread *self = sched_running(cpu_current());

    return self == &a->sched || self == &b->sched;
}

static void
mark(char letter)
{
    assert(traced < sizeof(trace) - 1);
    trace[traced++] = users_thread_runs() ? letter : (char)toupper(letter);
    trace[traced] = '\0';
}

static void
trace_begin(unsigned budget)
{
    traced = 0;
    trace[0] = '\0';
    fake_preempt_every(budget);
}

static bool
is_trace(const char *expected)
{
    if (strcmp(trace, expected) != 0)
        printf("# %s, and not %s\n", trace, expected);
    return strcmp(trace, expected) == 0;
}

/* ---- Letters ---- */

struct letter {
    struct work work;
    char name;
    unsigned steps;        /* left to do */
    struct letter *begins; /* at its next step; or NULL */
};

static struct letter letters['z' + 1];

static void
letter_step(struct work *work)
{
    struct letter *letter = container_of(work, struct letter, work);
    struct letter *begins = letter->begins;

    mark(letter->name);
    letter->begins = NULL;
    if (begins != NULL)
        work_begin(&begins->work, letter_step);
    if (--letter->steps == 0)
        work_end(work);
}

/* Another step for the same work. */
static void
star_step(struct work *work)
{
    mark('*');
    work_end(work);
}

static struct work *
letter(char name, unsigned steps, struct work *begins)
{
    struct letter *letter = &letters[(unsigned)name];

    assert(!queue_linked(&letter->work.wk_link));
    letter->name = name;
    letter->steps = steps;
    letter->begins =
        begins == NULL ? NULL : container_of(begins, struct letter, work);
    return &letter->work;
}

static void
begin(char name, unsigned steps)
{
    work_begin(letter(name, steps, NULL), letter_step);
}

static void
later(char name, unsigned steps)
{
    work_later(letter(name, steps, NULL), letter_step);
}

typedef void (*call_t)(ipc_thread_t self);

static uint64_t
call_trap(ipc_thread_t self, const struct trap_args *args)
{
    ((call_t)args->arg[0])(self);
    mark('.');
    return 0;
}

/* Thread a makes a call of the kernel. */
static bool
gives(unsigned budget, call_t call, const char *expected)
{
    trace_begin(budget);
    (void)fake_trap(a, call_trap, (struct trap_args){ { (uintptr_t)call } });
    return is_trace(expected);
}

/* ---- Lists ---- */

static void
begin_one(ipc_thread_t self UNUSED)
{
    begin('a', 3);
}

static void
later_one(ipc_thread_t self UNUSED)
{
    later('a', 3);
}

static void
begin_behind(ipc_thread_t self UNUSED)
{
    later('a', 2);
    begin('b', 1);
}

static void
begin_in_step(ipc_thread_t self UNUSED)
{
    later('c', 1);
    work_later(letter('a', 2, letter('b', 1, NULL)), letter_step);
}

static void
later_three(ipc_thread_t self UNUSED)
{
    later('c', 2);
    later('b', 2);
    later('a', 3);
}

TEST(lists)
{
    ok(gives(0, begin_one, "aaa."), "small work is done when the call returns");
    ok(gives(1, begin_one, "a.aa"), "... up to the budget");
    ok(gives(2, begin_one, "aa.a"), "... whatever that is");
    ok(gives(0, later_one, ".aaa"), "work may begin later");
    ok(gives(0, begin_behind, ".baa"), "... and then no other is done at once");
    ok(gives(0, begin_in_step, ".abac"),
       "a step's work is done before the rest of the list, but after the step");
    ok(gives(1, begin_in_step, ".abac"), "... however small the budget");
    ok(gives(0, later_three, ".aaabbcc"), "the last that began is done first");
    ok(gives(1, later_three, ".abcabca"),
       "what the budget interrupts goes behind the others");
    ok(gives(2, later_three, ".aabbcca"), "... and only that");
}

static unsigned depth, deepest; /* steps within steps */

static void
chain_step(struct work *work)
{
    struct work *next = work + 1;

    deepest = max(deepest, ++depth);
    if (next->wk_owner != NULL)
        work_begin(next, chain_step);
    work_end(work);
    depth--;
}

TEST(chain)
{
    enum {
        LINKS = 100000
    };
    struct work *links = calloc(LINKS + 1, sizeof(*links));
    bool ended = true;

    for (unsigned i = 0; i < LINKS; i++)
        links[i].wk_owner = &A->sched.sk_owner;
    deepest = 0;
    work_begin(links, chain_step);
    fake_run();
    for (unsigned i = 0; i < LINKS; i++)
        ended &= !queue_linked(&links[i].wk_link);
    ok(ended, "a chain in which each step begins the next link ends");
    ok(deepest == 1, "... with no step within another");
    free(links);
}

/* ---- Owners ---- */

static struct work_owner other;

static void
for_other(ipc_thread_t self UNUSED)
{
    later('x', 1);
    work_later_for(letter('a', 2, letter('b', 1, NULL)), letter_step, &other);
}

/* As a task ends (kernel/task.c): when all else has ended. */
static void
last_step(struct work *work)
{
    mark(other.wo_count == 1 ? 'z' : 'w');
    if (other.wo_count > 1)
        work_when_done(&other, work, last_step);
    work_end(work);
}

static void
last_of_other(ipc_thread_t self)
{
    for_other(self);
    work_later_for(letter('c', 1, NULL), letter_step, &other);
    work_later_for(letter('z', 1, NULL), last_step, &other);
}

/* As a lost task ends, which the end of the thread's task has caused. */
static void
for_cause(ipc_thread_t self UNUSED)
{
    other.wo_cause = work_owner_now();
    other.wo_cause->wo_count++;
    work_when_done(other.wo_cause, letter('z', 1, NULL), letter_step);
    work_later_for(letter('a', 2, NULL), letter_step, &other);
    later('x', 1);
}

static void
again(ipc_thread_t self UNUSED)
{
    later('a', 2);
    work_later(&letters['a'].work, star_step);
    work_begin(&letters['a'].work, star_step);
    ok(A->sched.sk_owner.wo_count == 1, "WO1: begun again, work counts once");
}

TEST(owners)
{
    other = (struct work_owner){ .wo_job = A->ledger->le_job };
    fake_hold(true);
    ok(gives(1, for_other, ".a"), "work begins for another");
    ok(ALL(other.wo_count == 2, A->sched.sk_owner.wo_count == 1),
       "WO1: each owner counts its own, and what their steps begin");
    fake_hold(false);
    fake_run();
    ok(is_trace(".abax"), "... the thread that began it does it");
    ok(ALL(other.wo_count == 0, A->sched.sk_owner.wo_count == 0),
       "WO1: what has ended does not count");

    for (unsigned budget = 0; budget < BUDGETS; budget++)
        ok(gives(budget, last_of_other, ".wcabazx"),
           "the last work begins when all others of its owner have ended");
    ok(ALL(other.wo_count == 0, other.wo_last == NULL), "... once");

    ok(gives(0, for_cause, ".xaaz"), "... and those that it is the cause of");
    ok(ALL(other.wo_count == 0, A->sched.sk_owner.wo_count == 0),
       "WO1: ... which count until then");

    ok(gives(0, again, ".*"), "work that begins again goes on with the step");
    ok(!queue_linked(&letters['a'].work.wk_link), "WK1: ended is not linked");
}

/* ---- Threads ---- */

static NORETURN void
go_on_continue(ipc_thread_t self, wait_result_t why UNUSED)
{
    mark('>');
    thread_return(self, 0);
}

static NORETURN void
again_continue(ipc_thread_t self, wait_result_t why UNUSED)
{
    mark('>');
    later('b', 2);
    work_finish(self, go_on_continue);
}

static void
finish(ipc_thread_t self)
{
    begin('a', 3);
    if (!queue_empty(&sched_thread_of(self)->st_works))
        work_finish(self, again_continue);
}

static void
wait_for_ever(ipc_thread_t self)
{
    begin('a', 3);
    thread_wait(self, NULL, DEADLINE_NONE, go_on_continue);
}

/* The reaper gets work for another root job on the thread's job's list. */
static void
leave_others(ipc_thread_t self)
{
    later('c', 1);
    work_later_for(letter('a', 2, letter('b', 1, NULL)), letter_step,
                   &B->sched.sk_owner);
    work_leave(self);
}

static void
begin_and_die(ipc_thread_t self)
{
    sched_thread_of(self)->st_ast |= AST_TERMINATE;
    begin('a', 2);
    later('b', 2);
}

static void
begin_when_dead(ipc_thread_t self)
{
    sched_thread_of(self)->st_task->sk_ast |= AST_TERMINATE;
    begin_one(self);
}

TEST(threads)
{
    ok(gives(0, finish, "aaa."), "a thread without work goes on");
    for (unsigned budget = 1; budget < 3; budget++)
        ok(gives(budget, finish, "aaa>bb>"),
           "a thread does all its work before it goes on, and again");
    ok(gives(1, wait_for_ever, "aAA"), "the reaper has the rest if it waits");
    fake_abort(a);
    ok(is_trace("aAA>"), "... and it goes on without");

    ok(gives(0, leave_others, ".ABAC"),
       "... and what its steps begin, before the rest");

    fake_hold(true);
    ok(gives(1, begin_one, "a.a"), "a thread pauses in its work");
    fake_hold(false);
    fake_terminate(a);
    ok(is_trace("a.aA"), "... and is ended: the reaper has the rest");

    ok(gives(1, begin_and_die, "a.BAB"), "a thread that ends begins no own");
    a->sched.st_ast = 0;
    ok(gives(2, begin_when_dead, "aa.A"), "... nor one whose task ends");
    A->sched.sk_ast = 0;
}

/* ---- The reaper ---- */

/* Nobody's thread begins this work. */
static void
orphan(char name, unsigned steps, struct work_owner *owner)
{
    work_later_for(letter(name, steps, NULL), letter_step, owner);
}

static void
orphans(unsigned budget)
{
    trace_begin(budget);
    orphan('a', 2, &A->sched.sk_owner);
    orphan('b', 2, &B->sched.sk_owner);
    orphan('c', 2, &A->sched.sk_owner);
    orphan('d', 2, &A->sched.sk_owner);
}

static void
hold_step(struct work *work)
{
    mark('h');
    fake_hold(true);
    work_end(work);
}

TEST(reaper)
{
    struct sched_job *job = A->ledger->le_job;
    unsigned long refs = job->sj_refs;
    struct work_owner owner = { .wo_job = sched_job_create() };

    orphans(1);
    ok(job->sj_refs == refs + 1, "a root job with orphans is held, once");
    fake_run();
    ok(is_trace("DBCBADCA"), "the reaper gives each root job a turn");
    ok(job->sj_refs == refs, "... and lets it go when all is done");
    orphans(0);
    fake_run();
    ok(is_trace("DDCCAABB"), "... a turn is as long as the budget");

    orphans(1);
    work_later_for(letter('h', 1, NULL), hold_step, &B->sched.sk_owner);
    fake_run();
    ok(is_trace("DH"), "... after which it gives way");
    fake_hold(false);
    fake_run();

    orphan('a', 2, &owner);
    sched_job_release(owner.wo_job);
    fake_run();
    ok(owner.wo_count == 0, "the work of a job that is gone is done");

    trace_begin(1);
    begin('a', 3);
    ok(is_trace("A"), "who is no thread does some of the work");
    fake_run();
    ok(is_trace("AAA"), "... the reaper the rest");

    fake_cpu.cpu_thread = (struct thread *)(void *)a;
    a->sched.st_state = TH_WAITING;
    trace_begin(1);
    begin('a', 2);
    fake_cpu.cpu_thread = NULL;
    ok(queue_empty(&a->sched.st_works),
       "a thread that waits is given no work by an interrupt");
    a->sched.st_state = TH_RUNNING;
    fake_run();
    ok(is_trace("aA"), "... the reaper has it");
}

/* ---- Work that is done before its turn ---- */

static void
do_last(ipc_thread_t self UNUSED)
{
    work_later(letter('a', 2, letter('c', 1, NULL)), letter_step);
    later('b', 1);
    work_do(&letters['a'].work);
}

/* A step of its own goes on with another's work. */
static void
doing_step(struct work *work)
{
    mark('d');
    work_do(&letters['a'].work);
    work_begin(letter('e', 1, NULL), letter_step);
    mark('d');
    work_end(work);
}

static void
do_in_step(ipc_thread_t self UNUSED)
{
    work_later(letter('a', 2, letter('c', 1, NULL)), letter_step);
    work_later_for(letter('d', 1, NULL), doing_step, &B->sched.sk_owner);
}

static void
leave_do_in_step(ipc_thread_t self)
{
    do_in_step(self);
    work_leave(self);
}

TEST(do)
{
    ok(gives(1, do_last, "a.cba"), "one step is done before its turn");
    ok(gives(1, do_in_step, ".dadeca"), "... within another step too");
    ok(ALL(letters['c'].work.wk_owner == &A->sched.sk_owner,
           letters['e'].work.wk_owner == &B->sched.sk_owner),
       "... and what each begins is for its own owner");
    ok(gives(0, leave_do_in_step, ".DADECA"), "... and on its own list");
}

int
main(void)
{
    fake_init();
    world_begin();
    tap_run_tests();
    ok(world_end(), "no work is left");
    return tap_done();
}
