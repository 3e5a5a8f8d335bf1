/* SPDX-License-Identifier: MIT */
/*
 * mach_port_guard.c - the routines of mach_port.defs on the context of a port
 * and its guard.
 *
 *     context 0 --guard--> guarded --unguard--> context 0
 *               <---- the receive right moves (R49)
 *
 * A context is 64 bits that mean something to the port's owner alone.  A guard
 * is a context that must be known to end the receive right; a strict one is
 * shown by no call and no trailer, and does not change.
 */
#include <mach/port.h>

#include "ipc/ipc_entry.h"
#include "ipc/ipc_port.h"
#include "ipc/ipc_right.h"
#include "mig/mach_port_server.h"

/* The port of a receive right; NULL and DEAD are no names here. */
static kern_return_t
look_up(ipc_space_t space, mach_port_name_t name, ipc_port_t *port)
{
    ipc_entry_t entry;
    kern_return_t kr =
        ipc_right_lookup(space, name, MACH_PORT_TYPE_RECEIVE, &entry);

    if (kr == KERN_SUCCESS)
        *port = entry->ie_port;
    return kr;
}

/* Is this the port's guard? */
static bool
knows_guard(ipc_port_t port, mach_port_context_t guard)
{
    return port->ip_guarded && port->ip_context == guard;
}

/*
 * mach_port_guard_with_flags - make the context a guard.
 *
 * Returns  KERN_SUCCESS
 *          KERN_INVALID_ARGUMENT  the port has a context already (R50), or a
 *                                 flag is not known
 *          KERN_INVALID_TASK, KERN_INVALID_NAME, KERN_INVALID_RIGHT
 */
kern_return_t
mach_port_guard_with_flags(ipc_space_t task, mach_port_name_t name,
                           mach_port_context_t guard, uint64_t flags)
{
    ipc_port_t port;
    kern_return_t kr = look_up(task, name, &port);

    if (kr != KERN_SUCCESS)
        return kr;
    if ((flags & ~(MPG_STRICT | MPG_IMMOVABLE_RECEIVE)) != 0 ||
        port->ip_guarded || port->ip_context != 0)
        return KERN_INVALID_ARGUMENT;

    ip_guard(port, guard);
    port->ip_strict = (flags & MPG_STRICT) != 0;
    if ((flags & MPG_IMMOVABLE_RECEIVE) != 0)
        port->ip_immovable = true;
    return KERN_SUCCESS;
}

kern_return_t
mach_port_guard(ipc_space_t task, mach_port_name_t name,
                mach_port_context_t guard, boolean_t strict)
{
    return mach_port_guard_with_flags(task, name, guard,
                                      strict ? MPG_STRICT : MPG_FLAGS_NONE);
}

/*
 * mach_port_unguard - take the guard off; a right that cannot move stays so.
 *
 * Returns  KERN_SUCCESS
 *          KERN_INVALID_ARGUMENT  not guarded, or another guard
 *          KERN_INVALID_TASK, KERN_INVALID_NAME, KERN_INVALID_RIGHT
 */
kern_return_t
mach_port_unguard(ipc_space_t task, mach_port_name_t name,
                  mach_port_context_t guard)
{
    ipc_port_t port;
    kern_return_t kr = look_up(task, name, &port);

    if (kr != KERN_SUCCESS)
        return kr;
    if (!knows_guard(port, guard))
        return KERN_INVALID_ARGUMENT;
    port->ip_context = 0;
    port->ip_guarded = false;
    port->ip_strict = false;
    return KERN_SUCCESS;
}

/* Returns  as mach_port_unguard; KERN_INVALID_ARGUMENT for a strict guard too
 */
kern_return_t
mach_port_swap_guard(ipc_space_t task, mach_port_name_t name,
                     mach_port_context_t old_guard,
                     mach_port_context_t new_guard)
{
    ipc_port_t port;
    kern_return_t kr = look_up(task, name, &port);

    if (kr != KERN_SUCCESS)
        return kr;
    if (port->ip_strict || !knows_guard(port, old_guard))
        return KERN_INVALID_ARGUMENT;
    port->ip_context = new_guard;
    return KERN_SUCCESS;
}

/*
 * Returns  KERN_SUCCESS, with the context; 0 for a strict guard
 *          KERN_INVALID_TASK, KERN_INVALID_NAME, KERN_INVALID_RIGHT
 */
kern_return_t
mach_port_get_context(ipc_space_t task, mach_port_name_t name,
                      mach_port_context_t *context)
{
    ipc_port_t port;
    kern_return_t kr = ipc_right_receive(task, name, &port);

    if (kr == KERN_SUCCESS)
        *context = ip_context_shown(port);
    return kr;
}

/*
 * mach_port_set_context - change the context, and so a guard that is not
 * strict.
 *
 * Returns  KERN_SUCCESS
 *          KERN_INVALID_ARGUMENT  the guard is strict
 *          KERN_INVALID_TASK, KERN_INVALID_NAME, KERN_INVALID_RIGHT
 */
kern_return_t
mach_port_set_context(ipc_space_t task, mach_port_name_t name,
                      mach_port_context_t context)
{
    ipc_port_t port;
    kern_return_t kr = ipc_right_receive(task, name, &port);

    if (kr != KERN_SUCCESS)
        return kr;
    if (port->ip_strict)
        return KERN_INVALID_ARGUMENT;
    port->ip_context = context;
    return KERN_SUCCESS;
}

/*
 * mach_port_assert_attributes - is it as the caller believes?
 *
 * Returns  KERN_SUCCESS           GUARD_INFO: the port has this guard
 *          KERN_INVALID_ARGUMENT  it has not; or no such flavor
 *          KERN_FAILURE           the count is too small
 *          KERN_INVALID_TASK, KERN_INVALID_NAME, KERN_INVALID_RIGHT
 */
kern_return_t
mach_port_assert_attributes(ipc_space_t task, mach_port_name_t name,
                            mach_port_flavor_t flavor, mach_port_info_t info,
                            mach_msg_type_number_t infoCnt)
{
    mach_port_guard_info_t expected;
    ipc_port_t port;
    kern_return_t kr;

    if (flavor != MACH_PORT_GUARD_INFO)
        return KERN_INVALID_ARGUMENT;
    if (infoCnt < MACH_PORT_GUARD_INFO_COUNT)
        return KERN_FAILURE;
    kr = ipc_right_receive(task, name, &port);
    if (kr != KERN_SUCCESS)
        return kr;
    memcpy(&expected, info, sizeof(expected));
    return knows_guard(port, expected.mpgi_guard) ? KERN_SUCCESS
                                                  : KERN_INVALID_ARGUMENT;
}
