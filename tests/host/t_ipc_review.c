/* SPDX-License-Identifier: MIT */
/*
 * t_ipc_review.c - who pays for what: answers that nobody reads, ports on
 * their way, members of sets (D23, adversarial 40, 41); and when no-senders is
 * told (R13).
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
    ok(A->space->is_bytes == 0 && B->space->is_bytes == 0,
       "a request that was received weighs nothing");
    ok(answer(right) == 0 && A->space->is_bytes > 0 && B->space->is_bytes == 0,
       "#41: an answer that is not read is paid for by who asked");
    ok(next_id(a, abuf, port) == 101 && A->space->is_bytes == 0,
       "... until it is read");
    (void)send_to(b, bbuf, there, 2);
    ok(A->space->is_bytes == 0 && B->space->is_bytes > 0,
       "a message over a send right is paid for by its sender");
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
    ok(answer(right) == 0 && B->space->is_bytes == 0,
       "#41: the server does not notice");
    ipc_space_uncharge(A->space, rest);
    ok(next_id(a, abuf, port) == MACH_NOTIFY_SEND_ONCE &&
           next_id(a, abuf, port) == -1,
       "#41: ... and the client is told that there is no answer");
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
    ok(send_port(to_server, MACH_MSG_TYPE_COPY_SEND, port) == 0 &&
           A->space->is_receives == 1 && B->space->is_receives == 1,
       "#40: a port on its way is paid for by where it comes from");
    before = A->space->is_bytes;
    ok(answer(right) == 0 && A->space->is_bytes > before &&
           B->space->is_bytes == 0,
       "#41: ... and so are the answers that come meanwhile");
    ok(poll_port(b, bbuf, server) == 0 && A->space->is_receives == 0 &&
           B->space->is_receives == 2,
       "#40: ... until it is there");
    ok(world_end(), "audit: a port on its way");
}

static void
test_moving_dies(void)
{
    begin();
    (void)send_port(to_server, MACH_MSG_TYPE_COPY_SEND, port);
    ok(mod(B, server, RIGHT(RECEIVE), -1) == 0, "its destination dies");
    fake_run();
    ok(A->space->is_receives == 0 && B->space->is_receives == 0,
       "#40: a port that dies on its way weighs nothing");
    port = new_port(A);
    there = carry_send(A, port, B);
    server = new_port(B);
    to_server = carry_send(B, server, A);
    (void)send_port(to_server, MACH_MSG_TYPE_COPY_SEND, port);
    fake_task_kill(A);
    A = fake_task_new();
    ok(poll_port(b, bbuf, server) == 0 && world_sound(),
       "a port outlives the space that it comes from");
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
    ok(mach_port_extract_member(A->space, port, set) == 0 &&
           A->space->is_links == 1,
       "... until they leave");
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

static void
test_no_senders(void)
{
    mach_port_name_t notify;

    begin();
    notify = new_port(A);
    (void)request(A, port, MACH_NOTIFY_NO_SENDERS, 70, notify);
    (void)mach_port_deallocate(B->space, there);
    ok(next_id(a, abuf, notify) == MACH_NOTIFY_NO_SENDERS,
       "R13: with senders, sync does not matter: told when the last one goes");
    (void)request(A, port, MACH_NOTIFY_NO_SENDERS, status(A, port).mps_mscount,
                  notify);
    ok(next_id(a, abuf, notify) == MACH_NOTIFY_NO_SENDERS,
       "R13: without, told at once if sync is not ahead");
    ok(world_end(), "audit: no-senders");
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
    test_no_senders();
    return tap_done();
}
