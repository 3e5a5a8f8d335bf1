/* SPDX-License-Identifier: MIT */
/*
 * syscall.h - what a trap handler is (part of the ipc seam).
 *
 * include/mach/traps.def lists the traps; kernel/syscall.c dispatches them.
 * A handler is named as its trap, takes the raw register arguments and
 * returns the value for the user's result register, or never returns and
 * lets a continuation do so by thread_return().
 */
#ifndef OSTIA_KERNEL_SYSCALL_H
#define OSTIA_KERNEL_SYSCALL_H

#include "kernel/base/types.h"
#include "kernel/core/wait.h"
#include "vm/copyio.h"

#define TRAP_REGISTER_ARGS 6

struct trap_args {
    uint64_t arg[TRAP_REGISTER_ARGS];
};

typedef uint64_t (*trap_handler_t)(ipc_thread_t self,
                                   const struct trap_args *args);

#define TRAP(number, type, name, parameters) \
    uint64_t name(ipc_thread_t self, const struct trap_args *args);
#define MACHDEP_TRAP(number, type, name, parameters) \
    TRAP(number, type, name, parameters)
#include <mach/traps.def>

/*
 * trap_stack_arg - argument `index` (6, 7, …) of the running trap, read from
 * the user stack.
 */
MUSTUSE copyio_result_t trap_stack_arg(ipc_thread_t self, unsigned index,
                                       uint64_t *value);

#endif
