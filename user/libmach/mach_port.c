/* SPDX-License-Identifier: MIT */
/*
 * mach_port.c - calls on names that tools/mig does not make.
 */
#include <mach/mach.h>

/* The trap makes the send-once right from a receive right, and no other way. */
kern_return_t
mach_port_request_notification(ipc_space_t task, mach_port_name_t name,
                               mach_msg_id_t msgid, mach_port_mscount_t sync,
                               mach_port_t notify,
                               mach_msg_type_name_t notifyPoly,
                               mach_port_t *previous)
{
    kern_return_t kr = MACH_SEND_INVALID_DEST;

    if (notifyPoly == MACH_MSG_TYPE_MAKE_SEND_ONCE)
        kr = _kernelrpc_mach_port_request_notification_trap(
            task, name, msgid, sync, notify, previous);

    if (kr == MACH_SEND_INVALID_DEST)
        kr = _kernelrpc_mach_port_request_notification(
            task, name, msgid, sync, notify, notifyPoly, previous);

    return kr;
}

kern_return_t
mach_port_kernel_object(ipc_space_t task, mach_port_name_t name,
                        unsigned *object_type, unsigned *object_addr)
{
    mach_vm_address_t address = 0;
    kern_return_t kr = mach_port_kobject(task, name, object_type, &address);

    if (kr == KERN_SUCCESS)
        *object_addr = (unsigned)address;

    return kr;
}
