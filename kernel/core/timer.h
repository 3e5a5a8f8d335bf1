/* SPDX-License-Identifier: MIT */
/*
 * timer.h - deadlines, kept in a tree by time; the first one arms the machine.
 *
 * A timer lies in its owner, which cancels it before it dies.
 */
#ifndef OSTIA_KERNEL_CORE_TIMER_H
#define OSTIA_KERNEL_CORE_TIMER_H

#include "kernel/base/tree.h"
#include "kernel/base/types.h"

struct timer {
    struct tree_node tm_node;
    uint64_t tm_deadline;
    void (*tm_fire)(struct timer *timer); /* off the tree when called */
    bool tm_armed;
};

void timer_arm(struct timer *timer, uint64_t deadline,
               void (*fire)(struct timer *));
/* Allowed on a timer that is not armed. */
void timer_cancel(struct timer *timer);
/* The machine interrupts at `deadline`, or before. */
void timers_alarm(uint64_t deadline);

#endif
