/* SPDX-License-Identifier: MIT */
/*
 * t_msg_move.c - receive rights that travel (rules R10, R31-R34, R39, R42,
 * adversarial #38, #39).
 */
#include "child.h"
#include "rights.h"
#include "tap.h"

static mach_msg_return_t
send_receive_right(mach_port_t dest, mach_msg_type_name_t how,
                   mach_port_t carried)
{
    struct port_message message =
        port_message(dest, how, carried, MACH_MSG_TYPE_MOVE_RECEIVE);

    return message_send(&message, sizeof message);
}

/* ---- What travels, and what is reset (R10, R33) ---- */

TEST(travels)
{
    mach_port_t holder = guest_receive(), set = guest_set();
    mach_port_t port = guest_port();
    mach_port_status_t status;

    mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_SEND, 3);
    mach_port_insert_member(mach_task_self(), port, set);
    for (mach_msg_id_t id = 1; id <= 4; id++)
        guest_send(port, MACH_MSG_TYPE_MAKE_SEND, id);
    guest_next_id(port);
    status = guest_status(port);
    is(status.mps_seqno, 1, "a port with a number");
    is(status.mps_mscount, 5, "... with a make-send count");
    is(status.mps_pset, 1, "... in a set");
    is_kr(send_receive_right(holder, MACH_MSG_TYPE_MAKE_SEND, port),
          MACH_MSG_SUCCESS, "its receive right moves");
    is(guest_type(port), MACH_PORT_TYPE_SEND, "the sender's name stays (R32)");
    is(guest_refs(port, MACH_PORT_RIGHT_SEND), 4, "... with its references");
    is(away_fetch(holder), port, "it comes back to the same name (R32)");
    is(guest_type(port), MACH_PORT_TYPE_SEND_RECEIVE, "... joined");
    is(guest_refs(port, MACH_PORT_RIGHT_SEND), 4, "... references unchanged");
    status = guest_status(port);
    is(status.mps_seqno, 0, "the number starts at 0 (R33)");
    is(status.mps_mscount, 0, "the make-send count starts at 0 (R10)");
    is(status.mps_pset, 0, "it left its set (R33)");
    is(status.mps_msgcount, 3, "its messages came with it (R33)");
    for (mach_msg_id_t id = 2; id <= 4; id++)
        is(guest_next_id(port), id, "... in their order");
    mach_port_destroy(mach_task_self(), port);
    mach_port_destroy(mach_task_self(), set);
    guest_kill(holder);
}

TEST(alone)
{
    mach_port_t holder = guest_receive();
    mach_port_t port = guest_receive(), back;

    send_receive_right(holder, MACH_MSG_TYPE_MAKE_SEND, port);
    is(guest_type(port), 0, "a receive right alone leaves no name");
    back = away_fetch(holder);
    is(guest_type(back), MACH_PORT_TYPE_RECEIVE, "... and comes back alone");
    guest_kill(back);
    guest_kill(holder);
}

TEST(not_held)
{
    mach_port_t holder = guest_receive(), away;
    mach_port_t port = away_make(&away);

    is_kr(send_receive_right(holder, MACH_MSG_TYPE_MAKE_SEND, port),
          MACH_SEND_INVALID_RIGHT, "a receive right in transit is not ours");
    is_kr(send_receive_right(holder, MACH_MSG_TYPE_MAKE_SEND, mach_task_self()),
          MACH_SEND_INVALID_RIGHT, "nor is that of our task port (R34)");
    mach_port_destroy(mach_task_self(), port);
    guest_kill(away);
    guest_kill(holder);
}

/* ---- Both halves of one port in a message (R32) ---- */

#pragma pack(push, 4)
struct two_ports {
    mach_msg_header_t header;
    mach_msg_body_t body;
    mach_msg_port_descriptor_t ports[2];
};
#pragma pack(pop)

static void
both_halves(bool receive_first)
{
    mach_port_t holder = guest_receive();
    mach_port_t port = guest_port();
    struct two_ports message;
    struct port_message one = port_message(holder, MACH_MSG_TYPE_MAKE_SEND,
                                           port, MACH_MSG_TYPE_MOVE_RECEIVE);
    union {
        mach_msg_header_t header;
        struct two_ports message;
        unsigned char bytes[256];
    } got;

    message.header = one.header;
    message.body.msgh_descriptor_count = 2;
    message.ports[!receive_first] = one.port;
    message.ports[receive_first] = one.port;
    message.ports[receive_first].disposition = MACH_MSG_TYPE_MOVE_SEND;
    is_kr(message_send(&message, sizeof message), MACH_MSG_SUCCESS,
          "both halves in one message, receive %s (R32)",
          receive_first ? "first" : "last");
    is(guest_type(port), 0, "... no name is left");
    mach_msg(&got.header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof got,
             holder, 0, 0);
    is(got.message.ports[0].name, got.message.ports[1].name,
       "... they arrive under one name");
    is(guest_type(got.message.ports[0].name), MACH_PORT_TYPE_SEND_RECEIVE,
       "... which has both");
    is(guest_refs(got.message.ports[0].name, MACH_PORT_RIGHT_SEND), 1,
       "... and one reference to send");
    mach_port_destroy(mach_task_self(), got.message.ports[0].name);
    guest_kill(holder);
}

TEST(both_halves)
{
    both_halves(true);
    both_halves(false);
}

TEST(moved_twice)
{
    mach_port_t holder = guest_receive(), port = guest_receive();
    struct port_message one = port_message(holder, MACH_MSG_TYPE_MAKE_SEND,
                                           port, MACH_MSG_TYPE_MOVE_RECEIVE);
    struct two_ports message = { one.header, { 2 }, { one.port, one.port } };

    is_kr(message_send(&message, sizeof message), MACH_SEND_INVALID_RIGHT,
          "a receive right moves once in a message");
    is(guest_type(port), 0, "... and is gone (R21)");
    guest_kill(holder);
}

/* ---- Dead-name requests on the sender's name (R33) ---- */

static void
test_request(bool with_send)
{
    mach_port_t holder = guest_receive(), notify = guest_receive();
    mach_port_t port = with_send ? guest_port() : guest_receive();

    notify_ask(port, MACH_NOTIFY_DEAD_NAME, 0, notify);
    send_receive_right(holder, MACH_MSG_TYPE_MAKE_SEND, port);
    is(guest_next_id(notify), with_send ? -1 : MACH_NOTIFY_PORT_DELETED,
       "a request on a receive right that moves, %s a send right (R33)",
       with_send ? "beside" : "without");
    guest_kill(holder); /* and the port in its queue */
    is(guest_next_id(notify), with_send ? MACH_NOTIFY_DEAD_NAME : -1,
       "... and when the port dies");
    mach_port_destroy(mach_task_self(), port);
    guest_kill(notify);
}

TEST(requests)
{
    test_request(true);
    test_request(false);
}

/* ---- Circles (R31, #38) ---- */

#define LONGEST 8u

/* Each port's receive right is sent to the next; the last to the first. */
static void
test_circle(unsigned length)
{
    mach_port_t ports[LONGEST];
    mach_port_t notify = guest_receive();
    unsigned names = guest_names();
    bool sent = true, told = true;

    for (unsigned i = 0; i < length; i++) {
        ports[i] = guest_port();
        notify_ask(ports[i], MACH_NOTIFY_DEAD_NAME, 0, notify);
    }
    for (unsigned i = 0; i < length; i++)
        sent =
            send_receive_right(ports[(i + 1) % length], MACH_MSG_TYPE_COPY_SEND,
                               ports[i]) == MACH_MSG_SUCCESS &&
            sent;
    ok(sent, "a circle of %u receive rights: the sends succeed (R31, #38)",
       length);
    for (unsigned i = 0; i < length; i++) {
        told = guest_next_id(notify) == MACH_NOTIFY_DEAD_NAME &&
               guest_type(ports[i]) == MACH_PORT_TYPE_DEAD_NAME && told;
        mach_port_destroy(mach_task_self(), ports[i]);
    }
    ok(told, "... and every port in it dies");
    is(guest_names(), names, "... without a name left");
    guest_kill(notify);
}

TEST(circles)
{
    for (unsigned length = 1; length <= LONGEST; length++)
        test_circle(length);
}

/* ---- Chains (#39) ---- */

#define DEEP 10000u

/* Each port lies in a message to the next.  Returns the last. */
static mach_port_t
make_chain(unsigned length)
{
    mach_port_t inner = guest_receive();

    for (unsigned i = 0; i < length; i++) {
        mach_port_t outer = guest_receive();

        if (send_receive_right(outer, MACH_MSG_TYPE_MAKE_SEND, inner) !=
            MACH_MSG_SUCCESS)
            return MACH_PORT_NULL;
        inner = outer;
    }
    return inner;
}

/* The innermost port has a send right and a request: is it told? */
TEST(chain)
{
    mach_port_t notify = guest_receive();
    unsigned names = guest_names();
    mach_port_t last = make_chain(DEEP);

    ok(last != MACH_PORT_NULL, "a chain of 10,000 receive rights (#39)");
    is(guest_names(), names + 1, "... of which we see the last");
    guest_kill(last);
    is(guest_names(), names, "it is destroyed, without overflow");
    guest_kill(notify);
}

TEST(chain_of_task)
{
    mach_port_t task = child_empty();
    mach_port_t inner = guest_port();
    mach_port_t notify = guest_receive();
    mach_port_t last = guest_receive();
    struct guest_buffer buffer;

    notify_ask(inner, MACH_NOTIFY_DEAD_NAME, 0, notify);
    send_receive_right(last, MACH_MSG_TYPE_MAKE_SEND, inner);
    for (unsigned i = 0; i < DEEP; i++) {
        mach_port_t outer = guest_receive();

        send_receive_right(outer, MACH_MSG_TYPE_MAKE_SEND, last);
        last = outer;
    }
    is_kr(
        mach_port_insert_right(task, 0x10003, last, MACH_MSG_TYPE_MOVE_RECEIVE),
        KERN_SUCCESS, "the chain is moved to another task");
    child_end(task);
    is_kr(guest_wait(notify, &buffer, CHILD_PATIENCE), MACH_MSG_SUCCESS,
          "the task dies: the port at the chain's end dies (R52, #39)");
    is(buffer.header.msgh_id, MACH_NOTIFY_DEAD_NAME, "... and we are told");
    mach_port_destroy(mach_task_self(), inner);
    guest_kill(notify);
}

/* The port received on is moved before its message is taken (R39): by then
 * the message is where the port is. */
TEST(nested)
{
    mach_port_t outer = guest_receive(), inner = guest_port(), got;

    guest_send(inner, MACH_MSG_TYPE_COPY_SEND, 31);
    send_receive_right(outer, MACH_MSG_TYPE_MAKE_SEND, inner);
    is_kr(guest_send(inner, MACH_MSG_TYPE_COPY_SEND, 32), MACH_MSG_SUCCESS,
          "a port in a message takes messages");
    got = away_fetch(outer);
    is(guest_next_id(got), 31, "... after those it had");
    is(guest_next_id(got), 32, "... in order");
    mach_port_destroy(mach_task_self(), inner);
    guest_kill(outer);
}
