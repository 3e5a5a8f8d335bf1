/* SPDX-License-Identifier: MIT */
/*
 * t_notify.c - no-senders, dead-name, port-deleted and send-once: when each
 * is sent, and what is in it (rules R9-R18, adversarial #6).
 */
#include <string.h>

#include "tap.h"
#include "worker.h"

static mach_port_t notify; /* all notifications come here */
static union any_message got;

static mach_msg_id_t
next(void)
{
    memset(&got, 0xa5, sizeof got);
    if (mach_msg(&got.header,
                 MACH_RCV_MSG | MACH_RCV_TIMEOUT |
                     MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_SENDER),
                 0, sizeof got, notify, 0, MACH_PORT_NULL) != MACH_MSG_SUCCESS)
        return -1;
    return got.header.msgh_id;
}

/* Exactly this one is there. */
static void
only(mach_msg_id_t id, const char *text)
{
    is(next(), id, "%s", text);
    if (id != -1)
        is(guest_status(notify).mps_msgcount, 0, "... and no other");
}

/* What all four have in common: nothing but what their layout says */
static void
check_shape(mach_msg_size_t size)
{
    const mach_msg_security_trailer_t *trailer =
        (const void *)(got.bytes + size);
    bool clean = true;

    is(got.header.msgh_size, size, "... it has %u bytes", size);
    is(got.header.msgh_bits, MACH_MSGH_BITS(0, MACH_MSG_TYPE_PORT_SEND_ONCE),
       "... simple, without a reply right");
    is(got.header.msgh_local_port, notify, "... to the notify port");
    is(got.header.msgh_remote_port, MACH_PORT_NULL, "... from nobody");
    is(got.header.msgh_voucher_port, 0, "... with nothing reserved");
    ok(memcmp(&trailer->msgh_sender, &KERNEL_SECURITY_TOKEN,
              sizeof(security_token_t)) == 0,
       "... the sender is the kernel (#6)");
    if (size > sizeof(mach_msg_header_t))
        ok(memcmp(&got.dead_name.NDR, &NDR_record, sizeof NDR_record) == 0,
           "... with the NDR record");
    for (unsigned i = size + sizeof *trailer; i < sizeof got; i++)
        clean = clean && got.bytes[i] == 0xa5;
    ok(clean, "... and no byte beyond");
}

/* ---- No-senders ---- */

TEST(no_senders)
{
    mach_port_t port = guest_port();

    mach_port_insert_right(mach_task_self(), port, port,
                           MACH_MSG_TYPE_MAKE_SEND);
    notify_ask(port, MACH_NOTIFY_NO_SENDERS, 0, notify);
    is(guest_status(port).mps_nsrequest, 1, "status shows the request");
    mach_port_deallocate(mach_task_self(), port);
    only(-1, "one reference of two goes: nothing");
    mach_port_deallocate(mach_task_self(), port);
    only(MACH_NOTIFY_NO_SENDERS, "the last goes: no-senders (R6, R11)");
    check_shape(36);
    is(got.no_senders.not_count, 2, "... with the make-send count (R10)");
    is(guest_status(port).mps_nsrequest, 0, "... and the request is spent");
    mach_port_insert_right(mach_task_self(), port, port,
                           MACH_MSG_TYPE_MAKE_SEND);
    mach_port_deallocate(mach_task_self(), port);
    only(-1, "it is sent once");
    guest_kill(port);
}

TEST(in_flight)
{
    mach_port_t port = guest_port(), queue = guest_receive();
    struct port_message message = port_message(queue, MACH_MSG_TYPE_MAKE_SEND,
                                               port, MACH_MSG_TYPE_MOVE_SEND);

    notify_ask(port, MACH_NOTIFY_NO_SENDERS, 0, notify);
    message_send(&message, sizeof message);
    only(-1, "the last send right is in a message: not yet (R11)");
    guest_kill(queue);
    only(MACH_NOTIFY_NO_SENDERS, "the message is destroyed: no-senders (R11)");
    guest_kill(port);
}

/* A request's own destination right keeps the port until it is received. */
TEST(destination)
{
    mach_port_t port = guest_receive();

    guest_send(port, MACH_MSG_TYPE_MAKE_SEND, 1);
    notify_ask(port, MACH_NOTIFY_NO_SENDERS, 0, notify);
    only(-1, "a message to the port holds a send right (R12)");
    guest_next_id(port);
    only(MACH_NOTIFY_NO_SENDERS, "... which its receive uses up (R12)");
    is(got.no_senders.not_count, 1, "... counted before");
    guest_kill(port);
}

TEST(at_once)
{
    mach_port_t port = guest_port();

    mach_port_deallocate(mach_task_self(), port);
    notify_ask(port, MACH_NOTIFY_NO_SENDERS, 0, notify);
    only(MACH_NOTIFY_NO_SENDERS, "sync 0 and no senders: at once (R13)");
    notify_ask(port, MACH_NOTIFY_NO_SENDERS, 1, notify);
    only(MACH_NOTIFY_NO_SENDERS, "sync == make-send count: at once (R13)");
    is(got.no_senders.not_count, 1, "... with the count");
    notify_ask(port, MACH_NOTIFY_NO_SENDERS, 2, notify);
    only(-1, "sync is one ahead: not yet (R13)");
    mach_port_insert_right(mach_task_self(), port, port,
                           MACH_MSG_TYPE_MAKE_SEND);
    only(-1, "... nor when one is made");
    mach_port_deallocate(mach_task_self(), port);
    only(MACH_NOTIFY_NO_SENDERS,
         "... but when it has come and gone (R13, #42)");
    is(got.no_senders.not_count, 2, "... with the count");
    guest_kill(port);
}

TEST(sync_with_senders)
{
    mach_port_t port = guest_port();

    notify_ask(port, MACH_NOTIFY_NO_SENDERS, 70, notify);
    mach_port_deallocate(mach_task_self(), port);
    only(MACH_NOTIFY_NO_SENDERS,
         "with senders, sync does not matter: told when the last goes (R13)");
    guest_kill(port);
}

TEST(both_halves)
{
    mach_port_t port = guest_port();

    notify_ask(port, MACH_NOTIFY_NO_SENDERS, 0, notify);
    guest_kill(port);
    only(MACH_NOTIFY_SEND_ONCE,
         "the receive right dies first: the request's right is unused (R7)");
    mach_port_deallocate(mach_task_self(), port);
    only(-1, "... and the last send right says nothing");
}

/* ---- Replacing and cancelling ---- */

static void
test_replace(mach_msg_id_t id, const char *text)
{
    mach_port_t port = guest_port();
    mach_port_t other = guest_receive();
    mach_port_t previous = 0x1234;

    is_kr(notify_request(port, id, 0, notify, &previous), KERN_SUCCESS,
          "%s: the first request", text);
    is(previous, MACH_PORT_NULL, "... has none before it");
    is_kr(notify_request(port, id, 0, other, &previous), KERN_SUCCESS,
          "%s: the second request", text);
    is(guest_type(previous), MACH_PORT_TYPE_SEND_ONCE,
       "... returns the first's right (R14)");
    mach_port_deallocate(mach_task_self(), previous);
    only(MACH_NOTIFY_SEND_ONCE, "... dropping it says send-once (R14)");
    is_kr(notify_request(port, id, 0, MACH_PORT_NULL, &previous), KERN_SUCCESS,
          "%s: NULL cancels", text);
    is(guest_type(previous), MACH_PORT_TYPE_SEND_ONCE, "... and returns it");
    mach_port_deallocate(mach_task_self(), previous);
    is(guest_next_id(other), MACH_NOTIFY_SEND_ONCE, "... unused");
    mach_port_destroy(mach_task_self(), port);
    only(-1, "a cancelled request says nothing");
    is(guest_next_id(other), -1, "... to nobody");
    guest_kill(other);
}

TEST(replaced)
{
    test_replace(MACH_NOTIFY_NO_SENDERS, "no-senders");
    test_replace(MACH_NOTIFY_DEAD_NAME, "dead-name");
}

/* ---- Dead-name ---- */

TEST(dead_name)
{
    mach_port_t holder, port = away_make(&holder);

    mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_SEND, 2);
    notify_ask(port, MACH_NOTIFY_DEAD_NAME, 0, notify);
    is(guest_type(port), MACH_PORT_TYPE_SEND | MACH_PORT_TYPE_DNREQUEST,
       "type shows the request");
    guest_kill(holder);
    only(MACH_NOTIFY_DEAD_NAME, "the port dies: dead-name");
    check_shape(36);
    is(got.dead_name.not_port, port, "... with the name");
    is(guest_type(port), MACH_PORT_TYPE_DEAD_NAME, "... which is dead");
    is(guest_refs(port, MACH_PORT_RIGHT_DEAD_NAME), 4,
       "... with one reference more (R15)");
    mach_port_destroy(mach_task_self(), port);
    only(-1, "it is sent once");
}

/* With many names, and a receiver of all: each name once. */
TEST(dead_names)
{
    mach_port_t port = guest_receive();
    mach_port_t once[20];
    bool good = true;

    for (unsigned i = 0; i < 20; i++) {
        once[i] = guest_send_once(port);
        notify_ask(once[i], MACH_NOTIFY_DEAD_NAME, 0, notify);
    }
    guest_kill(port);
    for (unsigned i = 0; i < 20; i++) {
        mach_port_t name;

        good = next() == MACH_NOTIFY_DEAD_NAME && good;
        name = got.dead_name.not_port;
        good = guest_refs(name, MACH_PORT_RIGHT_DEAD_NAME) == 2 && good;
        mach_port_destroy(mach_task_self(), name);
    }
    ok(good, "20 send-once rights die: 20 names are told");
    for (unsigned i = 0; i < 20; i++)
        good = good && guest_type(once[i]) == 0;
    ok(good, "... each of them once");
    only(-1, "... and nothing more");
}

TEST(receive_half)
{
    mach_port_t port = guest_port();

    notify_ask(port, MACH_NOTIFY_DEAD_NAME, 0, notify);
    guest_kill(port);
    only(MACH_NOTIFY_DEAD_NAME, "the receive half beside it dies: dead-name");
    is(guest_refs(port, MACH_PORT_RIGHT_DEAD_NAME), 2,
       "... and the name has one more (R7)");
    mach_port_destroy(mach_task_self(), port);
}

TEST(already_dead)
{
    mach_port_t dead = guest_dead();
    mach_port_t previous = 0x1234;

    is_kr(notify_request(dead, MACH_NOTIFY_DEAD_NAME, 0, notify, &previous),
          KERN_INVALID_ARGUMENT, "on a dead name, sync 0 (R17)");
    while (next() == MACH_NOTIFY_SEND_ONCE)
        continue; /* what becomes of the right then is not promised */
    is(guest_refs(dead, MACH_PORT_RIGHT_DEAD_NAME), 1, "... changes nothing");
    notify_ask(dead, MACH_NOTIFY_DEAD_NAME, 1, notify);
    only(MACH_NOTIFY_DEAD_NAME, "on a dead name, sync 1: at once (R17)");
    is(got.dead_name.not_port, dead, "... with the name");
    is(guest_refs(dead, MACH_PORT_RIGHT_DEAD_NAME), 2,
       "... and one reference more (R15)");
    mach_port_mod_refs(mach_task_self(), dead, MACH_PORT_RIGHT_DEAD_NAME,
                       65533);
    notify_ask(dead, MACH_NOTIFY_DEAD_NAME, 1, notify);
    only(MACH_NOTIFY_DEAD_NAME, "on a pegged dead name: at once");
    is(guest_refs(dead, MACH_PORT_RIGHT_DEAD_NAME), 65535,
       "... which stays pegged");
    is_kr(notify_request(dead, MACH_NOTIFY_DEAD_NAME, 1, MACH_PORT_NULL,
                         &previous),
          KERN_INVALID_ARGUMENT, "on a dead name, without a port to tell");
    mach_port_destroy(mach_task_self(), dead);
}

/* ---- Port-deleted ---- */

static void
deleted_with(mach_msg_type_name_t how)
{
    mach_port_t holder, port = away_make(&holder);
    mach_port_t queue = guest_receive();

    notify_ask(port, MACH_NOTIFY_DEAD_NAME, 0, notify);
    if (how == 0) {
        mach_port_deallocate(mach_task_self(), port);
        only(MACH_NOTIFY_PORT_DELETED, "deallocated: port-deleted (R16)");
    } else {
        struct port_message message =
            port_message(queue, MACH_MSG_TYPE_MAKE_SEND, port, how);

        message_send(&message, sizeof message);
        only(MACH_NOTIFY_PORT_DELETED,
             "the last reference moves away: port-deleted (R18)");
    }
    check_shape(36);
    is(got.deleted.not_port, port, "... with the name");
    guest_kill(holder);
    only(-1, "the port's death says nothing more");
    guest_kill(queue);
}

TEST(deleted)
{
    deleted_with(0);
    deleted_with(MACH_MSG_TYPE_MOVE_SEND);
}

TEST(deleted_others)
{
    mach_port_t port = guest_receive(), once = guest_send_once(port);

    mach_port_t holder, send = away_make(&holder);

    notify_ask(send, MACH_NOTIFY_DEAD_NAME, 0, notify);
    guest_send(send, MACH_MSG_TYPE_MOVE_SEND, 1);
    only(MACH_NOTIFY_PORT_DELETED,
         "the last reference is the destination of a message: port-deleted "
         "(R18)");
    guest_kill(holder);
    notify_ask(once, MACH_NOTIFY_DEAD_NAME, 0, notify);
    guest_send(once, MACH_MSG_TYPE_MOVE_SEND_ONCE, 1);
    only(MACH_NOTIFY_PORT_DELETED, "a send-once right is used: port-deleted");
    notify_ask(port, MACH_NOTIFY_DEAD_NAME, 0, notify);
    guest_kill(port);
    only(MACH_NOTIFY_PORT_DELETED, "a receive right ends: port-deleted");
}

/* ---- Send-once ---- */

TEST(send_once)
{
    mach_port_t once = guest_send_once(notify);
    mach_port_t gone;

    mach_port_deallocate(mach_task_self(), once);
    only(MACH_NOTIFY_SEND_ONCE, "a send-once right is dropped: send-once");
    check_shape(24);
    once = guest_send_once(notify);
    guest_send(once, MACH_MSG_TYPE_MOVE_SEND_ONCE, 2);
    only(2, "one that is used says nothing of itself");
    gone = guest_receive();
    once = guest_send_once(gone);
    guest_kill(gone);
    is_kr(guest_send(once, MACH_MSG_TYPE_MOVE_SEND_ONCE, 3), MACH_MSG_SUCCESS,
          "sending by a send-once right whose port died is a success (R9)");
    is(guest_type(once), 0, "... and uses it up");
}

/* Those that end unused while one is queued are heard behind it. */
TEST(send_once_order)
{
    static const mach_msg_id_t order[] = { 1, MACH_NOTIFY_SEND_ONCE,
                                           MACH_NOTIFY_SEND_ONCE,
                                           MACH_NOTIFY_SEND_ONCE, 2 };
    mach_port_t port = guest_receive(), once[3];

    for (unsigned i = 0; i < 3; i++)
        once[i] = guest_send_once(port);
    guest_send(port, MACH_MSG_TYPE_MAKE_SEND, 1);
    mach_port_deallocate(mach_task_self(), once[0]);
    guest_send(port, MACH_MSG_TYPE_MAKE_SEND, 2);
    mach_port_deallocate(mach_task_self(), once[1]);
    mach_port_deallocate(mach_task_self(), once[2]);
    is(guest_status(port).mps_msgcount, 5, "three end unused: three messages");
    is(guest_status(port).mps_sorights, 3, "... that hold their rights");
    for (unsigned i = 0; i < 5; i++)
        is(guest_next_id(port), order[i], "... in their order: number %u", i);
    is(guest_status(port).mps_sorights, 0, "... and then there is no right");
    is(guest_status(port).mps_msgcount, 0, "... and no message");
    mach_port_deallocate(mach_task_self(), guest_send_once(port));
    guest_kill(port);
}

TEST(send_once_heard)
{
    static struct worker receiver;
    mach_port_t port = guest_receive(), once = guest_send_once(port);

    worker_receive(&receiver, port, 0);
    ok(worker_waits(&receiver), "a receiver waits for a send-once right");
    mach_port_deallocate(mach_task_self(), once);
    ok(worker_returns(&receiver), "... the right ends unused: it comes back");
    is(receiver.message.header.msgh_id, MACH_NOTIFY_SEND_ONCE,
       "... with the notification");
    guest_kill(port);
}

int
main(void)
{
    notify = guest_receive();
    return guest_run();
}
