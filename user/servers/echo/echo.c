/* SPDX-License-Identifier: MIT */
/*
 * echo - a server that sends back what it is sent.
 *
 * A server checks in: it takes the receive right of its service from the
 * bootstrap server, which declared the name for it in etc/bootstrap.conf.  The
 * bootstrap server made the port long before, so clients may have found it,
 * and their messages may be waiting in its queue already.
 *
 * With a request comes, as msgh_remote_port, the right to reply to.  Ours is a
 * send-once right, and good for exactly one message: nobody can wait for a
 * second reply, and if we never sent one, the client would be told.  A plain
 * send right we do not answer: the reply might lie in the client's queue for
 * ever, at our cost.
 */
#include <mach/mach.h>
#include <ostia/message.h>
#include <servers/bootstrap.h>
#include <stdio.h>

#define SERVICE "org.ostia.echo"
#define ECHO_ID 1000 /* replies have 100 more */

/* What echo_client sends, and room for the trailer that the kernel adds. */
struct echo_message {
    mach_msg_header_t header;
    char text[64];
};

struct echo_request {
    struct echo_message message;
    mach_msg_trailer_t trailer;
};

/* Sends the message back to where it came from. */
static void
reply(struct echo_message *message)
{
    mach_msg_header_t *header = &message->header;

    /* The remote port is the client's reply right already: hand it back. */
    header->msgh_bits =
        MACH_MSGH_BITS(MACH_MSGH_BITS_REMOTE(header->msgh_bits), 0);
    header->msgh_local_port = MACH_PORT_NULL;
    header->msgh_voucher_port = MACH_PORT_NULL;
    header->msgh_id = ECHO_ID + 100;

    /* A server never waits for its clients: if the message does not go now,
       it is dropped, and with it the right that it carries. */
    if (mach_msg(header, MACH_SEND_MSG | MACH_SEND_TIMEOUT, sizeof *message, 0,
                 MACH_PORT_NULL, 0, MACH_PORT_NULL) != MACH_MSG_SUCCESS)
        mach_msg_destroy(header);
}

int
main(void)
{
    struct echo_request request;
    mach_port_t service;
    kern_return_t kr;

    kr = bootstrap_check_in(bootstrap_port, SERVICE, &service);
    if (kr != BOOTSTRAP_SUCCESS) {
        printf("echo: cannot check in: %s\n", bootstrap_strerror(kr));
        return 1;
    }

    for (;;) {
        mach_msg_header_t *header = &request.message.header;

        kr = mach_msg(header, MACH_RCV_MSG, 0, sizeof request, service,
                      MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL);
        if (kr != MACH_MSG_SUCCESS)
            continue; /* too large: the kernel has destroyed it */

        /* Anybody may send anything: trust no message before it is checked. */
        if (header->msgh_id == ECHO_ID &&
            header->msgh_size == sizeof request.message &&
            MACH_MSGH_BITS_REMOTE(header->msgh_bits) ==
                MACH_MSG_TYPE_MOVE_SEND_ONCE &&
            (header->msgh_bits & MACH_MSGH_BITS_COMPLEX) == 0)
            reply(&request.message);
        else
            mach_msg_destroy_received(header);
    }
}
