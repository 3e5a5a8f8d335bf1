/* SPDX-License-Identifier: MIT */
/*
 * t_ipc_charge.c - who pays for what: answers that nobody reads, ports on
 * their way, members of sets (D23, adversarial 40, 41).
 */
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

static void
test_answers(void)
{
    mach_port_name_t right;

    begin();
    right = ask();
    ok(A->space->is_bytes == 0,
       "a request that was received weighs nothing for who asked");
    ok(B->space->is_bytes == 0, "... nor for who answers");
    ok(answer(right) == 0, "#41: an answer is sent and not read");
    ok(A->space->is_bytes > 0, "#41: ... paid for by who asked");
    ok(B->space->is_bytes == 0, "#41: ... and not by who answered");
    ok(next_id(a, abuf, port) == 101, "... until it is read");
    ok(A->space->is_bytes == 0, "... and then by nobody");
    (void)send_to(b, bbuf, there, 2);
    ok(A->space->is_bytes == 0,
       "a message over a send right is not paid for by its receiver");
    ok(B->space->is_bytes > 0, "... but by its sender");
    ok(world_end(), "audit: answers");
}

static void
test_full_receiver(void)
{
    mach_port_name_t right;
    uint64_t rest;

    begin();
    right = ask();
    rest = IPC_SPACE_BYTES_MAX - A->space->is_bytes;
    ok(ipc_space_charge(A->space, rest), "a client has all that it may");
    ok(answer(right) == 0, "#41: the server can answer");
    ok(B->space->is_bytes == 0, "#41: ... and does not notice");
    ipc_space_uncharge(A->space, rest);
    ok(next_id(a, abuf, port) == MACH_NOTIFY_SEND_ONCE,
       "#41: ... the client is told that there is no answer");
    ok(next_id(a, abuf, port) == -1, "#41: ... once");
    ok(world_end(), "audit: a full receiver");
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

static void
test_moving(void)
{
    mach_port_name_t right;
    uint64_t before;

    begin();
    right = ask();
    ok(send_port(to_server, MACH_MSG_TYPE_COPY_SEND, port) == 0,
       "#40: a port is on its way");
    ok(A->space->is_receives == 1, "#40: ... paid for by where it comes from");
    ok(B->space->is_receives == 1, "#40: ... and not by where it goes");
    before = A->space->is_bytes;
    ok(answer(right) == 0, "#41: an answer comes to it meanwhile");
    ok(A->space->is_bytes > before, "#41: ... paid for by where it comes from");
    ok(B->space->is_bytes == 0, "#41: ... and not by who answered");
    ok(poll_port(b, bbuf, server) == 0, "#40: the port is there");
    ok(A->space->is_receives == 0,
       "#40: ... paid for no more by where it came from");
    ok(B->space->is_receives == 2, "#40: ... but by who has it");
    ok(world_end(), "audit: a port on its way");
}

static void
test_moving_dies(void)
{
    begin();
    (void)send_port(to_server, MACH_MSG_TYPE_COPY_SEND, port);
    ok(mod(B, server, RIGHT(RECEIVE), -1) == 0, "its destination dies");
    fake_run();
    ok(A->space->is_receives == 0,
       "#40: a port that dies on its way weighs nothing at home");
    ok(B->space->is_receives == 0, "#40: ... nor where it went");
    port = new_port(A);
    there = carry_send(A, port, B);
    server = new_port(B);
    to_server = carry_send(B, server, A);
    (void)send_port(to_server, MACH_MSG_TYPE_COPY_SEND, port);
    fake_task_kill(A);
    A = fake_task_new();
    ok(poll_port(b, bbuf, server) == 0, "a port arrives whose home has died");
    ok(world_sound(), "... and is counted right");
    ok(world_end(), "audit: a port whose home dies");
}

static void
test_members(void)
{
    mach_port_name_t set, other;

    begin();
    set = new_right(A, RIGHT(PORT_SET));
    other = new_right(A, RIGHT(PORT_SET));
    (void)mach_port_insert_member(A->space, port, set);
    (void)mach_port_insert_member(A->space, port, other);
    ok(A->space->is_links == 2, "#40: members of sets weigh something");
    ok(mach_port_extract_member(A->space, port, set) == 0, "... they leave");
    ok(A->space->is_links == 1, "... and weigh nothing");
    (void)mach_port_move_member(A->space, port, set);
    ok(A->space->is_links == 1, "... or move");
    (void)send_port(to_server, MACH_MSG_TYPE_COPY_SEND, port);
    ok(A->space->is_links == 0, "... or their port goes on its way");
    (void)poll_port(b, bbuf, server);
    port = new_port(A);
    (void)mach_port_insert_member(A->space, port, set);
    (void)mach_port_destroy(A->space, set);
    fake_run();
    ok(A->space->is_links == 0, "... or the set dies");
    ok(world_end(), "audit: members");
}

int
main(void)
{
    fake_init();
    test_answers();
    test_full_receiver();
    test_moving();
    test_moving_dies();
    test_members();
    return tap_done();
}
