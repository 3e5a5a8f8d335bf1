/* SPDX-License-Identifier: MIT */
/*
 * mach_port_traps.c - the traps on the calling task's own space that tools/mig
 * cannot make: rights are named in them, or arguments lie in memory.
 *
 * Memory that results go to is made ready before anything changes (D13).
 */
#include "ipc/ipc_port.h"
#include "ipc/ipc_right.h"
#include "ipc/mach_port_construct.h"
#include "ipc/mig_trap.h"
#include "mig/mach_port_server.h"

/* The trap without a target: a new receive right, or MACH_PORT_NULL. */
uint64_t
mach_reply_port(ipc_thread_t self, const struct trap_args *args UNUSED)
{
    mach_port_name_t name = MACH_PORT_NULL;

    if (mach_port_allocate(self->ith_space, MACH_PORT_RIGHT_RECEIVE, &name) !=
        KERN_SUCCESS)
        return MACH_PORT_NULL;
    return name;
}

uint64_t
_kernelrpc_mach_port_insert_right_trap(ipc_thread_t self,
                                       const struct trap_args *args)
{
    ipc_space_t space = self->ith_space;
    mach_msg_type_name_t disposition = (mach_msg_type_name_t)args->arg[3];
    mach_msg_type_name_t type = ipc_right_type_moved(disposition);
    ipc_port_t right;
    kern_return_t kr;

    if (mig_trap_target(self, args) == IP_NULL)
        return MACH_SEND_INVALID_DEST;
    if (type == MACH_MSG_TYPE_PORT_NONE)
        return KERN_INVALID_VALUE;
    if (ipc_right_take(space, args->arg[2], disposition, &right) !=
        KERN_SUCCESS)
        return KERN_INVALID_RIGHT; /* R55 */
    kr = mach_port_insert_right(space, args->arg[1], right, type);
    if (kr != KERN_SUCCESS)
        ipc_port_release_right(right, type);
    return kr;
}

uint64_t
_kernelrpc_mach_port_get_attributes_trap(ipc_thread_t self,
                                         const struct trap_args *args)
{
    integer_t info[MACH_PORT_INFO_EXT_COUNT];
    mach_msg_type_number_t count;
    kern_return_t kr;

    if (mig_trap_target(self, args) == IP_NULL)
        return MACH_SEND_INVALID_DEST;
    kr = mig_trap_fetch(args->arg[4], &count, sizeof(count));
    if (kr != KERN_SUCCESS)
        return kr;
    count = min(count, countof(info));
    kr = mig_trap_prepare(args->arg[3], count * sizeof(*info));
    if (kr == KERN_SUCCESS)
        kr = mach_port_get_attributes(self->ith_space, args->arg[1],
                                      (int)args->arg[2], info, &count);
    if (kr == KERN_SUCCESS)
        kr = mig_trap_put(args->arg[3], info, count * sizeof(*info));
    if (kr == KERN_SUCCESS)
        kr = mig_trap_put(args->arg[4], &count, sizeof(count));
    return kr;
}

uint64_t
_kernelrpc_mach_port_construct_trap(ipc_thread_t self,
                                    const struct trap_args *args)
{
    mach_port_options_t options;
    mach_port_name_t name;
    kern_return_t kr;

    if (mig_trap_target(self, args) == IP_NULL)
        return MACH_SEND_INVALID_DEST;
    if (copyin(user_addr(args->arg[1]), &options, sizeof(options)) != COPYIO_OK)
        return KERN_INVALID_ADDRESS;
    kr = mig_trap_prepare(args->arg[3], sizeof(name));
    if (kr == KERN_SUCCESS)
        kr = ipc_port_construct(self->ith_space, &options, args->arg[2], &name);
    if (kr == KERN_SUCCESS)
        kr = mig_trap_put(args->arg[3], &name, sizeof(name));
    return kr;
}

/* The notify argument names a receive right: the send-once right is made. */
uint64_t
_kernelrpc_mach_port_request_notification_trap(ipc_thread_t self,
                                               const struct trap_args *args)
{
    ipc_space_t space = self->ith_space;
    ipc_port_t notify, previous;
    mach_port_name_t name;
    kern_return_t kr, put;

    if (mig_trap_target(self, args) == IP_NULL)
        return MACH_SEND_INVALID_DEST;
    kr = mig_trap_prepare(args->arg[5], sizeof(name));
    if (kr != KERN_SUCCESS)
        return kr;
    if (ipc_right_take(space, args->arg[4], MACH_MSG_TYPE_MAKE_SEND_ONCE,
                       &notify) != KERN_SUCCESS)
        return KERN_INVALID_RIGHT; /* R55 */
    kr = mach_port_request_notification(
        space, args->arg[1], (mach_msg_id_t)args->arg[2], args->arg[3], notify,
        MACH_MSG_TYPE_PORT_SEND_ONCE, &previous);
    if (kr != KERN_SUCCESS) {
        ipc_port_release_sonce(notify);
        return kr;
    }
    kr = ipc_right_put(space, previous, MACH_MSG_TYPE_PORT_SEND_ONCE, &name);
    put = mig_trap_put(args->arg[5], &name, sizeof(name));
    return kr != KERN_SUCCESS ? kr : put;
}
