/* SPDX-License-Identifier: MIT */
/*
 * hostile.h - a task that takes as much of one thing as it gets.
 *
 * The task is a copy of ours.  It counts what it got and keeps the code with
 * which it was refused; then it holds all of it until it is ended.
 */
#ifndef TESTS_HOSTILE_H
#define TESTS_HOSTILE_H

#include <mach/mach.h>

/* Takes one more; KERN_SUCCESS until there is no more to be had. */
typedef kern_return_t (*hostile_take_t)(void);

struct hostile_result {
    int done; /* 1: it was refused, or had hostile_most */
    unsigned taken;
    kern_return_t code; /* of the refusal; KERN_SUCCESS: there was none */
};

/* Makes it; its only thread, suspended, takes until it is refused or has taken
 * `most`.  It still lives then. */
mach_port_t hostile_make(hostile_take_t take, unsigned most,
                         mach_port_t *thread);
/* The same, and lets it run. */
mach_port_t hostile_start(hostile_take_t take, unsigned most);
struct hostile_result hostile_wait(mach_port_t task);
/* Ends it; returns when all that it had is gone. */
void hostile_end(mach_port_t task);

#endif
