/* SPDX-License-Identifier: MIT */
/*
 * mach_msg_destroy.c - giving up what a message carries.
 *
 * A received message carries the rights of its header but for the local port
 * (which is only the name of where it arrived), and what its descriptors hold.
 * A message that was never sent is undone as if it had been sent and died:
 * rights that it would have moved go, rights that it would have made are made
 * and go, rights that it would have copied stay.
 */
#include <mach/mach.h>

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

/* Returns   the size of the descriptor, or 0 if it is of no known type. */
static mach_msg_size_t
destroy_descriptor(const void *descriptor)
{
    const mach_msg_descriptor_t *any = descriptor;

    switch (any->type.type) {
    case MACH_MSG_PORT_DESCRIPTOR:
        destroy_port(any->port.name, any->port.disposition);
        return sizeof any->port;
    case MACH_MSG_OOL_DESCRIPTOR:
    case MACH_MSG_OOL_VOLATILE_DESCRIPTOR:
        if (any->out_of_line.deallocate)
            destroy_memory(any->out_of_line.address, any->out_of_line.size);
        return sizeof any->out_of_line;
    case MACH_MSG_OOL_PORTS_DESCRIPTOR:
        destroy_ports(&any->ool_ports);
        return sizeof any->ool_ports;
    case MACH_MSG_GUARDED_PORT_DESCRIPTOR:
        if (MACH_PORT_VALID(any->guarded_port.name))
            (void)mach_port_destruct(mach_task_self(), any->guarded_port.name,
                                     0, any->guarded_port.context);
        return sizeof any->guarded_port;
    default:
        return 0;
    }
}

static void
destroy_body(const mach_msg_base_t *message)
{
    const char *at = (const char *)(message + 1);

    for (mach_msg_size_t n = message->body.msgh_descriptor_count; n > 0; n--) {
        mach_msg_size_t size = destroy_descriptor(at);

        if (size == 0)
            return;

        at += size;
    }
}

void
mach_msg_destroy(mach_msg_header_t *msg)
{
    mach_msg_bits_t bits = msg->msgh_bits;

    destroy_port(msg->msgh_remote_port, MACH_MSGH_BITS_REMOTE(bits));
    destroy_port(msg->msgh_voucher_port, MACH_MSGH_BITS_VOUCHER(bits));

    if (MACH_MSGH_BITS_IS_COMPLEX(bits))
        destroy_body((const mach_msg_base_t *)msg);
}
