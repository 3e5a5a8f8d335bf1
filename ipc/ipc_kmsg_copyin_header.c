/* SPDX-License-Identifier: MIT */
/*
 * ipc_kmsg_copyin_header.c - how a message comes in: the commit of its header
 * (D14), the destination and the reply right.
 *
 * All is looked at first, in the order of R19; then both rights are taken, with
 * nothing left that can fail.
 */
#include "ipc/ipc_entry.h"
#include "ipc/ipc_kmsg.h"
#include "ipc/ipc_right.h"

static mach_msg_return_t
check_bits(const mach_msg_header_t *header)
{
    mach_msg_bits_t bits = header->msgh_bits;
    mach_msg_type_name_t reply = MACH_MSGH_BITS_LOCAL(bits);

    if ((bits & ~MACH_MSGH_BITS_USER) != 0 ||
        !MACH_MSG_TYPE_PORT_ANY_SEND(MACH_MSGH_BITS_REMOTE(bits)))
        return MACH_SEND_INVALID_HEADER;
    if (reply == 0 ? header->msgh_local_port != MACH_PORT_NULL
                   : !MACH_MSG_TYPE_PORT_ANY_SEND(reply))
        return MACH_SEND_INVALID_HEADER;

    switch (MACH_MSGH_BITS_VOUCHER(bits)) {
    case 0:
    case MACH_MSG_TYPE_MOVE_SEND:
    case MACH_MSG_TYPE_COPY_SEND:
        return MACH_MSG_SUCCESS;
    default:
        return MACH_SEND_INVALID_VOUCHER;
    }
}

/* There are no vouchers: with a disposition only MACH_PORT_NULL is right. */
static mach_msg_return_t
check_voucher(const mach_msg_header_t *header)
{
    mach_port_name_t name = header->msgh_voucher_port;

    if (MACH_MSGH_BITS_VOUCHER(header->msgh_bits) == 0 ||
        name == MACH_PORT_NULL)
        return MACH_MSG_SUCCESS;
    return name == header->msgh_local_port ? MACH_SEND_INVALID_REPLY
                                           : MACH_SEND_INVALID_VOUCHER;
}

/*
 * May the destination be taken?  A send-once right whose port has died may:
 * the message then goes where the port went (R9), unless somebody was to be
 * told of the death.
 */
static bool
destination_ok(ipc_space_t space, ipc_entry_t entry,
               mach_msg_type_name_t disposition)
{
    if (ie_type(entry) != MACH_PORT_TYPE_SEND_ONCE || entry->ie_request != NULL)
        ipc_right_check(space, entry);
    return ipc_right_copyin_check(entry, disposition, false);
}

static bool
reply_ok(ipc_space_t space, ipc_entry_t entry, mach_msg_type_name_t disposition)
{
    ipc_right_check(space, entry);
    return ipc_right_copyin_check(entry, disposition, true);
}

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

    if (!moves)
        kmsg->ikm_remote = ipc_right_copyin(space, dest, dest_type);
    if (reply != NULL)
        kmsg->ikm_local = ipc_right_copyin(space, reply, reply_type);
    else if (kmsg->ikm_header->msgh_local_port == MACH_PORT_DEAD)
        kmsg->ikm_local = IP_DEAD;
    if (moves)
        kmsg->ikm_remote = ipc_right_copyin(space, dest, dest_type);

    kmsg->ikm_header->msgh_bits = MACH_MSGH_BITS_SET(
        ipc_right_type_moved(dest_type), ipc_right_type_moved(reply_type), 0,
        bits & MACH_MSGH_BITS_COMPLEX);
}

/*
 * ipc_kmsg_copyin_header - the names of the header become rights.
 *
 * Requires  the message is gathered.
 * Returns   MACH_MSG_SUCCESS
 *           MACH_SEND_INVALID_HEADER, _INVALID_VOUCHER, _INVALID_DEST,
 *           _INVALID_REPLY: nothing was consumed (R19)
 */
mach_msg_return_t
ipc_kmsg_copyin_header(ipc_kmsg_t kmsg, ipc_space_t space)
{
    const mach_msg_header_t *header = kmsg->ikm_header;
    mach_msg_type_name_t dest_type = MACH_MSGH_BITS_REMOTE(header->msgh_bits);
    mach_msg_type_name_t reply_type = MACH_MSGH_BITS_LOCAL(header->msgh_bits);
    ipc_entry_t dest, reply = NULL;
    mach_msg_return_t mr = check_bits(header);

    if (mr != MACH_MSG_SUCCESS)
        return mr;
    dest = ipc_entry_lookup(space, header->msgh_remote_port);
    if (dest == NULL)
        return MACH_SEND_INVALID_DEST;
    if (MACH_PORT_VALID(header->msgh_local_port)) {
        reply = ipc_entry_lookup(space, header->msgh_local_port);
        if (reply == NULL)
            return MACH_SEND_INVALID_REPLY;
    }
    mr = check_voucher(header);
    if (mr != MACH_MSG_SUCCESS)
        return mr;

    if (dest == reply && !both_ok(dest, dest_type, reply_type))
        return MACH_SEND_INVALID_DEST;
    if (!destination_ok(space, dest, dest_type))
        return MACH_SEND_INVALID_DEST;
    if (reply != NULL && !reply_ok(space, reply, reply_type))
        return MACH_SEND_INVALID_REPLY;
    take_header(kmsg, space, dest, reply);
    return MACH_MSG_SUCCESS;
}
