/* SPDX-License-Identifier: MIT */
/*
 * mach_port_sets.c - the routines of mach_port.defs on port sets, and those
 * that answer with arrays of names.
 */
#include "ipc/ipc_entry.h"
#include "ipc/ipc_listing.h"
#include "ipc/ipc_port.h"
#include "ipc/ipc_pset.h"
#include "ipc/ipc_right.h"
#include "mig/mach_port_server.h"

/* ---- Members ---- */

/* A receive right and a set: both names are judged before what they hold. */
static kern_return_t
look_up_both(ipc_space_t space, mach_port_name_t member, mach_port_name_t set,
             ipc_port_t *port, ipc_pset_t *pset)
{
    ipc_entry_t entry, set_entry;
    kern_return_t kr = ipc_right_lookup(space, member, IE_TYPE_BITS, &entry);

    if (kr == KERN_SUCCESS)
        kr = ipc_right_lookup(space, set, IE_TYPE_BITS, &set_entry);
    if (kr != KERN_SUCCESS)
        return kr;
    if ((ie_type(entry) & MACH_PORT_TYPE_RECEIVE) == 0 ||
        ie_type(set_entry) != MACH_PORT_TYPE_PORT_SET)
        return KERN_INVALID_RIGHT;
    *port = entry->ie_port;
    *pset = set_entry->ie_pset;
    return KERN_SUCCESS;
}

static kern_return_t
leave_all(ipc_space_t space, mach_port_name_t member)
{
    ipc_port_t port;
    kern_return_t kr = ipc_right_receive(space, member, &port);

    if (kr != KERN_SUCCESS)
        return kr;
    return ipc_pset_remove_all(port) ? KERN_SUCCESS : KERN_NOT_IN_SET;
}

/*
 * mach_port_move_member - a receive right into one set, and out of all others.
 *
 * Returns  KERN_SUCCESS, KERN_INVALID_TASK, KERN_INVALID_NAME
 *          KERN_INVALID_RIGHT  not a receive right, or not a set
 *          KERN_NOT_IN_SET     `after` is MACH_PORT_NULL: it was in none
 *          KERN_RESOURCE_SHORTAGE
 */
kern_return_t
mach_port_move_member(ipc_space_t task, mach_port_name_t member,
                      mach_port_name_t after)
{
    ipc_port_t port;
    ipc_pset_t pset;
    kern_return_t kr;

    if (!MACH_PORT_VALID(member) || after == MACH_PORT_DEAD)
        return KERN_INVALID_RIGHT;
    if (after == MACH_PORT_NULL)
        return leave_all(task, member);
    kr = look_up_both(task, member, after, &port, &pset);
    return kr == KERN_SUCCESS ? ipc_pset_move(pset, port) : kr;
}

/* Returns  as mach_port_move_member, and KERN_ALREADY_IN_SET */
kern_return_t
mach_port_insert_member(ipc_space_t task, mach_port_name_t name,
                        mach_port_name_t pset)
{
    ipc_port_t port;
    ipc_pset_t set;
    kern_return_t kr;

    if (!MACH_PORT_VALID(name) || !MACH_PORT_VALID(pset))
        return KERN_INVALID_RIGHT;
    kr = look_up_both(task, name, pset, &port, &set);
    return kr == KERN_SUCCESS ? ipc_pset_insert(set, port) : kr;
}

/* Returns  as mach_port_move_member */
kern_return_t
mach_port_extract_member(ipc_space_t task, mach_port_name_t name,
                         mach_port_name_t pset)
{
    ipc_port_t port;
    ipc_pset_t set;
    kern_return_t kr;

    if (!MACH_PORT_VALID(name) || !MACH_PORT_VALID(pset))
        return KERN_INVALID_RIGHT;
    kr = look_up_both(task, name, pset, &port, &set);
    return kr == KERN_SUCCESS ? ipc_pset_remove(set, port) : kr;
}

/* ---- Arrays of names ---- */

/*
 * mach_port_get_set_status - the names of a set's members.
 *
 * Returns  KERN_SUCCESS, KERN_INVALID_TASK, KERN_INVALID_NAME,
 *          KERN_INVALID_RIGHT, KERN_RESOURCE_SHORTAGE
 */
kern_return_t
mach_port_get_set_status(ipc_space_t task, mach_port_name_t name,
                         vm_map_copy_t *members,
                         mach_msg_type_number_t *membersCnt)
{
    vm_map_copy_t copy[2] = { VM_MAP_COPY_NULL, VM_MAP_COPY_NULL };
    ipc_entry_t entry;
    kern_return_t kr =
        ipc_right_lookup(task, name, MACH_PORT_TYPE_PORT_SET, &entry);

    if (kr == KERN_INVALID_NAME && !MACH_PORT_VALID(name))
        return KERN_INVALID_RIGHT;
    if (kr == KERN_SUCCESS)
        kr = ipc_listing_make(LIST_MEMBERS, task, entry->ie_pset, copy,
                              membersCnt);
    if (kr == KERN_SUCCESS)
        *members = copy[0];
    return kr;
}

/*
 * mach_port_names - all names of the task, and what each is.
 *
 * Returns  KERN_SUCCESS, KERN_INVALID_TASK, KERN_RESOURCE_SHORTAGE
 */
kern_return_t
mach_port_names(ipc_space_t task, vm_map_copy_t *names,
                mach_msg_type_number_t *namesCnt, vm_map_copy_t *types,
                mach_msg_type_number_t *typesCnt)
{
    vm_map_copy_t copy[2] = { VM_MAP_COPY_NULL, VM_MAP_COPY_NULL };
    kern_return_t kr;

    if (!task->is_active)
        return KERN_INVALID_TASK;
    kr = ipc_listing_make(LIST_NAMES, task, NULL, copy, namesCnt);
    if (kr != KERN_SUCCESS)
        return kr;
    *names = copy[0];
    *types = copy[1];
    *typesCnt = *namesCnt;
    return KERN_SUCCESS;
}
