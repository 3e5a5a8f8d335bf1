/* SPDX-License-Identifier: MIT */
/*
 * t_ipc_body.c - what descriptors carry: rights, memory, arrays of rights,
 * receive rights (R19, R21, R22, R30-R34, R38, R47, and the adversarial cases
 * 22, 38, 39).
 */
#include "ipc_world.h"

#define SEND MACH_SEND_MSG
#define POLL (MACH_RCV_MSG | MACH_RCV_TIMEOUT)
#define TRY  (MACH_SEND_MSG | MACH_SEND_TIMEOUT)

/* A message with room for some descriptors of both lengths. */
struct message {
    mach_msg_header_t h;
    mach_msg_body_t body;
    unsigned char rest[512];
};

static struct message *am, *bm;
static mach_port_name_t port, there;
static unsigned filled; /* bytes of bm in use */

static void
begin(void)
{
    world_begin();
    am = (void *)abuf;
    bm = (void *)bbuf;
    port = new_port(A);
    there = carry_send(A, port, B);
}

static void
start(int id)
{
    header(bm, there, MACH_MSG_TYPE_COPY_SEND, 0, 0, id);
    bm->h.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
    bm->body.msgh_descriptor_count = 0;
    filled = 28;
}

static void *
add(unsigned size)
{
    void *descriptor = bbuf + filled;

    memset(descriptor, 0, size);
    filled += size;
    bm->body.msgh_descriptor_count++;
    return descriptor;
}

static void
add_port(mach_port_name_t name, unsigned disposition)
{
    mach_msg_port_descriptor_t *d = add(sizeof(*d));

    d->name = name;
    d->disposition = disposition & 0xff;
    d->type = MACH_MSG_PORT_DESCRIPTOR;
}

static mach_msg_ool_descriptor_t *
add_memory(void *address, unsigned size, bool deallocate)
{
    mach_msg_ool_descriptor_t *d = add(sizeof(*d));

    d->address = address;
    d->size = size;
    d->deallocate = deallocate;
    d->copy = MACH_MSG_VIRTUAL_COPY;
    d->type = MACH_MSG_OOL_DESCRIPTOR;
    return d;
}

static mach_msg_ool_ports_descriptor_t *
add_ports(void *address, unsigned count, unsigned disposition)
{
    mach_msg_ool_ports_descriptor_t *d = add(sizeof(*d));

    d->address = address;
    d->count = count;
    d->disposition = disposition & 0xff;
    d->type = MACH_MSG_OOL_PORTS_DESCRIPTOR;
    return d;
}

static uint64_t
send_it(void)
{
    return fake_msg(b, bm, TRY, filled, 0, 0, 0);
}

/* Descriptor 0 of what A has received. */
static mach_msg_port_descriptor_t *
got_port(void)
{
    return (void *)am->rest;
}

static uint64_t
take(void)
{
    return poll_port(a, am, port);
}

static void
test_ports(void)
{
    mach_port_name_t mine = new_port(B), dead = new_right(B, RIGHT(DEAD_NAME));

    start(1);
    add_port(mine, MACH_MSG_TYPE_MAKE_SEND);
    add_port(mine, MACH_MSG_TYPE_MAKE_SEND_ONCE);
    add_port(MACH_PORT_NULL, MACH_MSG_TYPE_MOVE_SEND);
    add_port(MACH_PORT_DEAD, MACH_MSG_TYPE_COPY_SEND);
    add_port(dead, MACH_MSG_TYPE_COPY_SEND);
    add_port(there, MACH_MSG_TYPE_COPY_SEND);
    ok(send_it() == 0 && take() == 0 &&
           MACH_MSGH_BITS_IS_COMPLEX(am->h.msgh_bits),
       "a message with six port descriptors arrives");
    ok(type_of(A, got_port()[0].name) == TYPE(SEND) &&
           got_port()[0].disposition == MACH_MSG_TYPE_PORT_SEND &&
           type_of(A, got_port()[1].name) == TYPE(SEND_ONCE) &&
           got_port()[1].disposition == MACH_MSG_TYPE_PORT_SEND_ONCE,
       "MAKE_SEND and MAKE_SEND_ONCE arrive as their rights");
    ok(got_port()[2].name == MACH_PORT_NULL &&
           got_port()[3].name == MACH_PORT_DEAD &&
           got_port()[4].name == MACH_PORT_DEAD && got_port()[5].name == port,
       "NULL and DEAD as they are, a dead name as DEAD, one's own right joins");
    ok(status(B, mine).mps_mscount == 1 && status(B, mine).mps_sorights == 1,
       "R10: mscount counts MAKE_SEND alone");
}

static void
test_shape(void)
{
    mach_msg_type_descriptor_t *d;

    start(1);
    bm->body.msgh_descriptor_count = 1;
    ok(fake_msg(b, bm, SEND, 24, 0, 0, 0) == MACH_SEND_MSG_TOO_SMALL &&
           fake_msg(b, bm, SEND, 28, 0, 0, 0) == MACH_SEND_MSG_TOO_SMALL &&
           fake_msg(b, bm, SEND, 36, 0, 0, 0) == MACH_SEND_MSG_TOO_SMALL,
       "#22: descriptors past the end are MSG_TOO_SMALL");
    bm->body.msgh_descriptor_count = 0x20000000;
    ok(fake_msg(b, bm, SEND, 100, 0, 0, 0) == MACH_SEND_MSG_TOO_SMALL,
       "#22: a count that overflows too");
    start(1);
    add_memory(bbuf, 8, false);
    ok(fake_msg(b, bm, SEND, 40, 0, 0, 0) == MACH_SEND_MSG_TOO_SMALL,
       "#22: so is half a descriptor");
    start(1);
    d = add(sizeof(*d));
    d->type = 4;
    add(16);
    ok(send_it() == MACH_SEND_INVALID_TYPE, "a guarded right is INVALID_TYPE");
    d->type = 200;
    ok(send_it() == MACH_SEND_INVALID_TYPE, "an unknown type is INVALID_TYPE");
    start(1);
    add_memory(bbuf, 8, false)->copy = 2;
    ok(send_it() == MACH_SEND_INVALID_TYPE, "a bad copy option INVALID_TYPE");
    start(1);
    add_ports(bbuf, 10000, 19);
    add_ports(bbuf, 6384, 19);
    ok(send_it() == MACH_SEND_TOO_LARGE, "#22: 16,384 ports are TOO_LARGE");
    start(1);
    add_ports(bbuf, 0xffffffff, 19);
    ok(send_it() == MACH_SEND_TOO_LARGE, "#22: 2^32 - 1 ports too");
    start(1);
    add_port(0x7703, 17);
    bm->h.msgh_bits &= ~MACH_MSGH_BITS_COMPLEX;
    ok(send_it() == 0 && take() == 0 && got_port()->name == 0x7703,
       "R30: without the complex bit nothing is interpreted");
    start(1);
    d = add(sizeof(*d));
    d->type = 9;
    bm->h.msgh_remote_port = 0;
    ok(send_it() == MACH_SEND_INVALID_TYPE, "R19: shape comes before names");
}

static void
test_memory(void)
{
    unsigned char *data = fake_user(B, 9000);
    mach_msg_ool_descriptor_t *got = (void *)am->rest;

    memset(data, 0x3c, 9000);
    start(1);
    add_memory(data, 9000, true);
    add_memory(NULL, 0, false);
    ok(send_it() == 0 && !fake_user_is(B, data, 1),
       "memory with deallocate leaves the sender");
    ok(take() == 0 && got[0].size == 9000 && got[0].deallocate == 1 &&
           fake_user_is(A, got[0].address, 9000) &&
           ((unsigned char *)got[0].address)[8999] == 0x3c,
       "and arrives in the receiver");
    ok(got[1].address == NULL && got[1].size == 0,
       "R47: no memory arrives as address 0");
    start(1);
    add_memory((void *)16, 100, false);
    ok(send_it() == MACH_SEND_INVALID_MEMORY, "bad memory is INVALID_MEMORY");
}

static void
test_port_arrays(void)
{
    mach_port_name_t *names = fake_user(B, 16383 * 4);
    mach_msg_ool_ports_descriptor_t *got = (void *)am->rest;
    mach_port_name_t *arrived;
    bool right = true;

    for (int i = 0; i < 16383; i++)
        names[i] = i % 3 == 0 ? there : i % 3 == 1 ? 0 : MACH_PORT_DEAD;
    start(1);
    add_ports(names, 16383, MACH_MSG_TYPE_COPY_SEND)->deallocate = 1;
    fake_preempt_every(3);
    ok(send_it() == 0 && !fake_user_is(B, names, 4),
       "an array of 16,383 names is sent, and its memory taken");
    ok(world_sound() && status(A, port).mps_srights == 1, "counted in flight");
    ok(take() == 0 && got->count == 16383 && got->deallocate == 1 &&
           got->disposition == MACH_MSG_TYPE_PORT_SEND &&
           fake_user_is(A, got->address, 16383 * 4),
       "and arrives");
    fake_preempt_every(0);
    arrived = got->address;
    for (int i = 0; i < 16383; i++)
        right &= arrived[i] == (i % 3 == 0   ? port
                                : i % 3 == 1 ? 0
                                             : MACH_PORT_DEAD);
    ok(right && refs(A, port, RIGHT(SEND)) == 5461,
       "every element is what it was");
    start(1);
    add_ports(NULL, 0, MACH_MSG_TYPE_COPY_SEND);
    ok(send_it() == 0 && take() == 0 && got->count == 0 && got->address == NULL,
       "R47: an empty array arrives as address 0");
}

static void
test_partial(void)
{
    mach_port_name_t mine = new_port(B), note = new_port(B);
    mach_port_name_t reply = new_port(B), *names = fake_user(B, 12);
    unsigned char *data = fake_user(B, 100), *more = fake_user(B, 100);

    (void)request(B, mine, MACH_NOTIFY_NO_SENDERS, 1, note);
    start(1);
    bm->h.msgh_bits = 0x80000000 | MACH_MSGH_BITS(19, 21);
    bm->h.msgh_local_port = reply;
    add_port(mine, MACH_MSG_TYPE_MAKE_SEND);
    add_memory(data, 100, true);
    add_port(0x7703, MACH_MSG_TYPE_MOVE_SEND);
    add_memory(more, 100, true);
    ok(send_it() == MACH_SEND_INVALID_RIGHT, "R21: a bad right in the body");
    ok(next_id(b, bm, note) == MACH_NOTIFY_NO_SENDERS &&
           next_id(b, bm, reply) == MACH_NOTIFY_SEND_ONCE,
       "R21: what came before it is destroyed, and told");
    ok(!fake_user_is(B, data, 1) && fake_user_is(B, more, 1),
       "R21: memory before it is gone, behind it untouched");
    names[0] = mine;
    names[1] = 0x7703;
    start(1);
    add_ports(names, 2, MACH_MSG_TYPE_MAKE_SEND)->deallocate = 1;
    ok(send_it() == MACH_SEND_INVALID_RIGHT && !fake_user_is(B, names, 1) &&
           status(B, mine).mps_srights == 0,
       "R21: an array is unmapped even if a name in it is bad");
    start(1);
    add_port(mine, MACH_MSG_TYPE_MAKE_SEND);
    add_ports((void *)64, 2, MACH_MSG_TYPE_MAKE_SEND);
    ok(send_it() == MACH_SEND_INVALID_MEMORY &&
           status(B, mine).mps_mscount == 3 && status(B, mine).mps_srights == 0,
       "R21: an array that cannot be read fails at its place");
    ok(poll_port(a, am, port) == MACH_RCV_TIMED_OUT, "and nothing was sent");
}

static void
test_pseudo(void)
{
    mach_port_name_t mine = new_port(B), once;
    unsigned char *data = fake_user(B, 100);
    mach_msg_ool_descriptor_t *memory;
    mach_msg_port_descriptor_t *d = (void *)bm->rest;

    (void)set_qlimit(A, port, 0);
    once = carry(A, port, MACH_MSG_TYPE_MAKE_SEND_ONCE, B);
    start(1);
    bm->h.msgh_bits = 0x80000000 | MACH_MSGH_BITS(19, 20);
    bm->h.msgh_local_port = mine;
    add_port(mine, MACH_MSG_TYPE_MAKE_SEND);
    add_port(once, MACH_MSG_TYPE_MOVE_SEND_ONCE);
    add_port(mine, MACH_MSG_TYPE_MOVE_RECEIVE);
    data[99] = 9;
    memory = add_memory(data, 100, true);
    memset(bbuf + filled, 0x77, 100);
    ok(send_it() == MACH_SEND_TIMED_OUT &&
           bm->h.msgh_bits == (0x80000000 | MACH_MSGH_BITS(17, 17)) &&
           bm->h.msgh_remote_port == there && bbuf[filled] == 0x77,
       "R22: what was not sent comes back: not turned, without a trailer");
    mine = bm->h.msgh_local_port;
    ok(d[0].disposition == 17 && d[0].name == mine &&
           type_of(B, mine) == TYPE(SEND_RECEIVE) &&
           refs(B, mine, RIGHT(SEND)) == 2 && d[2].name == mine,
       "R22: made rights are the sender's now, the receive right is home");
    ok(d[1].disposition == 18 && type_of(B, d[1].name) == TYPE(SEND_ONCE),
       "R22: the send-once right too, maybe under a new name");
    ok(fake_user_is(B, memory->address, 100) &&
           ((unsigned char *)memory->address)[99] == 9,
       "R22: memory comes back, at a new address");
}

static void
test_body_errors(void)
{
    unsigned char *data = fake_user(B, 100);
    mach_port_name_t mine = new_port(B);
    mach_msg_ool_descriptor_t *memory = (void *)(am->rest + 12);

    start(1);
    add_port(mine, MACH_MSG_TYPE_MAKE_SEND);
    add_memory(data, 100, false);
    add_port(mine, MACH_MSG_TYPE_MAKE_SEND);
    (void)send_it();
    fake_vm_full(true);
    ok(take() == (MACH_RCV_BODY_ERROR | MACH_MSG_VM_SPACE) &&
           memory->address == NULL && type_of(A, got_port()[0].name) != 0 &&
           refs(A, got_port()[0].name, RIGHT(SEND)) == 2,
       "R38: no room for memory is BODY_ERROR, the rest is delivered");
    fake_vm_full(false);
    start(1);
    add_port(new_port(B), MACH_MSG_TYPE_MAKE_SEND);
    (void)send_it();
    kalloc_fail_after(1);
    forget_free(A); /* the table must grow, and cannot */
    ok(take() == (MACH_RCV_BODY_ERROR | MACH_MSG_IPC_KERNEL) &&
           got_port()->name == MACH_PORT_NULL,
       "R38: no memory for a name: NULL, and BODY_ERROR");
    kalloc_fail_after(0);
    bm->h.msgh_bits = MACH_MSGH_BITS(19, 21);
    bm->h.msgh_remote_port = there;
    bm->h.msgh_local_port = mine;
    (void)fake_msg(b, bm, SEND, 24, 0, 0, 0);
    kalloc_fail_after(1);
    ok(take() == (MACH_RCV_HEADER_ERROR | MACH_MSG_IPC_KERNEL) &&
           am->h.msgh_local_port == port && am->h.msgh_remote_port == 0 &&
           next_id(b, bm, mine) == MACH_NOTIFY_SEND_ONCE,
       "R38: no memory for the reply right: HEADER_ERROR, it is destroyed");
    kalloc_fail_after(0);
}

static void
test_move_receive(void)
{
    mach_port_name_t moving = new_port(B), got = 0;

    add_send(B, moving);
    (void)send_to(b, bbuf + 2048, moving, 42);
    start(1);
    add_port(moving, MACH_MSG_TYPE_MOVE_RECEIVE);
    ok(send_it() == 0 && type_of(B, moving) == TYPE(SEND),
       "R32: the sender keeps its send right under the name");
    ok(send_to(b, bbuf + 2048, moving, 43) == 0 && world_sound(),
       "and may send while the receive right is on its way");
    ok(take() == 0 && (got = got_port()->name) != 0 &&
           got_port()->disposition == MACH_MSG_TYPE_PORT_RECEIVE &&
           type_of(A, got) == TYPE(RECEIVE) &&
           status(A, got).mps_mscount == 0 && status(A, got).mps_seqno == 0,
       "R33: it arrives with its counters anew");
    ok(next_id(a, am, got) == 42 && next_id(a, am, got) == 43,
       "R33: and its messages");
    moving = new_port(B);
    got = carry_send(B, moving, A);
    start(1);
    add_port(moving, MACH_MSG_TYPE_MOVE_RECEIVE);
    ok(send_it() == 0 && type_of(B, moving) == 0 && take() == 0 &&
           got_port()->name == got && type_of(A, got) == TYPE(SEND_RECEIVE),
       "R32: it joins a send right that the receiver has");
    moving = new_port(B);
    (void)carry_send(B, moving, A);
    start(1);
    add_port(moving, MACH_MSG_TYPE_MOVE_RECEIVE);
    add_port(moving, MACH_MSG_TYPE_MOVE_RECEIVE);
    ok(send_it() == MACH_SEND_INVALID_RIGHT && type_of(B, moving) == 0,
       "a receive right moves once");
}

/* B sends the receive right `what` to the port behind `dest`. */
static uint64_t
move_to(mach_port_name_t what, mach_port_name_t dest)
{
    start(1);
    bm->h.msgh_remote_port = dest;
    add_port(what, MACH_MSG_TYPE_MOVE_RECEIVE);
    return send_it();
}

static void
test_circles(void)
{
    for (unsigned length = 1; length <= 8; length++) {
        mach_port_name_t names[8];
        size_t before;
        bool sent = true;

        before = fake_live();
        for (unsigned i = 0; i < length; i++) {
            names[i] = new_port(B);
            add_send(B, names[i]);
        }
        for (unsigned i = 0; i < length; i++)
            sent &= move_to(names[i], names[(i + 1) % length]) == 0;
        for (unsigned i = 0; i < length; i++)
            sent &= type_of(B, names[i]) == TYPE(DEAD_NAME) &&
                    mach_port_destroy(B->space, names[i]) == KERN_SUCCESS;
        ok(sent && fake_live() == before,
           "R31 #38: a circle of receive rights is destroyed");
    }
}

static void
test_chain(void)
{
    mach_port_name_t first = new_port(B), last = first;

    add_send(B, first);
    for (int i = 0; i < 10000; i++) {
        mach_port_name_t next = new_port(B);

        add_send(B, next);
        (void)move_to(last, next);
        (void)mach_port_destroy(B->space, last);
        last = next;
    }
    ok(world_sound(), "a chain of 10,000 receive rights in messages");
    (void)mach_port_destroy(B->space, last);
    fake_run();
    ok(world_sound() && B->space->is_bytes == 0,
       "#39: ends without recursion, and nothing is charged");
}

int
main(void)
{
    static void (*const tests[])(void) = {
        test_ports,   test_shape,  test_memory,      test_port_arrays,
        test_partial, test_pseudo, test_body_errors, test_move_receive,
        test_circles, test_chain,
    };

    fake_init();
    for (unsigned i = 0; i < countof(tests); i++) {
        begin();
        tests[i]();
        ok(world_end(), "and nothing is left");
    }
    return tap_done();
}
