/* SPDX-License-Identifier: MIT */
/*
 * t_msg_queue.c - queue limits, blocked senders, waiting receivers, and what
 * wakes them (rules R20, R23-R25, R41-R44).
 */
#include <string.h>

#include "child.h"
#include "tap.h"
#include "worker.h"

#define SENDERS 4u

/* ---- The limit ---- */

TEST(limit)
{
    mach_port_t port = guest_port();
    bool good = true;

    for (unsigned i = 0; i < MACH_PORT_QLIMIT_DEFAULT; i++)
        good = good && guest_send(port, MACH_MSG_TYPE_COPY_SEND,
                                  (mach_msg_id_t)i) == MACH_MSG_SUCCESS;
    ok(good, "five messages fit into a queue");
    is_kr(guest_send(port, MACH_MSG_TYPE_COPY_SEND, 5), MACH_SEND_TIMED_OUT,
          "the sixth does not, with timeout 0");
    is(guest_status(port).mps_msgcount, 5, "... and is not queued");
    is(guest_next_id(port), 0, "one is received");
    is_kr(guest_send(port, MACH_MSG_TYPE_COPY_SEND, 6), MACH_MSG_SUCCESS,
          "... and there is room for one");
    guest_limit(port, 2);
    is(guest_status(port).mps_msgcount, 5,
       "a limit below what is queued drops nothing");
    for (unsigned i = 0; i < 3; i++)
        guest_next_id(port);
    is_kr(guest_send(port, MACH_MSG_TYPE_COPY_SEND, 7), MACH_SEND_TIMED_OUT,
          "... and holds as soon as two are left");
    mach_port_destroy(mach_task_self(), port);
}

TEST(past_limit)
{
    mach_port_t port = guest_full();
    mach_port_t once = guest_send_once(port);
    mach_port_t other = guest_send_once(port);

    is_kr(guest_send(once, MACH_MSG_TYPE_MOVE_SEND_ONCE, 2), MACH_MSG_SUCCESS,
          "a send-once right passes a full queue (R23)");
    is_kr(guest_send(port, MACH_MSG_TYPE_MAKE_SEND_ONCE, 3), MACH_MSG_SUCCESS,
          "... made or moved");
    mach_port_deallocate(mach_task_self(), other);
    is(guest_status(port).mps_msgcount, 4,
       "... and so does a notification (R23)");
    is(guest_next_id(port), 1, "they are queued in order: 1");
    is(guest_next_id(port), 2, "... 2");
    is(guest_next_id(port), 3, "... 3");
    is(guest_next_id(port), MACH_NOTIFY_SEND_ONCE, "... the notification");
    mach_port_destroy(mach_task_self(), port);
}

TEST(limit_zero)
{
    static struct worker receiver;
    mach_port_t port = guest_port();

    guest_limit(port, 0);
    worker_receive(&receiver, port, 0);
    ok(worker_waits(&receiver), "a receiver waits on a port of qlimit 0");
    is_kr(guest_send(port, MACH_MSG_TYPE_COPY_SEND, 1), MACH_SEND_TIMED_OUT,
          "qlimit 0: a sender blocks although one waits (R24)");
    is_kr(guest_send(port, MACH_MSG_TYPE_MAKE_SEND_ONCE, 2), MACH_MSG_SUCCESS,
          "... and a send-once right gets through");
    ok(worker_returns(&receiver), "... to the receiver");
    is(receiver.message.header.msgh_id, 2, "... whose message it is");
    mach_port_destroy(mach_task_self(), port);
}

/* ---- Blocked senders ---- */

static void
block(struct worker *workers, unsigned count, mach_port_t port)
{
    bool good = true;

    for (unsigned i = 0; i < count; i++) {
        worker_send(&workers[i], port, MACH_MSG_TYPE_COPY_SEND,
                    (mach_msg_id_t)(10 + i));
        good = worker_waits(&workers[i]) && good;
    }
    ok(good, "%u senders wait at a full queue", count);
}

static unsigned
count_done(const struct worker *workers, unsigned count)
{
    unsigned done = 0;

    for (unsigned i = 0; i < count; i++)
        done += workers[i].done != 0;
    return done;
}

TEST(woken_by_receive)
{
    static struct worker senders[SENDERS];
    mach_port_t port = guest_full();
    bool good = true;

    block(senders, SENDERS, port);
    is(guest_next_id(port), 1, "one is received");
    ok(worker_returns(&senders[0]), "... the first of the senders goes on");
    is_kr(senders[0].result, MACH_MSG_SUCCESS, "... with success");
    is(count_done(senders, SENDERS), 1, "... and no other");
    is_kr(guest_send(port, MACH_MSG_TYPE_COPY_SEND, 9), MACH_SEND_TIMED_OUT,
          "a slot that was granted is kept (R25)");
    for (unsigned i = 0; i < SENDERS; i++)
        good = guest_next_id(port) == (int)(10 + i) && good;
    ok(good, "their messages come in the order of their coming");
    for (unsigned i = 1; i < SENDERS; i++)
        good = worker_returns(&senders[i]) &&
               senders[i].result == MACH_MSG_SUCCESS && good;
    ok(good, "and all of them go on");
    mach_port_destroy(mach_task_self(), port);
}

TEST(woken_by_limit)
{
    static struct worker senders[SENDERS];
    mach_port_t port = guest_full();

    block(senders, SENDERS, port);
    guest_limit(port, 3);
    ok(worker_returns(&senders[0]), "raising qlimit by two wakes one (R25)");
    ok(worker_returns(&senders[1]), "... and another sender (R25)");
    is(guest_status(port).mps_msgcount, 3, "... whose messages are queued");
    is(count_done(senders, SENDERS), 2, "... and no more");
    guest_limit(port, MACH_PORT_QLIMIT_MAX);
    ok(worker_returns(&senders[2]), "when there is room for all, the third");
    ok(worker_returns(&senders[3]), "... and the last go on");
    is(guest_status(port).mps_msgcount, 5, "... and nothing is lost");
    mach_port_destroy(mach_task_self(), port);
}

/* With a receiver waiting at a limit of 0, the limit becomes 1. */
TEST(room_for_two)
{
    static struct worker senders[3], receiver;
    mach_port_t port = guest_port();

    guest_limit(port, 0);
    worker_receive(&receiver, port, 0);
    ok(worker_waits(&receiver), "a receiver waits at a limit of 0");
    block(senders, 3, port);
    guest_limit(port, 1);
    ok(worker_returns(&receiver), "the limit is 1: the receiver goes on (R25)");
    is(receiver.message.header.msgh_id, 10, "... with the first message");
    ok(worker_returns(&senders[0]), "... whose sender goes on");
    ok(worker_returns(&senders[1]), "... and the one for whom there is room");
    ok(worker_waits(&senders[2]), "... and no more");
    is(guest_status(port).mps_msgcount, 1, "... one message is queued");
    guest_kill(port);
    ok(worker_returns(&senders[2]), "the port dies: the last goes on");
    is_kr(senders[2].result, MACH_MSG_SUCCESS, "... with success (R20)");
    mach_port_destroy(mach_task_self(), port);
}

TEST(woken_by_death)
{
    static struct worker senders[SENDERS];
    mach_port_t port = guest_full();
    bool good = true;

    block(senders, SENDERS, port);
    guest_kill(port);
    for (unsigned i = 0; i < SENDERS; i++)
        good = worker_returns(&senders[i]) &&
               senders[i].result == MACH_MSG_SUCCESS && good;
    ok(good, "the port dies: its blocked senders see success (R20, R25)");
    is(guest_type(port), MACH_PORT_TYPE_DEAD_NAME, "... and a dead name");
    mach_port_destroy(mach_task_self(), port);
}

TEST(not_woken_by_move)
{
    static struct worker sender;
    mach_port_t port = guest_full();
    mach_port_t holder = guest_receive();
    struct port_message message = port_message(
        holder, MACH_MSG_TYPE_MAKE_SEND, port, MACH_MSG_TYPE_MOVE_RECEIVE);

    block(&sender, 1, port);
    message_send(&message, sizeof message);
    ok(worker_waits(&sender), "the receive right moves: senders wait on (R25)");
    is(away_fetch(holder), port, "... it comes back");
    is(guest_next_id(port), 1, "... with its messages (R33)");
    ok(worker_returns(&sender), "... and a receive wakes the sender");
    is(guest_next_id(port), 10, "... whose message is there");
    guest_kill(holder);
    mach_port_destroy(mach_task_self(), port);
}

/* ---- Interrupted senders ---- */

TEST(sender_times_out)
{
    static struct worker sender;
    mach_port_t port = guest_full();

    memset(&sender, 0, sizeof sender);
    sender.message.header =
        guest_header(port, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0);
    sender.option = MACH_SEND_MSG | MACH_SEND_TIMEOUT;
    sender.send_size = sizeof(struct guest_message);
    sender.timeout = 20;
    worker_start(&sender);
    ok(worker_returns(&sender), "a sender with a timeout comes back");
    is_kr(sender.result, MACH_SEND_TIMED_OUT, "... with TIMED_OUT");
    is(guest_refs(port, MACH_PORT_RIGHT_SEND), 2,
       "... and its copied right is one reference more (R22)");
    is(guest_status(port).mps_msgcount, 1, "... nothing was queued");
    mach_port_destroy(mach_task_self(), port);
}

TEST(sender_aborted)
{
    static struct worker sender;
    mach_port_t port = guest_full();

    worker_ask(&sender, port, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL,
               MACH_SEND_INTERRUPT, 2);
    ok(worker_waits(&sender), "a sender waits");
    is_kr(thread_abort(sender.thread), KERN_SUCCESS, "it is aborted");
    ok(worker_returns(&sender), "... and comes back");
    is_kr(sender.result, MACH_SEND_INTERRUPTED, "... with INTERRUPTED");
    is(sender.message.header.msgh_remote_port, port,
       "... its message pseudo-received (R22)");
    is(guest_refs(port, MACH_PORT_RIGHT_SEND), 2, "... right included");
    mach_port_destroy(mach_task_self(), port);
}

TEST(sender_terminated)
{
    static struct worker sender;
    mach_port_t port = guest_full();
    mach_port_t carried = guest_port();
    mach_port_t notify = guest_receive();

    notify_ask(carried, MACH_NOTIFY_NO_SENDERS, 0, notify);
    worker_carry(&sender, port, carried, MACH_MSG_TYPE_MOVE_SEND);
    ok(worker_waits(&sender), "a sender waits with a right in its message");
    is(guest_next_id(notify), -1, "... which lives (R11)");
    thread_terminate(sender.thread);
    ok(guest_wait(notify, &(struct guest_buffer){ 0 }, 20000) == 0,
       "the thread is terminated: the right in its message dies");
    is(guest_status(port).mps_msgcount, 1, "... and nothing is queued");
    mach_port_deallocate(mach_task_self(), sender.thread);
    mach_port_destroy(mach_task_self(), port);
    guest_kill(carried);
    guest_kill(notify);
}

/* ---- Death and circles with a blocked sender ---- */

TEST(owner_dies)
{
    static struct worker sender;
    mach_port_t task = child_empty();
    mach_port_t port = guest_full();

    mach_port_insert_right(task, 0x10003, port, MACH_MSG_TYPE_MOVE_RECEIVE);
    block(&sender, 1, port);
    child_end(task);
    ok(worker_returns(&sender), "the receiver's task dies");
    is_kr(sender.result, MACH_MSG_SUCCESS, "... its sender sees success (R20)");
    is(guest_type(port), MACH_PORT_TYPE_DEAD_NAME, "... and a dead name");
    mach_port_destroy(mach_task_self(), port);
}

/* One port waits to be sent to another, which is then sent to the first. */
TEST(blocked_circle)
{
    static struct worker sender;
    mach_port_t full = guest_full(), inner = guest_port();
    struct port_message message = port_message(
        inner, MACH_MSG_TYPE_COPY_SEND, full, MACH_MSG_TYPE_MOVE_RECEIVE);

    worker_carry(&sender, full, inner, MACH_MSG_TYPE_MOVE_RECEIVE);
    ok(worker_waits(&sender), "a receive right waits to be queued");
    is_kr(message_send(&message, sizeof message), MACH_MSG_SUCCESS,
          "... and its destination is sent to it (R31, #38)");
    ok(worker_returns(&sender), "... the sender goes on");
    is_kr(sender.result, MACH_MSG_SUCCESS, "... with success");
    is(guest_type(full), MACH_PORT_TYPE_DEAD_NAME, "... both ports are dead");
    is(guest_type(inner), MACH_PORT_TYPE_DEAD_NAME, "... and not lost");
    mach_port_destroy(mach_task_self(), full);
    mach_port_destroy(mach_task_self(), inner);
}
