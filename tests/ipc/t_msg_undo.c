/* SPDX-License-Identifier: MIT */
/*
 * t_msg_undo.c - messages that do not go: what was taken when a part is bad
 * (rule R21), and what comes back when the queue is full (rule R22).
 */
#include <mach/mach_vm.h>
#include <string.h>

#include "rights.h"
#include "tap.h"

#pragma pack(push, 4)

/* Four parts, the third of which can be made bad */
struct parts_message {
    mach_msg_header_t header;
    mach_msg_body_t body;
    mach_msg_port_descriptor_t first;
    mach_msg_ool_descriptor_t memory;
    mach_msg_port_descriptor_t third;
    mach_msg_port_descriptor_t last;
    unsigned char beyond[64];
};

#pragma pack(pop)

#define SIZE offsetof(struct parts_message, beyond)

/* All that one message touches */
struct stage {
    mach_port_t dest, reply; /* receive rights */
    mach_port_t dest_once, reply_once;
    mach_port_t first, last; /* send and receive, no-senders asked for */
    mach_port_t notify;
    unsigned char *page;
    struct parts_message message;
};

static void
stage_rights(struct stage *s)
{
    s->dest = guest_receive();
    s->reply = guest_receive();
    s->dest_once = guest_send_once(s->dest);
    s->reply_once = guest_send_once(s->reply);
    s->first = guest_port();
    s->last = guest_port();
    s->notify = guest_receive();
    s->page = guest_pages(1);
    memset(s->page, 0x3c, GUEST_PAGE);
    notify_ask(s->first, MACH_NOTIFY_NO_SENDERS, 0, s->notify);
    notify_ask(s->last, MACH_NOTIFY_NO_SENDERS, 0, s->notify);
}

static void
stage_set(struct stage *s)
{
    stage_rights(s);
    s->message = (struct parts_message){
        .header = { .msgh_bits = MACH_MSGH_BITS_COMPLEX |
                                 MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND_ONCE,
                                                MACH_MSG_TYPE_MOVE_SEND_ONCE),
                    .msgh_remote_port = s->dest_once,
                    .msgh_local_port = s->reply_once,
                    .msgh_id = 77 },
        .body = { .msgh_descriptor_count = 4 },
        .first = guest_right(s->first, MACH_MSG_TYPE_MOVE_SEND),
        .memory = { .address = s->page,
                    .size = GUEST_PAGE,
                    .deallocate = TRUE,
                    .copy = MACH_MSG_VIRTUAL_COPY,
                    .type = MACH_MSG_OOL_DESCRIPTOR },
        .third = guest_right(MACH_PORT_NULL, MACH_MSG_TYPE_MOVE_SEND),
        .last = guest_right(s->last, MACH_MSG_TYPE_MOVE_SEND),
    };
    memset(s->message.beyond, 0x99, sizeof s->message.beyond);
}

static void
stage_clear(struct stage *s)
{
    mach_port_t names[] = { s->dest,  s->reply, s->dest_once, s->reply_once,
                            s->first, s->last,  s->notify };

    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        mach_port_destroy(mach_task_self(), names[i]);
    guest_unmap(s->page, GUEST_PAGE);
}

/* ---- Partial destruction (R21) ---- */

static void
header_gone(struct stage *s)
{
    is(guest_type(s->dest_once), 0, "... the destination right was taken");
    is(guest_next_id(s->dest), MACH_NOTIFY_SEND_ONCE,
       "... and destroyed, not used");
    is(guest_type(s->reply_once), 0, "... the reply right, too");
    is(guest_next_id(s->reply), MACH_NOTIFY_SEND_ONCE, "... likewise");
}

static void
test_bad_third(mach_port_t bad)
{
    struct stage s;

    stage_set(&s);
    s.message.third.name = bad;
    is_kr(message_send(&s.message, SIZE), MACH_SEND_INVALID_RIGHT,
          "the third part is bad (R21)");
    header_gone(&s);
    is(guest_type(s.first), MACH_PORT_TYPE_RECEIVE, "... the first right went");
    is(guest_next_id(s.notify), MACH_NOTIFY_NO_SENDERS,
       "... and died: no senders");
    ok(!memory_there(s.page), "... the memory went");
    is(guest_refs(s.last, MACH_PORT_RIGHT_SEND), 1,
       "... the part after the bad one stays");
    is(guest_next_id(s.notify), -1, "... with nothing told of it");
    stage_clear(&s);
}

TEST(bad_thirds)
{
    mach_port_t receive = guest_receive();

    test_bad_third(guest_free_name());
    test_bad_third(receive);
    guest_kill(receive);
}

TEST(bad_memory)
{
    struct stage s;

    stage_set(&s);
    s.message.memory.address = guest_hole();
    is_kr(message_send(&s.message, SIZE), MACH_SEND_INVALID_MEMORY,
          "the second part, memory, is bad (R21)");
    header_gone(&s);
    is(guest_next_id(s.notify), MACH_NOTIFY_NO_SENDERS,
       "... the first right died");
    ok(memory_there(s.page), "... other memory stays");
    is(guest_refs(s.last, MACH_PORT_RIGHT_SEND), 1, "... the last part stays");
    stage_clear(&s);
}

/* A bad name in an array: its memory is gone all the same. */
TEST(bad_array)
{
    mach_port_t queue = guest_receive();
    mach_port_t port = guest_port();
    mach_port_t *names = guest_pages(1);
    struct array_message message;

    mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_SEND, 2);
    names[0] = port;
    names[1] = guest_free_name();
    names[2] = port;
    message = array_message(queue, names, 3, MACH_MSG_TYPE_MOVE_SEND);
    message.ports.deallocate = TRUE;
    is_kr(message_send(&message, sizeof message), MACH_SEND_INVALID_RIGHT,
          "a bad name in an array (R21)");
    ok(!memory_there(names), "... the array's memory is gone");
    is(guest_refs(port, MACH_PORT_RIGHT_SEND), 2,
       "... with the elements before, and not those after");
    mach_port_destroy(mach_task_self(), port);

    message = array_message(queue, names, 3, MACH_MSG_TYPE_MOVE_SEND);
    is_kr(message_send(&message, sizeof message), MACH_SEND_INVALID_MEMORY,
          "an array that is not mapped");
    is(guest_next_id(queue), -1, "... nothing arrives");
    guest_kill(queue);
}

/* The same right moved twice in one message: the second has none left. */
TEST(moved_twice)
{
    struct stage s;

    stage_set(&s);
    s.message.third.name = s.first;
    is_kr(message_send(&s.message, SIZE), MACH_SEND_INVALID_RIGHT,
          "one reference moved twice (R21)");
    header_gone(&s);
    is(guest_type(s.first), MACH_PORT_TYPE_RECEIVE, "... is gone once");
    stage_clear(&s);
}

/* ---- Pseudo-receive (R22) ---- */

/* The destination is a full queue, by this disposition. */
static mach_port_t
fill_queue(struct stage *s)
{
    mach_port_t port = guest_port();

    for (unsigned i = 0; i < MACH_PORT_QLIMIT_DEFAULT; i++)
        guest_send(port, MACH_MSG_TYPE_COPY_SEND, 1);
    s->message.header.msgh_remote_port = port;
    return port;
}

static void
check_header(struct stage *s, mach_port_t port, unsigned left)
{
    mach_msg_header_t *header = &s->message.header;

    is(header->msgh_bits,
       MACH_MSGH_BITS_COMPLEX | MACH_MSGH_BITS(MACH_MSG_TYPE_PORT_SEND,
                                               MACH_MSG_TYPE_PORT_SEND_ONCE),
       "... the header is not turned, its kinds are what arrived");
    is(header->msgh_remote_port, port, "... the destination comes back");
    is(guest_refs(port, MACH_PORT_RIGHT_SEND), left,
       "... as a send right: %u references now", left);
    is(guest_type(header->msgh_local_port), MACH_PORT_TYPE_SEND_ONCE,
       "... the reply right comes back");
    is(header->msgh_size, SIZE, "... the size is true");
    is(header->msgh_id, 77, "... the id is untouched");
    is(guest_next_id(s->reply), -1, "... nobody was told anything");
}

static void
check_body(struct stage *s)
{
    unsigned char *there = s->message.memory.address;
    bool same = true;

    is(s->message.first.disposition, MACH_MSG_TYPE_PORT_SEND,
       "... a moved right comes back");
    is(guest_refs(s->first, MACH_PORT_RIGHT_SEND), 1, "... as it was");
    is(s->message.third.disposition, MACH_MSG_TYPE_PORT_SEND,
       "... a made right comes");
    is(s->message.third.name, s->last, "... under its port's name");
    is(guest_refs(s->last, MACH_PORT_RIGHT_SEND), 3,
       "... copied and made rights are one more each");
    for (unsigned i = 0; i < GUEST_PAGE; i++)
        same = same && there[i] == 0x3c;
    ok(same, "... the memory comes back, somewhere");
    is_kr(mach_vm_deallocate(mach_task_self(), (mach_vm_address_t)there,
                             GUEST_PAGE),
          KERN_SUCCESS, "... and is ours");
    for (unsigned i = 0; i < sizeof s->message.beyond; i++)
        same = same && s->message.beyond[i] == 0x99;
    ok(same, "... and no trailer is written");
    is(guest_next_id(s->notify), -1, "... no senders went away");
}

static void
comes_back(mach_msg_type_name_t how, unsigned left)
{
    struct stage s;
    mach_port_t port;

    stage_set(&s);
    port = fill_queue(&s);
    s.message.header.msgh_bits =
        MACH_MSGH_BITS_COMPLEX |
        MACH_MSGH_BITS(how, MACH_MSG_TYPE_MAKE_SEND_ONCE);
    s.message.header.msgh_local_port = s.reply;
    s.message.third.name = s.last;
    s.message.third.disposition = MACH_MSG_TYPE_MAKE_SEND;
    s.message.last.disposition = MACH_MSG_TYPE_COPY_SEND;
    is_kr(message_send(&s.message, SIZE), MACH_SEND_TIMED_OUT,
          "a full queue, by disposition %u (R22)", how);
    check_header(&s, port, left);
    check_body(&s);
    is(guest_status(port).mps_msgcount, MACH_PORT_QLIMIT_DEFAULT,
       "... and nothing was queued");
    mach_port_destroy(mach_task_self(), s.message.header.msgh_local_port);
    mach_port_destroy(mach_task_self(), port);
    stage_clear(&s);
}

TEST(comes_back)
{
    comes_back(MACH_MSG_TYPE_MOVE_SEND, 1);
    comes_back(MACH_MSG_TYPE_COPY_SEND, 2);
    comes_back(MACH_MSG_TYPE_MAKE_SEND, 2);
}

/* What came back can be sent as it is. */
TEST(sent_again)
{
    mach_port_t port = guest_port();
    mach_port_t carried = guest_receive();
    struct port_message message = port_message(
        port, MACH_MSG_TYPE_COPY_SEND, carried, MACH_MSG_TYPE_MOVE_RECEIVE);

    for (unsigned i = 0; i < MACH_PORT_QLIMIT_DEFAULT; i++)
        guest_send(port, MACH_MSG_TYPE_COPY_SEND, 1);
    is_kr(message_send(&message, sizeof message), MACH_SEND_TIMED_OUT,
          "a receive right to a full queue (R22)");
    is(message.port.disposition, MACH_MSG_TYPE_PORT_RECEIVE, "... comes back");
    is(guest_type(message.port.name), MACH_PORT_TYPE_RECEIVE, "... whole");
    guest_next_id(port);
    is_kr(message_send(&message, sizeof message), MACH_MSG_SUCCESS,
          "... and the message can be sent as it is");
    is(guest_refs(port, MACH_PORT_RIGHT_SEND), 1,
       "... by which the destination right is moved");
    mach_port_destroy(mach_task_self(), port);
}

TEST(once_comes_back)
{
    mach_port_t port = guest_port(), other = guest_receive();
    mach_port_t once = guest_send_once(other);
    struct port_message message = port_message(
        port, MACH_MSG_TYPE_COPY_SEND, once, MACH_MSG_TYPE_MOVE_SEND_ONCE);

    for (unsigned i = 0; i < MACH_PORT_QLIMIT_DEFAULT; i++)
        guest_send(port, MACH_MSG_TYPE_COPY_SEND, 1);
    is_kr(message_send(&message, sizeof message), MACH_SEND_TIMED_OUT,
          "a send-once right to a full queue (R22)");
    is(message.port.disposition, MACH_MSG_TYPE_PORT_SEND_ONCE,
       "... comes back");
    is(guest_type(message.port.name), MACH_PORT_TYPE_SEND_ONCE,
       "... maybe under a new name");
    is(guest_status(other).mps_sorights, 1, "... as the one that it was");
    mach_port_deallocate(mach_task_self(), message.port.name);
    mach_port_destroy(mach_task_self(), port);
    guest_kill(other);
}

int
main(void)
{
    return guest_run();
}
