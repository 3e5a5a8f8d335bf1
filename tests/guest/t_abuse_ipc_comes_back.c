/* SPDX-License-Identifier: MIT */
/*
 * t_abuse_ipc_comes_back.c - rule T0 of the adversarial list, for messages and rights:
 * after each case the machine holds what it held, and a bystander went on.
 */
#include <mach/mach_vm.h>
#include <string.h>

#include "child.h"
#include "rights.h"
#include "t0.h"
#include "tap.h"
#include "worker.h"

#define MANY 500u

static void
send_receive_right(mach_port_t dest, mach_port_t carried)
{
    struct port_message message = port_message(
        dest, MACH_MSG_TYPE_MAKE_SEND, carried, MACH_MSG_TYPE_MOVE_RECEIVE);

    message_send(&message, sizeof message);
}

/* ---- Ports that hold ports (31, 38, 39) ---- */

T0_CASE(chains, "chains of receive rights")
{
    mach_port_t last = guest_receive();

    for (unsigned i = 0; i < 3000; i++) {
        mach_port_t outer = guest_receive();

        send_receive_right(outer, last);
        last = outer;
    }
    guest_kill(last);
}

T0_CASE(circles, "circles of receive rights")
{
    for (unsigned i = 0; i < MANY; i++) {
        mach_port_t a = guest_receive(), b = guest_receive();
        mach_port_t send_a = a;
        struct port_message message;

        mach_port_insert_right(mach_task_self(), a, a, MACH_MSG_TYPE_MAKE_SEND);
        send_receive_right(b, a);
        message = port_message(send_a, MACH_MSG_TYPE_MOVE_SEND, b,
                               MACH_MSG_TYPE_MOVE_RECEIVE);
        message_send(&message, sizeof message);
    }
}

/* ---- Messages that are never received ---- */

T0_CASE(lost_memory, "memory in messages that nobody received")
{
    mach_port_t queue = guest_receive();
    char *pages = guest_pages(16);

    for (unsigned i = 0; i < MACH_PORT_QLIMIT_DEFAULT; i++) {
        struct memory_message message =
            memory_message(queue, pages + i, 15 * GUEST_PAGE, false);

        message_send(&message, sizeof message);
    }
    guest_kill(queue);
    guest_unmap(pages, 16 * GUEST_PAGE);
}

T0_CASE(lost_arrays, "arrays in messages that nobody received")
{
    mach_port_t queue = guest_receive(), port = guest_port();
    mach_port_t *names = guest_pages(2);

    for (unsigned i = 0; i < 2 * GUEST_PAGE / 4; i++)
        names[i] = port;
    for (unsigned i = 0; i < MACH_PORT_QLIMIT_DEFAULT; i++) {
        struct array_message message = array_message(
            queue, names, 2 * GUEST_PAGE / 4, MACH_MSG_TYPE_COPY_SEND);

        message_send(&message, sizeof message);
    }
    guest_kill(queue);
    mach_port_destroy(mach_task_self(), port);
    guest_unmap(names, 2 * GUEST_PAGE);
}

/* ---- Sends that are refused in the middle (21), or come back (22) ---- */

T0_CASE(refused_arrays, "arrays refused at their last name")
{
    mach_port_t queue = guest_receive(), port = guest_port();
    mach_port_t *names = guest_pages(1);

    for (unsigned i = 0; i < GUEST_PAGE / 4; i++)
        names[i] = port;
    names[GUEST_PAGE / 4 - 1] = guest_free_name();
    for (unsigned i = 0; i < MANY; i++) {
        struct array_message message = array_message(
            queue, names, GUEST_PAGE / 4, MACH_MSG_TYPE_COPY_SEND);

        message_send(&message, sizeof message);
    }
    mach_port_destroy(mach_task_self(), port);
    guest_kill(queue);
    guest_unmap(names, GUEST_PAGE);
}

T0_CASE(returned_memory, "memory that comes back from a full queue")
{
    mach_port_t queue = guest_receive();
    char *page = guest_pages(1);

    guest_limit(queue, 0);
    for (unsigned i = 0; i < MANY; i++) {
        struct memory_message message =
            memory_message(queue, page, GUEST_PAGE, true);

        message_send(&message, sizeof message);
        page = message.memory.address;
    }
    mach_port_destroy(mach_task_self(), queue);
    guest_unmap(page, GUEST_PAGE);
}

/* ---- Requests for notifications (9) ---- */

T0_CASE(requests, "requests for notifications")
{
    mach_port_t notify = guest_receive(), previous;

    for (unsigned i = 0; i < MANY; i++) {
        mach_port_t port = guest_port();

        notify_ask(port, MACH_NOTIFY_NO_SENDERS, 0, notify);
        notify_ask(port, MACH_NOTIFY_DEAD_NAME, 0, notify);
        notify_request(port, MACH_NOTIFY_PORT_DESTROYED, 0, notify, &previous);
        mach_port_destroy(mach_task_self(), port);
        while (guest_next_id(notify) != -1)
            continue;
    }
    guest_kill(notify);
}

/* ---- Sets ---- */

T0_CASE(sets, "sets and members")
{
    for (unsigned i = 0; i < MANY; i++) {
        mach_port_t a = guest_set(), b = guest_set(), port = guest_receive();

        mach_port_insert_member(mach_task_self(), port, a);
        mach_port_insert_member(mach_task_self(), port, b);
        guest_send(port, MACH_MSG_TYPE_MAKE_SEND, 1);
        mach_port_destroy(mach_task_self(), a);
        guest_kill(port);
        mach_port_destroy(mach_task_self(), b);
    }
}

/* ---- Tasks that end with all of that (52) ---- */

static void
in_child(void *argument)
{
    mach_port_t queue = guest_port(), notify = guest_receive();
    char *pages = guest_pages(4);

    (void)argument;
    for (unsigned i = 0; i < 200; i++) {
        mach_port_t port = guest_port(), set = guest_set();

        mach_port_insert_member(mach_task_self(), port, set);
        notify_ask(port, MACH_NOTIFY_DEAD_NAME, 0, notify);
        guest_send(port, MACH_MSG_TYPE_MAKE_SEND, 1);
        if (i % 2 != 0)
            send_receive_right(queue, port);
    }
    for (;;) { /* the last one waits in the send */
        struct memory_message message =
            memory_message(queue, pages, 4 * GUEST_PAGE, false);

        mach_msg(&message.header, MACH_SEND_MSG, sizeof message, 0,
                 MACH_PORT_NULL, 0, MACH_PORT_NULL);
    }
}

T0_CASE(whole_task, "a task with all of it")
{
    mach_port_t task = child_copy();
    struct worker child = { .thread = child_thread(task, in_child, NULL) };

    worker_waits(&child);
    mach_port_deallocate(mach_task_self(), child.thread);
    child_end(task);
}
