/* SPDX-License-Identifier: MIT */
/*
 * ledger.c - the tree of ledgers: what each holds, and may have.
 *
 * A change goes up from a ledger, and as far as it changes what the next one
 * holds: frames within a reservation are counted in the parent already.
 *
 * The root keeps some frames back that no ledger's use may take, for births:
 * so a root job can be started whatever the others have taken.
 */
#include "kernel/core/ledger.h"

#include "kernel/base/assert.h"
#include "kernel/core/kalloc.h"
#include "kernel/core/sched.h"

/* Parts of all frames: for the kernel, and for a root job that is born */
#define KERNEL_SHARE 16
#define BIRTH_SHARE  64
#define BIRTH_LEAST  128ul /* frames */
#define BIRTHS_KEPT  4

static struct zone ledger_zone = ZONE_INIT("ledgers", struct ledger);

struct ledger root_ledger = {
    .le_refs = 1, .le_dying = { &root_ledger.le_dying, &root_ledger.le_dying }
};
struct ledger kernel_ledger = { .le_refs = 1,
                                .le_parent = &root_ledger,
                                .le_depth = 1,
                                .le_dying = { &kernel_ledger.le_dying,
                                              &kernel_ledger.le_dying } };

static size_t birth; /* the reservation of a root job, unless it is changed */

/* ---- counting */

static size_t
held(const struct ledger *ledger)
{
    return max(ledger->le_used, ledger->le_reservation);
}

/* Of so many frames more, how many are beyond the reservation? */
static size_t
beyond(const struct ledger *ledger, size_t frames)
{
    size_t used = ledger->le_used + frames;

    return used <= ledger->le_reservation
               ? 0
               : min(frames, used - ledger->le_reservation);
}

/* The ledger from `ledger` upwards that may not have so many more, or NULL;
 * the root does not touch the last `kept`. */
static struct ledger *
refuses(struct ledger *ledger, size_t frames, size_t kept)
{
    for (; ledger != NULL && frames != 0; ledger = ledger->le_parent) {
        size_t limit = ledger->le_limit;

        if (ledger == &root_ledger)
            limit -= min(kept, limit);
        if (ledger->le_used > limit || frames > limit - ledger->le_used)
            return ledger;
        frames = beyond(ledger, frames);
    }
    return NULL;
}

static void
add(struct ledger *ledger, size_t frames)
{
    for (; ledger != NULL && frames != 0; ledger = ledger->le_parent) {
        size_t more = beyond(ledger, frames);

        ledger->le_used += frames;
        frames = more;
    }
}

static void
subtract(struct ledger *ledger, size_t frames)
{
    for (; ledger != NULL && frames != 0; ledger = ledger->le_parent) {
        assert(ledger->le_used >= frames); /* (LG1) */
        debug_assert(ledger->le_parent == NULL ||
                     ledger->le_parent->le_used >= held(ledger)); /* (LG2) */
        ledger->le_used -= frames;
        frames = beyond(ledger, frames);
    }
}

struct ledger *
ledger_take(struct ledger *ledger, size_t frames)
{
    struct ledger *refused = refuses(ledger, frames, BIRTHS_KEPT * birth);

    if (refused == NULL)
        add(ledger, frames);
    return refused;
}

static bool
reserve(struct ledger *ledger, size_t frames, size_t kept)
{
    size_t before = held(ledger), after = max(ledger->le_used, frames);

    if (after > before &&
        refuses(ledger->le_parent, after - before, kept) != NULL)
        return false;
    ledger->le_reservation = frames;
    if (after > before)
        add(ledger->le_parent, after - before);
    else
        subtract(ledger->le_parent, before - after);
    return true;
}

bool
ledger_reserve(struct ledger *ledger, size_t frames)
{
    return reserve(ledger, frames, BIRTHS_KEPT * birth);
}

/* ---- the life of a ledger */

void
ledger_init(size_t frames)
{
    birth = max(frames / BIRTH_SHARE, BIRTH_LEAST);
    root_ledger.le_limit = frames;
    kernel_ledger.le_limit = frames;
    if (!reserve(&kernel_ledger, frames / KERNEL_SHARE, 0))
        panic("no memory for the kernel; give the machine more (MEM=)");
}

static void
free_step(struct work *work)
{
    struct ledger *ledger = container_of(work, struct ledger, le_work);
    struct ledger *parent = ledger->le_parent;

    assert(ledger->le_refs == 0 && ledger->le_used == 0); /* (LG3) */
    work_end(work);
    subtract(parent, ledger->le_reservation);
    sched_job_release(ledger->le_job);
    zfree(&ledger_zone, ledger);
    ledger_release(parent);
}

/* Work, since a parent may go with its last child (LG3); and of no task, which
 * may go with its ledger. */
static void
free_if_unused(struct ledger *ledger)
{
    if (ledger->le_refs == 0 && ledger->le_used == 0)
        work_later_for_kernel(&ledger->le_work, free_step);
}

struct ledger *
ledger_alloc(struct ledger *parent, size_t limit)
{
    struct ledger *ledger = NULL;

    if (parent->le_depth < LEDGER_DEPTH_MAX)
        ledger = zalloc(&ledger_zone,
                        parent == &root_ledger ? &kernel_ledger : parent);
    if (ledger == NULL)
        return NULL;
    ledger->le_refs = 1;
    ledger->le_parent = ledger_reference(parent);
    ledger->le_depth = parent->le_depth + 1;
    ledger->le_limit = min(limit, parent->le_limit / 2);
    queue_init(&ledger->le_dying);
    queue_init(&ledger->le_tasks);
    if (parent != &root_ledger) {
        ledger->le_job = sched_job_reference(parent->le_job);
        return ledger;
    }
    ledger->le_job = sched_job_create();
    if (ledger->le_job != NULL) {
        if (reserve(ledger, min(birth, ledger->le_limit), 0))
            return ledger;
        sched_job_release(ledger->le_job);
    }
    zfree(&ledger_zone, ledger);
    ledger_release(parent);
    return NULL;
}

struct ledger *
ledger_reference(struct ledger *ledger)
{
    assert(ledger->le_refs != 0 || ledger->le_used != 0); /* (LG3) */

    ledger->le_refs++;
    return ledger;
}

void
ledger_release(struct ledger *ledger)
{
    assert(ledger->le_refs != 0);

    if (--ledger->le_refs != 0)
        return;
    if (ledger->le_spare != NULL)
        zone_drop_spare(ledger);
    else
        free_if_unused(ledger);
}

void
ledger_give(struct ledger *ledger, size_t frames)
{
    subtract(ledger, frames);
    free_if_unused(ledger);
}

bool
ledger_move(struct ledger *from, struct ledger *to, size_t frames)
{
    if (from == to)
        return true;
    subtract(from, frames);
    if (refuses(to, frames, BIRTHS_KEPT * birth) != NULL) {
        add(from, frames);
        return false;
    }
    add(to, frames);
    ledger_give(from, 0);
    return true;
}
