/* SPDX-License-Identifier: MIT */
/*
 * l_rights.c - calls on very many rights: arrays in a message and in a kernel
 * routine, a task's names, the last of them all, an array whose every right's end tells somebody at
 * the bottom of a chain of messages.
 */
#include <mach/mach.h>
#include <mach/mach_port.h>
#include <mach/notify.h>

#include "latency.h"

#define SELF    mach_task_self()
#define LEDGERS 8000u
#define ARRAY   4000u
#define CHAIN   2000u
#define LIMIT   1024u

static mach_port_t names[LEDGERS];

static void
request(mach_port_t port, mach_msg_id_t what, mach_port_t notify)
{
    mach_port_t previous;

    must(mach_port_request_notification(
        SELF, port, what, 0, notify, MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous));
}

/* Each ledger is the last send right to a port that is told of it. */
static void
task_with_ledgers(void)
{
    mach_port_limits_t limits = { .mpl_qlimit = LIMIT };
    mach_port_t notify = guest_receive(), task;

    must(mach_port_set_attributes(SELF, notify, MACH_PORT_LIMITS_INFO,
                                  (mach_port_info_t)&limits,
                                  MACH_PORT_LIMITS_INFO_COUNT));
    for (unsigned i = 0; i < LEDGERS; i++) {
        names[i] = guest_port();
        request(names[i], MACH_NOTIFY_NO_SENDERS, notify);
    }
    if (task_create(SELF, names, LEDGERS, FALSE, &task) == KERN_SUCCESS)
        must(task_terminate(task));
    guest_kill(notify);
}

/* The table of names gets the piece that has the last of them. */
static void
name_far_away(void)
{
    mach_port_name_t last = (((1u << 20) + (1u << 14) - 1) << 8) | 3;

    must(mach_port_allocate_name(SELF, MACH_PORT_RIGHT_RECEIVE, last));
}

static void
list_names(void)
{
    mach_port_name_array_t list;
    mach_port_type_array_t types;
    mach_msg_type_number_t count, type_count;

    must(mach_port_names(SELF, &list, &count, &types, &type_count));
}

static struct {
    mach_msg_header_t header;
    mach_msg_body_t body;
    union {
        mach_msg_port_descriptor_t port;
        mach_msg_ool_ports_descriptor_t array;
    } moved;
} message;

/* Sends what is in message.moved, which has this size. */
static void
send_to(mach_port_t port, mach_msg_size_t size)
{
    message.header.msgh_bits =
        MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0) | MACH_MSGH_BITS_COMPLEX;
    message.header.msgh_remote_port = port;
    message.body.msgh_descriptor_count = 1;
    must(mach_msg(&message.header, MACH_SEND_MSG,
                  sizeof message - sizeof message.moved + size, 0,
                  MACH_PORT_NULL, 0, MACH_PORT_NULL));
}

/* A port at the bottom: its receive right is in a message to the next. */
static void
bury(mach_port_t port)
{
    for (unsigned i = 0; i < CHAIN; i++) {
        mach_port_t next = guest_port();

        message.moved.port = (mach_msg_port_descriptor_t){
            .name = port,
            .disposition = MACH_MSG_TYPE_MOVE_RECEIVE,
            .type = MACH_MSG_PORT_DESCRIPTOR,
        };
        send_to(next, sizeof message.moved.port);
        port = next;
    }
}

static void
array_above_a_chain(void)
{
    mach_port_t bottom = guest_port(), box = guest_port();

    for (unsigned i = 0; i < ARRAY; i++) {
        names[i] = guest_receive();
        request(names[i], MACH_NOTIFY_PORT_DESTROYED, bottom);
    }
    message.moved.array = (mach_msg_ool_ports_descriptor_t){
        .address = names,
        .count = ARRAY,
        .disposition = MACH_MSG_TYPE_MOVE_RECEIVE,
        .type = MACH_MSG_OOL_PORTS_DESCRIPTOR,
    };
    send_to(box, sizeof message.moved.array);
    bury(bottom);
    guest_kill(box);
}

int
main(void)
{
    task_with_ledgers();
    name_far_away();
    list_names();
    array_above_a_chain();
    return 0;
}
