/* SPDX-License-Identifier: MIT */
/*
 * mach_port_sets.c - the routines of mach_port.defs on port sets, and those
 * that answer with arrays of names.
 */
#include "ipc/ipc_entry.h"
#include "ipc/ipc_port.h"
#include "ipc/ipc_pset.h"
#include "ipc/ipc_request.h"
#include "ipc/ipc_right.h"
#include "kernel/kalloc.h"
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

/* Turns `count` words into memory for a reply. */
static kern_return_t
words_to_copy(const uint32_t *words, uint32_t count, vm_map_copy_t *copy)
{
    return vm_map_copy_from_kernel(words, count * sizeof(*words), copy);
}

static uint32_t
count_members(ipc_pset_t pset)
{
    queue_chain_t *chain = queue_first(&pset->ips_members);
    uint32_t count = 0;

    for (; chain != NULL; chain = queue_next(&pset->ips_members, chain))
        count++;
    return count;
}

static void
list_members(ipc_pset_t pset, mach_port_name_t *names)
{
    queue_chain_t *chain = queue_first(&pset->ips_members);

    for (; chain != NULL; chain = queue_next(&pset->ips_members, chain))
        *names++ = queue_element(chain, struct ipc_link, il_set_link)
                       ->il_port->ip_receiver_name;
}

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
    ipc_entry_t entry;
    mach_port_name_t *names;
    uint32_t count;
    kern_return_t kr =
        look_up_type(task, name, MACH_PORT_TYPE_PORT_SET, &entry);

    if (kr != KERN_SUCCESS)
        return kr;
    *members = VM_MAP_COPY_NULL;
    *membersCnt = 0;
    count = count_members(entry->ie_pset);
    if (count == 0)
        return KERN_SUCCESS;
    names = kalloc(count * sizeof(*names));
    if (names == NULL)
        return KERN_RESOURCE_SHORTAGE;

    list_members(entry->ie_pset, names);
    kr = words_to_copy(names, count, members);
    kfree(names, count * sizeof(*names));
    if (kr == KERN_SUCCESS)
        *membersCnt = count;
    return kr;
}

/* The names and types of all entries, at most `room`.  Returns how many. */
static uint32_t
list_names(ipc_space_t space, mach_port_name_t *names, mach_port_type_t *types)
{
    uint32_t end = space->is_entries.it_length * IE_CHUNK;
    uint32_t count = 0;

    for (uint32_t index = 1; index < end && count < space->is_names; index++) {
        ipc_entry_t entry = ipc_entry_at(space, index);

        if (entry == NULL || ie_type(entry) == 0)
            continue;
        ipc_right_check(space, entry);
        names[count] = ie_name(entry);
        types[count++] = ie_type(entry) | ipc_request_type(entry);
    }
    return count;
}

static kern_return_t
copy_both(const uint32_t *names, const uint32_t *types, uint32_t count,
          vm_map_copy_t *name_copy, vm_map_copy_t *type_copy)
{
    kern_return_t kr = words_to_copy(names, count, name_copy);

    if (kr != KERN_SUCCESS)
        return kr;
    kr = words_to_copy(types, count, type_copy);
    if (kr != KERN_SUCCESS)
        vm_map_copy_discard(*name_copy);
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
    uint32_t room, count;
    uint32_t *words;
    kern_return_t kr;

    if (task == IS_NULL || !task->is_active)
        return KERN_INVALID_TASK;
    *names = VM_MAP_COPY_NULL;
    *types = VM_MAP_COPY_NULL;
    *namesCnt = *typesCnt = 0;
    room = task->is_names;
    if (room == 0)
        return KERN_SUCCESS;
    words = kalloc(room * 2 * sizeof(*words));
    if (words == NULL)
        return KERN_RESOURCE_SHORTAGE;

    count = list_names(task, words, words + room);
    kr = copy_both(words, words + room, count, names, types);
    kfree(words, room * 2 * sizeof(*words));
    if (kr == KERN_SUCCESS)
        *namesCnt = *typesCnt = count;
    return kr;
}
