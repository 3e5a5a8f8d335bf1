/* SPDX-License-Identifier: MIT */
/*
 * t_ipc_msg2.c - mach_msg_overwrite_trap, mach_msg2_trap, vouchers, and the
 * options that are accepted or refused (R19, R26).
 */
#include "fake_stack.h"
#include "ipc_world.h"

#define SEND MACH_SEND_MSG
#define POLL (MACH_RCV_MSG | MACH_RCV_TIMEOUT)

#define COPY MACH_MSG_TYPE_COPY_SEND
#define ONCE MACH_MSG_TYPE_MAKE_SEND_ONCE

#pragma pack(push, 4)
struct port_message {
    mach_msg_header_t header;
    mach_msg_body_t body;
    mach_msg_port_descriptor_t port;
};
#pragma pack(pop)

static mach_msg_header_t *ah, *bh;
static mach_port_name_t port, there; /* A receives, B may send */

static void
begin(void)
{
    world_begin();
    ah = (void *)abuf;
    bh = (void *)bbuf;
    port = new_port(A);
    there = carry_send(A, port, B);
    fake_stack_bad = false;
    fake_stack_args[0] = fake_stack_args[1] = 0;
}

/* ---- Overwrite ---- */

static uint64_t
overwrite(void *message, mach_msg_option_t option, mach_msg_size_t send_size,
          mach_port_name_t name, void *receive)
{
    struct trap_args args = { { (uintptr_t)message, (uint32_t)option, send_size,
                                100, name, 0 } };

    fake_stack_args[0] = 0xdead;
    fake_stack_args[1] = (uintptr_t)receive;
    return fake_trap(b, mach_msg_overwrite_trap, args);
}

static void
test_overwrite(void)
{
    mach_port_name_t mine = new_port(B);
    mach_msg_header_t *other = (void *)(bbuf + 1000);

    header(bh, mine, MACH_MSG_TYPE_MAKE_SEND, 0, 0, 55);
    ok(overwrite(bh, SEND | POLL, 24, mine, other) == MACH_MSG_SUCCESS &&
           other->msgh_id == 55 && other->msgh_local_port == mine &&
           bh->msgh_local_port == 0,
       "overwrite: receives to the other buffer");
    header(bh, mine, MACH_MSG_TYPE_MAKE_SEND, 0, 0, 56);
    ok(overwrite(bh, SEND | POLL, 24, mine, NULL) == MACH_MSG_SUCCESS &&
           bh->msgh_id == 56 && bh->msgh_local_port == mine,
       "overwrite: without one, to the message's own");
    ok(overwrite(bh, POLL, 0, mine, other) == MACH_RCV_TIMED_OUT,
       "overwrite: a receive alone");
    fake_stack_bad = true;
    header(bh, mine, MACH_MSG_TYPE_MAKE_SEND, 0, 0, 57);
    ok(overwrite(bh, SEND | POLL, 24, mine, other) == KERN_INVALID_ARGUMENT &&
           status(B, mine).mps_msgcount == 0,
       "overwrite: an unreadable stack is INVALID_ARGUMENT, nothing is sent");
    ok(overwrite(bh, SEND, 24, 0, other) == MACH_MSG_SUCCESS,
       "overwrite: but a send does not read it");
}

/* ---- mach_msg2 ---- */

static uint64_t
two(uint32_t low, uint32_t high)
{
    return (uint64_t)high << 32 | low;
}

static uint64_t
msg2(struct fake_thread *thread, void *data, uint64_t options,
     mach_msg_header_t h, mach_msg_size_t send_size, uint32_t descriptors,
     mach_port_name_t name)
{
    struct trap_args args = { { (uintptr_t)data, options,
                                two(h.msgh_bits, send_size),
                                two(h.msgh_remote_port, h.msgh_local_port),
                                two(h.msgh_voucher_port, (uint32_t)h.msgh_id),
                                two(descriptors, name) } };

    fake_stack_args[0] = two(100, 31);
    fake_stack_args[1] = 0;
    return fake_trap(thread, mach_msg2_trap, args);
}

static void
test_msg2(void)
{
    mach_msg_header_t h;
    mach_port_name_t mine = new_port(B);

    header(&h, there, COPY, mine, ONCE, 66);
    memset(bbuf, 0xee, 64);
    ok(msg2(b, bbuf, SEND, h, 28, 0, 0) == MACH_MSG_SUCCESS &&
           msg2(a, abuf, POLL, (mach_msg_header_t){ 0 }, 0, 0, port) ==
               MACH_MSG_SUCCESS &&
           ah->msgh_id == 66 && ah->msgh_size == 28 &&
           ah->msgh_local_port == port &&
           *(uint32_t *)(abuf + 24) == 0xeeeeeeee,
       "msg2: the header in memory is not looked at, the rest is");
    (void)mach_port_deallocate(A->space, ah->msgh_remote_port);
    ok(next_id(b, bbuf, mine) == MACH_NOTIFY_SEND_ONCE,
       "msg2: a reply right goes along");
    header(&h, there, COPY, 0, 0, 67);
    ok(msg2(b, NULL, SEND | MACH64_SEND_MQ_CALL, h, 24, 0, 0) ==
               MACH_MSG_SUCCESS &&
           next_id(a, abuf, port) == 67,
       "msg2: of a bare header no memory is read");
    ok(msg2(b, bbuf, SEND, h, 24, 1, 0) == MACH_SEND_TOO_LARGE &&
           msg2(b, bbuf, SEND, h, 20, 0, 0) == MACH_SEND_MSG_TOO_SMALL &&
           msg2(b, NULL, SEND, h, 28, 0, 0) == MACH_SEND_INVALID_DATA,
       "msg2: descriptors in a simple message, sizes, bad memory");
    ok(msg2(b, bbuf, SEND | MACH64_MSG_VECTOR, h, 1, 0, 0) ==
               MACH_SEND_INVALID_OPTIONS &&
           msg2(b, bbuf, POLL | MACH64_MSG_VECTOR, h, 0, 0, mine) ==
               MACH_RCV_INVALID_ARGUMENTS,
       "msg2: vectors are refused");
    fake_stack_bad = true;
    ok(msg2(b, bbuf, SEND | POLL, h, 24, 0, mine) == KERN_INVALID_ARGUMENT &&
           msg2(b, bbuf, SEND | MACH_SEND_TIMEOUT, h, 24, 0, 0) ==
               KERN_INVALID_ARGUMENT &&
           status(A, port).mps_msgcount == 0,
       "msg2: an unreadable stack");
}

static void
test_msg2_complex(void)
{
    struct port_message *message = (void *)bbuf;
    mach_port_name_t mine = new_port(B);
    mach_msg_header_t h;

    header(&h, there, COPY, 0, 0, 68);
    h.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
    message->body.msgh_descriptor_count = 4000;
    message->port = (mach_msg_port_descriptor_t){
        .name = mine,
        .disposition = MACH_MSG_TYPE_MAKE_SEND,
        .type = MACH_MSG_PORT_DESCRIPTOR,
    };
    ok(msg2(b, bbuf, SEND, h, sizeof(*message), 1, 0) == MACH_MSG_SUCCESS &&
           poll_port(a, abuf, port) == MACH_MSG_SUCCESS &&
           type_of(A, ((struct port_message *)abuf)->port.name) == TYPE(SEND),
       "msg2: how many descriptors there are is in the register");
    ok(msg2(b, bbuf, SEND, h, sizeof(*message), 2, 0) ==
               MACH_SEND_MSG_TOO_SMALL &&
           msg2(b, bbuf, SEND, h, 24, 1, 0) == MACH_SEND_MSG_TOO_SMALL,
       "msg2: and they must fit");
}

/* ---- Vouchers and options ---- */

static uint64_t
with_voucher(mach_msg_type_name_t disposition, mach_port_name_t voucher,
             mach_port_name_t reply)
{
    header(bh, there, COPY, reply, reply == 0 ? 0 : ONCE, 70);
    bh->msgh_bits |= disposition << 16;
    bh->msgh_voucher_port = voucher;
    return fake_msg(b, bh, SEND | MACH_SEND_TIMEOUT, 24, 0, 0, 0);
}

static void
test_voucher(void)
{
    mach_port_name_t mine = new_port(B);

    ok(with_voucher(COPY, 0, 0) == MACH_MSG_SUCCESS &&
           fake_msg(a, ah, POLL | MACH_RCV_VOUCHER, 0, 100, port, 0) ==
               MACH_MSG_SUCCESS &&
           MACH_MSGH_BITS_VOUCHER(ah->msgh_bits) == 0 &&
           ah->msgh_voucher_port == 0,
       "voucher: none is lawful, and arrives as none");
    ok(with_voucher(MACH_MSG_TYPE_MOVE_SEND, MACH_PORT_DEAD, 0) ==
               MACH_SEND_INVALID_VOUCHER &&
           with_voucher(COPY, 0x7703, 0) == MACH_SEND_INVALID_VOUCHER &&
           with_voucher(COPY, B->self_name, 0) == MACH_SEND_INVALID_VOUCHER &&
           with_voucher(MACH_MSG_TYPE_MAKE_SEND, 0, 0) ==
               MACH_SEND_INVALID_VOUCHER,
       "voucher: what is no voucher is INVALID_VOUCHER");
    ok(with_voucher(COPY, mine, mine) == MACH_SEND_INVALID_REPLY,
       "R26: the reply as voucher is INVALID_REPLY");
    bh->msgh_remote_port = 0x7703;
    ok(fake_msg(b, bh, SEND, 24, 0, 0, 0) == MACH_SEND_INVALID_DEST &&
           status(B, mine).mps_sorights == 0 &&
           status(A, port).mps_msgcount == 0,
       "R19: the destination is looked at first, and nothing is consumed");
}

static void
test_options(void)
{
    header(bh, there, COPY, 0, 0, 71);
    ok(fake_msg(b, bh, SEND | MACH_SEND_TRAILER, 24, 0, 0, 0) ==
           MACH_SEND_INVALID_TRAILER,
       "MACH_SEND_TRAILER is refused");
    ok(fake_msg(b, bh, SEND | MACH_SEND_OVERRIDE, 24, 0, 0, 0) ==
               MACH_MSG_SUCCESS &&
           next_id(a, ah, port) == 71,
       "MACH_SEND_OVERRIDE is accepted");
}

static void
test_identity(void)
{
    mach_port_name_t set = new_right(A, RIGHT(PORT_SET));
    mach_port_name_t other = new_port(A);

    (void)mach_port_insert_member(A->space, other, set);
    (void)mach_port_insert_member(A->space, port, set);
    (void)send_to(b, bbuf, there, 72);
    memset(abuf, 0xaa, 24);
    ok(fake_msg(a, ah, POLL | MACH_RCV_LARGE | MACH_RCV_LARGE_IDENTITY, 0, 24,
                set, 0) == MACH_RCV_TOO_LARGE &&
           ah->msgh_size == 24 && ah->msgh_local_port == port &&
           status(A, port).mps_msgcount == 1,
       "MACH_RCV_LARGE_IDENTITY: says which member has the message");
}

static void
test_trailer(void)
{
    const int elements[] = { MACH_RCV_TRAILER_CTX, MACH_RCV_TRAILER_AV,
                             MACH_RCV_TRAILER_LABELS };
    const unsigned sizes[] = { 60, 68, 68 };
    const mach_msg_max_trailer_t *trailer = (void *)(abuf + 24);

    for (unsigned i = 0; i < countof(sizes); i++) {
        (void)send_to(b, bbuf, there, 73);
        (void)mach_port_set_context(A->space, port, 0x1234567890u + i);
        memset(abuf, 0xaa, 200);
        ok(fake_msg(a, ah, POLL | MACH_RCV_TRAILER_ELEMENTS(elements[i]), 0,
                    24 + sizes[i], port, 0) == MACH_MSG_SUCCESS &&
               trailer->msgh_trailer_size == sizes[i] &&
               trailer->msgh_context == 0x1234567890u + i &&
               abuf[24 + sizes[i]] == 0xaa &&
               (i == 0 ||
                (trailer->msgh_ad == 0 && trailer->msgh_labels.sender == 0)),
           "trailer: the context as it is when the message is received");
    }
}

int
main(void)
{
    static void (*const tests[])(void) = {
        test_overwrite, test_msg2,     test_msg2_complex, test_voucher,
        test_options,   test_identity, test_trailer,
    };

    fake_init();
    for (unsigned i = 0; i < countof(tests); i++) {
        begin();
        tests[i]();
        ok(world_end(), "and nothing is left");
    }
    return tap_done();
}
