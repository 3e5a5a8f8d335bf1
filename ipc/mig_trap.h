/* SPDX-License-Identifier: MIT */
/*
 * mig_trap.h - routines of .defs files as traps, for the caller's own task.
 *
 * tools/mig makes the handlers of most traproutines out of these functions;
 * docs/mig.md says of which.  The first argument must name the caller's own
 * task: for any other the answer is MACH_SEND_INVALID_DEST, and the library
 * sends the message instead.
 */
#ifndef OSTIA_IPC_MIG_TRAP_H
#define OSTIA_IPC_MIG_TRAP_H

#include "ipc/ipc_thread.h"
#include "kernel/syscall.h"

/* The port of the caller's own task, borrowed, if argument 0 names it; else
 * IP_NULL. */
ipc_port_t mig_trap_target(ipc_thread_t self, const struct trap_args *args);
/* The task's names, which it holds as long as the thread runs; else IS_NULL. */
ipc_space_t mig_trap_space(ipc_thread_t self, const struct trap_args *args);

/*
 * mig_trap_prepare - make the place of a result ready (D13).
 * mig_trap_fetch - the same, and read what the caller left there.
 *
 * Returns  KERN_SUCCESS, KERN_INVALID_ADDRESS
 */
MUSTUSE kern_return_t mig_trap_prepare(uint64_t address, size_t size);
MUSTUSE kern_return_t mig_trap_fetch(uint64_t address, void *value,
                                     size_t size);

/*
 * mig_trap_put - write a result to the place that was made ready.
 *
 * Returns  KERN_SUCCESS
 *          KERN_INVALID_ADDRESS  the call itself has unmapped the place
 */
MUSTUSE kern_return_t mig_trap_put(uint64_t address, const void *value,
                                   size_t size);

#endif
