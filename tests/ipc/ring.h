/* SPDX-License-Identifier: MIT */
/*
 * ring.h - the border on the host between a test of tests/ipc/, linked with
 * libmach as a user program is, and the kernel's ipc/ on its fake seam.
 *
 * Both sides have functions of the same names (mach_port_allocate), so the
 * test and libmach are linked first and keep theirs to themselves; nothing but
 * what stands here is seen across.
 */
#ifndef OSTIA_TESTS_IPC_RING_H
#define OSTIA_TESTS_IPC_RING_H

#include <stdbool.h>
#include <stdint.h>

#define RING_TRAP_ARGS 8

/* ---- The kernel's side: ring_host.c ---- */

/* What SYSCALL is on the machine.  Other threads run while this one waits. */
uint64_t ring_trap(unsigned number, const uint64_t args[RING_TRAP_ARGS]);

/* A thread of the test's task; the name of its port, with one reference. */
uint32_t ring_thread_create(void (*function)(void *), void *argument,
                            bool suspended);
void ring_thread_end(void) __attribute__((noreturn));
/* What thread_abort and others do.  Returns a kern_return_t. */
enum ring_deed {
    RING_ABORT,
    RING_TERMINATE,
    RING_SUSPEND,
    RING_RESUME,
};
int ring_thread_do(uint32_t name, enum ring_deed deed);
bool ring_thread_waits(uint32_t name);

/* A task without threads; the name of its port, with one reference. */
uint32_t ring_task_create(void);
/* Returns when nothing of the task is left. */
int ring_task_terminate(uint32_t name);
/* The tokens of the test's own task. */
void ring_task_tokens(uint32_t security[2], uint32_t audit[8]);

/* ---- The test's side: ring_user.c ---- */

/* Makes libmach work, and runs the test's main. */
int ring_main(void);

#endif
