/* SPDX-License-Identifier: MIT */
/*
 * t_ipc_notify.c - notifications: R10-R18, R49, and the adversarial cases 9
 * and 42.
 */
#include "ipc_world.h"

static mach_port_name_t port, there; /* A receives, B may send */
static mach_port_name_t note;        /* where A hears */
static mach_port_name_t bnote;       /* where B hears */

static void
begin(void)
{
    world_begin();
    port = new_port(A);
    there = carry_send(A, port, B);
    note = new_port(A);
    bnote = new_port(B);
}

static uint32_t
value_of(void *buffer)
{
    return ((mach_dead_name_notification_t *)buffer)->not_port;
}

static void
test_no_senders(void)
{
    ok(request(A, port, MACH_NOTIFY_NO_SENDERS, 0, note) == KERN_SUCCESS &&
           status(A, port).mps_nsrequest == 1 && next_id(a, abuf, note) == -1,
       "no-senders: is asked for, and nobody is told yet");
    (void)mach_port_deallocate(B->space, there);
    ok(next_id(a, abuf, note) == MACH_NOTIFY_NO_SENDERS && value_of(abuf) == 1,
       "R11: fires with the last send right, and carries the mscount");
    ok(status(A, port).mps_nsrequest == 0, "once");
    ok(request(A, port, MACH_NOTIFY_NO_SENDERS, 1, note) == KERN_SUCCESS &&
           next_id(a, abuf, note) == MACH_NOTIFY_NO_SENDERS,
       "fires at once when there are none, and sync <= mscount");
    ok(request(A, port, MACH_NOTIFY_NO_SENDERS, 2, note) == KERN_SUCCESS &&
           next_id(a, abuf, note) == -1,
       "R13: not when sync says that one more is to come");
    there = carry_send(A, port, B);
    (void)mach_port_deallocate(B->space, there);
    ok(next_id(a, abuf, note) == MACH_NOTIFY_NO_SENDERS && value_of(abuf) == 2,
       "R13 #42: but when it has come and gone");
}

static void
test_replaced(void)
{
    mach_port_name_t other = new_port(A);

    (void)request(A, port, MACH_NOTIFY_NO_SENDERS, 0, note);
    ok(request(A, port, MACH_NOTIFY_NO_SENDERS, 0, other) == KERN_SUCCESS &&
           next_id(a, abuf, note) == MACH_NOTIFY_SEND_ONCE,
       "R14: the request before gives its right back, which I dropped");
    ok(request(A, port, MACH_NOTIFY_NO_SENDERS, 0, 0) == KERN_SUCCESS &&
           status(A, port).mps_nsrequest == 0 &&
           next_id(a, abuf, other) == MACH_NOTIFY_SEND_ONCE,
       "no notify port cancels");
    (void)request(A, port, MACH_NOTIFY_NO_SENDERS, 0, note);
    (void)mach_port_destroy(A->space, port);
    ok(next_id(a, abuf, note) == MACH_NOTIFY_SEND_ONCE,
       "R7: the port's death is not no-senders: the right just ends");
}

static void
test_refusals(void)
{
    ipc_port_t previous, notify;
    mach_msg_type_name_t type;

    ok(request(A, port, 99, 0, note) == KERN_INVALID_VALUE &&
           request(A, port, MACH_NOTIFY_SEND_ONCE, 0, note) ==
               KERN_INVALID_VALUE,
       "#9: no such notification");
    ok(request(A, 0x7703, MACH_NOTIFY_DEAD_NAME, 0, note) ==
               KERN_INVALID_NAME &&
           request(B, there, MACH_NOTIFY_NO_SENDERS, 0, bnote) ==
               KERN_INVALID_RIGHT &&
           request(A, new_right(A, RIGHT(PORT_SET)), MACH_NOTIFY_DEAD_NAME, 0,
                   note) == KERN_INVALID_RIGHT,
       "#9: wrong names and rights");
    ok(mach_port_request_notification(A->space, port, MACH_NOTIFY_DEAD_NAME, 0,
                                      IP_DEAD, 18,
                                      &previous) == KERN_INVALID_CAPABILITY,
       "#9: a dead notify port");
    (void)mach_port_extract_right(A->space, note, MACH_MSG_TYPE_MAKE_SEND,
                                  &notify, &type);
    ok(mach_port_request_notification(A->space, port, MACH_NOTIFY_DEAD_NAME, 0,
                                      notify, type,
                                      &previous) == KERN_INVALID_CAPABILITY,
       "#9: a send right for notify");
    ipc_port_release_send(notify);
}

static void
test_dead_name(void)
{
    ok(request(B, there, MACH_NOTIFY_DEAD_NAME, 0, bnote) == KERN_SUCCESS &&
           (type_of(B, there) & TYPE(DNREQUEST)) != 0,
       "dead-name: the type shows the request");
    (void)mach_port_destroy(A->space, port);
    ok(next_id(b, bbuf, bnote) == MACH_NOTIFY_DEAD_NAME &&
           value_of(bbuf) == there && type_of(B, there) == TYPE(DEAD_NAME) &&
           refs(B, there, RIGHT(DEAD_NAME)) == 2,
       "R15: told with the name, which has one reference more");
    ok(request(B, there, MACH_NOTIFY_DEAD_NAME, 0, bnote) ==
               KERN_INVALID_ARGUMENT &&
           request(B, there, MACH_NOTIFY_DEAD_NAME, 1, bnote) == KERN_SUCCESS &&
           next_id(b, bbuf, bnote) == MACH_NOTIFY_DEAD_NAME &&
           refs(B, there, RIGHT(DEAD_NAME)) == 3,
       "R17: on a dead name: at once with sync, else INVALID_ARGUMENT");
}

static void
test_port_deleted(void)
{
    mach_port_name_t once = carry(A, port, MACH_MSG_TYPE_MAKE_SEND_ONCE, B);

    (void)request(B, there, MACH_NOTIFY_DEAD_NAME, 0, bnote);
    (void)mach_port_deallocate(B->space, there);
    ok(next_id(b, bbuf, bnote) == MACH_NOTIFY_PORT_DELETED &&
           value_of(bbuf) == there,
       "R16: freeing the name produces port-deleted");
    there = carry_send(A, port, B);
    (void)request(B, there, MACH_NOTIFY_DEAD_NAME, 0, bnote);
    header(bbuf, there, MACH_MSG_TYPE_MOVE_SEND, 0, 0, 1);
    (void)fake_msg(b, bbuf, MACH_SEND_MSG, 24, 0, 0, 0);
    ok(next_id(b, bbuf, bnote) == MACH_NOTIFY_PORT_DELETED,
       "R18: and so does moving its last reference away");
    (void)request(B, once, MACH_NOTIFY_DEAD_NAME, 0, bnote);
    (void)mach_port_destroy(A->space, port);
    ok(next_id(b, bbuf, bnote) == MACH_NOTIFY_DEAD_NAME &&
           refs(B, once, RIGHT(DEAD_NAME)) == 2,
       "R9: a send-once right can be asked about too");
    (void)request(A, note, MACH_NOTIFY_DEAD_NAME, 0, note);
    port = new_port(A);
    (void)request(A, port, MACH_NOTIFY_DEAD_NAME, 0, note);
    add_send(A, port);
    (void)mod(A, port, RIGHT(RECEIVE), -1);
    ok(next_id(a, abuf, note) == MACH_NOTIFY_DEAD_NAME &&
           refs(A, port, RIGHT(DEAD_NAME)) == 2,
       "R7: one's own receive half destroyed: dead name, one uref more");
}

static void
test_send_once(void)
{
    mach_port_name_t names[3];

    for (int i = 0; i < 3; i++)
        names[i] = carry(A, port, MACH_MSG_TYPE_MAKE_SEND_ONCE, B);
    (void)send_to(b, bbuf, there, 1);
    (void)mach_port_deallocate(B->space, names[0]);
    (void)send_to(b, bbuf, there, 2);
    (void)mach_port_deallocate(B->space, names[1]);
    kalloc_fail_after(1);
    (void)mach_port_deallocate(B->space, names[2]);
    ok(status(A, port).mps_msgcount == 5 && status(A, port).mps_sorights == 3 &&
           !fake_failed() && world_sound(),
       "send-once: three rights end unused, and nothing is allocated");
    ok(next_id(a, abuf, port) == 1 &&
           next_id(a, abuf, port) == MACH_NOTIFY_SEND_ONCE,
       "the first one is heard in its place");
    ok(next_id(a, abuf, port) == MACH_NOTIFY_SEND_ONCE &&
           next_id(a, abuf, port) == MACH_NOTIFY_SEND_ONCE &&
           next_id(a, abuf, port) == 2 && !fake_failed(),
       "the others with it, and that needs no memory either");
    kalloc_fail_after(0);
    ok(status(A, port).mps_sorights == 0 && status(A, port).mps_msgcount == 0,
       "and then no right is left");
    names[0] = carry(A, port, MACH_MSG_TYPE_MAKE_SEND_ONCE, B);
    (void)fake_msg(a, abuf, MACH_RCV_MSG | MACH_RCV_TRAILER_ELEMENTS(2), 0,
                   MSG_ROOM, port, 0);
    (void)mach_port_deallocate(B->space, names[0]);
    fake_run();
    ok(a->result == 0 && ((mach_msg_header_t *)abuf)->msgh_id == 71 &&
           ((mach_msg_security_trailer_t *)(abuf + 24))->msgh_sender.val[1] ==
               1 &&
           ((mach_msg_security_trailer_t *)(abuf + 24))->msgh_sender.val[0] ==
               0,
       "#6: a waiting receiver hears at once, with the kernel's token");
    names[0] = carry(A, port, MACH_MSG_TYPE_MAKE_SEND_ONCE, B);
    (void)mach_port_deallocate(B->space, names[0]);
    (void)mach_port_destroy(A->space, port);
    ok(world_sound(), "a dead port owes nothing");
}

static void
test_port_destroyed(void)
{
    mach_port_destroyed_notification_t *got = (void *)abuf;

    ok(request(A, port, MACH_NOTIFY_PORT_DESTROYED, 1, note) ==
               KERN_INVALID_VALUE &&
           request(A, port, MACH_NOTIFY_PORT_DESTROYED, 0, note) ==
               KERN_SUCCESS &&
           request(A, port, MACH_NOTIFY_PORT_DESTROYED, 0, note) ==
               KERN_FAILURE &&
           status(A, port).mps_pdrequest == 1,
       "port-destroyed: sync 0, and one request a port");
    (void)send_to(b, bbuf, there, 5);
    (void)mach_port_destroy(A->space, port);
    ok(type_of(A, port) == 0 && type_of(B, there) == TYPE(SEND) &&
           next_id(a, abuf, note) == MACH_NOTIFY_PORT_DESTROYED,
       "the receive right is moved instead of destroyed");
    port = got->not_port.name;
    ok(got->not_port.disposition == MACH_MSG_TYPE_PORT_RECEIVE &&
           next_id(a, abuf, port) == 5,
       "with what was queued");
    (void)request(A, port, MACH_NOTIFY_PORT_DESTROYED, 0, note);
    (void)mach_port_destroy(A->space, note);
    (void)mach_port_destroy(A->space, port);
    ok(type_of(B, there) == TYPE(DEAD_NAME),
       "if nobody takes it, it dies after all");
}

/* B dies: what it asked for and what others asked about it. */
static void
test_task_death(void)
{
    mach_port_name_t mine = new_port(B), seen = carry_send(B, mine, A);

    (void)request(A, seen, MACH_NOTIFY_DEAD_NAME, 0, note);
    (void)request(A, port, MACH_NOTIFY_NO_SENDERS, 0, note);
    (void)request(B, there, MACH_NOTIFY_DEAD_NAME, 0, bnote);
    header(abuf, seen, MACH_MSG_TYPE_COPY_SEND, note,
           MACH_MSG_TYPE_MAKE_SEND_ONCE, 1);
    (void)fake_msg(a, abuf, MACH_SEND_MSG, 24, 0, 0, 0);
    fake_task_kill(B);
    B = fake_task_new();
    int seen_ids[3] = { next_id(a, abuf, note), next_id(a, abuf, note),
                        next_id(a, abuf, note) };
    int sum = seen_ids[0] + seen_ids[1] + seen_ids[2];

    ok(sum == MACH_NOTIFY_DEAD_NAME + MACH_NOTIFY_NO_SENDERS +
                  MACH_NOTIFY_SEND_ONCE,
       "R52: a task's death is told: dead name, no senders, send-once");
    ok(next_id(a, abuf, note) == -1 && type_of(A, seen) == TYPE(DEAD_NAME),
       "and nothing else");
}

int
main(void)
{
    static void (*const tests[])(void) = {
        test_no_senders,   test_replaced,  test_refusals,       test_dead_name,
        test_port_deleted, test_send_once, test_port_destroyed, test_task_death,
    };

    fake_init();
    for (unsigned i = 0; i < countof(tests); i++) {
        begin();
        tests[i]();
        ok(world_end(), "and nothing is left");
    }
    return tap_done();
}
