/* SPDX-License-Identifier: MIT */
/*
 * port_friend - the other side of port_passing.
 *
 * A service that is sent rights to ports, and calls back through them.  A
 * right that arrives gets a name in this task, which is another number than
 * its sender's; once used it is given back.
 */
#include <mach/mach.h>
#include <servers/bootstrap.h>
#include <stdio.h>

#define SERVICE "org.ostia.port-passing"

/* Waits for a message with a port in it. */
static int32_t
receive_port(mach_port_t receive_port, mach_port_t *port)
{
    struct {
        mach_msg_header_t header;
        mach_msg_body_t body;
        mach_msg_port_descriptor_t task_port;
        mach_msg_trailer_t trailer;
    } msg;
    kern_return_t err;

    err = mach_msg(&msg.header, MACH_RCV_MSG, 0, sizeof msg, receive_port,
                   MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL);
    if (err != KERN_SUCCESS)
        return -1;

    /* Only one send right will do; whatever else it is goes away whole. */
    if ((msg.header.msgh_bits & MACH_MSGH_BITS_COMPLEX) == 0 ||
        msg.body.msgh_descriptor_count != 1 ||
        msg.task_port.type != MACH_MSG_PORT_DESCRIPTOR ||
        msg.task_port.disposition != MACH_MSG_TYPE_PORT_SEND ||
        msg.header.msgh_remote_port != MACH_PORT_NULL) {
        mach_msg_destroy(&msg.header);
        return -1;
    }

    *port = msg.task_port.name;
    return 0;
}

/* Calls back; MOVE_SEND gives our right away with the message. */
static void
call_back(mach_port_t port)
{
    struct {
        mach_msg_header_t header;
        char text[64];
    } msg = { 0 };

    msg.header.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND, 0);
    msg.header.msgh_size = sizeof msg;
    msg.header.msgh_remote_port = port;
    snprintf(msg.text, sizeof msg.text, "your port is 0x%x in my task", port);

    /* Our caller's queue may be full, and we have others to serve. */
    if (mach_msg(&msg.header, MACH_SEND_MSG | MACH_SEND_TIMEOUT, sizeof msg, 0,
                 MACH_PORT_NULL, 0, MACH_PORT_NULL) != MACH_MSG_SUCCESS)
        mach_msg_destroy(&msg.header);
}

int
main(void)
{
    mach_port_t service, port;
    kern_return_t kr;

    kr = bootstrap_check_in(bootstrap_port, SERVICE, &service);
    if (kr != BOOTSTRAP_SUCCESS) {
        printf("port_friend: cannot check in: %s\n", bootstrap_strerror(kr));
        return 1;
    }

    for (;;)
        if (receive_port(service, &port) == 0)
            call_back(port);
}
