/* SPDX-License-Identifier: MIT */
/*
 * mach_port_traps.c - routines of mach_port.defs as traps, for the calling
 * task's own space.
 *
 * The first argument must be the task's own port: for any other the answer is
 * MACH_SEND_INVALID_DEST, and the library sends the message instead.  Memory
 * that results go to is made ready before anything changes (D13).
 */
#include "ipc/ipc_entry.h"
#include "ipc/ipc_kobject.h"
#include "ipc/ipc_port.h"
#include "ipc/ipc_right.h"
#include "ipc/ipc_thread.h"
#include "ipc/mach_port_construct.h"
#include "kernel/base/assert.h"
#include "kernel/syscall.h"
#include "mig/mach_port_server.h"

/*
 * The caller's space, if `name` is its task port; else IS_NULL.  Borrowed: the
 * running thread's task holds it.
 */
static ipc_space_t
port_name_to_own_space(ipc_thread_t self, mach_port_name_t name)
{
    ipc_entry_t entry = ipc_entry_lookup(self->ith_space, name);
    ipc_space_t space;

    if (entry == NULL || ie_type(entry) != MACH_PORT_TYPE_SEND ||
        ipc_kobject_type(entry->ie_port) != IKOT_TASK)
        return IS_NULL;
    space = convert_port_to_space(entry->ie_port);
    ipc_space_release(space);
    return space == self->ith_space ? space : IS_NULL;
}

/* Can `size` bytes of results be written there? */
static kern_return_t
prepare_result(uint64_t address, size_t size)
{
    switch (copyio_prepare(user_addr(address), size, COPYIO_WRITE)) {
    case COPYIO_OK:
        return KERN_SUCCESS;
    case COPYIO_BAD:
        return KERN_INVALID_ADDRESS;
    case COPYIO_PAGER:
        return KERN_MEMORY_ERROR;
    }

    panic("prepare_result");
}

static void
put_result(uint64_t address, const void *result, size_t size)
{
    copyio_result_t done = copyout(result, user_addr(address), size);

    assert(done == COPYIO_OK);
}

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
_kernelrpc_mach_port_allocate_trap(ipc_thread_t self,
                                   const struct trap_args *args)
{
    ipc_space_t space = port_name_to_own_space(self, args->arg[0]);
    mach_port_name_t name;
    kern_return_t kr;

    if (space == IS_NULL)
        return MACH_SEND_INVALID_DEST;
    kr = prepare_result(args->arg[2], sizeof(name));
    if (kr == KERN_SUCCESS)
        kr = mach_port_allocate(space, args->arg[1], &name);
    if (kr == KERN_SUCCESS)
        put_result(args->arg[2], &name, sizeof(name));
    return kr;
}

uint64_t
_kernelrpc_mach_port_deallocate_trap(ipc_thread_t self,
                                     const struct trap_args *args)
{
    ipc_space_t space = port_name_to_own_space(self, args->arg[0]);

    if (space == IS_NULL)
        return MACH_SEND_INVALID_DEST;
    return mach_port_deallocate(space, args->arg[1]);
}

uint64_t
_kernelrpc_mach_port_mod_refs_trap(ipc_thread_t self,
                                   const struct trap_args *args)
{
    ipc_space_t space = port_name_to_own_space(self, args->arg[0]);

    if (space == IS_NULL)
        return MACH_SEND_INVALID_DEST;
    return mach_port_mod_refs(space, args->arg[1], args->arg[2],
                              (mach_port_delta_t)args->arg[3]);
}

uint64_t
_kernelrpc_mach_port_move_member_trap(ipc_thread_t self,
                                      const struct trap_args *args)
{
    ipc_space_t space = port_name_to_own_space(self, args->arg[0]);

    if (space == IS_NULL)
        return MACH_SEND_INVALID_DEST;
    return mach_port_move_member(space, args->arg[1], args->arg[2]);
}

uint64_t
_kernelrpc_mach_port_insert_member_trap(ipc_thread_t self,
                                        const struct trap_args *args)
{
    ipc_space_t space = port_name_to_own_space(self, args->arg[0]);

    if (space == IS_NULL)
        return MACH_SEND_INVALID_DEST;
    return mach_port_insert_member(space, args->arg[1], args->arg[2]);
}

uint64_t
_kernelrpc_mach_port_extract_member_trap(ipc_thread_t self,
                                         const struct trap_args *args)
{
    ipc_space_t space = port_name_to_own_space(self, args->arg[0]);

    if (space == IS_NULL)
        return MACH_SEND_INVALID_DEST;
    return mach_port_extract_member(space, args->arg[1], args->arg[2]);
}

/*
 * A right out of the caller's own space, as a message would carry it.
 *
 * Returns  KERN_SUCCESS, KERN_INVALID_RIGHT (R55)
 */
static kern_return_t
take_right(ipc_space_t space, mach_port_name_t name,
           mach_msg_type_name_t disposition, ipc_port_t *right)
{
    ipc_entry_t entry;

    if (!MACH_PORT_VALID(name)) {
        *right = name == MACH_PORT_DEAD ? IP_DEAD : IP_NULL;
        return KERN_SUCCESS;
    }
    entry = ipc_entry_lookup(space, name);
    if (entry == NULL)
        return KERN_INVALID_RIGHT;
    ipc_right_check(space, entry);
    if (!ipc_right_copyin_check(entry, disposition, true))
        return KERN_INVALID_RIGHT;
    *right = ipc_right_copyin(space, entry, disposition);
    return KERN_SUCCESS;
}

uint64_t
_kernelrpc_mach_port_insert_right_trap(ipc_thread_t self,
                                       const struct trap_args *args)
{
    ipc_space_t space = port_name_to_own_space(self, args->arg[0]);
    mach_msg_type_name_t disposition = (mach_msg_type_name_t)args->arg[3];
    mach_msg_type_name_t type = ipc_right_type_moved(disposition);
    ipc_port_t right;
    kern_return_t kr;

    if (space == IS_NULL)
        return MACH_SEND_INVALID_DEST;
    if (type == MACH_MSG_TYPE_PORT_NONE)
        return KERN_INVALID_VALUE;
    kr = take_right(space, args->arg[2], disposition, &right);
    if (kr != KERN_SUCCESS)
        return kr;
    kr = mach_port_insert_right(space, args->arg[1], right, type);
    if (kr != KERN_SUCCESS)
        ipc_port_release_right(right, type);
    return kr;
}

uint64_t
_kernelrpc_mach_port_get_attributes_trap(ipc_thread_t self,
                                         const struct trap_args *args)
{
    ipc_space_t space = port_name_to_own_space(self, args->arg[0]);
    integer_t info[MACH_PORT_INFO_EXT_COUNT];
    mach_msg_type_number_t count;
    kern_return_t kr;

    if (space == IS_NULL)
        return MACH_SEND_INVALID_DEST;
    if (copyin(user_addr(args->arg[4]), &count, sizeof(count)) != COPYIO_OK ||
        prepare_result(args->arg[4], sizeof(count)) != KERN_SUCCESS)
        return KERN_INVALID_ADDRESS;
    if (count > countof(info))
        count = countof(info);
    if (prepare_result(args->arg[3], count * sizeof(*info)) != KERN_SUCCESS)
        return KERN_INVALID_ADDRESS;

    kr = mach_port_get_attributes(space, args->arg[1], (int)args->arg[2], info,
                                  &count);
    if (kr != KERN_SUCCESS)
        return kr;
    put_result(args->arg[3], info, count * sizeof(*info));
    put_result(args->arg[4], &count, sizeof(count));
    return KERN_SUCCESS;
}

uint64_t
_kernelrpc_mach_port_type_trap(ipc_thread_t self, const struct trap_args *args)
{
    ipc_space_t space = port_name_to_own_space(self, args->arg[0]);
    mach_port_type_t type;
    kern_return_t kr;

    if (space == IS_NULL)
        return MACH_SEND_INVALID_DEST;
    kr = prepare_result(args->arg[2], sizeof(type));
    if (kr == KERN_SUCCESS)
        kr = mach_port_type(space, args->arg[1], &type);
    if (kr == KERN_SUCCESS)
        put_result(args->arg[2], &type, sizeof(type));
    return kr;
}

uint64_t
_kernelrpc_mach_port_construct_trap(ipc_thread_t self,
                                    const struct trap_args *args)
{
    ipc_space_t space = port_name_to_own_space(self, args->arg[0]);
    mach_port_options_t options;
    mach_port_name_t name;
    kern_return_t kr;

    if (space == IS_NULL)
        return MACH_SEND_INVALID_DEST;
    if (copyin(user_addr(args->arg[1]), &options, sizeof(options)) != COPYIO_OK)
        return KERN_INVALID_ADDRESS;
    kr = prepare_result(args->arg[3], sizeof(name));
    if (kr == KERN_SUCCESS)
        kr = ipc_port_construct(space, &options, args->arg[2], &name);
    if (kr == KERN_SUCCESS)
        put_result(args->arg[3], &name, sizeof(name));
    return kr;
}

uint64_t
_kernelrpc_mach_port_destruct_trap(ipc_thread_t self,
                                   const struct trap_args *args)
{
    ipc_space_t space = port_name_to_own_space(self, args->arg[0]);

    if (space == IS_NULL)
        return MACH_SEND_INVALID_DEST;
    return mach_port_destruct(space, args->arg[1],
                              (mach_port_delta_t)args->arg[2], args->arg[3]);
}

uint64_t
_kernelrpc_mach_port_guard_trap(ipc_thread_t self, const struct trap_args *args)
{
    ipc_space_t space = port_name_to_own_space(self, args->arg[0]);

    if (space == IS_NULL)
        return MACH_SEND_INVALID_DEST;
    return mach_port_guard(space, args->arg[1], args->arg[2],
                           (boolean_t)args->arg[3]);
}

uint64_t
_kernelrpc_mach_port_unguard_trap(ipc_thread_t self,
                                  const struct trap_args *args)
{
    ipc_space_t space = port_name_to_own_space(self, args->arg[0]);

    if (space == IS_NULL)
        return MACH_SEND_INVALID_DEST;
    return mach_port_unguard(space, args->arg[1], args->arg[2]);
}

/* Names the right of the request before; without room for a name it ends. */
static kern_return_t
name_previous(ipc_space_t space, ipc_port_t previous, mach_port_name_t *name)
{
    kern_return_t kr;

    *name = MACH_PORT_NULL;
    if (previous == IP_NULL)
        return KERN_SUCCESS;
    if (previous == IP_DEAD || !ip_active(previous)) {
        ipc_port_release_sonce(previous);
        *name = MACH_PORT_DEAD;
        return KERN_SUCCESS;
    }
    kr = ipc_right_copyout(space, previous, MACH_MSG_TYPE_PORT_SEND_ONCE, name);
    if (kr != KERN_SUCCESS)
        ipc_port_release_sonce(previous);
    return kr;
}

/* The notify argument names a receive right: the send-once right is made. */
uint64_t
_kernelrpc_mach_port_request_notification_trap(ipc_thread_t self,
                                               const struct trap_args *args)
{
    ipc_space_t space = port_name_to_own_space(self, args->arg[0]);
    ipc_port_t notify, previous;
    mach_port_name_t name;
    kern_return_t kr;

    if (space == IS_NULL)
        return MACH_SEND_INVALID_DEST;
    kr = prepare_result(args->arg[5], sizeof(name));
    if (kr != KERN_SUCCESS)
        return kr;
    kr = take_right(space, args->arg[4], MACH_MSG_TYPE_MAKE_SEND_ONCE, &notify);
    if (kr != KERN_SUCCESS)
        return kr;
    kr = mach_port_request_notification(
        space, args->arg[1], (mach_msg_id_t)args->arg[2], args->arg[3], notify,
        MACH_MSG_TYPE_PORT_SEND_ONCE, &previous);
    if (kr != KERN_SUCCESS) {
        ipc_port_release_sonce(notify);
        return kr;
    }
    kr = name_previous(space, previous, &name);
    put_result(args->arg[5], &name, sizeof(name));
    return kr;
}
