/* SPDX-License-Identifier: MIT */
/*
 * t_work_random.c - random work of four threads and the reaper, from fixed
 * seeds, with budgets of all sizes, threads that wait and threads that end:
 * after each call a small model of kernel/core/work.c agrees with it.
 */
#include <stdio.h>

#include "ipc_world.h"
#include "kernel/core/clock.h"

#define PIECES  24u
#define THREADS 4u
#define OWNERS  3u
#define STEPS   4000u
#define BUDGETS 5u /* 0: never spent; n: at every nth look */
#define SEEDS   20u

/* The model: what is begun, whose it is, and on which thread's list. */
struct piece {
    struct work work;
    bool is_begun;
    unsigned steps; /* left to do */
    unsigned owner;
    struct fake_thread *thread; /* NULL: the reaper is to do it */
};

/* After the others, for each owner the one that may wait for them. */
static struct piece pieces[PIECES + OWNERS];
static struct work_owner *owners[OWNERS];
static bool last_waits[OWNERS];
static struct fake_thread *threads[THREADS];

/* The step that runs, and on whose list what it begins goes. */
static struct piece *stepping;
static struct fake_thread *step_thread;
static struct piece *pulled; /* by work_do */
static bool is_alive;        /* or all is to be done now */
static bool sound;

static struct fake_thread *
running(void)
{
    for (unsigned i = 0; i < THREADS; i++)
        if (sched_running(cpu_current()) == &threads[i]->sched)
            return threads[i];
    return NULL;
}

/* Whoever runs, and has a list of its own. */
static struct fake_thread *
lister(void)
{
    struct fake_thread *self = running();

    return self == NULL || sched_is_ending(&self->sched) ? NULL : self;
}

static size_t
count_of(unsigned owner)
{
    size_t count = 0;

    for (unsigned i = 0; i < PIECES + OWNERS; i++)
        count += pieces[i].is_begun && pieces[i].owner == owner;
    return count;
}

static bool
has_pieces(const struct fake_thread *thread)
{
    for (unsigned i = 0; i < PIECES + OWNERS; i++)
        if (pieces[i].is_begun && pieces[i].thread == thread)
            return true;
    return false;
}

/* The thread waits or ends. */
static void
leave_pieces(const struct fake_thread *thread)
{
    for (unsigned i = 0; i < PIECES + OWNERS; i++)
        if (pieces[i].thread == thread)
            pieces[i].thread = NULL;
}

static void
begun(struct piece *piece, unsigned owner)
{
    piece->is_begun = true;
    piece->owner = owner;
    piece->thread = stepping != NULL ? step_thread : lister();
}

static void
end_piece(struct piece *piece)
{
    unsigned owner = piece->owner;
    struct piece *last = &pieces[PIECES + owner];

    piece->is_begun = false;
    if (last_waits[owner] && count_of(owner) == 0) {
        last_waits[owner] = false;
        begun(last, owner);
    }
    work_end(&piece->work);
    sound &= queue_linked(&last->work.wk_link) == last->is_begun;
}

static void piece_step(struct work *work);

/* A piece that is begun already goes on. */
static void
begin_piece(unsigned owner, bool later)
{
    struct piece *piece = &pieces[(unsigned)rand() % PIECES];

    if (!piece->is_begun) {
        piece->steps = 1 + (unsigned)rand() % 4;
        begun(piece, owner);
    }
    if (later)
        work_later(&piece->work, piece_step);
    else
        work_begin(&piece->work, piece_step);
}

static void
begin_for(unsigned owner)
{
    struct piece *piece = &pieces[(unsigned)rand() % PIECES];

    if (piece->is_begun)
        return;
    piece->steps = 1 + (unsigned)rand() % 4;
    begun(piece, owner);
    work_later_for(&piece->work, piece_step, owners[owner]);
}

static void
pull_piece(void)
{
    struct piece *piece = &pieces[(unsigned)rand() % PIECES];

    if (!piece->is_begun || piece == stepping)
        return;
    pulled = piece;
    work_do(&piece->work);
}

/* Steps nest in work_do alone. */
static void
piece_step(struct work *work)
{
    struct piece *piece = container_of(work, struct piece, work);
    struct piece *outer = stepping;
    struct fake_thread *outer_thread = step_thread;
    bool is_pulled = pulled == piece;

    sound &= piece->is_begun;
    sound &= is_pulled || (outer == NULL && piece->thread == lister());
    if (!is_pulled)
        step_thread = piece->thread;
    else if (outer == NULL)
        step_thread = lister();
    pulled = NULL;
    stepping = piece;
    if (rand() % 8 == 0 && outer == NULL)
        pull_piece();
    if (rand() % 4 == 0)
        begin_piece(piece->owner, rand() % 2 == 0);
    if (rand() % 8 == 0)
        fake_hold(is_alive);
    if (--piece->steps == 0)
        end_piece(piece);
    stepping = outer;
    step_thread = outer_thread;
}

/* Work is broken off, as when it begins anew. */
static void
break_off(void)
{
    struct piece *piece = &pieces[(unsigned)rand() % PIECES];

    if (piece->is_begun)
        end_piece(piece);
}

static void
wait_for_owner(unsigned owner)
{
    struct piece *last = &pieces[PIECES + owner];

    if (last_waits[owner] || last->is_begun || count_of(owner) == 0)
        return;
    last_waits[owner] = true;
    last->steps = 1;
    work_when_done(owners[owner], &last->work, piece_step);
}

static void
act(void)
{
    unsigned own = running() == NULL ? OWNERS : running()->task == B;

    switch (rand() % 6) {
    case 0:
        pull_piece();
        return;
    case 1:
        break_off();
        return;
    case 2:
        wait_for_owner((unsigned)rand() % OWNERS);
        return;
    case 3:
        begin_for((unsigned)rand() % OWNERS);
        return;
    default:
        if (own < OWNERS)
            begin_piece(own, rand() % 2 == 0);
        return;
    }
}

static NORETURN void
live_continue(ipc_thread_t self, wait_result_t why UNUSED)
{
    sound &= !has_pieces(running());
    act();
    thread_return(self, 0);
}

static uint64_t
live_trap(ipc_thread_t self, const struct trap_args *args UNUSED)
{
    struct sched_thread *thread = sched_thread_of(self);

    thread->st_ast = rand() % 8 == 0 ? AST_TERMINATE : 0;
    for (int n = rand() % 4; n > 0; n--)
        act();
    thread->st_ast = 0;
    if (rand() % 8 == 0) {
        leave_pieces(running());
        thread_wait(self, NULL, DEADLINE_NONE, live_continue);
    }
    if (!queue_empty(&thread->st_works) && rand() % 2 == 0)
        work_finish(self, live_continue);
    return 0;
}

static void
live(struct fake_thread *thread)
{
    fake_preempt_every((unsigned)rand() % BUDGETS);
    fake_hold(rand() % 2 == 0);
    if (rand() % 4 == 0) {
        act();
    } else if (thread->sched.st_state == TH_RUNNING) {
        (void)fake_trap(thread, live_trap, (struct trap_args){ { 0 } });
    } else if (rand() % 4 == 0) {
        leave_pieces(thread);
        fake_terminate(thread);
    } else {
        fake_abort(thread);
    }
    sound &= thread->sched.st_state != TH_RUNNING || !has_pieces(thread);
    for (unsigned i = 0; i < PIECES + OWNERS; i++)
        sound &= queue_linked(&pieces[i].work.wk_link) == pieces[i].is_begun;
    for (unsigned i = 0; i < OWNERS; i++)
        sound &= owners[i]->wo_count == count_of(i);
}

static void
test_random(unsigned seed)
{
    struct work_owner other = { .wo_job = A->ledger->le_job };

    srand(seed);
    sound = true;
    is_alive = true;
    owners[0] = &A->sched.sk_owner;
    owners[1] = &B->sched.sk_owner;
    owners[2] = &other;
    threads[0] = a;
    threads[1] = b;
    threads[2] = fake_thread_new(A);
    threads[3] = fake_thread_new(B);
    for (unsigned n = 0; n < STEPS; n++)
        live(threads[(unsigned)rand() % THREADS]);
    is_alive = false;
    fake_preempt_every(0);
    fake_hold(false);
    for (unsigned i = 0; i < THREADS; i++)
        fake_abort(threads[i]);
    for (unsigned i = 0; i < OWNERS; i++)
        sound &= owners[i]->wo_count == 0 && !last_waits[i];
    if (!ok(sound, "4,000 random calls: each work is where and whose it is"))
        printf("# seed %u\n", seed);
}

int
main(void)
{
    fake_init();
    for (unsigned seed = 1; seed <= SEEDS; seed++) {
        world_begin();
        test_random(seed);
        ok(world_end(), "... and none is left");
    }
    return tap_done();
}
