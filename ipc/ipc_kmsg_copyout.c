/* SPDX-License-Identifier: MIT */
/*
 * ipc_kmsg_copyout.c - how a message goes out: rights become names and memory
 * is mapped, in the message's own bytes, piece by piece (D14).
 *
 * Nothing here touches the receiver's buffer: mach_msg_deliver.c copies
 * the bytes once they are final.  What cannot be delivered is destroyed at its place,
 * and the rest goes on (R38); what ran short is gathered as modifier bits.
 */
#include "ipc/ipc_entry.h"
#include "ipc/ipc_kmsg.h"
#include "ipc/ipc_port.h"
#include "ipc/ipc_ports.h"
#include "ipc/ipc_right.h"
#include "kernel/base/assert.h"
#include "kernel/base/string.h"
#include "kernel/core/ledger.h"
#include "kernel/core/work.h"
#include "vm/copyio.h"

/* Instructions: for a right to get its name, for a page of zeros, to copy the
 * names of a piece. */
#define PART_COST  500
#define ZEROS_COST 300
#define NAMES_COST 900

/* ---- One right ---- */

/*
 * Gives a right a name.  Consumes it.
 *
 * Returns  the name; MACH_PORT_NULL, with a bit in *error, if there is no room
 */
static mach_port_name_t
put_right(ipc_space_t space, ipc_port_t right, mach_msg_type_name_t type,
          mach_msg_return_t *error)
{
    mach_port_name_t name;
    kern_return_t kr = ipc_right_put(space, right, type, &name);

    if (kr != KERN_SUCCESS)
        *error |=
            kr == KERN_NO_SPACE ? MACH_MSG_IPC_SPACE : MACH_MSG_IPC_KERNEL;
    return name;
}

/* ---- The header ---- */

void
ipc_kmsg_use_dest(ipc_kmsg_t kmsg)
{
    ipc_port_t dest = kmsg->ikm_remote;

    kmsg->ikm_remote = IP_NULL;
    if (MACH_MSGH_BITS_REMOTE(kmsg->ikm_header->msgh_bits) ==
        MACH_MSG_TYPE_PORT_SEND)
        ipc_port_release_send(dest);
    else
        ipc_port_use_sonce(dest);
}

/* Turns the header around, and uses the destination up. */
static void
turn_header(ipc_kmsg_t kmsg, ipc_space_t space, mach_port_name_t reply_name)
{
    mach_msg_header_t *header = kmsg->ikm_header;
    mach_msg_bits_t bits = header->msgh_bits;
    ipc_port_t dest = kmsg->ikm_remote;

    assert(IP_VALID(dest));

    header->msgh_remote_port = reply_name;
    header->msgh_local_port = ip_active(dest) ? MACH_PORT_NULL : MACH_PORT_DEAD;
    if (ip_received_by(dest, space)) /* (R39) */
        header->msgh_local_port = dest->ip_receiver_name;
    ipc_kmsg_use_dest(kmsg);
    header->msgh_bits = MACH_MSGH_BITS_SET(
        MACH_MSGH_BITS_LOCAL(bits), MACH_MSGH_BITS_REMOTE(bits), 0, bits);
}

/*
 * ipc_kmsg_copyout_header - the receiver's view of the header.
 *
 * Returns  MACH_MSG_SUCCESS
 *          MACH_RCV_HEADER_ERROR | modifier  there is no room for the reply
 *          right, which is gone now; the destination is still to be used
 * Sends    no-senders, of the destination (R12).
 */
mach_msg_return_t
ipc_kmsg_copyout_header(ipc_kmsg_t kmsg, ipc_space_t space)
{
    ipc_port_t reply = kmsg->ikm_local;
    mach_msg_return_t error = 0;
    mach_port_name_t name;

    kmsg->ikm_local = IP_NULL;
    name = put_right(space, reply,
                     MACH_MSGH_BITS_LOCAL(kmsg->ikm_header->msgh_bits), &error);
    if (error != 0)
        return MACH_RCV_HEADER_ERROR | error;
    turn_header(kmsg, space, name);
    return MACH_MSG_SUCCESS;
}

void
ipc_kmsg_copyout_dest(ipc_kmsg_t kmsg, ipc_space_t space)
{
    mach_msg_header_t *header = kmsg->ikm_header;
    ipc_port_t reply = kmsg->ikm_local;
    mach_msg_type_name_t type = MACH_MSGH_BITS_LOCAL(header->msgh_bits);

    kmsg->ikm_local = IP_NULL;
    header->msgh_bits &= ~MACH_MSGH_BITS_COMPLEX;
    turn_header(kmsg, space,
                reply == IP_DEAD ? MACH_PORT_DEAD : MACH_PORT_NULL);
    ipc_port_release_right(reply, type);
}

mach_msg_return_t
ipc_kmsg_copyout_pseudo(ipc_kmsg_t kmsg, ipc_space_t space)
{
    mach_msg_header_t *header = kmsg->ikm_header;
    ipc_port_t dest = kmsg->ikm_remote;
    ipc_port_t reply = kmsg->ikm_local;
    mach_msg_return_t error = 0;

    kmsg->ikm_remote = IP_NULL;
    kmsg->ikm_local = IP_NULL;
    header->msgh_remote_port = put_right(
        space, dest, MACH_MSGH_BITS_REMOTE(header->msgh_bits), &error);
    header->msgh_local_port = put_right(
        space, reply, MACH_MSGH_BITS_LOCAL(header->msgh_bits), &error);
    return error;
}

/* ---- The body ---- */

static void
copyout_port(ipc_kmsg_t kmsg, ipc_space_t space, struct ipc_kmsg_part *part,
             mach_msg_return_t *error)
{
    mach_msg_port_descriptor_t *descriptor =
        &ipc_kmsg_descriptor(kmsg, part)->port;

    part->pa_kind = PART_NONE;
    descriptor->name = put_right(space, part->pa_port, part->pa_type, error);
    descriptor->disposition = part->pa_type;
    descriptor->type = MACH_MSG_PORT_DESCRIPTOR;
}

/* A receive right, guarded by its receiver's buffer if the sender said
 * "immovable", else without a guard; the flags say which it was (R49). */
static void
copyout_guarded(ipc_kmsg_t kmsg, ipc_space_t space, struct ipc_kmsg_part *part,
                mach_msg_return_t *error)
{
    mach_msg_guarded_port_descriptor_t *descriptor =
        &ipc_kmsg_descriptor(kmsg, part)->guarded_port;
    ipc_port_t port = part->pa_port;

    bool immovable =
        (descriptor->flags & MACH_MSG_GUARD_FLAGS_IMMOVABLE_RECEIVE) != 0;

    assert(part->pa_type == MACH_MSG_TYPE_PORT_RECEIVE);

    part->pa_kind = PART_NONE;
    descriptor->context = 0;
    descriptor->flags = immovable ? MACH_MSG_GUARD_FLAGS_IMMOVABLE_RECEIVE
                                  : MACH_MSG_GUARD_FLAGS_UNGUARDED_ON_SEND;
    if (kmsg->ikm_guard_mode == GUARD_REFUSED) {
        descriptor->name = MACH_PORT_NULL;
        ipc_port_release_right(port, part->pa_type);
        return;
    }

    descriptor->name = put_right(space, port, part->pa_type, error);
    if (!MACH_PORT_VALID(descriptor->name) || !immovable)
        return;
    descriptor->context = kmsg->ikm_guard;
    ip_guard(port, kmsg->ikm_guard);
    port->ip_immovable = kmsg->ikm_guard_mode == GUARD_RECEIVED;
}

/* Maps memory for the receiver.  Consumes the copy. */
static bool
map_copy(vm_map_copy_t copy, uint64_t *address, mach_msg_return_t *error)
{
    kern_return_t kr = vm_map_copyout(vm_map_current(), copy, address);

    if (kr == KERN_SUCCESS)
        return true;
    vm_map_copy_discard(copy);
    *address = 0;
    *error |= kr == KERN_NO_SPACE ? MACH_MSG_VM_SPACE : MACH_MSG_VM_KERNEL;
    return false;
}

static void
copyout_memory(ipc_kmsg_t kmsg, struct ipc_kmsg_part *part,
               mach_msg_return_t *error)
{
    mach_msg_ool_descriptor_t *descriptor =
        &ipc_kmsg_descriptor(kmsg, part)->out_of_line;
    uint64_t address;

    part->pa_kind = PART_NONE;
    if (!map_copy(part->pa_copy, &address, error))
        descriptor->size = 0;
    descriptor->address = (void *)(uintptr_t)address;
    descriptor->deallocate = descriptor->copy == MACH_MSG_VIRTUAL_COPY;
}

/*
 * Memory for an array of names, all zero and all there, in the receiver's map.
 *
 * Returns  KERN_SUCCESS, with *address; WORK_UNFINISHED, to be called again
 *          KERN_RESOURCE_SHORTAGE, with bits in *error
 */
static kern_return_t
map_names(const struct ipc_kmsg_part *part, uint64_t *address,
          mach_msg_return_t *error)
{
    struct progress *progress = work_progress(part);
    uint64_t size = part->pa_last * sizeof(mach_port_name_t), there;
    vm_map_copy_t copy;

    if (progress->pr_copy == VM_MAP_COPY_NULL &&
        vm_map_copy_create(size, ledger_current(), &progress->pr_copy) !=
            KERN_SUCCESS)
        goto shortage;
    while (progress->pr_at < size) {
        if (vm_map_copy_at(progress->pr_copy, progress->pr_at, &there) == NULL)
            goto shortage;
        progress->pr_at += there;
        if (work_spend(ZEROS_COST) && progress->pr_at < size)
            return WORK_UNFINISHED;
    }
    copy = progress->pr_copy;
    progress->pr_copy = VM_MAP_COPY_NULL;
    work_progress_end();
    return map_copy(copy, address, error) ? KERN_SUCCESS
                                          : KERN_RESOURCE_SHORTAGE;

shortage:
    work_progress_end();
    *error |= MACH_MSG_VM_KERNEL;
    return KERN_RESOURCE_SHORTAGE;
}

/* The receiver's memory comes before the names, which then cannot get lost.
 * Returns  as map_names */
static kern_return_t
begin_names(ipc_kmsg_t kmsg, struct ipc_kmsg_part *part,
            mach_msg_return_t *error)
{
    mach_msg_ool_ports_descriptor_t *descriptor =
        &ipc_kmsg_descriptor(kmsg, part)->ool_ports;
    uint64_t address = 0;
    kern_return_t kr = map_names(part, &address, error);

    if (kr == WORK_UNFINISHED)
        return kr;
    part->pa_delivered = kr == KERN_SUCCESS;
    part->pa_bad = !part->pa_delivered;
    descriptor->address = (void *)(uintptr_t)address;
    descriptor->deallocate = true;
    descriptor->copy = MACH_MSG_VIRTUAL_COPY;
    descriptor->disposition = part->pa_type;
    descriptor->type = MACH_MSG_OOL_PORTS_DESCRIPTOR;
    descriptor->count = part->pa_delivered ? part->pa_last : 0;
    return kr;
}

/*
 * The names up to pa_first leave with their piece.  A receiver that has
 * unmapped the memory meanwhile, from another thread, has the names and does
 * not know them.
 */
static void
copyout_names(ipc_kmsg_t kmsg, struct ipc_kmsg_part *part)
{
    uint32_t first = (part->pa_first - 1) / IPC_PORTS_PIECE * IPC_PORTS_PIECE;
    uintptr_t to =
        (uintptr_t)ipc_kmsg_descriptor(kmsg, part)->ool_ports.address;

    part->pa_bad |= copyout(ipc_ports_name_after(part->pa_ports, first),
                            user_addr(to + first * sizeof(mach_port_name_t)),
                            (part->pa_first - first) *
                                sizeof(mach_port_name_t)) != COPYIO_OK;
    ipc_ports_free_piece(part->pa_ports, first);
    (void)work_spend(NAMES_COST);
}

static bool
copyout_ports(ipc_kmsg_t kmsg, ipc_space_t space, struct ipc_kmsg_part *part,
              mach_msg_return_t *error)
{
    if (!part->pa_delivered && !part->pa_bad &&
        begin_names(kmsg, part, error) == WORK_UNFINISHED)
        return false;

    while (part->pa_delivered && part->pa_first < part->pa_last) {
        ipc_port_t right = *ipc_ports_at(part->pa_ports, part->pa_first);

        /* The next name goes where elements were that are names already. */
        *ipc_ports_name_after(part->pa_ports, part->pa_first++) =
            put_right(space, right, part->pa_type, error);
        if (part->pa_first % IPC_PORTS_PIECE == 0 ||
            part->pa_first == part->pa_last)
            copyout_names(kmsg, part);
        if (work_spend(PART_COST))
            return false;
    }
    return ipc_kmsg_clean_part(part);
}

/* Returns  false if there is more to do after others have run. */
static bool
copyout_part(ipc_kmsg_t kmsg, ipc_space_t space, struct ipc_kmsg_part *part,
             mach_msg_return_t *error)
{
    switch ((ipc_part_kind_t)part->pa_kind) {
    case PART_NONE:
        return true;
    case PART_PORT:
        if (ipc_kmsg_descriptor(kmsg, part)->type.type ==
            MACH_MSG_GUARDED_PORT_DESCRIPTOR)
            copyout_guarded(kmsg, space, part, error);
        else
            copyout_port(kmsg, space, part, error);
        return true;
    case PART_COPY:
        copyout_memory(kmsg, part, error);
        return true;
    case PART_PORTS:
        return copyout_ports(kmsg, space, part, error);
    }

    panic("ipc_kmsg_copyout: part %u", part->pa_kind);
}

/*
 * ipc_kmsg_copyout_body - deliver what the descriptors before byte `end`
 * carry.
 *
 * Requires  ikm_done was 0 at the first call.
 * Returns   true when it is done, with the shortages added to *error; false:
 *           call again, after others have run
 */
bool
ipc_kmsg_copyout_body(ipc_kmsg_t kmsg, ipc_space_t space, uint32_t end,
                      mach_msg_return_t *error)
{
    while (kmsg->ikm_done < kmsg->ikm_part_count) {
        struct ipc_kmsg_part *part = &kmsg->ikm_parts[kmsg->ikm_done];

        if (part->pa_offset >= end)
            break;
        if (!copyout_part(kmsg, space, part, error))
            return false;
        kmsg->ikm_done++;
        if (work_spend(PART_COST))
            return false;
    }
    return true;
}
