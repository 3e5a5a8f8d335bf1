/* SPDX-License-Identifier: MIT */
/*
 * t_ipc_msg.c - sending and receiving: the order of checks, headers, queues,
 * waiting, sizes and trailers (R9, R12, R19-R30, R35-R37, R39, R41-R45, and the
 * adversarial cases 19, 21, 22, 25, 26, 44, 53).
 */
#include "ipc_world.h"

#define SEND MACH_SEND_MSG
#define RCV  MACH_RCV_MSG
#define POLL (MACH_RCV_MSG | MACH_RCV_TIMEOUT)
#define TRY  (MACH_SEND_MSG | MACH_SEND_TIMEOUT)

static mach_msg_header_t *ah, *bh; /* at abuf, bbuf */
static mach_port_name_t port;      /* A receives, */
static mach_port_name_t there;     /* B may send */

static void
begin(void)
{
    world_begin();
    ah = (void *)abuf;
    bh = (void *)bbuf;
    port = new_port(A);
    there = carry_send(A, port, B);
}

/* B sends a header with these bits and names.  Returns the code. */
static uint64_t
try_header(mach_msg_bits_t bits, mach_port_name_t remote,
           mach_port_name_t local)
{
    *bh = (mach_msg_header_t){ .msgh_bits = bits,
                               .msgh_remote_port = remote,
                               .msgh_local_port = local };
    return fake_msg(b, bh, TRY, 24, 0, 0, 0);
}

static void
test_sizes(void)
{
    header(bh, there, MACH_MSG_TYPE_COPY_SEND, 0, 0, 1);
    ok(fake_msg(b, bh, SEND, 0, 0, 0, 0) == MACH_SEND_MSG_TOO_SMALL &&
           fake_msg(b, bh, SEND, 20, 0, 0, 0) == MACH_SEND_MSG_TOO_SMALL &&
           fake_msg(b, bh, SEND, 26, 0, 0, 0) == MACH_SEND_MSG_TOO_SMALL,
       "R29 #21: too small, or not a multiple of 4");
    ok(fake_msg(b, bh, SEND, 48 << 20, 0, 0, 0) == MACH_SEND_TOO_LARGE &&
           fake_msg(b, bh, SEND, 0xfffffffc, 0, 0, 0) == MACH_SEND_TOO_LARGE &&
           fake_msg(b, bh, SEND, 0x80000000, 0, 0, 0) == MACH_SEND_TOO_LARGE,
       "#21: 48 MiB and more is TOO_LARGE");
    ok(fake_msg(b, NULL, SEND, 24, 0, 0, 0) == MACH_SEND_INVALID_DATA &&
           fake_msg(b, bbuf + MSG_ROOM - 20, SEND, 24, 0, 0, 0) ==
               MACH_SEND_INVALID_DATA &&
           fake_msg(b, (void *)~0xfful, SEND, 24, 0, 0, 0) ==
               MACH_SEND_INVALID_DATA,
       "#53: a message that cannot be read is INVALID_DATA");
    bh->msgh_size = 0xdeadbeef;
    ok(fake_msg(b, bh, SEND, 28, 0, 0, 0) == MACH_MSG_SUCCESS &&
           poll_port(a, ah, port) == MACH_MSG_SUCCESS && ah->msgh_size == 28,
       "R29 #26: the header's own size is not looked at");
}

static void
test_header_errors(void)
{
    mach_port_name_t mine = new_port(B), set = new_right(B, RIGHT(PORT_SET));
    mach_msg_bits_t copy = MACH_MSG_TYPE_COPY_SEND;

    ok(try_header(0, there, 0) == MACH_SEND_INVALID_HEADER &&
           try_header(16, there, 0) == MACH_SEND_INVALID_HEADER &&
           try_header(22, there, 0) == MACH_SEND_INVALID_HEADER &&
           try_header(copy | 0x20, there, 0) == MACH_SEND_INVALID_HEADER &&
           try_header(copy | 0x40000000, there, 0) == MACH_SEND_INVALID_HEADER,
       "header: bad destination bits are INVALID_HEADER");
    ok(try_header(copy, there, mine) == MACH_SEND_INVALID_HEADER &&
           try_header(MACH_MSGH_BITS(copy, 16), there, mine) ==
               MACH_SEND_INVALID_HEADER,
       "header: bad reply bits are INVALID_HEADER");
    ok(try_header(copy | 20 << 16, there, 0) == MACH_SEND_INVALID_VOUCHER,
       "header: bad voucher bits are INVALID_VOUCHER");
    ok(try_header(copy, 0, 0) == MACH_SEND_INVALID_DEST &&
           try_header(copy, MACH_PORT_DEAD, 0) == MACH_SEND_INVALID_DEST &&
           try_header(copy, 0x7703, 0) == MACH_SEND_INVALID_DEST &&
           try_header(copy, set, 0) == MACH_SEND_INVALID_DEST &&
           try_header(copy, mine, 0) == MACH_SEND_INVALID_DEST &&
           try_header(20, there, 0) == MACH_SEND_INVALID_DEST &&
           try_header(18, there, 0) == MACH_SEND_INVALID_DEST,
       "R28 #11: wrong destinations are INVALID_DEST");
    ok(try_header(MACH_MSGH_BITS(copy, 20), there, there) ==
               MACH_SEND_INVALID_REPLY &&
           try_header(MACH_MSGH_BITS(copy, 19), there, mine) ==
               MACH_SEND_INVALID_REPLY &&
           try_header(MACH_MSGH_BITS(copy, 21), there, 0x7703) ==
               MACH_SEND_INVALID_REPLY &&
           try_header(MACH_MSGH_BITS(copy, 21), there, set) ==
               MACH_SEND_INVALID_REPLY,
       "R28 #11: wrong reply rights are INVALID_REPLY");
    ok(refs(B, there, RIGHT(SEND)) == 1 && status(B, mine).mps_sorights == 0 &&
           status(A, port).mps_msgcount == 0,
       "R19: and nothing was consumed");
}

static void
test_same_name(void)
{
    mach_port_name_t once;

    ok(try_header(MACH_MSGH_BITS(17, 17), there, there) ==
               MACH_SEND_INVALID_DEST &&
           refs(B, there, RIGHT(SEND)) == 1,
       "R26: MOVE and MOVE of one reference is INVALID_DEST");
    ok(try_header(MACH_MSGH_BITS(17, 19), there, there) == MACH_MSG_SUCCESS &&
           type_of(B, there) == 0,
       "R26: MOVE and COPY needs one");
    (void)poll_port(a, ah, port);
    ok(refs(A, port, RIGHT(SEND)) == 1 && ah->msgh_remote_port == port,
       "a right that comes home joins the receive right's name");
    once = carry(A, port, MACH_MSG_TYPE_MAKE_SEND_ONCE, B);
    ok(try_header(MACH_MSGH_BITS(18, 18), once, once) ==
               MACH_SEND_INVALID_DEST &&
           type_of(B, once) == TYPE(SEND_ONCE),
       "R26: one send-once right cannot be both");
}

static void
test_rpc(void)
{
    mach_port_name_t reply = new_port(B);

    ok(fake_msg(a, ah, RCV, 0, MSG_ROOM, port, 0) == FAKE_BLOCKED,
       "a receiver waits");
    header(bh, there, MACH_MSG_TYPE_COPY_SEND, reply,
           MACH_MSG_TYPE_MAKE_SEND_ONCE, 77);
    bh->msgh_voucher_port = 0x1234;
    ok(fake_msg(b, bh, SEND | RCV, 32, MSG_ROOM, reply, 0) == FAKE_BLOCKED &&
           a->state == FAKE_IDLE && a->result == MACH_MSG_SUCCESS,
       "a request goes straight to it, and the sender waits");
    ok(ah->msgh_local_port == port && ah->msgh_size == 32 &&
           ah->msgh_id == 77 && ah->msgh_voucher_port == 0x1234 &&
           ah->msgh_bits == MACH_MSGH_BITS(18, 17) &&
           type_of(A, ah->msgh_remote_port) == TYPE(SEND_ONCE),
       "the received header is turned around");
    header(ah, ah->msgh_remote_port, MACH_MSG_TYPE_MOVE_SEND_ONCE, 0, 0, 177);
    ok(fake_msg(a, ah, SEND, 24, 0, 0, 0) == MACH_MSG_SUCCESS &&
           b->result == MACH_MSG_SUCCESS && bh->msgh_id == 177 &&
           bh->msgh_local_port == reply && bh->msgh_remote_port == 0 &&
           bh->msgh_bits == MACH_MSGH_BITS(0, 18),
       "the reply comes back, and uses its right up");
    ok(status(B, reply).mps_sorights == 0, "no send-once right is left");
}

static void
test_reply_names(void)
{
    mach_port_name_t dead = new_right(B, RIGHT(DEAD_NAME));

    ok(try_header(MACH_MSGH_BITS(19, 21), there, MACH_PORT_DEAD) == 0 &&
           poll_port(a, ah, port) == 0 &&
           ah->msgh_remote_port == MACH_PORT_DEAD &&
           ah->msgh_bits == MACH_MSGH_BITS(18, 17),
       "R27: MACH_PORT_DEAD arrives as it is");
    ok(try_header(MACH_MSGH_BITS(19, 17), there, 0) == 0 &&
           poll_port(a, ah, port) == 0 && ah->msgh_remote_port == 0,
       "R27: and so does MACH_PORT_NULL");
    ok(try_header(MACH_MSGH_BITS(19, 19), there, dead) == 0 &&
           poll_port(a, ah, port) == 0 &&
           ah->msgh_remote_port == MACH_PORT_DEAD &&
           refs(B, dead, RIGHT(DEAD_NAME)) == 1,
       "R27: a dead name copied arrives as MACH_PORT_DEAD");
    ok(try_header(MACH_MSGH_BITS(19, 17), there, dead) == 0 &&
           poll_port(a, ah, port) == 0 && type_of(B, dead) == 0,
       "R27: moved, it goes");
}

static void
test_queue(void)
{
    mach_port_name_t once = carry(A, port, MACH_MSG_TYPE_MAKE_SEND_ONCE, B);

    for (int i = 0; i < 5; i++)
        (void)send_to(b, bh, there, i);
    ok(status(A, port).mps_msgcount == 5 &&
           send_to(b, bh, there, 5) == MACH_SEND_TIMED_OUT,
       "the sixth message does not fit the default limit");
    header(bh, once, MACH_MSG_TYPE_MOVE_SEND_ONCE, 0, 0, 99);
    ok(fake_msg(b, bh, SEND, 24, 0, 0, 0) == 0 &&
           status(A, port).mps_msgcount == 6,
       "R23: a send-once right does not mind");
    header(bh, there, MACH_MSG_TYPE_COPY_SEND, 0, 0, 5);
    ok(fake_msg(b, bh, SEND, 24, 0, 0, 0) == FAKE_BLOCKED, "a sender waits");
    ok(next_id(a, ah, port) == 0 && b->state == FAKE_WAITING,
       "R25: and goes on waiting while the queue is full");
    ok(next_id(a, ah, port) == 1 && b->state == FAKE_IDLE && b->result == 0 &&
           status(A, port).mps_msgcount == 5,
       "R25: room lets its message in at once");
    ok(next_id(a, ah, port) == 2 && next_id(a, ah, port) == 3 &&
           next_id(a, ah, port) == 4 && next_id(a, ah, port) == 99 &&
           next_id(a, ah, port) == 5 && next_id(a, ah, port) == -1,
       "messages come in the order in which they were queued");
}

static void
test_qlimit(void)
{
    struct fake_thread *more[3];

    ok(set_qlimit(A, port, 1025) == KERN_INVALID_VALUE &&
           set_qlimit(A, port, 0) == KERN_SUCCESS,
       "R24: limit 0 is lawful, above 1024 is not");
    (void)fake_msg(a, ah, RCV, 0, MSG_ROOM, port, 0);
    ok(send_to(b, bh, there, 1) == MACH_SEND_TIMED_OUT &&
           a->state == FAKE_WAITING,
       "R24: with limit 0 nobody sends, though a receiver waits");
    for (int i = 0; i < 3; i++) {
        more[i] = fake_thread_new(B);
        header(bh, there, MACH_MSG_TYPE_COPY_SEND, 0, 0, i);
        (void)fake_msg(more[i], bh, SEND, 24, 0, 0, 0);
    }
    ok(world_sound() && set_qlimit(A, port, 1) == KERN_SUCCESS, "raised to 1");
    fake_run();
    ok(a->state == FAKE_IDLE && ah->msgh_id == 0 &&
           more[0]->state == FAKE_IDLE && more[1]->state == FAKE_IDLE &&
           more[2]->state == FAKE_WAITING && status(A, port).mps_msgcount == 1,
       "R25: as many go on as fit");
    (void)mach_port_destroy(A->space, port);
    fake_run();
    ok(more[2]->state == FAKE_IDLE && more[2]->result == MACH_MSG_SUCCESS,
       "R20 R25: a blocked sender whose port dies sees success");
}

static void
test_timeouts(void)
{
    ok(fake_msg(a, ah, POLL, 0, MSG_ROOM, port, 0) == MACH_RCV_TIMED_OUT,
       "a poll of an empty queue is RCV_TIMED_OUT");
    (void)send_to(b, bh, there, 3);
    ok(next_id(a, ah, port) == 3, "a poll takes what is there");
    (void)fake_msg(a, ah, POLL, 0, MSG_ROOM, port, 10);
    fake_advance_ms(9);
    ok(a->state == FAKE_WAITING, "a receiver waits until its time");
    fake_advance_ms(1);
    ok(a->state == FAKE_IDLE && a->result == MACH_RCV_TIMED_OUT,
       "and then it is RCV_TIMED_OUT");
    (void)set_qlimit(A, port, 0);
    header(bh, there, MACH_MSG_TYPE_MOVE_SEND, 0, 0, 3);
    (void)fake_msg(b, bh, TRY | POLL, 24, MSG_ROOM, port, 10);
    fake_advance_ms(10);
    there = bh->msgh_remote_port;
    ok(b->result == MACH_SEND_TIMED_OUT && bh->msgh_bits == 17 &&
           refs(B, there, RIGHT(SEND)) == 1,
       "R22 R43: a send that timed out gives its right back, and ends there");
    header(bh, there, MACH_MSG_TYPE_COPY_SEND, 0, 0, 3);
    (void)fake_msg(b, bh, SEND, 24, 0, 0, 0);
    fake_abort(b);
    ok(b->result == MACH_SEND_INTERRUPTED && bh->msgh_bits == 17 &&
           refs(B, there, RIGHT(SEND)) == 2,
       "R22: an aborted COPY_SEND leaves one uref more");
    (void)fake_msg(a, ah, RCV, 0, MSG_ROOM, port, 0);
    fake_abort(a);
    ok(a->result == MACH_RCV_INTERRUPTED, "R44: an aborted receive");
    (void)fake_msg(b, bh, SEND, 24, 0, 0, 0);
    (void)fake_msg(a, ah, RCV, 0, MSG_ROOM, port, 0);
    fake_terminate(b);
    fake_terminate(a);
    ok(a->ipc.ith_object == NULL && b->ipc.ith_kmsg == NULL && world_sound(),
       "#44: threads that end in a wait leave nothing");
}

static void
test_waiting_receivers(void)
{
    struct fake_thread *second = fake_thread_new(A);
    unsigned char *other = fake_user(A, MSG_ROOM);

    (void)fake_msg(a, ah, RCV, 0, MSG_ROOM, port, 0);
    (void)fake_msg(second, other, RCV, 0, MSG_ROOM, port, 0);
    (void)send_to(b, bh, there, 1);
    ok(a->state == FAKE_IDLE && second->state == FAKE_WAITING,
       "R41: who waited longest is served first");
    (void)mach_port_destroy(A->space, port);
    fake_run();
    ok(second->result == MACH_RCV_PORT_CHANGED,
       "R42: a waiting receiver whose right ends: PORT_CHANGED");
    ok(poll_port(a, ah, port) == MACH_RCV_INVALID_NAME &&
           fake_msg(b, bh, POLL, 0, MSG_ROOM, there, 0) ==
               MACH_RCV_INVALID_NAME &&
           fake_msg(b, bh, POLL, 0, MSG_ROOM, 0, 0) == MACH_RCV_INVALID_NAME,
       "R42 #11: a later receive, and one on other names: INVALID_NAME");
}

static void
test_large(void)
{
    mach_port_name_t reply = new_port(B);

    header(bh, there, MACH_MSG_TYPE_COPY_SEND, reply,
           MACH_MSG_TYPE_MAKE_SEND_ONCE, 7);
    (void)fake_msg(b, bh, SEND, 100, 0, 0, 0);
    ok(fake_msg(a, ah, POLL | MACH_RCV_LARGE, 0, 107, port, 0) ==
               MACH_RCV_TOO_LARGE &&
           ah->msgh_size == 100 && status(A, port).mps_msgcount == 1 &&
           status(A, port).mps_seqno == 0,
       "R35 R36: with RCV_LARGE the message stays, its size is told");
    ah->msgh_size = 1;
    ok(fake_msg(a, ah, POLL | MACH_RCV_LARGE, 0, 4, port, 0) ==
               MACH_RCV_TOO_LARGE &&
           ah->msgh_size == 1,
       "R35 #25: but only where the buffer has room for it");
    ok(fake_msg(a, ah, POLL | MACH_RCV_LARGE | MACH_RCV_LARGE_IDENTITY, 0, 24,
                port, 0) == MACH_RCV_TOO_LARGE &&
           ah->msgh_local_port == port,
       "RCV_LARGE_IDENTITY tells the port too");
    memset(abuf, 0x77, MSG_ROOM);
    ok(fake_msg(a, ah, POLL, 0, 107, port, 0) == MACH_RCV_TOO_LARGE &&
           ah->msgh_size == 24 && ah->msgh_local_port == port &&
           ah->msgh_remote_port == 0 && ah->msgh_id == 7 && abuf[32] == 0x77 &&
           status(A, port).mps_seqno == 1,
       "R35: without it the header alone arrives, and the seqno is used");
    ok(next_id(b, bh, reply) == MACH_NOTIFY_SEND_ONCE &&
           status(B, reply).mps_sorights == 0,
       "R35: the message's reply right is destroyed");
    (void)send_to(b, bh, there, 1);
    memset(abuf, 0x77, MSG_ROOM);
    ok(fake_msg(a, ah, POLL, 0, 10, port, 0) == MACH_RCV_TOO_LARGE &&
           abuf[0] == 0x77,
       "#25: a buffer that is too small for a header is left alone");
    (void)fake_msg(a, ah, RCV | MACH_RCV_LARGE, 0, 50, port, 0);
    header(bh, there, MACH_MSG_TYPE_COPY_SEND, 0, 0, 8);
    (void)fake_msg(b, bh, SEND, 100, 0, 0, 0);
    ok(a->result == MACH_RCV_TOO_LARGE && ah->msgh_size == 100 &&
           status(A, port).mps_msgcount == 1,
       "R35: a waiting receiver hears of it too");
}

static void
test_trailers(void)
{
    static const unsigned sizes[] = { 8, 12, 20, 52, 60, 68, 68, 68, 68 };
    mach_msg_context_trailer_t *trailer = (void *)(abuf + 24);
    bool exact = true;

    for (unsigned i = 0; i < countof(sizes); i++) {
        (void)send_to(b, bh, there, 1);
        memset(abuf, 0x77, MSG_ROOM);
        (void)fake_msg(a, ah, POLL | MACH_RCV_TRAILER_ELEMENTS(i), 0,
                       24 + sizes[i], port, 0);
        exact &= trailer->msgh_trailer_size == sizes[i] &&
                 trailer->msgh_trailer_type == 0 &&
                 abuf[24 + sizes[i]] == 0x77 &&
                 (i < 1 || trailer->msgh_seqno == i);
    }
    ok(exact, "R45 #19: each trailer has its size, and no byte more");
    ok(trailer->msgh_sender.val[0] == 501 && trailer->msgh_audit.val[7] == 8,
       "trailers: the sender's tokens");
    (void)send_to(b, bh, there, 1);
    ok(fake_msg(a, ah, POLL | MACH_RCV_TRAILER_TYPE(1), 0, 100, port, 0) ==
           MACH_RCV_INVALID_TRAILER,
       "only trailers of format 0 are known");
}

static void
test_bad_buffer(void)
{
    mach_port_name_t reply = new_port(B);

    header(bh, there, MACH_MSG_TYPE_COPY_SEND, reply,
           MACH_MSG_TYPE_MAKE_SEND_ONCE, 7);
    (void)fake_msg(b, bh, SEND, 24, 0, 0, 0);
    ok(fake_msg(a, abuf + MSG_ROOM - 28, POLL, 0, 100, port, 0) ==
               MACH_RCV_INVALID_DATA &&
           next_id(b, bh, reply) == MACH_NOTIFY_SEND_ONCE &&
           poll_port(a, ah, port) == MACH_RCV_TIMED_OUT,
       "R37 #53: a bad buffer loses the message and its rights");
}

/* A message of several pieces, with pauses everywhere. */
static void
test_pieces(void)
{
    enum {
        SIZE = 50000
    };
    unsigned char *from = fake_user(B, SIZE), *to = fake_user(A, SIZE + 8);

    for (unsigned i = 24; i < SIZE; i++)
        from[i] = (unsigned char)(i * 31 >> 3);
    fake_preempt_every(1);
    header(from, there, MACH_MSG_TYPE_COPY_SEND, 0, 0, 9);
    ok(fake_msg(b, from, SEND, SIZE, 0, 0, 0) == MACH_MSG_SUCCESS &&
           fake_msg(a, to, POLL, 0, SIZE + 8, port, 0) == MACH_MSG_SUCCESS &&
           memcmp(from + 24, to + 24, SIZE - 24) == 0,
       "50,000 bytes arrive, with a pause after each piece");
    header(from, there, MACH_MSG_TYPE_COPY_SEND, 0, 0, 9);
    (void)fake_msg(b, from, SEND, SIZE, 0, 0, 0);
    fake_user_bad(A, to + 40000, 4);
    ok(fake_msg(a, to, POLL, 0, SIZE + 8, port, 0) == MACH_RCV_INVALID_DATA &&
           fake_msg(b, from, SEND, SIZE, 0, 0, 0) == 0,
       "R37: a hole in the third piece is INVALID_DATA");
    fake_user_bad(B, from + 40000, 4);
    header(from, there, MACH_MSG_TYPE_COPY_SEND, 0, 0, 9);
    ok(fake_msg(b, from, SEND, SIZE, 0, 0, 0) == MACH_SEND_INVALID_DATA,
       "#53: and so it is for the sender");
    fake_preempt_every(0);
}

static void
test_destination_rights(void)
{
    mach_port_name_t once = carry(A, port, MACH_MSG_TYPE_MAKE_SEND_ONCE, B);

    (void)request(A, port, MACH_NOTIFY_NO_SENDERS, 0, new_port(A));
    ok(try_header(17, there, 0) == 0 && status(A, port).mps_srights == 1,
       "R11: a right in flight counts");
    (void)poll_port(a, ah, port);
    ok(status(A, port).mps_srights == 0 && status(A, port).mps_nsrequest == 0,
       "R12: receiving uses the destination right up, no-senders fires");
    (void)mach_port_destroy(A->space, port);
    ok(try_header(18, once, 0) == MACH_MSG_SUCCESS && type_of(B, once) == 0,
       "R9: sending through a dead send-once right succeeds");
}

static void
test_moved_away(void)
{
    struct fake_thread *other;
    mach_port_name_t moved;

    (void)send_to(b, bh, there, 4);
    moved = carry(A, port, MACH_MSG_TYPE_MOVE_RECEIVE, B);
    ok(moved == there && type_of(B, there) == TYPE(SEND_RECEIVE) &&
           next_id(b, bh, there) == 4,
       "R32 R33: queued messages move with the right, names join");
    other = fake_thread_new(B);
    (void)fake_msg(other, bh, RCV, 0, MSG_ROOM, there, 0);
    moved = carry(B, there, MACH_MSG_TYPE_MOVE_RECEIVE, A);
    fake_run();
    ok(other->result == MACH_RCV_PORT_CHANGED &&
           type_of(B, there) == TYPE(SEND),
       "R42: moved away from a waiting receiver: PORT_CHANGED");
}

int
main(void)
{
    static void (*const tests[])(void) = {
        test_sizes,  test_header_errors,      test_same_name,
        test_rpc,    test_reply_names,        test_queue,
        test_qlimit, test_timeouts,           test_waiting_receivers,
        test_large,  test_trailers,           test_bad_buffer,
        test_pieces, test_destination_rights, test_moved_away,
    };

    fake_init();
    for (unsigned i = 0; i < countof(tests); i++) {
        begin();
        tests[i]();
        ok(world_end(), "and nothing is left");
    }
    return tap_done();
}
