/* SPDX-License-Identifier: MIT */
/*
 * mig_trap.c - what the handlers of traproutines stand on: the target, and
 * the results in the caller's memory.
 */
#include "ipc/mig_trap.h"

#include "ipc/ipc_entry.h"
#include "ipc/ipc_space.h"

ipc_port_t
mig_trap_target(ipc_thread_t self, const struct trap_args *args)
{
    ipc_entry_t entry =
        ipc_entry_lookup(self->ith_space, (mach_port_name_t)args->arg[0]);

    return entry != NULL && ie_type(entry) == MACH_PORT_TYPE_SEND &&
                   entry->ie_port == self->ith_space->is_task
               ? entry->ie_port
               : IP_NULL;
}

ipc_space_t
mig_trap_space(ipc_thread_t self, const struct trap_args *args)
{
    return mig_trap_target(self, args) != IP_NULL ? self->ith_space : IS_NULL;
}

static kern_return_t
code_of(copyio_result_t result)
{
    return result == COPYIO_OK ? KERN_SUCCESS : KERN_INVALID_ADDRESS;
}

kern_return_t
mig_trap_prepare(uint64_t address, size_t size)
{
    return code_of(copyio_prepare(user_addr(address), size, COPYIO_WRITE));
}

kern_return_t
mig_trap_fetch(uint64_t address, void *value, size_t size)
{
    kern_return_t kr = mig_trap_prepare(address, size);

    if (kr == KERN_SUCCESS)
        kr = code_of(copyin(user_addr(address), value, size));
    return kr;
}

kern_return_t
mig_trap_put(uint64_t address, const void *value, size_t size)
{
    return code_of(copyout(value, user_addr(address), size));
}
