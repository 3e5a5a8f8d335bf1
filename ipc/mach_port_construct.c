/* SPDX-License-Identifier: MIT */
/*
 * mach_port_construct.c - the routines of mach_port.defs that make a right in
 * a special way: by the old forms, or with options; and the end of a port that
 * was made so.
 *
 * Nothing of a new port is seen before all of it is there: what can fail comes
 * first, the name last.
 */
#include "ipc/mach_port_construct.h"

#include "ipc/ipc_entry.h"
#include "ipc/ipc_port.h"
#include "ipc/ipc_right.h"
#include "kernel/base/assert.h"
#include "mig/mach_port_server.h"

/* ---- The old forms ---- */

/*
 * mach_port_allocate_full - the old form of both ways to allocate.
 *
 * Returns  KERN_SUCCESS, and what mach_port_allocate and _allocate_name return
 *          KERN_INVALID_VALUE  proto is a port: there are no subsystems
 *          KERN_NOT_SUPPORTED  a message was to be kept ready
 */
kern_return_t
mach_port_allocate_full(ipc_space_t task, mach_port_right_t right,
                        ipc_port_t proto, mach_port_qos_t *qos,
                        mach_port_name_t *name)
{
    if (proto != IP_NULL)
        return KERN_INVALID_VALUE;
    if (qos->prealloc)
        return KERN_NOT_SUPPORTED;
    if (qos->name)
        return mach_port_allocate_name(task, right, *name);
    return mach_port_allocate(task, right, name);
}

/* Returns  as mach_port_allocate_full, and KERN_INVALID_ARGUMENT if the qos
 *          says that there is a name, which this call has no room for */
kern_return_t
mach_port_allocate_qos(ipc_space_t task, mach_port_right_t right,
                       mach_port_qos_t *qos, mach_port_name_t *name)
{
    if (qos->name)
        return KERN_INVALID_ARGUMENT;
    return mach_port_allocate_full(task, right, IP_NULL, qos, name);
}

/* ---- Options ---- */

/* A port is of one of these kinds at most. */
#define KINDS                                                         \
    (MPO_SERVICE_PORT | MPO_CONNECTION_PORT | MPO_TG_BLOCK_TRACKING | \
     MPO_REPLY_PORT | MPO_PROVISIONAL_REPLY_PORT | MPO_EXCEPTION_PORT)
#define OFFERED                                                   \
    (MPO_CONTEXT_AS_GUARD | MPO_QLIMIT | MPO_TEMPOWNER |          \
     MPO_INSERT_SEND_RIGHT | MPO_STRICT | MPO_IMMOVABLE_RECEIVE | \
     MPO_REPLY_PORT | MPO_PROVISIONAL_REPLY_PORT)
#define KNOWN                                                         \
    (OFFERED | KINDS | MPO_IMPORTANCE_RECEIVER | MPO_DENAP_RECEIVER | \
     MPO_FILTER_MSG | MPO_ENFORCE_REPLY_PORT_SEMANTICS)

static kern_return_t
check_options(const mach_port_options_t *options)
{
    uint32_t kinds = options->flags & KINDS;

    if ((options->flags & ~KNOWN) != 0 || (kinds & (kinds - 1)) != 0)
        return KERN_INVALID_ARGUMENT;
    if ((options->flags & ~OFFERED) != 0)
        return KERN_NOT_SUPPORTED;
    if ((options->flags & MPO_QLIMIT) != 0 &&
        options->mpl.mpl_qlimit > MACH_PORT_QLIMIT_MAX)
        return KERN_INVALID_VALUE;
    return KERN_SUCCESS;
}

/* What the options say of the port itself. */
static void
apply_options(ipc_port_t port, const mach_port_options_t *options,
              mach_port_context_t context)
{
    uint32_t flags = options->flags;

    port->ip_context = context;
    port->ip_guarded = (flags & MPO_CONTEXT_AS_GUARD) != 0;
    port->ip_strict = port->ip_guarded && (flags & MPO_STRICT) != 0;
    port->ip_immovable = (flags & MPO_IMMOVABLE_RECEIVE) != 0;
    port->ip_tempowner = (flags & MPO_TEMPOWNER) != 0;
    if ((flags & MPO_QLIMIT) != 0)
        port->ip_qlimit = options->mpl.mpl_qlimit;
}

/* A send right beside the receive right, under the same name. */
static void
insert_send_right(ipc_space_t space, ipc_port_t port)
{
    mach_port_name_t name = MACH_PORT_NULL;
    kern_return_t kr = ipc_right_copyout(space, ipc_port_make_send(port),
                                         MACH_MSG_TYPE_PORT_SEND, &name);

    assert(kr == KERN_SUCCESS && name == port->ip_receiver_name);
}

/*
 * ipc_port_construct - a receive right with all that the options say.
 *
 * Returns  KERN_SUCCESS, with *name
 *          KERN_INVALID_ARGUMENT  unknown flags, or two that exclude each other
 *          KERN_NOT_SUPPORTED     a flag that this kernel does not offer
 *          KERN_INVALID_VALUE     the queue limit is too high
 *          KERN_INVALID_TASK, KERN_NO_SPACE, KERN_RESOURCE_SHORTAGE
 */
kern_return_t
ipc_port_construct(ipc_space_t space, const mach_port_options_t *options,
                   mach_port_context_t context, mach_port_name_t *name)
{
    ipc_port_t port;
    kern_return_t kr = check_options(options);

    if (kr != KERN_SUCCESS)
        return kr;
    if (!space->is_active)
        return KERN_INVALID_TASK;
    kr = mach_port_allocate(space, MACH_PORT_RIGHT_RECEIVE, name);
    if (kr != KERN_SUCCESS)
        return kr;
    port = ipc_entry_lookup(space, *name)->ie_port;
    apply_options(port, options, context);
    if ((options->flags & MPO_INSERT_SEND_RIGHT) != 0)
        insert_send_right(space, port);
    return KERN_SUCCESS;
}

/*
 * mach_port_construct - the same by message.
 *
 * Consumes  options, on KERN_SUCCESS alone.
 * Returns   as ipc_port_construct
 */
kern_return_t
mach_port_construct(ipc_space_t task, vm_map_copy_t options,
                    mach_port_context_t context, mach_port_name_t *name)
{
    mach_port_options_t read;
    kern_return_t kr;

    vm_map_copy_read(options, 0, &read, sizeof(read));
    kr = ipc_port_construct(task, &read, context, name);
    if (kr == KERN_SUCCESS)
        vm_map_copy_discard(options);
    return kr;
}

/*
 * mach_port_destruct - end a receive right, and some send references with it.
 *
 * Returns  KERN_SUCCESS, KERN_INVALID_TASK, KERN_INVALID_NAME
 *          and what ipc_right_destruct returns
 */
kern_return_t
mach_port_destruct(ipc_space_t task, mach_port_name_t name,
                   mach_port_delta_t srdelta, mach_port_context_t guard)
{
    ipc_entry_t entry;
    kern_return_t kr =
        ipc_right_lookup(task, name, MACH_PORT_TYPE_RECEIVE, &entry);

    return kr == KERN_SUCCESS ? ipc_right_destruct(task, entry, srdelta, guard)
                              : kr;
}
