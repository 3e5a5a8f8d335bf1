/* SPDX-License-Identifier: MIT */
/*
 * rpc.h - a call and its answer between two tasks, a combined send and receive on
 * either side: the program of the rows rpc_*, which say before how theirs differs.
 *
 *     ROW       the row's name
 *     BODY      bytes inline each way
 *     PORTS     port descriptors of a request, whose rights the server gives up
 *     MEMBERS   ports of the set that the server receives on; 0: it is the port
 *     FPU       both tasks have used the FPU
 *     MSG2      both sides use mach_msg2
 *     CLIENTS   other tasks that call, so that a request is always queued
 *     PREPARE   a function that runs before the server's thread does,
 *     BEGIN     and one that the server runs first
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

#ifndef ROW
#define ROW "rpc"
#endif
#ifndef BODY
#define BODY 0
#endif
#ifndef PORTS
#define PORTS 0
#endif
#ifndef MEMBERS
#define MEMBERS 0
#endif
#ifndef FPU
#define FPU 0
#endif
#ifndef MSG2
#define MSG2 0
#endif
#ifndef CLIENTS
#define CLIENTS 0
#endif

#define SERVICE    ((mach_port_t)0x5003) /* the server's names for its port */
#define SET        ((mach_port_t)0x6003) /* ... and its set */
#define MEMBER     ((mach_port_t)0x10003)
#define REQUEST_ID 1000
#define ANSWER_ID  1100

struct message {
    mach_msg_header_t header;
#if PORTS
    mach_msg_body_t body;
    mach_msg_port_descriptor_t ports[PORTS];
#endif
    unsigned char bytes[BODY];
    mach_msg_trailer_t trailer; /* once it is received */
};

#define SIZE (sizeof(struct message) - sizeof(mach_msg_trailer_t))
/* An answer has no descriptors. */
#define ANSWER_SIZE (sizeof(mach_msg_header_t) + BODY)

static mach_port_t service, answers, given;

static void
exchange(struct message *message, mach_msg_size_t size,
         mach_port_t receive_from)
{
    mach_msg_return_t mr;

    if (MSG2)
        mr = mach_msg2(message,
                       MACH64_SEND_MSG | MACH64_RCV_MSG | MACH64_SEND_ANY,
                       message->header, size, sizeof *message, receive_from,
                       MACH_MSG_TIMEOUT_NONE, 0);
    else
        mr = mach_msg(&message->header, MACH_SEND_MSG | MACH_RCV_MSG, size,
                      sizeof *message, receive_from, MACH_MSG_TIMEOUT_NONE,
                      MACH_PORT_NULL);
    if (mr != MACH_MSG_SUCCESS)
        abort();
}

static void
use_fpu(void)
{
    if (FPU)
        __asm__ volatile("fldz; fstp %%st(0)" : : : "memory");
}

/* Runs in the other task. */
static void
serve(void *unused)
{
    const mach_port_t from = MEMBERS ? SET : SERVICE;
    struct message message;

    (void)unused;
    use_fpu();
#ifdef BEGIN
    BEGIN();
#endif
    if (mach_msg(&message.header, MACH_RCV_MSG, 0, sizeof message, from,
                 MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL) != MACH_MSG_SUCCESS)
        abort();
    for (;;) {
#if PORTS
        for (int i = 0; i < PORTS; i++)
            if (mach_port_deallocate(mach_task_self(), message.ports[i].name) !=
                KERN_SUCCESS)
                abort();
#endif
        message.header = (mach_msg_header_t){
            .msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND_ONCE, 0),
            .msgh_size = ANSWER_SIZE,
            .msgh_remote_port = message.header.msgh_remote_port,
            .msgh_id = ANSWER_ID,
        };
        exchange(&message, ANSWER_SIZE, from);
    }
}

static void
call(void)
{
    struct message message;

    message.header = (mach_msg_header_t){
        .msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
                                    MACH_MSG_TYPE_MAKE_SEND_ONCE) |
                     (PORTS ? MACH_MSGH_BITS_COMPLEX : 0),
        .msgh_size = SIZE,
        .msgh_remote_port = service,
        .msgh_local_port = answers,
        .msgh_id = REQUEST_ID,
    };
#if PORTS
    message.body.msgh_descriptor_count = PORTS;
    for (int i = 0; i < PORTS; i++)
        message.ports[i] = (mach_msg_port_descriptor_t){
            .name = given,
            .disposition = MACH_MSG_TYPE_COPY_SEND,
            .type = MACH_MSG_PORT_DESCRIPTOR,
        };
#endif
    exchange(&message, SIZE, answers);
    if (message.header.msgh_id != ANSWER_ID)
        abort();
}

/* A set of the server's with its port and others. */
static void
make_set(mach_port_t server)
{
    guest_must(mach_port_allocate_name(server, MACH_PORT_RIGHT_PORT_SET, SET));
    guest_must(mach_port_insert_member(server, SERVICE, SET));
    for (int i = 1; i < MEMBERS; i++) {
        mach_port_t member = MEMBER + ((mach_port_t)i << 8);

        guest_must(
            mach_port_allocate_name(server, MACH_PORT_RIGHT_RECEIVE, member));
        guest_must(mach_port_insert_member(server, member, SET));
    }
}

/* Another client calls for ever. */
static void
keep_calling(void *unused)
{
    (void)unused;
    answers = guest_receive();
    service = bootstrap_port;
    for (;;)
        call();
}

int
main(void)
{
    mach_port_t server = child_copy(), clients[CLIENTS + 1];

    service = guest_port();
    given = guest_port();
    answers = guest_receive();
    use_fpu();
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = child_copy();
        guest_must(
            task_set_special_port(clients[i], TASK_BOOTSTRAP_PORT, service));
    }
    guest_must(mach_port_insert_right(server, SERVICE, service,
                                      MACH_MSG_TYPE_MOVE_RECEIVE));
    if (MEMBERS)
        make_set(server);
#ifdef PREPARE
    PREPARE();
#endif
    child_thread(server, serve, NULL);
    for (int i = 0; i < CLIENTS; i++)
        child_thread(clients[i], keep_calling, NULL);
    bench_run(ROW, call);
    for (int i = 0; i < CLIENTS; i++)
        child_end(clients[i]);
    child_end(server);
    return 0;
}
