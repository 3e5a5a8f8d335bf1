/* SPDX-License-Identifier: MIT */
/*
 * ipc_kmsg_kernel.c - messages that the kernel reads and writes: what the
 * stubs of tools/mig stand on (mig_kernel.h).
 */
#include "ipc/ipc_kmsg.h"
#include "ipc/ipc_kobject.h"
#include "ipc/ipc_mqueue.h"
#include "ipc/ipc_port.h"
#include "ipc/ipc_ports.h"
#include "ipc/ipc_right.h"
#include "ipc/mig_kernel.h"
#include "kernel/base/assert.h"
#include "kernel/base/string.h"
#include "kernel/core/kalloc.h"
#include "kernel/core/work.h"

/* ---- A request in a stub's hands ---- */

void *
ipc_kmsg_body(ipc_kmsg_t kmsg)
{
    return kmsg->ikm_header;
}

mach_msg_size_t
ipc_kmsg_size(ipc_kmsg_t kmsg)
{
    return kmsg->ikm_header->msgh_size;
}

ipc_port_t
ipc_kmsg_remote(ipc_kmsg_t kmsg)
{
    return kmsg->ikm_remote;
}

/*
 * Who is answered, perhaps later.  By a plain send right nobody is whose queue
 * is full: the answer would find no place in it, and a later one does not know
 * by which right it was asked for.
 */
ipc_port_t
ipc_kmsg_reply_port(ipc_kmsg_t kmsg)
{
    ipc_port_t reply = kmsg->ikm_local;

    if (!IP_VALID(reply) ||
        MACH_MSGH_BITS_LOCAL(kmsg->ikm_header->msgh_bits) !=
            MACH_MSG_TYPE_PORT_SEND ||
        !ipc_mqueue_full(reply))
        return reply;
    kmsg->ikm_local = IP_NULL;
    ipc_port_release_send(reply);
    return IP_NULL;
}

static struct ipc_kmsg_part *
part_of_kind(ipc_kmsg_t kmsg, unsigned index, ipc_part_kind_t kind)
{
    assert(index < kmsg->ikm_part_count);
    assert(kmsg->ikm_parts[index].pa_kind == kind);

    return &kmsg->ikm_parts[index];
}

ipc_port_t
ipc_kmsg_port(ipc_kmsg_t kmsg, unsigned index)
{
    return part_of_kind(kmsg, index, PART_PORT)->pa_port;
}

vm_map_copy_t
ipc_kmsg_copy(ipc_kmsg_t kmsg, unsigned index)
{
    return part_of_kind(kmsg, index, PART_COPY)->pa_copy;
}

ipc_ports_t
ipc_kmsg_ports(ipc_kmsg_t kmsg, unsigned index)
{
    return part_of_kind(kmsg, index, PART_PORTS)->pa_ports;
}

void
ipc_kmsg_taken(ipc_kmsg_t kmsg, unsigned index)
{
    struct ipc_kmsg_part *part = &kmsg->ikm_parts[index];

    assert(index < kmsg->ikm_part_count);

    if (part->pa_kind == PART_PORT && IP_VALID(part->pa_port) &&
        part->pa_type == MACH_MSG_TYPE_PORT_RECEIVE)
        ipc_port_clear_destination(part->pa_port); /* in kernel hands now */
    part->pa_kind = PART_NONE;
}

/*
 * ipc_kmsg_reply_taken - the routine keeps the reply right.
 *
 * What the kernel keeps is a send-once right, whatever the client gave: so
 * whoever replies need not know.
 */
void
ipc_kmsg_reply_taken(ipc_kmsg_t kmsg)
{
    ipc_port_t reply = kmsg->ikm_local;
    mach_msg_type_name_t type =
        MACH_MSGH_BITS_LOCAL(kmsg->ikm_header->msgh_bits);

    kmsg->ikm_local = IP_NULL;
    if (!IP_VALID(reply) || type != MACH_MSG_TYPE_PORT_SEND)
        return;
    ipc_port_reference(reply);
    reply->ip_sorights++;
    ipc_port_release_send(reply);
}

struct ipc_kmsg_part *
ipc_kmsg_made(ipc_kmsg_t request, uint32_t count)
{
    struct ipc_kmsg_part *made = request->ikm_parts;

    if (request->ikm_part_count != 0)
        return made;
    if (!ipc_kmsg_alloc_parts(request, 1))
        return NULL;
    request->ikm_done = 1; /* (K3) */
    made->pa_ports = ipc_ports_alloc(count, ledger_current());
    if (made->pa_ports == NULL)
        return NULL;
    made->pa_kind = PART_PORTS;
    made->pa_type = MACH_MSG_TYPE_PORT_SEND;
    made->pa_count = count;
    return made;
}

bool
ipc_kmsg_make_send(struct ipc_kmsg_part *made, ipc_port_t port)
{
    assert(made->pa_last < made->pa_count);

    if (!ipc_ports_make(made->pa_ports, made->pa_last))
        return false;
    *ipc_ports_at(made->pa_ports, made->pa_last++) = ipc_port_make_send(port);
    return true;
}

/* ---- A message that the kernel writes ---- */

/*
 * ipc_kmsg_alloc_kernel - an empty message from the kernel.
 *
 * Returns  it, in memory of `ledger`, with room for `size` bytes and so many
 *          descriptors, its header all zero but for the size; or IKM_NULL.
 */
ipc_kmsg_t
ipc_kmsg_alloc_kernel(struct ledger *ledger, mach_msg_size_t size,
                      unsigned descriptors)
{
    ipc_kmsg_t kmsg = ipc_kmsg_alloc(ledger, size);

    if (kmsg == IKM_NULL)
        return IKM_NULL;
    assert(kmsg->ikm_room <= IPC_KMSG_PIECE);
    if (!ipc_kmsg_alloc_parts(kmsg, descriptors)) {
        ipc_kmsg_free(kmsg);
        return IKM_NULL;
    }
    memset(kmsg->ikm_header, 0, size);
    kmsg->ikm_header->msgh_size = size;
    return kmsg;
}

/* The right that a kernel routine gives: it may name how it is to be made. */
static ipc_port_t
right_given(ipc_port_t port, mach_msg_type_name_t disposition)
{
    switch (disposition) {
    case MACH_MSG_TYPE_COPY_SEND:
        return ipc_port_copy_send(port);
    case MACH_MSG_TYPE_MAKE_SEND:
        return ipc_port_make_send(port);
    case MACH_MSG_TYPE_MAKE_SEND_ONCE:
        return ipc_port_make_sonce(port);
    default:
        return port;
    }
}

/*
 * ipc_kmsg_set_header - where a message of the kernel goes.
 *
 * Consumes  rights given with a PORT_… (MOVE_…) type; of a port given with
 *           MAKE_… or COPY_SEND it makes its own right.
 */
void
ipc_kmsg_set_header(ipc_kmsg_t kmsg, ipc_port_t dest,
                    mach_msg_type_name_t dest_type, ipc_port_t reply,
                    mach_msg_type_name_t reply_type, mach_msg_id_t id,
                    bool complex)
{
    kmsg->ikm_remote = right_given(dest, dest_type);
    kmsg->ikm_local = right_given(reply, reply_type);
    kmsg->ikm_header->msgh_bits = MACH_MSGH_BITS_SET(
        ipc_right_type_moved(dest_type), ipc_right_type_moved(reply_type), 0,
        complex ? MACH_MSGH_BITS_COMPLEX : 0);
    kmsg->ikm_header->msgh_id = id;
}

/* Where descriptor `index` of `size` bytes is: they are put in order. */
static struct ipc_kmsg_part *
place(ipc_kmsg_t kmsg, unsigned index, uint32_t size)
{
    struct ipc_kmsg_part *part = part_of_kind(kmsg, index, PART_NONE);

    if (index == 0)
        kmsg->ikm_next = sizeof(mach_msg_base_t);
    part->pa_offset = kmsg->ikm_next;
    kmsg->ikm_next += size;
    return part;
}

/* Consumes as ipc_kmsg_set_header. */
void
ipc_kmsg_put_port(ipc_kmsg_t reply, unsigned index, ipc_port_t right,
                  mach_msg_type_name_t disposition)
{
    struct ipc_kmsg_part *part =
        place(reply, index, sizeof(mach_msg_port_descriptor_t));
    mach_msg_port_descriptor_t *descriptor =
        &ipc_kmsg_descriptor(reply, part)->port;

    part->pa_port = right_given(right, disposition);
    part->pa_type = (uint8_t)ipc_right_type_moved(disposition);
    part->pa_kind = PART_PORT;
    *descriptor = (mach_msg_port_descriptor_t){
        .disposition = part->pa_type,
        .type = MACH_MSG_PORT_DESCRIPTOR,
    };
}

/* Consumes the copy. */
void
ipc_kmsg_put_copy(ipc_kmsg_t reply, unsigned index, vm_map_copy_t copy,
                  mach_msg_size_t size)
{
    struct ipc_kmsg_part *part =
        place(reply, index, sizeof(mach_msg_ool_descriptor_t));
    mach_msg_ool_descriptor_t *descriptor =
        &ipc_kmsg_descriptor(reply, part)->out_of_line;

    part->pa_copy = copy;
    part->pa_kind = PART_COPY;
    *descriptor = (mach_msg_ool_descriptor_t){
        .deallocate = true,
        .copy = MACH_MSG_VIRTUAL_COPY,
        .type = MACH_MSG_OOL_DESCRIPTOR,
        .size = size,
    };
}

/* Consumes the array, which may have more room, and its first `count` rights.
 * Requires  they are of the type PORT_SEND or another PORT_…. */
void
ipc_kmsg_put_ports(ipc_kmsg_t reply, unsigned index, ipc_ports_t array,
                   unsigned count, mach_msg_type_name_t disposition)
{
    struct ipc_kmsg_part *part =
        place(reply, index, sizeof(mach_msg_ool_ports_descriptor_t));
    mach_msg_ool_ports_descriptor_t *descriptor =
        &ipc_kmsg_descriptor(reply, part)->ool_ports;

    part->pa_ports = array;
    part->pa_count = count;
    part->pa_last = count;
    part->pa_type = (uint8_t)disposition;
    part->pa_kind = PART_PORTS;
    *descriptor = (mach_msg_ool_ports_descriptor_t){
        .type = MACH_MSG_OOL_PORTS_DESCRIPTOR,
        .count = count,
    };
}

/* A notification is not sent along a chain of more destinations than these
 * pieces: whoever made it cannot be told to wait for the end. */
#define SEARCH_PIECES 8

/* Says where the receive rights of a message go.  Returns false for a circle,
 * or a chain that is too long. */
static bool
send_receive_rights(ipc_kmsg_t kmsg)
{
    for (uint32_t i = 0; i < kmsg->ikm_part_count; i++) {
        struct ipc_kmsg_part *part = &kmsg->ikm_parts[i];
        mach_msg_return_t mr;

        if (part->pa_kind != PART_PORT ||
            part->pa_type != MACH_MSG_TYPE_PORT_RECEIVE)
            continue;
        mr = ipc_kmsg_begin_search(kmsg, part->pa_port);
        for (unsigned n = 1; n < SEARCH_PIECES && mr != MACH_MSG_SUCCESS; n++)
            mr = ipc_kmsg_search(kmsg);
        if (mr != MACH_MSG_SUCCESS) {
            ipc_port_clear_destination(part->pa_port);
            return false;
        }
    }
    return !kmsg->ikm_circular;
}

/*
 * ipc_kmsg_send_kernel - send a message of the kernel.
 *
 * Consumes  the message.
 * Returns   MACH_MSG_SUCCESS: queued, however full the queue is (R23)
 *           MACH_SEND_INVALID_DEST  there is no living destination: destroyed
 *           MACH_SEND_NO_BUFFER     nobody may pay for it: destroyed
 */
mach_msg_return_t
ipc_kmsg_send_kernel(ipc_kmsg_t kmsg)
{
    ipc_port_t dest = kmsg->ikm_remote;

    if (!IP_VALID(dest) || !ip_active(dest)) {
        ipc_kmsg_destroy(kmsg);
        return MACH_SEND_INVALID_DEST;
    }
    if (!send_receive_rights(kmsg)) {
        ipc_kmsg_destroy(kmsg);
    } else if (dest->ip_state != IP_KERNEL) {
        if (ipc_mqueue_send(dest, kmsg))
            return MACH_MSG_SUCCESS;
        ipc_kmsg_destroy(kmsg);
        return MACH_SEND_NO_BUFFER;
    } else if (!ipc_kobject_server(kmsg, NULL)) {
        ipc_kmsg_destroy(kmsg); /* the kernel asks itself for nothing long */
    }
    return MACH_MSG_SUCCESS;
}
