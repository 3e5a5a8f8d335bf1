/* SPDX-License-Identifier: MIT */
/*
 * child.h - tasks that a guest test makes out of nothing, and the exceptions
 * of their threads.
 *
 * child_copy gives a task with a copy of our memory: functions and variables
 * lie where they do in ours, names mean nothing there.  A function that runs
 * in it may call libmach; bootstrap_port is what the parent set as the task's
 * bootstrap port.
 */
#ifndef TESTS_CHILD_H
#define TESTS_CHILD_H

#include <mach/mach.h>
#include <stdbool.h>
#include <stddef.h>

#include "guest.h"

/* How long a test waits for what must come, in milliseconds */
#define CHILD_PATIENCE 20000u

mach_port_t child_empty(void); /* no memory, no names, no threads */
mach_port_t child_copy(void);  /* our memory, no names, no threads */
/* Empty too, in a ledger of its own, which may have half of what ours may: for
 * tests that are privileged jobs (etc/bootstrap.conf). */
mach_port_t child_apart(void);
void child_fill(mach_port_t task); /* makes an empty task a copy */

/* A thread of a copy: calls function(argument), then ends. */
mach_port_t child_thread_suspended(mach_port_t task, guest_function_t function,
                                   void *argument);
mach_port_t child_thread(mach_port_t task, guest_function_t function,
                         void *argument);
/* A suspended thread with these registers and nothing behind them */
mach_port_t child_bare_thread(mach_port_t task, const void *rip, uint64_t rsp,
                              uint64_t rdi, uint64_t rsi);

/* Fresh memory in a task */
mach_vm_address_t child_pages(mach_port_t task, unsigned count);
/* A variable of the child's, found by its address in our own memory */
void child_read(mach_port_t task, const void *from, void *to, size_t size);
void child_write(mach_port_t task, void *to, const void *from, size_t size);
int child_value(mach_port_t task, const volatile int *variable);
/* Waits until that int is what is wanted. */
bool child_until(mach_port_t task, const volatile int *flag, int wanted);

/* Whether an int moves within 500 ms, and whether it stands still for 30: a
 * thread of the task counts it up when it runs. */
bool child_moves(mach_port_t task, const volatile int *counter);
bool child_stands(mach_port_t task, const volatile int *counter);

/* Whether the name is dead, or becomes so while we wait */
bool child_dies(mach_port_t name);
/* Ends a task, waits until it is gone, and drops its name. */
void child_end(mach_port_t task);

/* ---- Exceptions ---- */

struct caught {
    exception_type_t type;
    int64_t code, subcode;
    mach_port_t thread, task;
    mach_port_t reply; /* a send-once right */
};

/* A port that gets all exceptions of `task` from now on */
mach_port_t catch_port(mach_port_t task);
/* The next exception; false: none came. */
bool catch_next(mach_port_t port, struct caught *caught);
/* The same, for a time of ours in milliseconds */
bool catch_within(mach_port_t port, struct caught *caught, unsigned patience);
/* True if an exception is there already, which is dropped with its rights. */
bool catch_poll(mach_port_t port);
/* Answers with `code`, and drops the rights that came with it. */
void catch_answer(struct caught *caught, kern_return_t code);
/* Drops the rights without an answer. */
void catch_drop(struct caught *caught);

x86_thread_state64_t thread_registers(mach_port_t thread);
kern_return_t thread_put_registers(mach_port_t thread,
                                   const x86_thread_state64_t *state);

/* ---- Traps, past libmach ---- */

/* rax is the class and number; returns rax. */
static inline uint64_t
raw_trap(uint64_t rax, uint64_t a, uint64_t b, uint64_t c, uint64_t d,
         uint64_t e)
{
    register uint64_t r10 __asm__("r10") = d;
    register uint64_t r8 __asm__("r8") = e;

    __asm__ volatile("syscall"
                     : "+a"(rax), "+D"(a), "+S"(b), "+d"(c), "+r"(r10), "+r"(r8)
                     :
                     : "rcx", "r11", "r9", "memory");
    return rax;
}

#define RAW_MACH(number)    (0x1000000u | (number))
#define RAW_MACHDEP(number) (0x3000000u | (number))

#endif
