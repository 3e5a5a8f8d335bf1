/* SPDX-License-Identifier: MIT */
/*
 * t_notify_abuse.c - requests that are refused, port-destroyed, and what
 * becomes of the notify right (catalogue 2.9, adversarial #9, #11, #17, #27).
 */
#include "rights.h"
#include "tap.h"

static kern_return_t
ask(mach_port_t name, mach_msg_id_t id, unsigned sync, mach_port_t notify,
    mach_msg_type_name_t how, mach_port_t *previous)
{
    *previous = MACH_PORT_NULL;
    return mach_port_request_notification(mach_task_self(), name, id, sync,
                                          notify, how, previous);
}

/* ---- Which notify right ---- */

static void
notify_right(enum name_kind kind, mach_msg_id_t id)
{
    struct sample sample = sample_make(kind);
    mach_port_t port = guest_port(), previous;
    kern_return_t kr = notify_request(port, id, 0, sample.name, &previous);

    switch (kind) {
    case NAME_NULL:
        is_kr(kr, KERN_SUCCESS, "request %d with notify NULL", id);
        break;
    case NAME_DEAD:
        is_kr(kr, KERN_INVALID_CAPABILITY, "request %d with notify DEAD", id);
        break;
    case NAME_RECEIVE:
    case NAME_SEND_RECEIVE:
        is_kr(kr, KERN_SUCCESS, "request %d with notify %s", id,
              kind_text(kind));
        break;
    default:
        is_kr(kr, KERN_INVALID_RIGHT, "request %d with notify %s (#9, #11)", id,
              kind_text(kind));
        ok(sample_intact(&sample), "... which is as it was");
        break;
    }
    mach_port_destroy(mach_task_self(), port);
    sample_drop(&sample);
}

TEST(notify_rights)
{
    static const mach_msg_id_t ids[] = { MACH_NOTIFY_NO_SENDERS,
                                         MACH_NOTIFY_DEAD_NAME,
                                         MACH_NOTIFY_PORT_DESTROYED };

    for (unsigned i = 0; i < sizeof ids / sizeof ids[0]; i++)
        for (enum name_kind kind = 0; kind < NAME_KINDS; kind++)
            notify_right(kind, ids[i]);
}

/* By message: other dispositions, whose right the kernel gets. */
TEST(notify_disposition)
{
    mach_port_t port = guest_port(), notify = guest_port(), previous;
    mach_port_t once = guest_send_once(notify);

    is_kr(ask(port, MACH_NOTIFY_DEAD_NAME, 0, once,
              MACH_MSG_TYPE_MOVE_SEND_ONCE, &previous),
          KERN_SUCCESS, "a send-once right can be moved to the kernel");
    is(guest_type(once), 0, "... and is gone from us");
    is(guest_type(port), MACH_PORT_TYPE_SEND_RECEIVE | MACH_PORT_TYPE_DNREQUEST,
       "... the request stands");
    is_kr(notify_request(port, MACH_NOTIFY_DEAD_NAME, 0, notify, &previous),
          KERN_SUCCESS, "... and is replaced by one made from a receive right");
    is(guest_type(previous), MACH_PORT_TYPE_SEND_ONCE, "... and comes back");
    mach_port_deallocate(mach_task_self(), previous);
    guest_next_id(notify);
    ok(ask(port, MACH_NOTIFY_DEAD_NAME, 0, notify, MACH_MSG_TYPE_COPY_SEND,
           &previous) != KERN_SUCCESS,
       "a send right is no notify right");
    is(guest_refs(notify, MACH_PORT_RIGHT_SEND), 1,
       "... and has as many references as before (#9)");
    mach_port_destroy(mach_task_self(), port);
    mach_port_destroy(mach_task_self(), notify);
}

/* ---- Which notification ---- */

TEST(ids)
{
    static const mach_msg_id_t ids[] = {
        0,  MACH_NOTIFY_FIRST, MACH_NOTIFY_PORT_DELETED, 67, 68, 71, 73,
        -1, 0x7fffffff,
    };
    mach_port_t port = guest_port(), notify = guest_receive(), previous;

    for (unsigned i = 0; i < sizeof ids / sizeof ids[0]; i++)
        is_kr(notify_request(port, ids[i], 0, notify, &previous),
              KERN_INVALID_VALUE, "request of id %d", ids[i]);
    while (guest_next_id(notify) == MACH_NOTIFY_SEND_ONCE)
        continue;
    is(guest_status(notify).mps_sorights, 0, "no right was kept (#9)");
    is(guest_type(port), MACH_PORT_TYPE_SEND_RECEIVE, "nor a request");
    mach_port_destroy(mach_task_self(), port);
    guest_kill(notify);
}

/* ---- Port-destroyed ---- */

TEST(destroyed)
{
    mach_port_t port = guest_port(), notify = guest_receive(), previous;
    union any_message any;

    is_kr(
        notify_request(port, MACH_NOTIFY_PORT_DESTROYED, 1, notify, &previous),
        KERN_INVALID_VALUE, "port-destroyed: sync must be 0");
    is_kr(
        notify_request(port, MACH_NOTIFY_PORT_DESTROYED, 0, notify, &previous),
        KERN_SUCCESS, "port-destroyed is asked for");
    is(guest_status(port).mps_pdrequest, 1, "... and status shows it");
    is_kr(
        notify_request(port, MACH_NOTIFY_PORT_DESTROYED, 0, notify, &previous),
        KERN_FAILURE, "... and cannot be asked for twice");
    guest_send(port, MACH_MSG_TYPE_COPY_SEND, 55);
    guest_kill(port);
    is(guest_type(port), MACH_PORT_TYPE_SEND, "the port lives on elsewhere");
    while (message_take(notify, &any) == MACH_MSG_SUCCESS &&
           any.header.msgh_id == MACH_NOTIFY_SEND_ONCE)
        continue; /* of the refused requests */
    is(any.header.msgh_id, MACH_NOTIFY_PORT_DESTROYED,
       "the notify port has it");
    is(any.header.msgh_size, 40, "... in 40 bytes");
    is(any.destroyed.not_port.disposition, MACH_MSG_TYPE_PORT_RECEIVE,
       "... as a receive right");
    is(any.destroyed.not_port.name, port, "... of that port");
    is(guest_next_id(port), 55, "... with its messages (B3)");
    is(guest_status(port).mps_pdrequest, 0, "... and the request is spent");
    guest_kill(port);
    is(guest_type(port), MACH_PORT_TYPE_DEAD_NAME, "now it dies");
    mach_port_destroy(mach_task_self(), port);
    guest_kill(notify);
}

/* The notify port itself, or a dead one */
TEST(destroyed_oddly)
{
    mach_port_t port = guest_port(), notify = guest_receive(), previous;

    notify_request(port, MACH_NOTIFY_PORT_DESTROYED, 0, port, &previous);
    guest_kill(port);
    is(guest_type(port), MACH_PORT_TYPE_DEAD_NAME,
       "port-destroyed to the port itself: it dies (R31)");
    mach_port_destroy(mach_task_self(), port);

    port = guest_port();
    notify_request(port, MACH_NOTIFY_PORT_DESTROYED, 0, notify, &previous);
    guest_kill(notify);
    guest_kill(port);
    is(guest_type(port), MACH_PORT_TYPE_DEAD_NAME,
       "port-destroyed to a dead port: it dies");
    mach_port_destroy(mach_task_self(), port);
}

/* Two ports that would each be sent to the other */
TEST(destroyed_circle)
{
    mach_port_t a = guest_port(), b = guest_port(), previous;

    notify_request(a, MACH_NOTIFY_PORT_DESTROYED, 0, b, &previous);
    notify_request(b, MACH_NOTIFY_PORT_DESTROYED, 0, a, &previous);
    guest_kill(a);
    is(guest_type(a), MACH_PORT_TYPE_SEND, "the first moves to the second");
    guest_kill(b);
    is(guest_type(a), MACH_PORT_TYPE_DEAD_NAME, "the second: both die (R31)");
    is(guest_type(b), MACH_PORT_TYPE_DEAD_NAME, "... instead of living on");
    mach_port_destroy(mach_task_self(), a);
    mach_port_destroy(mach_task_self(), b);
}

/* ---- One port in several parts (#17) ---- */

TEST(roles)
{
    mach_port_t port = guest_port(), previous;

    is_kr(notify_request(port, MACH_NOTIFY_NO_SENDERS, 0, port, &previous),
          KERN_SUCCESS, "a port is told of its own senders (#17)");
    is_kr(notify_request(port, MACH_NOTIFY_DEAD_NAME, 0, port, &previous),
          KERN_SUCCESS, "... and of its own death");
    mach_port_deallocate(mach_task_self(), port);
    is(guest_next_id(port), MACH_NOTIFY_NO_SENDERS, "... no senders: it hears");
    guest_kill(port);
    is(guest_type(port), 0, "... and then it is gone");
}

int
main(void)
{
    return guest_run();
}
