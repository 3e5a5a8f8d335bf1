/* SPDX-License-Identifier: MIT */
/*
 * timer.c - the tree of deadlines.
 *
 * The scheduler arms the machine's timer for the first deadline when it leaves
 * the kernel; here is only the order.  Timers are allocated by nobody: they
 * lie in what they time.
 */
#include "kernel/core/timer.h"

#include "kernel/base/assert.h"
#include "kernel/core/clock.h"

/* So many go off in one interrupt; the next one follows at once. */
#define TIMERS_AT_ONCE 64

static struct tree timers;

static struct timer *
timer_of(const struct tree_node *node)
{
    return tree_element((char *)(uintptr_t)node, struct timer, tm_node);
}

static bool
earlier(const struct tree_node *a, const struct tree_node *b)
{
    return timer_of(a)->tm_deadline < timer_of(b)->tm_deadline;
}

/*
 * timer_arm - call `fire` when `deadline` has come.
 *
 * Requires  the timer is not armed, and is cancelled before its memory goes.
 */
void
timer_arm(struct timer *timer, uint64_t deadline, void (*fire)(struct timer *))
{
    assert(!timer->tm_armed);

    timer->tm_deadline = deadline;
    timer->tm_fire = fire;
    timer->tm_armed = true;
    tree_insert(&timers, &timer->tm_node, earlier);
}

void
timer_cancel(struct timer *timer)
{
    if (!timer->tm_armed)
        return;

    timer->tm_armed = false;
    tree_remove(&timers, &timer->tm_node);
}

/*
 * timers_expire - let go off what is due.
 *
 * After TIMERS_AT_ONCE the rest stays; timers_next then lies in the past, so
 * that the machine interrupts again as soon as user code runs.
 */
void
timers_expire(uint64_t now)
{
    for (unsigned i = 0; i < TIMERS_AT_ONCE; i++) {
        struct tree_node *first = tree_first(&timers);

        if (first == NULL || timer_of(first)->tm_deadline > now)
            return;
        timer_cancel(timer_of(first));
        timer_of(first)->tm_fire(timer_of(first));
    }
}

uint64_t
timers_next(void)
{
    struct tree_node *first = tree_first(&timers);

    return first == NULL ? DEADLINE_NONE : timer_of(first)->tm_deadline;
}
