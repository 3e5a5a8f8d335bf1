/* SPDX-License-Identifier: MIT */
/*
 * t_ipc_possible.c - send-possible notifications (R60), and what
 * mach_port_type shows of requests.
 */
#include "ipc_world.h"

#define TRY      (MACH_SEND_MSG | MACH_SEND_TIMEOUT)
#define POSSIBLE MACH_NOTIFY_SEND_POSSIBLE

#define ASKED   (TYPE(SEND) | TYPE(DNREQUEST) | TYPE(SPREQUEST))
#define DELAYED (ASKED | TYPE(SPREQUEST_DELAYED))

static mach_port_name_t port, there; /* A receives, B may send */
static mach_port_name_t note;        /* where B hears */

static void
begin(void)
{
    world_begin();
    port = new_port(A);
    there = carry_send(A, port, B);
    note = new_port(B);
    (void)set_qlimit(A, port, 1);
}

static uint64_t
fill(mach_msg_option_t option)
{
    header(bbuf, there, MACH_MSG_TYPE_COPY_SEND, 0, 0, 1);
    return fake_msg(b, bbuf, TRY | option, 24, 0, 0, 0);
}

static bool
told(mach_msg_id_t id)
{
    mach_send_possible_notification_t *body = (void *)bbuf;

    return next_id(b, bbuf, note) == id && body->not_port == there;
}

static void
test_at_once(void)
{
    mach_port_name_t once = carry(A, port, MACH_MSG_TYPE_MAKE_SEND_ONCE, B);

    ok(request(B, there, POSSIBLE, 1, note) == KERN_SUCCESS && told(POSSIBLE) &&
           type_of(B, there) == TYPE(SEND),
       "send-possible: sync says now, and there is room: told at once");
    (void)fill(0);
    ok(request(B, once, POSSIBLE, 1, note) == KERN_SUCCESS &&
           next_id(b, bbuf, note) == POSSIBLE,
       "send-possible: a send-once right can always be used");
    ok(request(B, B->self_name, POSSIBLE, 1, note) == KERN_SUCCESS &&
           next_id(b, bbuf, note) == POSSIBLE,
       "send-possible: the kernel has always room");
}

static void
test_armed(void)
{
    (void)fill(0);
    ok(request(B, there, POSSIBLE, 1, note) == KERN_SUCCESS &&
           next_id(b, bbuf, note) == -1 && type_of(B, there) == ASKED,
       "R60: armed, and the queue is full");
    (void)poll_port(a, abuf, port);
    ok(told(POSSIBLE) && type_of(B, there) == TYPE(SEND),
       "R60: a receive makes room: told");
    (void)fill(0);
    (void)poll_port(a, abuf, port);
    ok(next_id(b, bbuf, note) == -1, "R60: once");
    (void)fill(0);
    (void)request(B, there, POSSIBLE, 1, note);
    (void)set_qlimit(A, port, 2);
    ok(told(POSSIBLE), "R60: a higher limit makes room too");
}

static void
test_delayed(void)
{
    ok(request(B, there, POSSIBLE, 0, note) == KERN_SUCCESS &&
           next_id(b, bbuf, note) == -1 && type_of(B, there) == DELAYED,
       "send-possible: sync 0 is not armed");
    (void)fill(0);
    (void)poll_port(a, abuf, port);
    ok(next_id(b, bbuf, note) == -1 && type_of(B, there) == DELAYED,
       "R60: and room tells nobody");
    (void)fill(MACH_SEND_NOTIFY);
    ok(type_of(B, there) == DELAYED, "MACH_SEND_NOTIFY: nothing if it fits");
    ok(fill(0) == MACH_SEND_TIMED_OUT && type_of(B, there) == DELAYED,
       "MACH_SEND_NOTIFY: nothing without it");
    ok(fill(MACH_SEND_NOTIFY) == MACH_SEND_TIMED_OUT &&
           type_of(B, there) == ASKED,
       "MACH_SEND_NOTIFY: a send that fails arms it");
    (void)poll_port(a, abuf, port);
    ok(told(POSSIBLE) && type_of(B, there) == TYPE(SEND),
       "R60: and then room tells");
}

static void
test_ends(void)
{
    (void)fill(0);
    (void)request(B, there, POSSIBLE, 1, note);
    (void)mod(A, port, RIGHT(RECEIVE), -1);
    ok(told(MACH_NOTIFY_DEAD_NAME) && refs(B, there, RIGHT(DEAD_NAME)) == 2,
       "R60: the port dies first: dead-name, which adds a reference");
    ok(request(B, there, POSSIBLE, 0, note) == KERN_INVALID_ARGUMENT &&
           request(B, there, POSSIBLE, 1, note) == KERN_SUCCESS &&
           told(MACH_NOTIFY_DEAD_NAME),
       "R17: on a dead name: dead-name at once, or refused");
}

static void
test_deleted(void)
{
    (void)request(B, there, POSSIBLE, 0, note);
    (void)mach_port_deallocate(B->space, there);
    ok(told(MACH_NOTIFY_PORT_DELETED),
       "R60: the name goes first: port-deleted");
}

static void
test_replaced(void)
{
    (void)fill(0);
    (void)request(B, there, POSSIBLE, 1, note);
    ok(request(B, there, MACH_NOTIFY_DEAD_NAME, 0, note) == KERN_SUCCESS &&
           next_id(b, bbuf, note) == MACH_NOTIFY_SEND_ONCE &&
           type_of(B, there) == (TYPE(SEND) | TYPE(DNREQUEST)),
       "a name has one request: the new one takes the place of the old");
    (void)request(B, there, POSSIBLE, 1, note);
    (void)next_id(b, bbuf, note);
    ok(request(B, there, POSSIBLE, 0, 0) == KERN_SUCCESS &&
           next_id(b, bbuf, note) == MACH_NOTIFY_SEND_ONCE &&
           type_of(B, there) == TYPE(SEND),
       "send-possible: no notify port cancels");
    (void)poll_port(a, abuf, port);
    ok(next_id(b, bbuf, note) == -1, "send-possible: cancelled is not told");
}

static void
test_blocked_first(void)
{
    struct fake_thread *other = fake_thread_new(B);
    void *buffer = fake_user(B, 64);

    (void)fill(0);
    (void)request(B, there, POSSIBLE, 1, note);
    header(buffer, there, MACH_MSG_TYPE_COPY_SEND, 0, 0, 2);
    ok(fake_msg(other, buffer, MACH_SEND_MSG, 24, 0, 0, 0) == FAKE_BLOCKED,
       "R25: a sender waits");
    (void)poll_port(a, abuf, port);
    ok(next_id(b, bbuf, note) == -1, "R25: it gets the room, nobody is told");
    (void)poll_port(a, abuf, port);
    ok(told(POSSIBLE), "R60: the next room is told of");
    fake_thread_end(other);
}

static void
test_interrupted(void)
{
    struct fake_thread *other = fake_thread_new(B);
    void *buffer = fake_user(B, 64);

    (void)fill(0);
    (void)request(B, there, POSSIBLE, 0, note);
    header(buffer, there, MACH_MSG_TYPE_COPY_SEND, 0, 0, 2);
    (void)fake_msg(other, buffer, MACH_SEND_MSG | MACH_SEND_NOTIFY, 24, 0, 0,
                   0);
    fake_abort(other);
    fake_run();
    ok(other->result == MACH_SEND_INTERRUPTED && type_of(B, there) == ASKED,
       "MACH_SEND_NOTIFY: an interrupted send arms it too");
    fake_thread_end(other);
}

int
main(void)
{
    static void (*const tests[])(void) = {
        test_at_once, test_armed,    test_delayed,       test_ends,
        test_deleted, test_replaced, test_blocked_first, test_interrupted,
    };

    fake_init();
    for (unsigned i = 0; i < countof(tests); i++) {
        begin();
        tests[i]();
        ok(world_end(), "and nothing is left");
    }
    return tap_done();
}
