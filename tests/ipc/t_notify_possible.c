/* SPDX-License-Identifier: MIT */
/*
 * t_notify_possible.c - send-possible (rule R60, catalogue 2.9, 3).
 */
#include "rights.h"
#include "tap.h"
#include "worker.h"

#define ID    MACH_NOTIFY_SEND_POSSIBLE
#define ARMED (MACH_PORT_TYPE_DNREQUEST | MACH_PORT_TYPE_SPREQUEST)

static mach_port_t notify;

static void
told(mach_msg_id_t id, mach_port_t name, const char *text)
{
    union any_message any;
    mach_msg_return_t mr = message_take(notify, &any);

    if (id == -1) {
        is_kr(mr, MACH_RCV_TIMED_OUT, "%s", text);
        return;
    }
    is(mr == 0 ? any.header.msgh_id : -1, id, "%s", text);
    is(any.header.msgh_size, 36, "... in 36 bytes");
    is(any.deleted.not_port, name, "... with the name");
    is(guest_status(notify).mps_msgcount, 0, "... and no other");
}

TEST(room)
{
    mach_port_t port = guest_port();
    mach_port_t once = guest_send_once(port);

    notify_ask(port, ID, 1, notify);
    told(ID, port, "there is room: at once");
    is(guest_type(port), MACH_PORT_TYPE_SEND_RECEIVE, "... and it is spent");
    notify_ask(once, ID, 1, notify);
    told(ID, once, "a send-once right: at once (R23)");
    notify_ask(mach_task_self(), ID, 1, notify);
    told(ID, mach_task_self(), "a port of the kernel: at once");
    mach_port_deallocate(mach_task_self(), once);
    mach_port_destroy(mach_task_self(), port);
}

TEST(full)
{
    mach_port_t port = guest_full();

    notify_ask(port, ID, 1, notify);
    told(-1, port, "the queue is full: not yet");
    is(guest_type(port), MACH_PORT_TYPE_SEND_RECEIVE | ARMED,
       "... type shows the request");
    guest_next_id(port);
    told(ID, port, "a receive makes room (R60)");
    guest_send(port, MACH_MSG_TYPE_COPY_SEND, 1);
    guest_next_id(port);
    told(-1, port, "it is sent once (R60)");
    guest_send(port, MACH_MSG_TYPE_COPY_SEND, 1);
    notify_ask(port, ID, 1, notify);
    guest_next_id(port);
    told(ID, port, "asked for again, sent again (R60)");
    mach_port_destroy(mach_task_self(), port);
}

static mach_msg_return_t
send_notify(mach_port_t port)
{
    struct guest_message message = {
        .header =
            guest_header(port, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0),
    };

    return mach_msg(&message.header,
                    MACH_SEND_MSG | MACH_SEND_TIMEOUT | MACH_SEND_NOTIFY,
                    sizeof message, 0, MACH_PORT_NULL, 0, MACH_PORT_NULL);
}

TEST(delayed)
{
    mach_port_t port = guest_full();

    notify_ask(port, ID, 0, notify);
    is(guest_type(port),
       MACH_PORT_TYPE_SEND_RECEIVE | ARMED | MACH_PORT_TYPE_SPREQUEST_DELAYED,
       "sync 0: the request is delayed");
    guest_next_id(port);
    told(-1, port, "... room is made, but nobody failed to send");
    is_kr(send_notify(port), MACH_MSG_SUCCESS, "one fits, with SEND_NOTIFY");
    is(guest_type(port),
       MACH_PORT_TYPE_SEND_RECEIVE | ARMED | MACH_PORT_TYPE_SPREQUEST_DELAYED,
       "... and arms nothing");
    is_kr(guest_send(port, MACH_MSG_TYPE_COPY_SEND, 2), MACH_SEND_TIMED_OUT,
          "a send fails without SEND_NOTIFY");
    guest_next_id(port);
    told(-1, port, "... that arms nothing");
    guest_send(port, MACH_MSG_TYPE_COPY_SEND, 1);
    is_kr(send_notify(port), MACH_SEND_TIMED_OUT, "one fails with SEND_NOTIFY");
    is(guest_type(port), MACH_PORT_TYPE_SEND_RECEIVE | ARMED,
       "... and arms it");
    guest_next_id(port);
    told(ID, port, "... room is made: send-possible (R60)");
    mach_port_destroy(mach_task_self(), port);
}

TEST(limit)
{
    mach_port_t port = guest_full();

    notify_ask(port, ID, 1, notify);
    guest_limit(port, 2);
    told(ID, port, "a higher limit makes room: send-possible");
    mach_port_destroy(mach_task_self(), port);
}

/* What else may happen to the name first (R60) */
static void
test_death(unsigned sync)
{
    mach_port_t holder, name = away_make(&holder);
    bool full = true;

    for (unsigned i = 0; i < MACH_PORT_QLIMIT_DEFAULT; i++)
        full = guest_send(name, MACH_MSG_TYPE_COPY_SEND, 1) == 0 && full;
    ok(full, "a port in a message, with a full queue");
    notify_ask(name, ID, sync, notify);
    guest_kill(holder);
    told(MACH_NOTIFY_DEAD_NAME, name, "the port dies first: dead-name (R60)");
    is(guest_refs(name, MACH_PORT_RIGHT_DEAD_NAME), 2, "... and a reference");
    mach_port_destroy(mach_task_self(), name);
}

TEST(deaths)
{
    test_death(0);
    test_death(1);
}

static void
deleted_with(unsigned sync)
{
    mach_port_t holder, name = away_make(&holder);

    for (unsigned i = 0; i < MACH_PORT_QLIMIT_DEFAULT; i++)
        guest_send(name, MACH_MSG_TYPE_COPY_SEND, 1);
    notify_ask(name, ID, sync, notify);
    mach_port_deallocate(mach_task_self(), name);
    told(MACH_NOTIFY_PORT_DELETED, name,
         "the name is freed first: port-deleted (R60)");
    guest_kill(holder);
    told(-1, name, "... and nothing more");
}

TEST(deleted)
{
    deleted_with(0);
    deleted_with(1);
}

TEST(dead_name)
{
    mach_port_t dead = guest_dead(), previous;

    notify_ask(dead, ID, 1, notify);
    told(MACH_NOTIFY_DEAD_NAME, dead, "on a dead name: dead-name at once");
    is_kr(notify_request(dead, ID, 0, notify, &previous), KERN_INVALID_ARGUMENT,
          "... unless it is delayed (R17)");
    is(guest_next_id(notify), MACH_NOTIFY_SEND_ONCE, "... its right is unused");
    mach_port_destroy(mach_task_self(), dead);
}

/* One request for each name, of one kind or the other */
TEST(replaced)
{
    mach_port_t port = guest_full(), previous = MACH_PORT_NULL;

    notify_ask(port, MACH_NOTIFY_DEAD_NAME, 0, notify);
    notify_request(port, ID, 1, notify, &previous);
    is(guest_type(previous), MACH_PORT_TYPE_SEND_ONCE,
       "send-possible replaces dead-name, whose right comes back");
    mach_port_deallocate(mach_task_self(), previous);
    is(guest_next_id(notify), MACH_NOTIFY_SEND_ONCE, "... unused");
    is(guest_type(port), MACH_PORT_TYPE_SEND_RECEIVE | ARMED, "... it stands");
    guest_kill(port);
    told(MACH_NOTIFY_DEAD_NAME, port, "... and tells of the death, too");
    mach_port_destroy(mach_task_self(), port);
}

TEST(cancelled)
{
    mach_port_t port = guest_full(), previous = MACH_PORT_NULL;

    notify_ask(port, ID, 1, notify);
    notify_request(port, ID, 0, MACH_PORT_NULL, &previous);
    is(guest_type(previous), MACH_PORT_TYPE_SEND_ONCE,
       "no notify port cancels, and the right comes back");
    is(guest_type(port), MACH_PORT_TYPE_SEND_RECEIVE, "... no request is left");
    mach_port_deallocate(mach_task_self(), previous);
    guest_next_id(notify);
    guest_next_id(port);
    told(-1, port, "... and room tells nobody");
    mach_port_destroy(mach_task_self(), port);
}

/* ---- Senders that wait ---- */

TEST(blocked_first)
{
    static struct worker sender;
    mach_port_t port = guest_full();

    notify_ask(port, ID, 1, notify);
    worker_send(&sender, port, MACH_MSG_TYPE_COPY_SEND, 2);
    ok(worker_waits(&sender), "a sender waits, and another asked to be told");
    guest_next_id(port);
    ok(worker_returns(&sender), "... room comes: the sender has it (R25)");
    told(-1, port, "... and nobody is told");
    guest_next_id(port);
    told(ID, port, "the next room is told of (R60)");
    mach_port_destroy(mach_task_self(), port);
}

TEST(interrupted)
{
    static struct worker sender;
    mach_port_t port = guest_full();

    notify_ask(port, ID, 0, notify);
    worker_ask(&sender, port, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL,
               MACH_SEND_NOTIFY | MACH_SEND_INTERRUPT, 2);
    ok(worker_waits(&sender), "a sender with SEND_NOTIFY waits");
    thread_abort(sender.thread);
    ok(worker_returns(&sender), "... is aborted, and comes back");
    is_kr(sender.result, MACH_SEND_INTERRUPTED, "... with SEND_INTERRUPTED");
    is(guest_type(port), MACH_PORT_TYPE_SEND_RECEIVE | ARMED,
       "... which arms the request, too");
    mach_port_destroy(mach_task_self(), port);
    guest_next_id(notify);
}

/* Several senders' names wait for one queue: all are told. */
TEST(full_again)
{
    mach_port_t port = guest_full();

    notify_ask(port, ID, 1, notify);
    guest_send(port, MACH_MSG_TYPE_MAKE_SEND_ONCE, 2);
    guest_next_id(port);
    told(-1, port, "one of two is received: still full (R24)");
    guest_next_id(port);
    told(ID, port, "the other: there is room");
    mach_port_destroy(mach_task_self(), port);
}

int
main(void)
{
    notify = guest_receive();
    return guest_run();
}
