/* SPDX-License-Identifier: MIT */
/*
 * echo_client - a request and its reply.
 *
 * The request goes to the echo server's port, which we look up by name.  In its
 * header we put our reply port, a receive right of our own; the disposition
 * MAKE_SEND_ONCE makes a right out of it with which one message can be sent,
 * and moves that to the server.
 *
 * One call of mach_msg sends the request and receives the reply.
 */
#include <mach/mach.h>
#include <servers/bootstrap.h>
#include <stdio.h>
#include <string.h>

#define SERVICE "org.ostia.echo"
#define ECHO_ID 1000 /* replies have 100 more */

struct echo_message {
    mach_msg_header_t header;
    char text[64];
};

/* One buffer for both ways; what is received has a trailer. */
struct echo_buffer {
    struct echo_message message;
    mach_msg_trailer_t trailer;
};

/* Sends `text`, waits for the reply, and prints it. */
static mach_msg_return_t
echo(mach_port_t server, const char *text)
{
    struct echo_buffer buffer = { 0 };
    mach_msg_header_t *header = &buffer.message.header;
    mach_port_t reply_port = mach_reply_port();
    mach_msg_return_t mr;

    header->msgh_bits =
        MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE);
    header->msgh_remote_port = server;
    header->msgh_local_port = reply_port;
    header->msgh_id = ECHO_ID;
    strncpy(buffer.message.text, text, sizeof buffer.message.text - 1);

    mr = mach_msg(header, MACH_SEND_MSG | MACH_RCV_MSG, sizeof buffer.message,
                  sizeof buffer, reply_port, MACH_MSG_TIMEOUT_NONE,
                  MACH_PORT_NULL);

    /* If the server dies without a reply, the kernel sends the message
       MACH_NOTIFY_SEND_ONCE through the right: nobody waits for ever. */
    if (mr == MACH_MSG_SUCCESS && header->msgh_id != ECHO_ID + 100)
        printf("echo_client: no reply, but message %d\n", header->msgh_id);
    else if (mr == MACH_MSG_SUCCESS)
        printf("echo: %s\n", buffer.message.text);

    mach_port_mod_refs(mach_task_self(), reply_port, MACH_PORT_RIGHT_RECEIVE,
                       -1);
    return mr;
}

int
main(int argc, char **argv)
{
    mach_port_t server;
    kern_return_t kr;

    kr = bootstrap_look_up(bootstrap_port, SERVICE, &server);
    if (kr != BOOTSTRAP_SUCCESS) {
        printf("echo_client: %s: %s\n", SERVICE, bootstrap_strerror(kr));
        return 1;
    }

    kr = echo(server, "is anybody there?");
    for (int i = 1; i < argc && kr == MACH_MSG_SUCCESS; i++)
        kr = echo(server, argv[i]);
    if (kr != MACH_MSG_SUCCESS)
        printf("echo_client: %s\n", mach_error_string(kr));
    return kr != MACH_MSG_SUCCESS;
}
