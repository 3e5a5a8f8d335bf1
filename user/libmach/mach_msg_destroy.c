/* SPDX-License-Identifier: MIT */
/*
 * mach_msg_destroy.c - giving up what a message carries.
 *
 * A received message carries the rights of its header but for the local port
 * (which is only the name of where it arrived), and what its descriptors hold.
 * A message that was never sent is undone as if it had been sent and died:
 * rights that it would have moved go, rights that it would have made are made
 * and go, rights that it would have copied stay.
 *
 * A few rights go by a trap each, many by one message to the kernel.
 */
#include <mach/mach.h>
#include <ostia/message.h>
#include <stdbool.h>

#define FEW_RIGHTS 4

/* No routine of the kernel has this id: see ostia.defs. */
#define DESTROY_ID 900002

static void
destroy_port(mach_port_t port, mach_msg_type_name_t disposition)
{
    mach_port_t made;
    mach_msg_type_name_t type;

    if (!MACH_PORT_VALID(port))
        return;

    switch (disposition) {
    case MACH_MSG_TYPE_MOVE_SEND:
    case MACH_MSG_TYPE_MOVE_SEND_ONCE:
        (void)mach_port_deallocate(mach_task_self(), port);
        break;
    case MACH_MSG_TYPE_MOVE_RECEIVE:
        (void)mach_port_mod_refs(mach_task_self(), port,
                                 MACH_PORT_RIGHT_RECEIVE, -1);
        break;
    case MACH_MSG_TYPE_MAKE_SEND:
        if (mach_port_insert_right(mach_task_self(), port, port,
                                   MACH_MSG_TYPE_MAKE_SEND) == KERN_SUCCESS)
            (void)mach_port_deallocate(mach_task_self(), port);
        break;
    case MACH_MSG_TYPE_MAKE_SEND_ONCE:
        if (mach_port_extract_right(mach_task_self(), port,
                                    MACH_MSG_TYPE_MAKE_SEND_ONCE, &made,
                                    &type) == KERN_SUCCESS)
            (void)mach_port_deallocate(mach_task_self(), made);
        break;
    default: /* COPY_SEND, or no port at all */
        break;
    }
}

static void
destroy_memory(void *address, mach_vm_size_t size)
{
    if (size > 0)
        (void)mach_vm_deallocate(mach_task_self(),
                                 (mach_vm_address_t)(uintptr_t)address, size);
}

static void
destroy_ports(const mach_msg_ool_ports_descriptor_t *array)
{
    const mach_port_t *ports = array->address;

    for (mach_msg_size_t i = 0; i < array->count; i++)
        destroy_port(ports[i], array->disposition);

    if (array->deallocate)
        destroy_memory(array->address,
                       (mach_vm_size_t)array->count * sizeof(mach_port_t));
}

/* Returns   the size of a descriptor, or 0 if it is of no known type. */
static mach_msg_size_t
size_of(const mach_msg_descriptor_t *descriptor)
{
    switch (descriptor->type.type) {
    case MACH_MSG_PORT_DESCRIPTOR:
        return sizeof descriptor->port;
    case MACH_MSG_OOL_DESCRIPTOR:
    case MACH_MSG_OOL_VOLATILE_DESCRIPTOR:
    case MACH_MSG_OOL_PORTS_DESCRIPTOR:
    case MACH_MSG_GUARDED_PORT_DESCRIPTOR:
        return sizeof descriptor->out_of_line;
    default:
        return 0;
    }
}

/*
 * Gives up what cannot go with the other rights, and says so in the descriptor:
 * memory, and a receive right that its guard keeps from moving.
 *
 * Returns   how many rights the descriptor carries now.
 */
static mach_msg_size_t
destroy_rest(mach_msg_descriptor_t *any, bool received)
{
    switch (any->type.type) {
    case MACH_MSG_OOL_DESCRIPTOR:
    case MACH_MSG_OOL_VOLATILE_DESCRIPTOR:
        if (received || any->out_of_line.deallocate)
            destroy_memory(any->out_of_line.address, any->out_of_line.size);
        any->out_of_line.size = 0;
        return 0;
    case MACH_MSG_GUARDED_PORT_DESCRIPTOR:
        if (MACH_PORT_VALID(any->guarded_port.name))
            (void)mach_port_destruct(mach_task_self(), any->guarded_port.name,
                                     0, any->guarded_port.context);
        any->guarded_port.name = MACH_PORT_NULL;
        return 0;
    case MACH_MSG_OOL_PORTS_DESCRIPTOR:
        return any->ool_ports.count;
    default:
        return 1;
    }
}

/*
 * Gives all rights of the body to the kernel in one message, which it refuses,
 * and so destroys with all that it carries (R57).
 *
 * Returns   false if there is no memory for the message: nothing was taken.
 */
static bool
destroy_by_kernel(mach_msg_header_t *msg, mach_msg_size_t size)
{
    mach_msg_header_t header = *msg;
    mach_msg_return_t mr;

    *msg = (mach_msg_header_t){
        .msgh_bits =
            MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0) | MACH_MSGH_BITS_COMPLEX,
        .msgh_remote_port = mach_task_self(),
        .msgh_id = DESTROY_ID,
    };
    mr = mach_msg(msg, MACH_SEND_MSG, size, 0, MACH_PORT_NULL,
                  MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL);
    *msg = header;

    /* A name that is no right ends it there: what came before is gone. */
    return mr == MACH_MSG_SUCCESS || mr == MACH_SEND_INVALID_RIGHT ||
           mr == MACH_SEND_INVALID_MEMORY;
}

static void
destroy_rights(const mach_msg_base_t *message, const char *end)
{
    const char *at = (const char *)(message + 1);

    while (at < end) {
        const mach_msg_descriptor_t *any = (const void *)at;

        if (any->type.type == MACH_MSG_PORT_DESCRIPTOR)
            destroy_port(any->port.name, any->port.disposition);
        else if (any->type.type == MACH_MSG_OOL_PORTS_DESCRIPTOR)
            destroy_ports(&any->ool_ports);
        at += size_of(any);
    }
}

static void
destroy_body(mach_msg_base_t *message, bool received)
{
    char *at = (char *)(message + 1);
    mach_msg_size_t rights = 0;

    for (mach_msg_size_t n = message->body.msgh_descriptor_count; n > 0; n--) {
        mach_msg_descriptor_t *any = (void *)at;

        if (size_of(any) == 0)
            return; /* a message of nobody's */
        rights += destroy_rest(any, received);
        at += size_of(any);
    }

    if (rights <= FEW_RIGHTS ||
        !destroy_by_kernel(&message->header,
                           (mach_msg_size_t)(at - (char *)message)))
        destroy_rights(message, at);
}

static void
destroy(mach_msg_header_t *msg, bool received)
{
    mach_msg_bits_t bits = msg->msgh_bits;

    destroy_port(msg->msgh_remote_port, MACH_MSGH_BITS_REMOTE(bits));
    destroy_port(msg->msgh_voucher_port, MACH_MSGH_BITS_VOUCHER(bits));

    if (MACH_MSGH_BITS_IS_COMPLEX(bits))
        destroy_body((mach_msg_base_t *)msg, received);
}

void
mach_msg_destroy(mach_msg_header_t *msg)
{
    destroy(msg, false);
}

void
mach_msg_destroy_received(mach_msg_header_t *msg)
{
    destroy(msg, true);
}
