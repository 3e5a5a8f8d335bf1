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

/* What `name` means, if it is a right of one of these types. */
static kern_return_t
look_up_type(ipc_space_t space, mach_port_name_t name, mach_port_type_t types,
             ipc_entry_t *entry)
{
    if (space == IS_NULL || !space->is_active)
        return KERN_INVALID_TASK;
    *entry = ipc_entry_lookup(space, name);
    if (*entry == NULL)
        return KERN_INVALID_NAME;
    return (ie_type(*entry) & types) == 0 ? KERN_INVALID_RIGHT : KERN_SUCCESS;
}

/* A receive right and a set. */
static kern_return_t
look_up_both(ipc_space_t space, mach_port_name_t member, mach_port_name_t set,
             ipc_port_t *port, ipc_pset_t *pset)
{
    ipc_entry_t entry;
    kern_return_t kr =
        look_up_type(space, member, MACH_PORT_TYPE_RECEIVE, &entry);

    if (kr != KERN_SUCCESS)
        return kr;
    *port = entry->ie_port;
    kr = look_up_type(space, set, MACH_PORT_TYPE_PORT_SET, &entry);
    if (kr != KERN_SUCCESS)
        return kr;
    *pset = entry->ie_pset;
    return KERN_SUCCESS;
}

static kern_return_t
leave_all(ipc_space_t space, mach_port_name_t member)
{
    ipc_entry_t entry;
    kern_return_t kr =
        look_up_type(space, member, MACH_PORT_TYPE_RECEIVE, &entry);

    if (kr != KERN_SUCCESS)
        return kr;
    return ipc_pset_remove_all(entry->ie_port) ? KERN_SUCCESS : KERN_NOT_IN_SET;
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

    if (task == IS_NULL)
        return KERN_INVALID_TASK;
    if (member == MACH_PORT_DEAD || after == MACH_PORT_DEAD)
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

    if (task == IS_NULL)
        return KERN_INVALID_TASK;
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

    if (task == IS_NULL)
        return KERN_INVALID_TASK;
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
        look_up_type(task, name, MACH_PORT_TYPE_PORT_SET, &entry);

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

    if (task == IS_NULL || !task->is_active)
        return KERN_INVALID_TASK;
    kr = ipc_listing_make(LIST_NAMES, task, NULL, copy, namesCnt);
    if (kr != KERN_SUCCESS)
        return kr;
    *names = copy[0];
    *types = copy[1];
    *typesCnt = *namesCnt;
    return KERN_SUCCESS;
}
