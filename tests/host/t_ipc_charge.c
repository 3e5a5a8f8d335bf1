/* SPDX-License-Identifier: MIT */
/*
 * t_ipc_charge.c - who pays for what: answers that nobody reads, ports on
 * their way, members of sets (D23, adversarial 40, 41).
 */
#include "ipc/ipc_ports.h"
#include "ipc_world.h"

#define TRY (MACH_SEND_MSG | MACH_SEND_TIMEOUT)

static mach_port_name_t port, there; /* A receives, B may send */
static mach_port_name_t server, to_server;

static void
begin(void)
{
    world_begin();
    port = new_port(A);
    there = carry_send(A, port, B);
    server = new_port(B);
    to_server = carry_send(B, server, A);
}

/* A asks B, and B has the right to answer.  Returns its name. */
static mach_port_name_t
ask(void)
{
    mach_msg_header_t *h = header(abuf, to_server, MACH_MSG_TYPE_COPY_SEND,
                                  port, MACH_MSG_TYPE_MAKE_SEND_ONCE, 1);

    (void)fake_msg(a, h, TRY, sizeof(*h), 0, 0, 0);
    (void)poll_port(b, bbuf, server);
    return ((mach_msg_header_t *)bbuf)->msgh_remote_port;
}

static uint64_t
answer(mach_port_name_t right)
{
    header(bbuf, right, MACH_MSG_TYPE_MOVE_SEND_ONCE, 0, 0, 101);
    return fake_msg(b, bbuf, TRY, sizeof(mach_msg_header_t), 0, 0, 0);
}

/* What a task's job pays for beyond what it did at the last look. */
static size_t
more(struct fake_task *task)
{
    static size_t before[2];
    size_t *last = &before[task == B];
    size_t now = task->ledger->le_used, grown = now - *last;

    *last = now;
    return grown;
}

static void
look(void)
{
    (void)more(A);
    (void)more(B);
}

TEST(answers)
{
    mach_port_name_t right;

    (void)new_right(A, RIGHT(DEAD_NAME));
    look();
    right = ask();
    ok(more(A) == 0,
       "a request that was received weighs nothing for who asked");
    ok(more(B) == 0, "... nor for who answers");
    ok(answer(right) == 0, "#41: an answer is sent and not read");
    ok(more(A) == 1, "#41: ... paid for by who asked");
    ok(more(B) == 0, "#41: ... and not by who answered");
    ok(next_id(a, abuf, port) == 101, "... until it is read");
    ok((ssize_t)more(A) == -1, "... and then by nobody");
    (void)send_to(b, bbuf, there, 2);
    ok(more(A) == 0,
       "a message over a send right is not paid for by its receiver");
    ok(more(B) == 1, "... but by its sender");
}

/* An answer with an array of so many rights */
static uint64_t
answer_with(mach_port_name_t right, unsigned count)
{
    struct {
        mach_msg_base_t base;
        mach_msg_ool_ports_descriptor_t array;
        mach_port_name_t names[IPC_PORTS_SMALL];
    } *message = (void *)bbuf;

    for (unsigned i = 0; i < count; i++)
        message->names[i] = there;
    header(bbuf, right, MACH_MSG_TYPE_MOVE_SEND_ONCE, 0, 0, 101)->msgh_bits |=
        MACH_MSGH_BITS_COMPLEX;
    message->base.body.msgh_descriptor_count = 1;
    message->array = (mach_msg_ool_ports_descriptor_t){
        .address = message->names,
        .count = count,
        .disposition = MACH_MSG_TYPE_COPY_SEND,
        .type = MACH_MSG_OOL_PORTS_DESCRIPTOR,
    };
    return fake_msg(b, bbuf, TRY, offsetof(typeof(*message), names), 0, 0, 0);
}

TEST(answers_with_rights)
{
    mach_port_name_t right = ask();

    look();
    ok(answer_with(right, IPC_PORTS_SMALL) == 0,
       "#41: an answer with a short array of rights is not read");
    ok(more(A) > 1, "#41: ... and all paid for by who asked");
    ok(more(B) == 0, "#41: ... nothing by who answered");
    ok(next_id(a, abuf, port) == 101, "... until it is read");
    right = ask();
    look();
    ok(answer_with(right, 0) == 0, "#41: one with an empty array");
    ok(more(B) == 0, "#41: ... likewise");
    ok(next_id(a, abuf, port) == 101, "... until it is read");
    right = ask();
    A->ledger->le_limit = A->ledger->le_used + 2;
    look();
    ok(answer_with(right, 1) == 0, "#41: one that there is no memory for");
    ok(ALL(more(A) == 0, more(B) == 0), "#41: ... is paid for by nobody");
    ok(next_id(a, abuf, port) == MACH_NOTIFY_SEND_ONCE, "... but told of");
    ok(world_sound(), "... and its rights are gone");
    A->ledger->le_limit = SIZE_MAX;
}

TEST(full_receiver)
{
    mach_port_name_t right = ask();

    A->ledger->le_limit = A->ledger->le_used;
    look();
    ok(answer(right) == 0, "#41: the server can answer who has all it may");
    ok(more(B) == 0, "#41: ... and does not notice");
    ok(next_id(a, abuf, port) == MACH_NOTIFY_SEND_ONCE,
       "#41: ... the client is told that there is no answer");
    ok(next_id(a, abuf, port) == -1, "#41: ... once");
    A->ledger->le_limit = SIZE_MAX;
}

/* A job that has all it may is lent small messages, which lie in no queue. */
TEST(lent)
{
    size_t kernel;

    B->ledger->le_limit = B->ledger->le_used;
    kernel = kernel_ledger.le_used;
    look();
    ok(send_to(b, bbuf, B->self_name, 1) == 0,
       "with all it may, a kernel object");
    ok(send_to(b, bbuf, there, 2) == MACH_SEND_NO_BUFFER,
       "... no place in a queue");
    ok(refs(B, there, RIGHT(SEND)) == 2, "... the message comes back");
    (void)header(abuf, 0, 0, 0, 0, 0);
    ok(fake_msg(a, abuf, MACH_RCV_MSG, 0, MSG_ROOM, port, 0) == FAKE_BLOCKED,
       "a receiver waits");
    ok(send_to(b, bbuf, there, 3) == 0, "... and is handed a message");
    ok(((mach_msg_header_t *)abuf)->msgh_id == 3, "... it is that");
    ok(ALL(more(A) == 0, more(B) == 0), "... which nobody pays for");
    (void)set_qlimit(A, port, 1);
    B->ledger->le_limit = SIZE_MAX;
    (void)send_to(b, bbuf, there, 4);
    B->ledger->le_limit = B->ledger->le_used;
    header(bbuf, there, MACH_MSG_TYPE_COPY_SEND, 0, 0, 5);
    ok(fake_msg(b, bbuf, MACH_SEND_MSG, 24, 0, 0, 0) == MACH_SEND_NO_BUFFER,
       "... nor does a lent message wait for room");
    B->ledger->le_limit = SIZE_MAX;
    ok(kernel_ledger.le_used == kernel, "... all came back");
}

/* What the kernel has of its own it does not lend to the end. */
TEST(lent_half)
{
    size_t half = kernel_ledger.le_reservation / 2 - kernel_ledger.le_used;

    B->ledger->le_limit = B->ledger->le_used;
    ok(ledger_take(&kernel_ledger, half - 1) == NULL,
       "with half of the kernel's reservation left");
    ok(send_to(b, bbuf, B->self_name, 1) == 0, "... it lends");
    ok(ledger_take(&kernel_ledger, 1) == NULL, "with less");
    ok(send_to(b, bbuf, B->self_name, 2) == MACH_SEND_NO_BUFFER,
       "... it does not");
    ledger_give(&kernel_ledger, half);
    B->ledger->le_limit = SIZE_MAX;
}

/* A receive right in a message.  Returns its code. */
static uint64_t
send_port(mach_port_name_t dest, mach_msg_type_name_t how,
          mach_port_name_t right)
{
    struct {
        mach_msg_base_t base;
        mach_msg_port_descriptor_t right;
    } *message = (void *)abuf;

    header(abuf, dest, how, 0, 0, 3)->msgh_bits |= MACH_MSGH_BITS_COMPLEX;
    message->base.body.msgh_descriptor_count = 1;
    message->right = (mach_msg_port_descriptor_t){
        .name = right,
        .disposition = MACH_MSG_TYPE_MOVE_RECEIVE,
        .type = MACH_MSG_PORT_DESCRIPTOR,
    };
    return fake_msg(a, abuf, TRY, sizeof(*message), 0, 0, 0);
}

TEST(moving)
{
    mach_port_name_t right = ask();

    ok(send_port(to_server, MACH_MSG_TYPE_COPY_SEND, port) == 0,
       "#40: a port is on its way");
    look();
    ok(answer(right) == 0, "#41: an answer comes to it meanwhile");
    ok(more(A) == 1, "#41: ... paid for by where it comes from");
    ok(more(B) == 0, "#41: ... and not by who answered");
    ok(poll_port(b, bbuf, server) == 0, "#40: the port is there");
    ok((ssize_t)more(A) == -1, "#40: ... and still weighs where it was made");
    right = ((mach_msg_port_descriptor_t *)(bbuf + 28))->name;
    (void)mod(B, right, RIGHT(RECEIVE), -1);
    fake_run();
    ok((ssize_t)more(A) == -2, "#40: ... until it dies, with the answer");
}

TEST(moving_dies)
{
    look();
    (void)send_port(to_server, MACH_MSG_TYPE_COPY_SEND, port);
    ok(mod(B, server, RIGHT(RECEIVE), -1) == 0, "its destination dies");
    (void)mod(A, to_server, RIGHT(DEAD_NAME), -1);
    (void)mod(B, there, RIGHT(DEAD_NAME), -1);
    fake_run();
    ok((ssize_t)more(A) == -1,
       "#40: a port that dies on its way weighs nothing at home");
    ok((ssize_t)more(B) == -1, "#40: ... nor where it went");
    port = new_port(A);
    there = carry_send(A, port, B);
    server = new_port(B);
    to_server = carry_send(B, server, A);
    (void)send_port(to_server, MACH_MSG_TYPE_COPY_SEND, port);
    fake_task_kill(A);
    A = fake_task_new();
    ok(poll_port(b, bbuf, server) == 0, "a port arrives whose home has died");
    ok(world_sound(), "... and is counted right");
}

TEST(members)
{
    mach_port_name_t set, other;

    set = new_right(A, RIGHT(PORT_SET));
    other = new_right(A, RIGHT(PORT_SET));
    look();
    (void)mach_port_insert_member(A->space, port, set);
    (void)mach_port_insert_member(A->space, port, other);
    ok(more(A) == 2, "#40: members of sets weigh something");
    ok(mach_port_extract_member(A->space, port, set) == 0, "... they leave");
    ok((ssize_t)more(A) == -1, "... and weigh nothing");
    (void)mach_port_move_member(A->space, port, set);
    ok(more(A) == 0, "... or move");
    (void)mach_port_destroy(A->space, set);
    fake_run();
    ok((ssize_t)more(A) == -2, "... or the set dies");
}

int
main(void)
{
    return world_run(begin);
}
