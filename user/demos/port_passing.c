/* SPDX-License-Identifier: MIT */
/*
 * port_passing - a right travels in a message.
 *
 * We make a port of our own, find another task by name, and send it a right
 * to our port.  Until then that task could not have reached us in any way; now
 * it can, and calls back through the right (port_friend is its side).
 *
 *      port_passing                        port_friend
 *        receive right --- send right --->   calls back
 *             ^------------- message -----------'
 */
#include <mach/mach.h>
#include <servers/bootstrap.h>
#include <stdio.h>

#define SERVICE     "org.ostia.port-passing"
#define PATIENCE_MS 2000

/* A new port: its receive right, and a send right that can be handed on. */
static int32_t
setup_receive_port(mach_port_t *receive_port)
{
    mach_port_t port = MACH_PORT_NULL;
    kern_return_t err;

    err = mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port);
    if (err != KERN_SUCCESS)
        return -1;

    err = mach_port_insert_right(mach_task_self(), port, port,
                                 MACH_MSG_TYPE_MAKE_SEND);
    if (err != KERN_SUCCESS)
        return -1;

    *receive_port = port;
    return 0;
}

/* Sends a copy of our send right to `port` over to `remote_port`. */
static int32_t
send_port(mach_port_t remote_port, mach_port_t port)
{
    struct {
        mach_msg_header_t header;
        mach_msg_body_t body;
        mach_msg_port_descriptor_t task_port;
    } msg = { 0 };

    /* COMPLEX: the kernel reads the descriptors, and moves what they name. */
    msg.header.msgh_remote_port = remote_port;
    msg.header.msgh_local_port = MACH_PORT_NULL;
    msg.header.msgh_bits =
        MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0) | MACH_MSGH_BITS_COMPLEX;
    msg.header.msgh_size = sizeof msg;

    msg.body.msgh_descriptor_count = 1;
    msg.task_port.name = port;
    msg.task_port.disposition = MACH_MSG_TYPE_COPY_SEND;
    msg.task_port.type = MACH_MSG_PORT_DESCRIPTOR;

    return mach_msg_send(&msg.header) == MACH_MSG_SUCCESS ? 0 : -1;
}

/*
 * Waits for the call back, and prints what it says.  Nothing tells us if the
 * friend lost our right, or ended: so we do not wait for ever.
 */
static int32_t
receive_text(mach_port_t receive_port)
{
    struct {
        mach_msg_header_t header;
        char text[64];
        mach_msg_trailer_t trailer;
    } msg;

    if (mach_msg(&msg.header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof msg,
                 receive_port, PATIENCE_MS, MACH_PORT_NULL) != MACH_MSG_SUCCESS)
        return -1;
    printf("port_passing: called back: %.63s\n", msg.text);
    return 0;
}

int
main(void)
{
    mach_port_t receive_port, friend_port;

    if (setup_receive_port(&receive_port) != 0 ||
        bootstrap_look_up(bootstrap_port, SERVICE, &friend_port) !=
            BOOTSTRAP_SUCCESS)
        return 1;

    printf("port_passing: I send a right to my port 0x%x\n", receive_port);
    if (send_port(friend_port, receive_port) != 0 ||
        receive_text(receive_port) != 0)
        return 1;
    return 0;
}
