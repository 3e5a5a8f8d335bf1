/* SPDX-License-Identifier: MIT */
/*
 * t_msg_wait.c - receivers that wait: who gets what, and what wakes them
 * (rules R41, R42, R44, adversarial #44).
 */
#include <string.h>

#include "tap.h"
#include "worker.h"

#define RECEIVERS 4u

/* Each waits before the next one comes. */
static void
wait_on(struct worker *workers, unsigned count, mach_port_t name,
        mach_msg_option_t option)
{
    bool good = true;

    for (unsigned i = 0; i < count; i++) {
        worker_receive(&workers[i], name, option);
        good = worker_waits(&workers[i]) && good;
    }
    ok(good, "%u receivers wait", count);
}

static void
returned(struct worker *worker, mach_msg_return_t want, const char *text)
{
    if (ok(worker_returns(worker), "%s: the receiver comes back", text))
        is_kr(worker->result, want, "%s: ... with its result", text);
}

/* ---- Hand-off ---- */

TEST(order)
{
    static struct worker receivers[RECEIVERS];
    mach_port_t port = guest_receive();
    bool ids = true, numbers = true;

    wait_on(receivers, RECEIVERS, port, 0);
    for (unsigned i = 0; i < RECEIVERS; i++)
        guest_send(port, MACH_MSG_TYPE_MAKE_SEND, (mach_msg_id_t)(20 + i));
    is(guest_status(port).mps_msgcount, 0,
       "messages for waiting receivers are not queued");
    for (unsigned i = 0; i < RECEIVERS; i++) {
        returned(&receivers[i], MACH_MSG_SUCCESS, "hand-off");
        ids = ids && receivers[i].message.header.msgh_id == (int)(20 + i);
        numbers = numbers && worker_seqno(&receivers[i]) == i;
    }
    ok(ids, "who waits first gets the first message (R41)");
    ok(numbers, "... numbered in that order (R41)");
    is(guest_status(port).mps_seqno, RECEIVERS, "... as the port counts");
    guest_kill(port);
}

/* A message too large for a waiting receiver stays, if it asked for that. */
TEST(large)
{
    static struct worker small;
    mach_port_t port = guest_receive();
    unsigned char big[1024] = { 0 };
    mach_msg_header_t *header = (mach_msg_header_t *)big;

    worker_receive(&small, port, MACH_RCV_LARGE);
    ok(worker_waits(&small), "a receiver with RCV_LARGE waits");
    *header = guest_header(port, MACH_MSG_TYPE_MAKE_SEND, MACH_PORT_NULL, 0);
    is_kr(message_send(big, sizeof big), MACH_MSG_SUCCESS,
          "a message comes that is too large for it");
    returned(&small, MACH_RCV_TOO_LARGE, "RCV_LARGE");
    is(small.message.header.msgh_size, sizeof big, "... and knows its size");
    is(guest_status(port).mps_msgcount, 1, "... the message is queued (R35)");
    guest_kill(port);
}

/* ---- A call and its reply, between two that wait ---- */

static void
answer(const mach_msg_header_t *request)
{
    mach_msg_header_t reply =
        guest_header(request->msgh_remote_port, MACH_MSG_TYPE_MOVE_SEND_ONCE,
                     MACH_PORT_NULL, 177);

    is_kr(message_send(&reply, sizeof reply), MACH_MSG_SUCCESS,
          "the server answers");
}

TEST(call)
{
    static struct worker server, client;
    const mach_msg_header_t *got = &server.message.header;
    mach_port_t port = guest_port(), reply = guest_receive();

    wait_on(&server, 1, port, 0);
    worker_ask(&client, port, MACH_MSG_TYPE_COPY_SEND, reply, MACH_RCV_MSG, 77);
    returned(&server, MACH_MSG_SUCCESS, "a request to one that waits");
    ok(worker_waits(&client), "... and its client waits");
    is(got->msgh_id, 77, "the request has its id");
    is(got->msgh_size, sizeof(struct guest_message), "... its size");
    is(got->msgh_local_port, port, "... the port that it came to");
    is(got->msgh_bits,
       MACH_MSGH_BITS(MACH_MSG_TYPE_PORT_SEND_ONCE, MACH_MSG_TYPE_PORT_SEND),
       "... the bits turned around");
    is(guest_type(got->msgh_remote_port), MACH_PORT_TYPE_SEND_ONCE,
       "... and the right to answer");
    answer(got);
    returned(&client, MACH_MSG_SUCCESS, "the reply comes");
    got = &client.message.header;
    is(got->msgh_id, 177, "... with its id");
    is(got->msgh_local_port, reply, "... to the reply port");
    is(got->msgh_remote_port, MACH_PORT_NULL, "... to which none is due");
    is(got->msgh_bits, MACH_MSGH_BITS(0, MACH_MSG_TYPE_PORT_SEND_ONCE),
       "... by the right to answer");
    is(guest_status(reply).mps_sorights, 0, "... which it has used up");
    mach_port_destroy(mach_task_self(), port);
    guest_kill(reply);
}

/* ---- The right goes away ---- */

TEST(killed)
{
    static struct worker receivers[RECEIVERS];
    struct guest_buffer buffer;
    mach_port_t port = guest_receive();

    wait_on(receivers, RECEIVERS, port, 0);
    guest_kill(port);
    for (unsigned i = 0; i < RECEIVERS; i++)
        returned(&receivers[i], MACH_RCV_PORT_CHANGED, "killed (R42)");
    is_kr(guest_poll(port, &buffer), MACH_RCV_INVALID_NAME,
          "a later receive: no such name (R42)");
}

TEST(moved)
{
    static struct worker receiver;
    mach_port_t port = guest_receive();
    mach_port_t holder = guest_receive();
    struct port_message message = port_message(
        holder, MACH_MSG_TYPE_MAKE_SEND, port, MACH_MSG_TYPE_MOVE_RECEIVE);

    wait_on(&receiver, 1, port, 0);
    message_send(&message, sizeof message);
    returned(&receiver, MACH_RCV_PORT_CHANGED, "moved away (R42)");
    guest_kill(holder);
}

TEST(set_members)
{
    static struct worker receiver;
    mach_port_t set = guest_set();
    mach_port_t a = guest_receive(), b = guest_receive();

    mach_port_insert_member(mach_task_self(), a, set);
    wait_on(&receiver, 1, set, 0);
    guest_kill(a);
    ok(worker_waits(&receiver), "a member dies: the set waits on (R42)");
    mach_port_insert_member(mach_task_self(), b, set);
    ok(worker_waits(&receiver), "a member comes: the set waits on");
    mach_port_extract_member(mach_task_self(), b, set);
    guest_send(b, MACH_MSG_TYPE_MAKE_SEND, 1);
    ok(worker_waits(&receiver), "a member left: its messages are not ours");
    is(guest_status(b).mps_msgcount, 1, "... and wait in its queue");
    mach_port_insert_member(mach_task_self(), b, set);
    returned(&receiver, MACH_MSG_SUCCESS, "a member with a message comes");
    is(receiver.message.header.msgh_local_port, b, "... and it is named");
    guest_kill(b);
    mach_port_destroy(mach_task_self(), set);
}

TEST(set_destroyed)
{
    static struct worker on_set, on_member;
    mach_port_t set = guest_set();
    mach_port_t port = guest_receive();

    mach_port_insert_member(mach_task_self(), port, set);
    wait_on(&on_set, 1, set, 0);
    wait_on(&on_member, 1, port, 0);
    mach_port_destroy(mach_task_self(), set);
    returned(&on_set, MACH_RCV_PORT_CHANGED, "the set dies (R42)");
    ok(worker_waits(&on_member), "who waits on the member waits on");
    guest_send(port, MACH_MSG_TYPE_MAKE_SEND, 1);
    returned(&on_member, MACH_MSG_SUCCESS, "and gets its message");
    guest_kill(port);
}

/* ---- Aborted ---- */

TEST(aborted)
{
    static struct worker receiver;
    mach_port_t port = guest_receive();

    wait_on(&receiver, 1, port, MACH_RCV_INTERRUPT);
    is_kr(thread_abort(receiver.thread), KERN_SUCCESS, "it is aborted");
    returned(&receiver, MACH_RCV_INTERRUPTED, "aborted");
    guest_send(port, MACH_MSG_TYPE_MAKE_SEND, 5);
    is(guest_next_id(port), 5, "... and a message after it is queued");
    guest_kill(port);
}

/* Without the option the library waits again, and does not send again. */
TEST(retried)
{
    static struct worker client;
    mach_port_t port = guest_receive(), reply = guest_receive();

    worker_ask(&client, port, MACH_MSG_TYPE_MAKE_SEND, reply, MACH_RCV_MSG, 1);
    ok(worker_waits(&client), "a client waits for its reply");
    for (unsigned i = 0; i < 10; i++)
        thread_abort(client.thread);
    ok(worker_waits(&client), "... also after ten aborts (R44)");
    is(guest_status(port).mps_msgcount, 1, "... having sent once");
    guest_send(reply, MACH_MSG_TYPE_MAKE_SEND_ONCE, 6);
    returned(&client, MACH_MSG_SUCCESS, "the reply comes");
    is(client.message.header.msgh_id, 6, "... and is the reply");
    guest_kill(port);
    guest_kill(reply);
}

TEST(terminated)
{
    static struct worker receiver;
    mach_port_t port = guest_receive();

    wait_on(&receiver, 1, port, 0);
    is_kr(thread_terminate(receiver.thread), KERN_SUCCESS, "it is terminated");
    guest_send(port, MACH_MSG_TYPE_MAKE_SEND, 7);
    is(guest_next_id(port), 7, "a message after that is queued (#44)");
    ok(!receiver.done, "... and never reached the thread");
    mach_port_deallocate(mach_task_self(), receiver.thread);
    guest_kill(port);
}

/* Suspended while it waits: the message is there when it goes on. */
TEST(suspended)
{
    static struct worker receiver;
    mach_port_t port = guest_receive();

    wait_on(&receiver, 1, port, 0);
    thread_suspend(receiver.thread);
    guest_send(port, MACH_MSG_TYPE_MAKE_SEND, 8);
    guest_sleep(5);
    ok(!receiver.done, "a suspended receiver does not come back (#44)");
    thread_resume(receiver.thread);
    returned(&receiver, MACH_MSG_SUCCESS, "it is resumed");
    is(receiver.message.header.msgh_id, 8, "... and has the message");
    guest_kill(port);
}

/* The longest timeout, and one that a sender beats */
TEST(long_timeout)
{
    static struct worker receiver;
    mach_port_t port = guest_receive();

    memset(&receiver, 0, sizeof receiver);
    receiver.option = MACH_RCV_MSG | MACH_RCV_TIMEOUT;
    receiver.receive_name = port;
    receiver.timeout = ~0u;
    worker_start(&receiver);
    ok(worker_waits(&receiver), "a receiver with a timeout of 2^32-1 waits");
    guest_send(port, MACH_MSG_TYPE_MAKE_SEND, 4);
    returned(&receiver, MACH_MSG_SUCCESS, "a message before the timeout");
    guest_kill(port);
}

/* Who waits on a set and who waits on its member: one message, one of them */
TEST(set_and_member)
{
    static struct worker on_set, on_member;
    mach_port_t set = guest_set(), port = guest_receive();

    mach_port_insert_member(mach_task_self(), port, set);
    wait_on(&on_set, 1, set, 0);
    wait_on(&on_member, 1, port, 0);
    guest_send(port, MACH_MSG_TYPE_MAKE_SEND, 1);
    guest_send(port, MACH_MSG_TYPE_MAKE_SEND, 2);
    returned(&on_set, MACH_MSG_SUCCESS, "waiting on the set");
    returned(&on_member, MACH_MSG_SUCCESS, "waiting on the member");
    is(on_set.message.header.msgh_id + on_member.message.header.msgh_id, 3,
       "two messages, one for each");
    is(worker_seqno(&on_set) + 1, (unsigned)on_set.message.header.msgh_id,
       "... numbered in the order of their coming (R41)");
    mach_port_destroy(mach_task_self(), set);
    guest_kill(port);
}
