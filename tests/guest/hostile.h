/* SPDX-License-Identifier: MIT */
/*
 * hostile.h - a task that takes as much of one thing as it gets.
 *
 * The task is a copy of ours, in a ledger of its own below ours: so it may have
 * half of what we may.  It counts what it got and tells us, with the code by
 * which it was refused; then it holds all of it until it is ended.
 *
 * The test is a privileged job (etc/bootstrap.conf): it must get its ledger.
 */
#ifndef TESTS_HOSTILE_H
#define TESTS_HOSTILE_H

#include <mach/mach.h>

/* Takes one more; KERN_SUCCESS until there is no more to be had. */
typedef kern_return_t (*hostile_take_t)(void);

struct hostile_result {
    unsigned taken;
    kern_return_t code; /* of the refusal; KERN_SUCCESS: there was none */
};

/* Makes it; its only thread, suspended, takes until it is refused or has taken
 * `most`.  It still lives then. */
mach_port_t hostile_make(hostile_take_t take, unsigned most,
                         mach_port_t *thread);
/* The same, and lets it run. */
mach_port_t hostile_start(hostile_take_t take, unsigned most);
/* What the one that lives got, when it is refused or has had `most` */
struct hostile_result hostile_wait(void);
/* Ends it; returns when all that it had is gone. */
void hostile_end(mach_port_t task);

#endif
