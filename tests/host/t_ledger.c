/* SPDX-License-Identifier: MIT */
/*
 * t_ledger.c - the tree of ledgers, frame by frame (D24).
 *
 * After each step of a long random life, every ledger's use is what it has
 * itself and what its children hold.
 */
#include <stdlib.h>

#include "fake_seam.h"
#include "kernel/base/assert.h"
#include "tests/guest/tap.h"

#define FRAMES  65536u
#define BIRTH   (FRAMES / 64)
#define LEDGERS 24u
#define STEPS   20000u

static struct ledger *
job(void)
{
    return ledger_alloc(&root_ledger, SIZE_MAX);
}

static bool
takes(struct ledger *ledger, size_t frames)
{
    return ledger_take(ledger, frames) == NULL;
}

static void
end(struct ledger *ledger)
{
    ledger_give(ledger, ledger->le_used);
    (void)ledger_reserve(ledger, 0);
    ledger_release(ledger);
    fake_run();
}

TEST(limits)
{
    struct ledger *parent = job();
    struct ledger *child = ledger_alloc(parent, SIZE_MAX);

    ok(parent->le_limit == FRAMES / 2, "a root job may have half");
    ok(child->le_limit == FRAMES / 4, "... and what it starts half of that");
    ok(ledger_take(child, FRAMES / 4 + 1) == child,
       "a ledger is refused more than its limit, and named");
    ok(takes(child, FRAMES / 4), "... up to it, nothing is");
    ok(ledger_take(child, 1) == child, "... beyond it, a single frame is");
    ok(parent->le_used >= FRAMES / 4, "the parent has what its child holds");
    child->le_limit = FRAMES;
    ok(ledger_take(child, FRAMES / 4) == parent,
       "a parent's limit holds for its child");
    end(child);
    ok(parent->le_used == 0, "what a child gives back its parent has back");
    end(parent);
}

TEST(reservations)
{
    struct ledger *greedy = job(), *modest = job();
    size_t had = 0;

    ok(modest->le_reservation == BIRTH, "a root job is born with a share");
    greedy->le_limit = FRAMES;
    while (takes(greedy, 1))
        had++;
    ok(had > FRAMES / 2, "a job takes all that it gets");
    ok(takes(modest, BIRTH), "... another has what was reserved for it");
    ok(ledger_take(modest, 1) == &root_ledger, "... and no more");
    ok(takes(&kernel_ledger, FRAMES / 32), "... so has the kernel");
    ledger_give(&kernel_ledger, FRAMES / 32);
    ok(!ledger_reserve(modest, 2 * BIRTH), "... nothing is left to reserve");
    ok(ledger_reserve(modest, BIRTH / 2),
       "... but what is in use need not be reserved");
    ledger_give(modest, BIRTH);
    ok(takes(greedy, BIRTH / 2), "... and others get the rest of it");
    ledger_give(greedy, BIRTH / 2);

    for (unsigned births = 0; births < 4; births++) {
        struct ledger *born = job();

        ok(born != NULL, "... a root job is born");
        ok(takes(born, BIRTH), "... and has its share");
        end(born);
    }
    end(greedy);
    end(modest);
}

TEST(depth)
{
    struct ledger *chain[LEDGER_DEPTH_MAX + 1] = { &root_ledger };

    for (unsigned depth = 1; depth <= LEDGER_DEPTH_MAX; depth++)
        chain[depth] = ledger_alloc(chain[depth - 1], SIZE_MAX);
    ok(chain[LEDGER_DEPTH_MAX] != NULL, "ledgers hang on each other");
    ok(ledger_alloc(chain[LEDGER_DEPTH_MAX], SIZE_MAX) == NULL,
       "... not too deep");
    for (unsigned depth = 1; depth < LEDGER_DEPTH_MAX; depth++)
        ledger_release(chain[depth]);
    ok(takes(chain[LEDGER_DEPTH_MAX], 1),
       "a ledger lives on while one hangs on it");
    end(chain[LEDGER_DEPTH_MAX]);
}

TEST(debt)
{
    struct ledger *parent = job();
    struct ledger *child = ledger_alloc(parent, SIZE_MAX);
    size_t others = parent->le_used;

    (void)takes(child, 10);
    ledger_release(child);
    ok(parent->le_used == others + 10, "a dead job's debt stays its starter's");
    ledger_release(ledger_reference(child));
    fake_run();
    ok(parent->le_used == others + 10, "... whatever else it comes to pay for");
    ledger_give(child, 10);
    fake_run();
    ok(parent->le_used == 0, "... until it is paid");

    child = ledger_alloc(parent, SIZE_MAX);
    (void)takes(parent, 100);
    child->le_limit = 50;
    ok(!ledger_move(parent, child, 100), "frames that are too many stay");
    ok(ALL(child->le_used == 0, parent->le_used >= 100), "... all of them");
    ok(ledger_move(parent, child, 50), "others move");
    ok(child->le_used == 50, "... to who pays for them now");
    end(child);
    end(parent);
}

/* ---- a random life */

static struct ledger *all[LEDGERS];
static size_t own[LEDGERS];

/* A child takes one for the ledger itself too. */
static bool
adds_up(unsigned n)
{
    size_t used = own[n];

    for (unsigned i = 0; i < LEDGERS; i++)
        if (all[i] != NULL && all[i]->le_parent == all[n])
            used += 1 + max(all[i]->le_used, all[i]->le_reservation);
    return all[n]->le_used == used;
}

static void
step(unsigned n, size_t frames)
{
    unsigned other = (unsigned)rand() % LEDGERS;

    switch (rand() % 4) {
    case 0:
        if (takes(all[n], frames))
            own[n] += frames;
        return;
    case 1:
        frames = min(frames, own[n]);
        ledger_give(all[n], frames);
        own[n] -= frames;
        return;
    case 2:
        frames = min(frames, own[n]);
        if (n != other && ledger_move(all[n], all[other], frames)) {
            own[n] -= frames;
            own[other] += frames;
        }
        return;
    default:
        (void)ledger_reserve(all[n], frames);
        return;
    }
}

TEST(random)
{
    bool sound = true;

    for (unsigned i = 0; i < LEDGERS; i++) {
        struct ledger *parent = i < 4 ? &root_ledger : all[rand() % i];

        if (parent->le_depth == LEDGER_DEPTH_MAX)
            parent = all[0];
        all[i] = ledger_alloc(parent, SIZE_MAX);
    }
    for (unsigned n = 0; n < STEPS; n++) {
        step((unsigned)rand() % LEDGERS, (size_t)rand() % 2000);
        for (unsigned i = 0; i < LEDGERS; i++)
            sound &= adds_up(i);
        sound &= root_ledger.le_used <= FRAMES;
    }
    ok(sound, "each use is what is had and what children hold, always");
    for (unsigned i = LEDGERS; i-- > 0;) {
        ledger_give(all[i], own[i]);
        (void)ledger_reserve(all[i], 0);
        ledger_release(all[i]);
    }
    fake_run();
}

int
main(void)
{
    size_t kernel, root;

    srand(1);
    fake_init();
    ledger_init(FRAMES);
    kernel = kernel_ledger.le_used;
    root = root_ledger.le_used;
    tap_run_tests();
    ok(ALL(kernel_ledger.le_used == kernel, root_ledger.le_used == root),
       "all is back where it was");
    ok(fake_live() == 0, "... and no ledger is left");
    return tap_done();
}
