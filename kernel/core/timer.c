/* SPDX-License-Identifier: MIT */
/*
 * timer.c - the tree of deadlines.
 *
 * The machine's timer is set for the first deadline, or for the end of a turn
 * (sched.c) if that is earlier.  One that fires too early, since its deadline was
 * cancelled, does no harm.
 */
#include "kernel/core/timer.h"

#include "kernel/base/assert.h"
#include "kernel/core/clock.h"
#include "kernel/core/cpu.h"
#include "kernel/core/trap.h"
#include "kernel/core/work.h"

#define TIMER_COST 600 /* instructions of one that goes off */

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

void
timers_alarm(uint64_t deadline)
{
    struct cpu *cpu = cpu_current();

    if (deadline < cpu->cpu_timer_armed) {
        cpu->cpu_timer_armed = deadline;
        machine_timer_arm(deadline);
    }
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
    timers_alarm(deadline);
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
 * Lets go off what is due.  When the budget is spent the rest stays, and its
 * deadline lies in the past.  Returns  the next deadline, or DEADLINE_NONE.
 */
static uint64_t
expire(uint64_t now)
{
    struct tree_node *first;

    while ((first = tree_first(&timers)) != NULL) {
        struct timer *timer = timer_of(first);

        if (timer->tm_deadline > now || work_spend(TIMER_COST))
            return timer->tm_deadline;
        timer_cancel(timer);
        timer->tm_fire(timer);
    }
    return DEADLINE_NONE;
}

/* The machine's timer has fired: it is set for nothing any more. */
void
timer_interrupt(void)
{
    cpu_current()->cpu_timer_armed = DEADLINE_NONE;
    timers_alarm(expire(clock_now()));
}
