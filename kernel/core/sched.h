/* SPDX-License-Identifier: MIT */
/*
 * sched.h - who runs next: one place decides, and one leaves for user mode.
 */
#ifndef OSTIA_KERNEL_CORE_SCHED_H
#define OSTIA_KERNEL_CORE_SCHED_H

#include "kernel/thread.h"

#define SCHED_SLICE_MS 10

void sched_init(void);
/* Puts a runnable thread on the run queue, at the tail of its priority. */
void sched_enqueue(struct thread *thread);
void sched_dequeue(struct thread *thread);
/* A better thread is ready, or the slice is over. */
bool sched_preempt_wanted(void);
/* Interrupts have been off for so long that one of the timer is due. */
bool sched_interrupt_due(void);
/*
 * Picks the best runnable thread and goes on as it: with its continuation, or
 * by sched_return; idles if there is none.
 */
NORETURN void sched_dispatch(void);
/* The same, after a moment in which interrupts that wait are served. */
NORETURN void sched_dispatch_open(void);
/* The running thread goes on in user mode, unless something better is due. */
NORETURN void sched_return(struct thread *self);
/*
 * sched_continue - the running thread goes on now with its continuation, on
 * the empty stack, told `why`.
 */
NORETURN void sched_continue(struct thread *self, wait_result_t why);
/*
 * sched_yield - the running thread goes behind the others of its priority and
 * goes on with `go_on`.
 */
NORETURN void sched_yield(struct thread *self, wait_continue_t go_on);
/*
 * sched_give_way - as sched_yield, in the middle of long work: it keeps the
 * rest of its slice, and interrupts that wait are served.
 */
NORETURN void sched_give_way(struct thread *self, wait_continue_t go_on);
/*
 * sched_handoff - a runnable thread that is on no run queue: the next to run
 * if the running one waits, else it is queued.
 */
void sched_handoff(struct thread *thread);
/*
 * sched_depress - lowest priority for the running thread until it runs again,
 * or until `deadline`.
 */
void sched_depress(struct thread *self, uint64_t deadline);
/*
 * sched_hasten - a thread that ends runs its way out before ordinary threads,
 * depressed or not.
 */
void sched_hasten(struct thread *thread);
/* The running thread will not run again: it leaves the processor. */
void sched_forget(struct thread *self);
/* Other threads are ready to run. */
bool sched_others_runnable(void);

#endif
