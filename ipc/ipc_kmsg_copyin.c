/* SPDX-License-Identifier: MIT */
/*
 * ipc_kmsg_copyin.c - how a message comes in: the steps gather and commit
 * of D14.
 *
 * Gather reads all bytes that will ever be read from the sender, and touches
 * nothing else, so it may be left and gone on with, or given up.  Commit turns
 * names into rights and ranges into memory; its order of checks is R19, and
 * with the first right taken there is no way back: an error in the body ends
 * what was taken (R21).
 */
#include "ipc/ipc_entry.h"
#include "ipc/ipc_kmsg.h"
#include "ipc/ipc_port.h"
#include "ipc/ipc_ports.h"
#include "ipc/ipc_right.h"
#include "kernel/base/assert.h"
#include "kernel/core/ledger.h"
#include "kernel/core/work.h"
#include "vm/copyio.h"

/* Instructions: to copy a piece of an array, and to look at a part and to take
 * its right. */
#define NAMES_COST 1500
#define PART_COST  400

#define SEARCH_PIECE 128  /* destinations of a chain */
#define SEARCH_COST  1000 /* instructions, to follow them */

/* Bytes of a message that are copied at once, and that an instruction makes room
 * for and copies. */
#define COPY_PIECE   4096
#define BYTES_COPIED 2

/*
 * ipc_kmsg_preset - the header, and the number of descriptors, come from
 * registers: gather does not read them from the sender's memory any more.
 *
 * Requires  the message is as ipc_kmsg_alloc gave it.
 */
void
ipc_kmsg_preset(ipc_kmsg_t kmsg, const mach_msg_header_t *header,
                uint32_t descriptors)
{
    mach_msg_base_t *base = (void *)kmsg->ikm_header;

    base->header = *header;
    kmsg->ikm_gathered = sizeof(*header);
    if (!MACH_MSGH_BITS_IS_COMPLEX(header->msgh_bits) ||
        kmsg->ikm_room < sizeof(*base) + MAX_TRAILER_SIZE)
        return;
    base->body.msgh_descriptor_count = descriptors;
    kmsg->ikm_gathered = sizeof(*base);
}

/* ---- Gather ---- */

/*
 * The bytes of the message itself, as many as the trap was given (R29); then
 * the number of descriptors is known, and room is made for as many parts.
 */
static mach_msg_return_t
gather_bytes(ipc_kmsg_t kmsg, user_addr_t from)
{
    mach_msg_base_t *base = (void *)kmsg->ikm_header;
    uint32_t size = kmsg->ikm_room - MAX_TRAILER_SIZE;
    uint32_t count;

    while (kmsg->ikm_gathered < size) {
        uint32_t piece;
        void *to =
            ipc_kmsg_piece(kmsg, kmsg->ikm_gathered,
                           min(size, kmsg->ikm_gathered + COPY_PIECE), &piece);

        if (to == NULL)
            return MACH_SEND_NO_BUFFER;
        if (copyin(user_addr(from.ua + kmsg->ikm_gathered), to, piece) !=
            COPYIO_OK)
            return MACH_SEND_INVALID_DATA;
        kmsg->ikm_gathered += piece;
        if (work_spend(piece / BYTES_COPIED) && kmsg->ikm_gathered < size)
            return WORK_UNFINISHED;
    }

    base->header.msgh_size = size;
    if (!MACH_MSGH_BITS_IS_COMPLEX(base->header.msgh_bits))
        return MACH_MSG_SUCCESS;
    if (size < sizeof(*base))
        return MACH_SEND_MSG_TOO_SMALL;
    count = base->body.msgh_descriptor_count;
    if (count > (size - sizeof(*base)) / sizeof(mach_msg_port_descriptor_t))
        return MACH_SEND_MSG_TOO_SMALL;
    if (count > IPC_KMSG_MAX_DESCRIPTORS)
        return MACH_SEND_TOO_LARGE;
    if (!ipc_kmsg_alloc_parts(kmsg, count))
        return MACH_SEND_NO_BUFFER;
    kmsg->ikm_next = sizeof(*base);
    return MACH_MSG_SUCCESS;
}

/* Room for the array of rights that a descriptor names. */
static mach_msg_return_t
begin_array(ipc_kmsg_t kmsg, struct ipc_kmsg_part *part, uint32_t count)
{
    if (count > IPC_KMSG_MAX_OOL_PORTS - kmsg->ikm_ool_ports)
        return MACH_SEND_TOO_LARGE;
    kmsg->ikm_ool_ports += count;
    if (count != 0) {
        part->pa_ports = ipc_ports_alloc(count, ledger_current());
        if (part->pa_ports == NULL)
            return MACH_SEND_NO_BUFFER;
    }
    part->pa_kind = PART_PORTS;
    part->pa_count = count;
    kmsg->ikm_gathered = 0;
    return MACH_MSG_SUCCESS;
}

/* Only a receive right has a guard; the flags say what becomes of it. */
static bool
guarded_ok(const mach_msg_guarded_port_descriptor_t *descriptor)
{
    mach_msg_guard_flags_t flags = descriptor->flags;

    return descriptor->disposition == MACH_MSG_TYPE_MOVE_RECEIVE &&
           flags != 0 && (flags & ~MACH_MSG_GUARD_FLAGS_MASK) == 0 &&
           ((flags & MACH_MSG_GUARD_FLAGS_UNGUARDED_ON_SEND) == 0 ||
            descriptor->context == 0);
}

/* The shape of the next descriptor; its array, if it has one, comes next. */
static mach_msg_return_t
begin_part(ipc_kmsg_t kmsg, struct ipc_kmsg_part *part)
{
    mach_msg_descriptor_t *descriptor;
    uint32_t left = kmsg->ikm_header->msgh_size - kmsg->ikm_next;
    uint32_t size;

    part->pa_offset = kmsg->ikm_next;
    descriptor = ipc_kmsg_descriptor(kmsg, part);
    if (left < sizeof(descriptor->type))
        return MACH_SEND_MSG_TOO_SMALL;
    if (descriptor->type.type > MACH_MSG_DESCRIPTOR_MAX)
        return MACH_SEND_INVALID_TYPE;
    size = descriptor->type.type == MACH_MSG_PORT_DESCRIPTOR
               ? sizeof(descriptor->port)
               : sizeof(descriptor->out_of_line); /* as all others */
    if (left < size)
        return MACH_SEND_MSG_TOO_SMALL;

    kmsg->ikm_next += size;
    switch (descriptor->type.type) {
    case MACH_MSG_OOL_DESCRIPTOR:
    case MACH_MSG_OOL_VOLATILE_DESCRIPTOR:
        if (descriptor->out_of_line.copy > MACH_MSG_VIRTUAL_COPY)
            return MACH_SEND_INVALID_TYPE;
        break;
    case MACH_MSG_OOL_PORTS_DESCRIPTOR:
        return begin_array(kmsg, part, descriptor->ool_ports.count);
    case MACH_MSG_GUARDED_PORT_DESCRIPTOR:
        if (!guarded_ok(&descriptor->guarded_port))
            return MACH_SEND_INVALID_TYPE;
    }
    return MACH_MSG_SUCCESS;
}

/* Piece by piece.  A bad address is only noted: it is an error at its place in
 * the commit. */
static mach_msg_return_t
gather_array(ipc_kmsg_t kmsg, struct ipc_kmsg_part *part)
{
    uintptr_t from =
        (uintptr_t)ipc_kmsg_descriptor(kmsg, part)->ool_ports.address;

    while (kmsg->ikm_gathered < part->pa_count && !part->pa_bad) {
        uint32_t first = kmsg->ikm_gathered;
        uint32_t names = ipc_ports_in_piece(part->pa_ports, first);

        if (!ipc_ports_make(part->pa_ports, first))
            return MACH_SEND_NO_BUFFER;
        part->pa_bad =
            copyin(user_addr(from + first * sizeof(mach_port_name_t)),
                   ipc_ports_name_before(part->pa_ports, first),
                   names * sizeof(mach_port_name_t)) != COPYIO_OK;
        kmsg->ikm_gathered += names;
        if (work_spend(NAMES_COST) && kmsg->ikm_gathered < part->pa_count)
            return WORK_UNFINISHED;
    }
    return MACH_MSG_SUCCESS;
}

/*
 * ipc_kmsg_gather - read the message from the sender's memory.
 *
 * Requires  the message comes from ipc_kmsg_alloc or ipc_kmsg_preset, or from
 *           an unfinished call.
 * Returns   MACH_MSG_SUCCESS
 *           WORK_UNFINISHED  call again, after others have run
 *           MACH_SEND_INVALID_DATA, _MSG_TOO_SMALL, _TOO_LARGE, _INVALID_TYPE
 *           or _NO_BUFFER; nothing of the sender's has changed
 */
mach_msg_return_t
ipc_kmsg_gather(ipc_kmsg_t kmsg, user_addr_t from)
{
    mach_msg_return_t mr = MACH_MSG_SUCCESS;

    if (kmsg->ikm_next == 0)
        mr = gather_bytes(kmsg, from);
    while (mr == MACH_MSG_SUCCESS && kmsg->ikm_done < kmsg->ikm_part_count) {
        struct ipc_kmsg_part *part = &kmsg->ikm_parts[kmsg->ikm_done];

        if (part->pa_kind == PART_NONE)
            mr = begin_part(kmsg, part);
        if (mr == MACH_MSG_SUCCESS && part->pa_kind == PART_PORTS)
            mr = gather_array(kmsg, part);
        if (mr != MACH_MSG_SUCCESS)
            return mr;
        kmsg->ikm_done++;
        if (work_spend(PART_COST) && kmsg->ikm_done < kmsg->ikm_part_count)
            return WORK_UNFINISHED;
    }
    if (mr == MACH_MSG_SUCCESS)
        kmsg->ikm_done = 0;
    return mr;
}

/* ---- Commit: the header ----
 *
 * All is looked at first, in the order of R19; then both rights are taken, with
 * nothing left that can fail.
 */

/* One name for both: are there user references enough? (R26) */
static bool
both_ok(ipc_entry_t entry, mach_msg_type_name_t dest,
        mach_msg_type_name_t reply)
{
    if (dest == MACH_MSG_TYPE_MOVE_SEND_ONCE ||
        reply == MACH_MSG_TYPE_MOVE_SEND_ONCE)
        return false;
    return dest != MACH_MSG_TYPE_MOVE_SEND ||
           reply != MACH_MSG_TYPE_MOVE_SEND || ie_urefs(entry) > 1;
}

/*
 * Takes both rights; nothing can fail.  What moves is taken last, since it
 * may end the name that the other is taken from.
 */
static void
take_header(ipc_kmsg_t kmsg, ipc_space_t space, ipc_entry_t dest,
            ipc_entry_t reply)
{
    mach_msg_bits_t bits = kmsg->ikm_header->msgh_bits;
    mach_msg_type_name_t dest_type = MACH_MSGH_BITS_REMOTE(bits);
    mach_msg_type_name_t reply_type = MACH_MSGH_BITS_LOCAL(bits);
    bool moves = dest_type == MACH_MSG_TYPE_MOVE_SEND;

    debug_assert(kmsg->ikm_remote == IP_NULL && kmsg->ikm_local == IP_NULL);

    if (!moves)
        kmsg->ikm_remote = ipc_right_copyin(space, dest, dest_type);
    if (reply != NULL)
        kmsg->ikm_local = ipc_right_copyin(space, reply, reply_type);
    else if (kmsg->ikm_header->msgh_local_port == MACH_PORT_DEAD)
        kmsg->ikm_local = IP_DEAD;
    if (moves)
        kmsg->ikm_remote = ipc_right_copyin(space, dest, dest_type);

    kmsg->ikm_header->msgh_bits =
        MACH_MSGH_BITS_SET(ipc_dispositions[dest_type].id_moved,
                           ipc_dispositions[reply_type].id_moved, 0,
                           bits & MACH_MSGH_BITS_COMPLEX);
}

/* Returns  MACH_MSG_SUCCESS, MACH_SEND_INVALID_HEADER, _INVALID_VOUCHER,
 *          _INVALID_DEST, _INVALID_REPLY (R19) */
static mach_msg_return_t
copyin_header(ipc_kmsg_t kmsg, ipc_space_t space)
{
    const mach_msg_header_t *header = kmsg->ikm_header;
    mach_msg_bits_t bits = header->msgh_bits;
    mach_msg_type_name_t dest_type = MACH_MSGH_BITS_REMOTE(bits);
    mach_msg_type_name_t reply_type = MACH_MSGH_BITS_LOCAL(bits);
    mach_msg_type_name_t voucher_type = MACH_MSGH_BITS_VOUCHER(bits);
    ipc_entry_t dest, reply = NULL;

    if ((bits & ~MACH_MSGH_BITS_USER) != 0 ||
        !MACH_MSG_TYPE_PORT_ANY_SEND(dest_type) ||
        (reply_type == 0 ? header->msgh_local_port != MACH_PORT_NULL
                         : !MACH_MSG_TYPE_PORT_ANY_SEND(reply_type)))
        return MACH_SEND_INVALID_HEADER;
    if (voucher_type != 0 && voucher_type != MACH_MSG_TYPE_MOVE_SEND &&
        voucher_type != MACH_MSG_TYPE_COPY_SEND)
        return MACH_SEND_INVALID_VOUCHER;

    dest = ipc_entry_lookup(space, header->msgh_remote_port);
    if (dest == NULL)
        return MACH_SEND_INVALID_DEST;
    if (MACH_PORT_VALID(header->msgh_local_port)) {
        reply = ipc_entry_lookup(space, header->msgh_local_port);
        if (reply == NULL)
            return MACH_SEND_INVALID_REPLY;
    }
    if (voucher_type != 0 &&
        header->msgh_voucher_port != MACH_PORT_NULL) /* there are none */
        return header->msgh_voucher_port == header->msgh_local_port
                   ? MACH_SEND_INVALID_REPLY
                   : MACH_SEND_INVALID_VOUCHER;

    if (dest == reply && !both_ok(dest, dest_type, reply_type))
        return MACH_SEND_INVALID_DEST;
    if (!ipc_right_copyin_check(space, dest, dest_type, false))
        return MACH_SEND_INVALID_DEST;
    if (reply != NULL &&
        !ipc_right_copyin_check(space, reply, reply_type, true))
        return MACH_SEND_INVALID_REPLY;
    take_header(kmsg, space, dest, reply);
    return MACH_MSG_SUCCESS;
}

/* ---- Commit: receive rights ----
 *
 * A message that holds the receive right of the port it goes to, or of one
 * that this one waits in, would never be read: it is not sent (R31).  Whoever
 * sends such a right says first where it goes, and then follows the
 * destinations from there, with rests between the pieces.  That finds each
 * circle that stays: when its last link is made all others are there, and who
 * made it walks along them.  If one goes while the walk rests there is no
 * circle any more.
 */

mach_msg_return_t
ipc_kmsg_begin_search(ipc_kmsg_t kmsg, ipc_port_t right)
{
    assert(kmsg->ikm_follow == IP_NULL); /* one search at a time */

    if (!IP_VALID(right))
        return MACH_MSG_SUCCESS;
    assert(right->ip_state == IP_MOVING && /* (P6) */
           right->ip_destination == IP_NULL);
    ipc_port_reference(kmsg->ikm_remote);
    right->ip_destination = kmsg->ikm_remote;
    ipc_port_reference(kmsg->ikm_remote);
    kmsg->ikm_moving = right;
    kmsg->ikm_follow = kmsg->ikm_remote;
    return ipc_kmsg_search(kmsg);
}

mach_msg_return_t
ipc_kmsg_search(ipc_kmsg_t kmsg)
{
    ipc_port_t from = kmsg->ikm_follow;
    ipc_port_t at = from;

    if (from == IP_NULL)
        return MACH_MSG_SUCCESS;
    for (unsigned n = 1; at != IP_NULL && at != kmsg->ikm_moving; n++) {
        at = at->ip_destination;
        if (n % SEARCH_PIECE == 0 &&
            (work_spend(SEARCH_COST) || kmsg->ikm_space == IS_NULL))
            break; /* the kernel counts the pieces of its own */
    }
    if (at == kmsg->ikm_moving) {
        kmsg->ikm_circular = true;
        ipc_port_clear_destination(at);
        at = IP_NULL;
    }
    if (at != IP_NULL)
        ipc_port_reference(at);
    kmsg->ikm_follow = at;
    ipc_port_release(from);
    return at == IP_NULL ? MACH_MSG_SUCCESS : WORK_UNFINISHED;
}

/* ---- Commit: the body ---- */

/* Does the sender know the guard of the right it sends, or that it has none? */
static bool
guard_matches(ipc_space_t space,
              const mach_msg_guarded_port_descriptor_t *descriptor)
{
    ipc_port_t port;

    if (!MACH_PORT_VALID(descriptor->name))
        return true;
    if (ipc_right_receive(space, descriptor->name, &port) != KERN_SUCCESS)
        return false;
    if ((descriptor->flags & MACH_MSG_GUARD_FLAGS_UNGUARDED_ON_SEND) != 0)
        return !port->ip_guarded;
    return port->ip_guarded && port->ip_context == descriptor->context;
}

/* Takes the right, and looks where it goes if it is a receive right. */
static mach_msg_return_t
copyin_port(ipc_kmsg_t kmsg, ipc_space_t space, struct ipc_kmsg_part *part)
{
    mach_msg_descriptor_t *descriptor = ipc_kmsg_descriptor(kmsg, part);
    mach_msg_type_name_t disposition = descriptor->port.disposition;
    mach_port_name_t name = descriptor->port.name;

    if (part->pa_kind == PART_PORT)
        return ipc_kmsg_search(kmsg);
    if (descriptor->type.type == MACH_MSG_GUARDED_PORT_DESCRIPTOR) {
        if (!guard_matches(space, &descriptor->guarded_port))
            return MACH_SEND_INVALID_RIGHT;
        name = descriptor->guarded_port.name;
    }
    if (ipc_right_take(space, name, disposition, &part->pa_port) !=
        KERN_SUCCESS)
        return MACH_SEND_INVALID_RIGHT;
    part->pa_type = (uint8_t)ipc_right_type_moved(disposition);
    part->pa_kind = PART_PORT;
    descriptor->port.disposition = part->pa_type; /* as kernel stubs want it */
    if (part->pa_type != MACH_MSG_TYPE_PORT_RECEIVE)
        return MACH_MSG_SUCCESS;
    return ipc_kmsg_begin_search(kmsg, part->pa_port);
}

static mach_msg_return_t
copyin_memory(ipc_kmsg_t kmsg, struct ipc_kmsg_part *part)
{
    mach_msg_ool_descriptor_t *descriptor =
        &ipc_kmsg_descriptor(kmsg, part)->out_of_line;

    part->pa_kind = PART_COPY;
    switch (vm_map_copyin(vm_map_current(), (uintptr_t)descriptor->address,
                          descriptor->size, descriptor->deallocate != 0,
                          &part->pa_copy)) {
    case KERN_SUCCESS:
        return MACH_MSG_SUCCESS;
    case WORK_UNFINISHED:
        return WORK_UNFINISHED;
    case KERN_RESOURCE_SHORTAGE:
        return MACH_SEND_INVALID_MEMORY | MACH_MSG_VM_KERNEL;
    default:
        return MACH_SEND_INVALID_MEMORY;
    }
}

/* The sender's array goes before its rights are looked at (R21).  Returns
 * WORK_UNFINISHED, to be called again, as copyin_memory. */
static mach_msg_return_t
begin_ports(ipc_kmsg_t kmsg, struct ipc_kmsg_part *part)
{
    mach_msg_ool_ports_descriptor_t *descriptor =
        &ipc_kmsg_descriptor(kmsg, part)->ool_ports;

    kern_return_t kr = KERN_SUCCESS;

    part->pa_type = (uint8_t)ipc_right_type_moved(descriptor->disposition);
    if (part->pa_bad)
        return MACH_SEND_INVALID_MEMORY;
    if (descriptor->deallocate != 0 && part->pa_count != 0)
        kr = vm_map_remove_range(vm_map_current(),
                                 (uintptr_t)descriptor->address,
                                 part->pa_count * sizeof(mach_port_name_t));
    if (kr == KERN_SUCCESS || kr == WORK_UNFINISHED)
        return kr;
    return MACH_SEND_INVALID_MEMORY;
}

static mach_msg_return_t
copyin_ports(ipc_kmsg_t kmsg, ipc_space_t space, struct ipc_kmsg_part *part)
{
    mach_msg_ool_ports_descriptor_t *descriptor =
        &ipc_kmsg_descriptor(kmsg, part)->ool_ports;
    mach_msg_return_t mr = MACH_MSG_SUCCESS;
    mach_port_name_t name;
    ipc_port_t right;

    if (part->pa_last == 0)
        mr = begin_ports(kmsg, part);
    if (mr == MACH_MSG_SUCCESS)
        mr = ipc_kmsg_search(kmsg);
    while (mr == MACH_MSG_SUCCESS &&
           part->pa_last < part->pa_count) { /* (K1) */
        name = *ipc_ports_name_before(part->pa_ports, part->pa_last);
        if (ipc_right_take(space, name, descriptor->disposition, &right) !=
            KERN_SUCCESS)
            return MACH_SEND_INVALID_RIGHT;
        *ipc_ports_at(part->pa_ports, part->pa_last++) = right;
        if (part->pa_type == MACH_MSG_TYPE_PORT_RECEIVE)
            mr = ipc_kmsg_begin_search(kmsg, right);
        if (mr == MACH_MSG_SUCCESS && work_spend(PART_COST))
            return WORK_UNFINISHED;
    }
    if (mr == MACH_MSG_SUCCESS)
        descriptor->disposition = part->pa_type;
    return mr;
}

/*
 * ipc_kmsg_copyin - what the header and the descriptors name comes into the
 * message.
 *
 * Requires  the message is gathered.
 * Returns   MACH_MSG_SUCCESS
 *           WORK_UNFINISHED  call again, after others have run
 *           MACH_SEND_INVALID_HEADER, _INVALID_VOUCHER, _INVALID_DEST,
 *           _INVALID_REPLY: nothing was consumed
 *           MACH_SEND_INVALID_RIGHT or _INVALID_MEMORY at the descriptor
 *           ikm_done; the caller then destroys the message (R21)
 * Sends     port-deleted, for names that went with their rights.
 */
mach_msg_return_t
ipc_kmsg_copyin(ipc_kmsg_t kmsg, ipc_space_t space)
{
    mach_msg_return_t mr = MACH_MSG_SUCCESS;

    if (kmsg->ikm_remote == IP_NULL)
        mr = copyin_header(kmsg, space);
    while (mr == MACH_MSG_SUCCESS && kmsg->ikm_done < kmsg->ikm_part_count) {
        struct ipc_kmsg_part *part = &kmsg->ikm_parts[kmsg->ikm_done];
        unsigned type = ipc_kmsg_descriptor(kmsg, part)->type.type;

        switch (type) {
        case MACH_MSG_PORT_DESCRIPTOR:
        case MACH_MSG_GUARDED_PORT_DESCRIPTOR:
            mr = copyin_port(kmsg, space, part);
            break;
        case MACH_MSG_OOL_DESCRIPTOR:
        case MACH_MSG_OOL_VOLATILE_DESCRIPTOR:
            mr = copyin_memory(kmsg, part);
            break;
        case MACH_MSG_OOL_PORTS_DESCRIPTOR:
            mr = copyin_ports(kmsg, space, part);
            break;
        default:
            panic("ipc_kmsg_copyin: descriptor %u", type);
        }
        if (mr != MACH_MSG_SUCCESS)
            return mr;
        kmsg->ikm_done++;
        if (work_spend(PART_COST) && kmsg->ikm_done < kmsg->ikm_part_count)
            return WORK_UNFINISHED;
    }
    return mr;
}
