/* SPDX-License-Identifier: MIT */
/*
 * fake_stack.c - the arguments of a trap that lie on the user's stack.
 */
#include "fake_stack.h"

#include "kernel/base/assert.h"
#include "kernel/syscall.h"

uint64_t fake_stack_args[2];
bool fake_stack_bad;

copyio_result_t
trap_stack_arg(ipc_thread_t self, unsigned index, uint64_t *value)
{
    (void)self;
    assert(index == TRAP_REGISTER_ARGS || index == TRAP_REGISTER_ARGS + 1);
    if (fake_stack_bad)
        return COPYIO_BAD;
    *value = fake_stack_args[index - TRAP_REGISTER_ARGS];
    return COPYIO_OK;
}
