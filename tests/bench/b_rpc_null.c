/* SPDX-License-Identifier: MIT */
/*
 * b_rpc_null.c - an empty call and its answer between two tasks: a header
 * each way, a combined send and receive on either side.
 *
 * The request goes by COPY_SEND and brings a send-once right, which has a new
 * name in the server each time; the answer uses it up.  Both sides fill in
 * their header anew and look at the result, which counts.
 */
#include <mach/mach.h>
#include <mach/mach_port.h>
#include <stdlib.h>

#include "bench.h"
#include "tests/guest/child.h"
#include "tests/guest/guest.h"

#define SERVICE    ((mach_port_t)0x5003) /* the server's name for its port */
#define REQUEST_ID 1000
#define ANSWER_ID  1100

struct message {
    mach_msg_header_t header;
    mach_msg_trailer_t trailer; /* once it is received */
};

static mach_port_t service, answers;

static void
exchange(struct message *message, mach_port_t receive_from)
{
    if (mach_msg(&message->header, MACH_SEND_MSG | MACH_RCV_MSG,
                 sizeof message->header, sizeof *message, receive_from,
                 MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL) != MACH_MSG_SUCCESS)
        abort();
}

/* Runs in the other task. */
static void
serve(void *unused)
{
    struct message message;

    (void)unused;
    if (mach_msg(&message.header, MACH_RCV_MSG, 0, sizeof message, SERVICE,
                 MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL) != MACH_MSG_SUCCESS)
        abort();
    for (;;) {
        message.header = (mach_msg_header_t){
            .msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND_ONCE, 0),
            .msgh_size = sizeof message.header,
            .msgh_remote_port = message.header.msgh_remote_port,
            .msgh_id = ANSWER_ID,
        };
        exchange(&message, SERVICE);
    }
}

static void
call(void)
{
    struct message message;

    message.header = (mach_msg_header_t){
        .msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
                                    MACH_MSG_TYPE_MAKE_SEND_ONCE),
        .msgh_size = sizeof message.header,
        .msgh_remote_port = service,
        .msgh_local_port = answers,
        .msgh_id = REQUEST_ID,
    };
    exchange(&message, answers);
    if (message.header.msgh_id != ANSWER_ID)
        abort();
}

int
main(void)
{
    mach_port_t server = child_copy();

    service = guest_port();
    answers = guest_receive();
    if (mach_port_insert_right(server, SERVICE, service,
                               MACH_MSG_TYPE_MOVE_RECEIVE) != KERN_SUCCESS)
        abort();
    child_thread(server, serve, NULL);
    bench_run("rpc_null", call);
    child_end(server);
    return 0;
}
