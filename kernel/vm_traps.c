/* SPDX-License-Identifier: MIT */
/*
 * vm_traps.c - memory calls on the caller's own task, without a message.
 *
 * Any other target is refused with MACH_SEND_INVALID_DEST, upon which the
 * user's library sends the message instead.
 */
#include <mach/message.h>
#include <mach/vm_inherit.h>
#include <mach/vm_prot.h>

#include "ipc/ipc_kobject.h"
#include "kernel/ipc_tt.h"
#include "kernel/syscall.h"
#include "mig/mach_vm_server.h"

/* The current task's map if `name` stands for the current task, or NULL. */
static vm_map_t
own_map(ipc_thread_t self, mach_port_name_t name)
{
    ipc_port_t port = name_to_port(self->ith_space, name);
    struct task *task = task_current();

    if (port == IP_NULL || ipc_kobject_get(port, IKOT_TASK) != task)
        return VM_MAP_NULL;
    return task->task_map;
}

/* An address that a call takes and gives back. */
static kern_return_t
fetch_address(user_addr_t at, mach_vm_address_t *address)
{
    if (copyio_prepare(at, sizeof(*address), COPYIO_WRITE) != COPYIO_OK ||
        copyin(at, address, sizeof(*address)) != COPYIO_OK)
        return KERN_INVALID_ADDRESS;
    return KERN_SUCCESS;
}

/* The call itself may have unmapped the place that was prepared. */
static kern_return_t
store_address(user_addr_t at, mach_vm_address_t address)
{
    if (copyout(&address, at, sizeof(address)) != COPYIO_OK)
        return KERN_INVALID_ADDRESS;
    return KERN_SUCCESS;
}

uint64_t
_kernelrpc_mach_vm_allocate_trap(ipc_thread_t self,
                                 const struct trap_args *args)
{
    vm_map_t map = own_map(self, (mach_port_name_t)args->arg[0]);
    user_addr_t at = user_addr(args->arg[1]);
    mach_vm_address_t address;
    kern_return_t kr;

    if (map == VM_MAP_NULL)
        return (uint32_t)MACH_SEND_INVALID_DEST;
    kr = fetch_address(at, &address);
    if (kr == KERN_SUCCESS)
        kr = mach_vm_allocate(map, &address, args->arg[2], (int)args->arg[3]);
    if (kr == KERN_SUCCESS)
        kr = store_address(at, address);
    return (uint32_t)kr;
}

uint64_t
_kernelrpc_mach_vm_deallocate_trap(ipc_thread_t self,
                                   const struct trap_args *args)
{
    vm_map_t map = own_map(self, (mach_port_name_t)args->arg[0]);

    if (map == VM_MAP_NULL)
        return (uint32_t)MACH_SEND_INVALID_DEST;
    return (uint32_t)mach_vm_deallocate(map, args->arg[1], args->arg[2]);
}

uint64_t
_kernelrpc_mach_vm_protect_trap(ipc_thread_t self, const struct trap_args *args)
{
    vm_map_t map = own_map(self, (mach_port_name_t)args->arg[0]);

    if (map == VM_MAP_NULL)
        return (uint32_t)MACH_SEND_INVALID_DEST;
    return (uint32_t)mach_vm_protect(map, args->arg[1], args->arg[2],
                                     (boolean_t)args->arg[3],
                                     (vm_prot_t)args->arg[4]);
}

/* Fresh memory: the trap has no argument for a memory entry. */
uint64_t
_kernelrpc_mach_vm_map_trap(ipc_thread_t self, const struct trap_args *args)
{
    vm_map_t map = own_map(self, (mach_port_name_t)args->arg[0]);
    user_addr_t at = user_addr(args->arg[1]);
    mach_vm_address_t address;
    kern_return_t kr;

    if (map == VM_MAP_NULL)
        return (uint32_t)MACH_SEND_INVALID_DEST;
    kr = fetch_address(at, &address);
    if (kr == KERN_SUCCESS)
        kr = mach_vm_map(map, &address, args->arg[2], args->arg[3],
                         (int)args->arg[4], IP_NULL, 0, 0,
                         (vm_prot_t)args->arg[5], VM_PROT_ALL,
                         VM_INHERIT_DEFAULT);
    if (kr == KERN_SUCCESS)
        kr = store_address(at, address);
    return (uint32_t)kr;
}
