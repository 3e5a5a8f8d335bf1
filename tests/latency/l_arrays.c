/* SPDX-License-Identifier: MIT */
/*
 * l_arrays.c - as many rights as an array may have: sent and received, sent
 * and dropped, with a name in it that is none.
 */
#include <mach/mach.h>

#include "latency.h"

#define SELF  mach_task_self()
#define COUNT 16383u

static mach_port_t names[COUNT];

static struct {
    mach_msg_header_t header;
    mach_msg_body_t body;
    mach_msg_ool_ports_descriptor_t array;
    mach_msg_trailer_t trailer;
} message;

static mach_msg_return_t
send(mach_port_t port)
{
    message.header.msgh_bits =
        MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0) | MACH_MSGH_BITS_COMPLEX;
    message.header.msgh_remote_port = port;
    message.header.msgh_local_port = MACH_PORT_NULL;
    message.body.msgh_descriptor_count = 1;
    message.array = (mach_msg_ool_ports_descriptor_t){
        .address = names,
        .count = COUNT,
        .disposition = MACH_MSG_TYPE_MAKE_SEND,
        .type = MACH_MSG_OOL_PORTS_DESCRIPTOR,
    };
    return mach_msg(&message.header, MACH_SEND_MSG,
                    sizeof message - sizeof message.trailer, 0, MACH_PORT_NULL,
                    0, MACH_PORT_NULL);
}

int
main(void)
{
    mach_port_t port = guest_port();

    for (unsigned i = 0; i < COUNT; i++)
        names[i] = port;
    must(send(port));
    must(mach_msg(&message.header, MACH_RCV_MSG, 0, sizeof message, port, 0,
                  MACH_PORT_NULL));
    mach_msg_destroy(&message.header);

    must(send(port));
    names[COUNT - 1] = guest_free_name();
    if (send(port) != MACH_SEND_INVALID_RIGHT)
        must(KERN_FAILURE);
    guest_kill(port);
    return 0;
}
