/* SPDX-License-Identifier: MIT */
/*
 * roundtrip.c - each kind of argument from client to server and back.
 */
#include <mach/message.h>
#include <stdlib.h>
#include <string.h>

#include "fake.h"
#include "kinds.h"

#define PORT FAKE_SERVER

TEST(scalars)
{
    int64_t sum = 0;
    short product = 0;
    int turn = 77;
    kern_return_t kr;

    kr = scalars(PORT, -5, 1LL << 40, 3, -300, &sum, &product, &turn);
    ok(ALL(kr == KERN_SUCCESS, sum == PORT - 5 + (1LL << 40) + 3 - 300),
       "scalars: 8, 16, 32 and 64 bits arrive");
    ok(ALL(product == -900, turn == -77), "scalars: out and inout come back");
    ok(fake.request_size == 24 + 8 + 4 + 8 + 4 + 4 + 4,
       "scalars: short ones are padded to 4 in the request");
    ok(fake.reply_size == 36 + 8 + 4 + 4, "scalars: and in the reply");
    ok(fake.sent.msgh_id == 5000, "the request has the routine's id");
}

TEST(structs)
{
    pair_t q = { 0, 0 }, r = { 3, 4 };
    kern_return_t kr = structs(PORT, (pair_t){ 1, 2 }, &q, &r);

    ok(ALL(kr == KERN_SUCCESS, q.one == 2, q.two == 1, r.one == 4, r.two == 3),
       "structs: in, out and inout");
}

TEST(arrays)
{
    digest_t d, e;
    odd_t o = { 1, 2, 3, 4, 5 }, p = { 10, 20, 30, 40, 50 };
    grid_t g = { { 0, 0, 0 }, { 0, 0, 100 } };

    for (int i = 0; i < 16; i++)
        d[i] = (uint8_t)i;
    ok(ALL(arrays(PORT, d, o, g, e, p) == KERN_SUCCESS, e[0] == 15, e[15] == 0),
       "arrays of fixed size: in and out");
    ok(ALL(p[0] == 111, p[4] == 155), "arrays of fixed size: inout, 5 bytes");
    ok(fake.request_size == 24 + 8 + 16 + 8 + 24 + 8,
       "arrays of fixed size are padded to 4");
}

struct counted_result {
    uint8_t b[10];
    int w[8];
    int64_t l[4];
    mach_msg_type_number_t nb, nw, nl;
    int b_sum;
    int64_t seen;
};

static kern_return_t
call_counted(unsigned nb, unsigned nw, unsigned nl, struct counted_result *r)
{
    uint8_t b[10] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
    int w[8] = { 100, 101, 102, 103, 104, 105, 106, 107 };
    int64_t l[4] = { 1LL << 33, 1LL << 34, 1LL << 35, 1LL << 36 };

    memset(r, 0, sizeof(*r));
    return counted(PORT, b, nb, 1000, w, nw, l, nl, -(1LL << 50), r->b, &r->nb,
                   &r->b_sum, r->w, &r->nw, r->l, &r->nl, &r->seen);
}

/* Every combination of counts: values right, and sizes those of the wire. */
TEST(counted)
{
    bool good = true, sizes = true;
    struct counted_result r;

    for (unsigned n = 0; n < 11 * 9 * 5; n++) {
        unsigned nb = n % 11, nw = n / 11 % 9, nl = n / 99;
        unsigned body = ((nb + 3) & ~3u) + 4 * nw + 8 * nl;

        good &= call_counted(nb, nw, nl, &r) == KERN_SUCCESS;
        good &= r.nb == nb && r.nw == nw && r.nl == nl;
        good &= r.b_sum == 1000 + (int)(nb * (nb + 1) / 2);
        good &= r.seen == -(1LL << 50);
        good &= nw == 0 || r.w[nw - 1] == (int)(99 + nw);
        good &= nl == 0 || r.l[nl - 1] == 1LL << (32 + nl);
        sizes &= fake.request_size == 32 + 4 * 4 + 8 + body;
        sizes &= fake.reply_size == 36 + 4 * 4 + 8 + body;
    }
    ok(good, "counted arrays: 495 combinations of three counts");
    ok(sizes, "counted arrays: take what they need, padded to 4");
    fake.messages = 0;
    ok(ALL(call_counted(11, 0, 0, &r) == MIG_ARRAY_TOO_LARGE,
           fake.messages == 0),
       "counted arrays: too many elements are not sent");
}

TEST(room)
{
    int w[9] = { 0 };
    mach_msg_type_number_t n = 3;

    ok(ALL(room(PORT, 5, w, &n) == KERN_SUCCESS, n == 3, w[2] == 302),
       "CountInOut: the server learns how much room there is");
    n = 100;
    ok(ALL(room(PORT, 5, w, &n) == KERN_SUCCESS, n == 5, w[4] == 804),
       "CountInOut: and never more than the type has");
    n = 0;
    ok(ALL(room(PORT, 5, w, &n) == KERN_SUCCESS, n == 0),
       "CountInOut: no room");
}

TEST(revise)
{
    int w[8] = { 1, 2 };
    int64_t l[4] = { 10, 20, 30 };
    mach_msg_type_number_t nw = 2, nl = 3;
    kern_return_t kr = revise(PORT, w, &nw, l, &nl);

    ok(ALL(kr == KERN_SUCCESS, nw == 3, w[2] == 30, w[0] == 1, nl == 2,
           l[1] == 20),
       "counted arrays: inout, two of them");
}

TEST(strings)
{
    label_t label = "";
    text_t text = "";
    int after = 0;
    kern_return_t kr;

    kr = strings(PORT, "fifteen letters", "abc", 9, label, text, &after);
    ok(ALL(kr == KERN_SUCCESS, strcmp(label, "abc") == 0,
           strcmp(text, "fifteen letters") == 0, after == 9),
       "strings: of fixed and of varying size");
    ok(ALL(fake.request_size == 32 + 16 + 8 + 4 + 4,
           fake.reply_size == 36 + 16 + 8 + 16 + 4),
       "strings: the varying one takes its letters and the NUL");
    fake.messages = 0;
    kr = strings(PORT, "sixteen letters!", "", 9, label, text, &after);
    ok(ALL(kr == MIG_ARRAY_TOO_LARGE, fake.messages == 0),
       "strings: one that is too long is not sent, and not cut");
    kr = strings(PORT, "", "thirty letters and not one less", 9, label, text,
                 &after);
    ok(ALL(kr == MIG_ARRAY_TOO_LARGE, fake.messages == 0),
       "strings: the varying kind likewise");
}

TEST(rights)
{
    mach_port_t made = 0, receive = 0, any = 0;
    mach_msg_type_name_t poly = 0;
    kern_return_t kr;

    kr = rights(PORT, 0x100, 0x20, 0x303, 0x404, MACH_MSG_TYPE_MAKE_SEND, &made,
                &receive, &any, &poly);
    ok(ALL(kr == KERN_SUCCESS, made == 0x120, receive == 0x303, any == 0x404),
       "ports: in and out, of every disposition");
    ok(poly == MACH_MSG_TYPE_PORT_SEND_ONCE,
       "ports: a polymorphic one says what arrived");
    ok(ALL(fake.request_size == 28 + 4 * 12, fake.reply_size == 28 + 3 * 12),
       "ports: no NDR record and no return code where there is no data");
    fake.destroyed = fake.destroyed_rights = 0;
    kr = rights(PORT, 0x100, 0x20, 0x303, 0x404, MACH_MSG_TYPE_MOVE_RECEIVE,
                &made, &receive, &any, &poly);
    ok(ALL(kr == KERN_INVALID_CAPABILITY, fake.destroyed_rights == 4),
       "ports: the rights of a refused request are destroyed");
}

TEST(memory)
{
    char data[] = "memory";
    int four[4] = { 0, 0, 0, 1000 }, seven[7] = { 0 };
    int *few = calloc(2, sizeof(int));
    vm_offset_t out = 0;
    int *out_few = NULL;
    mach_msg_type_number_t n = 0, n_few = 0;
    kern_return_t kr;

    few[0] = 5;
    few[1] = 6;
    kr = memory(PORT, (vm_offset_t)data, 6, four, few, 2, &out, &n, &out_few,
                &n_few);
    ok(ALL(kr == KERN_SUCCESS, n == 12,
           memcmp((void *)out, "memorymemory", 12) == 0),
       "out of line: bytes both ways");
    ok(ALL(n_few == 2, out_few[0] == 1005, out_few[1] == 1006),
       "out of line: a bounded array, and one of fixed size");
    free((void *)out);
    free(out_few);
    kr = memory(PORT, 0, 0, four, seven, 7, &out, &n, &out_few, &n_few);
    ok(kr == MIG_ARRAY_TOO_LARGE, "out of line: the bound holds");
}

TEST(port_memory)
{
    mach_port_t ports[2] = { 0x103, 0x203 };
    mach_port_array_t out = NULL;
    mach_msg_type_number_t n = 0;

    ok(ALL(port_memory(PORT, ports, 2, 0x1000, &out, &n) == KERN_SUCCESS,
           n == 2, out[0] == 0x1103, out[1] == 0x1203),
       "ports out of line: both ways");
    free(out);
}

TEST(port_arrays)
{
    mach_port_t trio[3] = { 1, 2, 3 }, out[3] = { 0 }, duo[2] = { 10, 100 };
    int numbers[8] = { 7, 8, 9 }, numbers_out[8] = { 0 };
    mach_msg_type_number_t n = 0;
    kern_return_t kr;

    kr = port_arrays(PORT, trio, 2, numbers, duo, out, &n, numbers_out);
    ok(ALL(kr == KERN_SUCCESS, n == 2, out[1] == 102, out[2] == 0,
           numbers_out[1] == 18),
       "arrays of port descriptors, and SameCount");
    ok(fake.request_size == 28 + 5 * 12 + 8 + 4 + 8,
       "arrays of port descriptors: all of them are always there");
}

TEST(reply_ports)
{
    int answer = 0;

    ok(ALL(later(PORT, KERN_SUCCESS, &answer) == KERN_SUCCESS,
           answer == FAKE_REPLY_PORT),
       "sreplyport: the server sees where the reply goes");
    fake.destroyed = 0;
    later(PORT, MIG_NO_REPLY, &answer);
    ok(ALL(fake.no_reply, fake.destroyed == 0),
       "MIG_NO_REPLY: the server's loop sends and destroys nothing");
    ok(later(PORT, KERN_ABORTED, &answer) == KERN_ABORTED,
       "an error comes as the return code");
    ok(ALL(tell_back(PORT, 0x500, 6) == KERN_SUCCESS, told == 0x506),
       "replyport: client and server see it");
    ok(MACH_MSGH_BITS_LOCAL(fake.sent.msgh_bits) ==
           MACH_MSG_TYPE_MAKE_SEND_ONCE,
       "replyport: goes with its own disposition");
}

TEST(simple)
{
    ok(ALL(tell(PORT, 7, "seven") == KERN_SUCCESS, told == 12 + PORT),
       "simpleroutine: arrives");
    ok(ALL(fake.options == MACH_SEND_MSG,
           fake.sent.msgh_local_port == MACH_PORT_NULL,
           fake.sent.msgh_bits == MACH_MSG_TYPE_MOVE_SEND_ONCE),
       "simpleroutine: has no reply port, waits for nothing");
    ok(ALL(bare(PORT) == KERN_SUCCESS, fake.request_size == 24,
           fake.reply_size == 36),
       "a routine without arguments is a header alone");
}

TEST(objects)
{
    mach_port_t port = 0;
    int heat = 0;

    ok(ALL(objects(PORT, 0x700, 365, &port, &heat) == KERN_SUCCESS,
           port == 0x701, heat == 730),
       "intran and outtran: a port and a number are objects to the server");
    ok(box_uses() == 0, "destructor: every reference is given back");
    ok(ALL(objects(PORT, 0x700, -1, &port, &heat) == KERN_INVALID_ARGUMENT,
           box_uses() == 0),
       "destructor: after an error too");
}

TEST(the_rest)
{
    int first = 0, second = 0;

    ok(ALL(who(PORT, &first, &second) == KERN_SUCCESS, first == 38,
           second == 22),
       "tokens: come out of the trailer");
    ok(ALL(timed(PORT, 250, &first) == KERN_SUCCESS, fake.timeout == 250,
           (fake.options & MACH_RCV_TIMEOUT)),
       "waittime: goes to mach_msg");
    ok(ALL(backwards(20, PORT, MACH_MSG_TYPE_MAKE_SEND, &first) == KERN_SUCCESS,
           first == 40 + MACH_MSG_TYPE_PORT_SEND),
       "requestport: need not be the first, may be polymorphic");
}

/* Which reply port is kept, and which is thrown away. */
TEST(reply_port_care)
{
    fake.put = fake.dealloced = 0;
    bare(PORT);
    ok(ALL(fake.put == 1, fake.dealloced == 0),
       "reply port: kept after a reply");
    fake.refuse = MACH_SEND_INVALID_DEST;
    ok(ALL(bare(PORT) == MACH_SEND_INVALID_DEST, fake.put == 2),
       "reply port: kept when nothing was sent");
    fake.refuse = MACH_RCV_TIMED_OUT;
    ok(ALL(bare(PORT) == MACH_RCV_TIMED_OUT, fake.dealloced == 1),
       "reply port: thrown away when a reply may still come");
    fake.destroyed = 0;
    fake.refuse = MACH_SEND_TIMED_OUT;
    bare(PORT);
    ok(fake.destroyed == 1, "a message that came back is destroyed");
    fake.refuse = MACH_RCV_BODY_ERROR | MACH_MSG_VM_SPACE;
    bare(PORT);
    ok(fake.destroyed == 2, "a reply that came in part is destroyed");
    fake.refuse = MACH_MSG_SUCCESS;
}

TEST(hostile_messages)
{
    hostile_tests();
}
