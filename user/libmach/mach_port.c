/* SPDX-License-Identifier: MIT */
/*
 * mach_port.c - calls on names: by a trap on our own space, else by a message.
 *
 * A trap takes only the caller's own task; for every other one it answers
 * MACH_SEND_INVALID_DEST, and the message shows whether the port is any good.
 */
#include <mach/mach.h>

kern_return_t
mach_port_allocate(ipc_space_t task, mach_port_right_t right,
                   mach_port_name_t *name)
{
    kern_return_t kr = _kernelrpc_mach_port_allocate_trap(task, right, name);

    if (kr == MACH_SEND_INVALID_DEST)
        kr = _kernelrpc_mach_port_allocate(task, right, name);

    return kr;
}

kern_return_t
mach_port_deallocate(ipc_space_t task, mach_port_name_t name)
{
    kern_return_t kr = _kernelrpc_mach_port_deallocate_trap(task, name);

    if (kr == MACH_SEND_INVALID_DEST)
        kr = _kernelrpc_mach_port_deallocate(task, name);

    return kr;
}

kern_return_t
mach_port_mod_refs(ipc_space_t task, mach_port_name_t name,
                   mach_port_right_t right, mach_port_delta_t delta)
{
    kern_return_t kr =
        _kernelrpc_mach_port_mod_refs_trap(task, name, right, delta);

    if (kr == MACH_SEND_INVALID_DEST)
        kr = _kernelrpc_mach_port_mod_refs(task, name, right, delta);

    return kr;
}

kern_return_t
mach_port_type(ipc_space_t task, mach_port_name_t name, mach_port_type_t *ptype)
{
    kern_return_t kr = _kernelrpc_mach_port_type_trap(task, name, ptype);

    if (kr == MACH_SEND_INVALID_DEST)
        kr = _kernelrpc_mach_port_type(task, name, ptype);

    return kr;
}

kern_return_t
mach_port_insert_right(ipc_space_t task, mach_port_name_t name,
                       mach_port_t poly, mach_msg_type_name_t polyPoly)
{
    kern_return_t kr =
        _kernelrpc_mach_port_insert_right_trap(task, name, poly, polyPoly);

    if (kr == MACH_SEND_INVALID_DEST)
        kr = _kernelrpc_mach_port_insert_right(task, name, poly, polyPoly);

    return kr;
}

kern_return_t
mach_port_move_member(ipc_space_t task, mach_port_name_t member,
                      mach_port_name_t after)
{
    kern_return_t kr =
        _kernelrpc_mach_port_move_member_trap(task, member, after);

    if (kr == MACH_SEND_INVALID_DEST)
        kr = _kernelrpc_mach_port_move_member(task, member, after);

    return kr;
}

kern_return_t
mach_port_insert_member(ipc_space_t task, mach_port_name_t name,
                        mach_port_name_t pset)
{
    kern_return_t kr =
        _kernelrpc_mach_port_insert_member_trap(task, name, pset);

    if (kr == MACH_SEND_INVALID_DEST)
        kr = _kernelrpc_mach_port_insert_member(task, name, pset);

    return kr;
}

kern_return_t
mach_port_extract_member(ipc_space_t task, mach_port_name_t name,
                         mach_port_name_t pset)
{
    kern_return_t kr =
        _kernelrpc_mach_port_extract_member_trap(task, name, pset);

    if (kr == MACH_SEND_INVALID_DEST)
        kr = _kernelrpc_mach_port_extract_member(task, name, pset);

    return kr;
}

kern_return_t
mach_port_get_attributes(ipc_space_t task, mach_port_name_t name,
                         mach_port_flavor_t flavor,
                         mach_port_info_t port_info_out,
                         mach_msg_type_number_t *port_info_outCnt)
{
    kern_return_t kr = _kernelrpc_mach_port_get_attributes_trap(
        task, name, flavor, port_info_out, port_info_outCnt);

    if (kr == MACH_SEND_INVALID_DEST)
        kr = _kernelrpc_mach_port_get_attributes(
            task, name, flavor, port_info_out, port_info_outCnt);

    return kr;
}

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
mach_port_construct(ipc_space_t task, mach_port_options_ptr_t options,
                    mach_port_context_t context, mach_port_name_t *name)
{
    kern_return_t kr =
        _kernelrpc_mach_port_construct_trap(task, options, context, name);

    if (kr == MACH_SEND_INVALID_DEST)
        kr = _kernelrpc_mach_port_construct(task, options, context, name);

    return kr;
}

kern_return_t
mach_port_destruct(ipc_space_t task, mach_port_name_t name,
                   mach_port_delta_t srdelta, mach_port_context_t guard)
{
    kern_return_t kr =
        _kernelrpc_mach_port_destruct_trap(task, name, srdelta, guard);

    if (kr == MACH_SEND_INVALID_DEST)
        kr = _kernelrpc_mach_port_destruct(task, name, srdelta, guard);

    return kr;
}

kern_return_t
mach_port_guard(ipc_space_t task, mach_port_name_t name,
                mach_port_context_t guard, boolean_t strict)
{
    kern_return_t kr =
        _kernelrpc_mach_port_guard_trap(task, name, guard, strict);

    if (kr == MACH_SEND_INVALID_DEST)
        kr = _kernelrpc_mach_port_guard(task, name, guard, strict);

    return kr;
}

kern_return_t
mach_port_unguard(ipc_space_t task, mach_port_name_t name,
                  mach_port_context_t guard)
{
    kern_return_t kr = _kernelrpc_mach_port_unguard_trap(task, name, guard);

    if (kr == MACH_SEND_INVALID_DEST)
        kr = _kernelrpc_mach_port_unguard(task, name, guard);

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
