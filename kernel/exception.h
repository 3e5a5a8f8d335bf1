/* SPDX-License-Identifier: MIT */
/*
 * exception.h - exceptions on their way to a handler (D20).
 */
#ifndef OSTIA_KERNEL_EXCEPTION_H
#define OSTIA_KERNEL_EXCEPTION_H

#include "ipc/ipc_types.h"
#include "kernel/thread.h"

/*
 * exception_raise - send the noted exception to its handler, and wait.
 *
 * Requires  the running thread, at its exit to user mode.
 * Blocks    until the answer; then back to the exit.
 */
NORETURN void exception_raise(struct thread *self);
/* A message to the reply port of an exception (ipc_kobject_ops).  Consumes. */
void exception_reply(ipc_port_t port, ipc_kmsg_t kmsg);

/* The report of an exception that nobody handled (crash.c). */
void crash_report(struct thread *self);

#endif
