/* SPDX-License-Identifier: MIT */
/*
 * hostile.c - requests and replies that lie: each is refused by the right
 * code, the function is not called, and the rights are destroyed.
 */
#include <stdlib.h>
#include <string.h>

#include "fake.h"
#include "kinds.h"
#include "kinds_server.h"

#define PORT FAKE_SERVER

/* ---- Good calls, one a routine: `spoil` makes them bad */

static kern_return_t
call_scalars(void)
{
    int64_t sum;
    short product;
    int turn = 1;

    return scalars(PORT, 1, 2, 3, 4, &sum, &product, &turn);
}

static kern_return_t
call_counted(void)
{
    uint8_t b[10] = { 0 };
    int w[8] = { 0 }, b_sum;
    int64_t l[4] = { 0 }, seen;
    mach_msg_type_number_t nb, nw, nl;

    return counted(PORT, b, 5, 0, w, 2, l, 1, 0, b, &nb, &b_sum, w, &nw, l, &nl,
                   &seen);
}

static kern_return_t
call_room(void)
{
    int w[8];
    mach_msg_type_number_t n = 4;

    return room(PORT, 4, w, &n);
}

static kern_return_t
call_strings(void)
{
    label_t label;
    text_t text;
    int after;

    return strings(PORT, "label", "text", 0, label, text, &after);
}

static kern_return_t
call_rights(void)
{
    mach_port_t a, b, c;
    mach_msg_type_name_t poly;

    return rights(PORT, 1, 2, 3, 4, MACH_MSG_TYPE_COPY_SEND, &a, &b, &c, &poly);
}

static kern_return_t
call_memory(void)
{
    int four[4] = { 0 }, *out_few = NULL;
    vm_offset_t out = 0;
    mach_msg_type_number_t n, n_few;
    char data[4] = { 0 };
    kern_return_t kr;

    kr = memory(PORT, (vm_offset_t)data, 4, four, calloc(2, sizeof(int)), 2,
                &out, &n, &out_few, &n_few);
    free((void *)out);
    free(out_few);
    return kr;
}

static kern_return_t
call_port_memory(void)
{
    mach_port_t ports[2] = { 1, 2 };
    mach_port_array_t out = NULL;
    mach_msg_type_number_t n;
    kern_return_t kr = port_memory(PORT, ports, 2, 0, &out, &n);

    free(out);
    return kr;
}

static kern_return_t
call_port_arrays(void)
{
    mach_port_t trio[3] = { 1, 2, 3 }, duo[2] = { 4, 5 };
    int numbers[8] = { 0 };
    mach_msg_type_number_t n;

    return port_arrays(PORT, trio, 2, numbers, duo, trio, &n, numbers);
}

static kern_return_t
call_bare(void)
{
    return bare(PORT);
}

static kern_return_t
call_who(void)
{
    int first, second;

    return who(PORT, &first, &second);
}

static kern_return_t
call_tell(void)
{
    return tell(PORT, 1, "text");
}

/* ---- Lies that fit every message */

#define SPOIL(function, type, statement)             \
    static void function(mach_msg_header_t *message) \
    {                                                \
        type *m = (type *)message;                   \
        statement;                                   \
    }

SPOIL(larger, mach_msg_header_t, m->msgh_size += 4)
SPOIL(smaller, mach_msg_header_t, m->msgh_size -= 4)
SPOIL(uneven, mach_msg_header_t, m->msgh_size += 1)
SPOIL(header_only, mach_msg_header_t, m->msgh_size = 24)
SPOIL(no_size, mach_msg_header_t, m->msgh_size = 0)
SPOIL(huge, mach_msg_header_t, m->msgh_size = 0xffffffff)
SPOIL(complex_bit, mach_msg_header_t, m->msgh_bits ^= MACH_MSGH_BITS_COMPLEX)
SPOIL(descriptors_more, mach_msg_base_t, m->body.msgh_descriptor_count++)
SPOIL(descriptors_less, mach_msg_base_t, m->body.msgh_descriptor_count--)
SPOIL(descriptors_none, mach_msg_base_t, m->body.msgh_descriptor_count = 0)
SPOIL(id_before, mach_msg_header_t, m->msgh_id = 4999)
SPOIL(id_skipped, mach_msg_header_t, m->msgh_id = 5013)
SPOIL(id_after, mach_msg_header_t, m->msgh_id = 5020)
SPOIL(id_negative, mach_msg_header_t, m->msgh_id = -2147483647)

/* ---- Lies of requests */

typedef __Request__counted_t counted_in;
/* Five bytes leave 12 - 8 of the room, two words 32 - 8. */
#define WORDS(m) ((counted_in *)((char *)(m)-4))
#define LONGS(m) ((counted_in *)((char *)(m)-4 - 24))

SPOIL(b_over, counted_in, m->bCnt = 11)
SPOIL(b_all_bits, counted_in, m->bCnt = 0xffffffff)
SPOIL(b_wraps, counted_in, m->bCnt = 0xfffffffd)
SPOIL(b_next_word, counted_in, m->bCnt = 9)
SPOIL(b_less, counted_in, m->bCnt = 4)
SPOIL(w_more, counted_in, WORDS(m)->wCnt = 3)
SPOIL(w_less, counted_in, WORDS(m)->wCnt = 1)
SPOIL(w_wraps, counted_in, WORDS(m)->wCnt = 0x40000002)
SPOIL(l_more, counted_in, LONGS(m)->lCnt = 2)
SPOIL(l_less, counted_in, LONGS(m)->lCnt = 0)
SPOIL(l_wraps, counted_in, LONGS(m)->lCnt = 0x20000001)

typedef __Request__strings_t strings_in;
SPOIL(label_open, strings_in, memset(m->label, 'x', sizeof(m->label)))
SPOIL(text_open, strings_in, m->text[4] = 'x')
SPOIL(text_empty, strings_in, m->textCnt = 0)
SPOIL(text_long, strings_in, m->textCnt = 31)
SPOIL(text_more, strings_in, m->textCnt = 9)

typedef __Request__tell_t tell_in;
SPOIL(tell_open, tell_in, m->text[4] = 'x')

typedef __Request__rights_t rights_in;
SPOIL(copied_type, rights_in, m->copied.type = MACH_MSG_OOL_DESCRIPTOR)
SPOIL(copied_guarded, rights_in,
      m->copied.type = MACH_MSG_GUARDED_PORT_DESCRIPTOR)
SPOIL(copied_kind, rights_in,
      m->copied.disposition = MACH_MSG_TYPE_PORT_SEND_ONCE)
SPOIL(moved_receive, rights_in,
      m->moved.disposition = MACH_MSG_TYPE_PORT_RECEIVE)
SPOIL(once_send, rights_in, m->once.disposition = MACH_MSG_TYPE_PORT_SEND)
SPOIL(poly_none, rights_in, m->poly.disposition = 0)
SPOIL(poly_name, rights_in, m->poly.disposition = MACH_MSG_TYPE_PORT_NAME)
SPOIL(poly_copy, rights_in, m->poly.disposition = MACH_MSG_TYPE_COPY_SEND)

typedef __Request__memory_t memory_in;
SPOIL(data_count, memory_in, m->dataCnt = 5)
SPOIL(data_less, memory_in, m->dataCnt = 0)
SPOIL(data_size, memory_in, m->data.size = 0xffffffff)
SPOIL(data_type, memory_in, m->data.type = MACH_MSG_OOL_PORTS_DESCRIPTOR)
SPOIL(four_size, memory_in, m->four.size = 12)
SPOIL(few_count, memory_in, m->fewCnt = 3)
SPOIL(few_over, memory_in, m->fewCnt = 7)
SPOIL(few_wraps, memory_in, m->fewCnt = 0x40000002)

typedef __Request__port_memory_t ports_in;
SPOIL(ports_count, ports_in, m->portsCnt = 3)
SPOIL(ports_type, ports_in, m->ports.type = MACH_MSG_OOL_DESCRIPTOR)
SPOIL(ports_kind, ports_in, m->ports.disposition = MACH_MSG_TYPE_PORT_RECEIVE)

typedef __Request__port_arrays_t trio_in;
SPOIL(trio_type, trio_in, m->trio[2].type = MACH_MSG_OOL_DESCRIPTOR)
SPOIL(trio_kind, trio_in, m->trio[1].disposition = MACH_MSG_TYPE_PORT_SEND_ONCE)
SPOIL(duo_kind, trio_in, m->duo[1].disposition = MACH_MSG_TYPE_PORT_RECEIVE)
SPOIL(trio_count, trio_in, m->trioCnt = 3)
SPOIL(trio_over, trio_in, (m->trioCnt = 4, m->Head.msgh_size += 8))

SPOIL(trailer_short, mach_msg_header_t,
      ((mach_msg_trailer_t *)((char *)m + m->msgh_size))->msgh_trailer_size = 8)
SPOIL(trailer_type, mach_msg_header_t,
      ((mach_msg_trailer_t *)((char *)m + m->msgh_size))->msgh_trailer_type = 1)

/* ---- Lies of replies */

SPOIL(reply_id, mach_msg_header_t, m->msgh_id++)
SPOIL(reply_died, mach_msg_header_t,
      (m->msgh_id = MACH_NOTIFY_SEND_ONCE, m->msgh_size = 24))
SPOIL(reply_asks, mach_msg_header_t, m->msgh_remote_port = 0x103)

typedef __Reply__counted_t counted_out;
SPOIL(out_b_over, counted_out, m->b_outCnt = 11)
SPOIL(out_b_wraps, counted_out, m->b_outCnt = 0xffffffff)
SPOIL(out_w_more, counted_out, ((counted_out *)((char *)m - 4))->w_outCnt = 3)
SPOIL(out_code, counted_out, m->RetCode = KERN_ABORTED)

typedef __Reply__strings_t strings_out;
SPOIL(out_label_open, strings_out, memset(m->label_out, 'x', 16))

typedef __Reply__rights_t rights_out;
SPOIL(out_made_kind, rights_out,
      m->made.disposition = MACH_MSG_TYPE_PORT_SEND_ONCE)
SPOIL(out_made_type, rights_out, m->made.type = MACH_MSG_OOL_DESCRIPTOR)

typedef __Reply__memory_t memory_out;
SPOIL(out_data_count, memory_out, m->out_dataCnt++)
SPOIL(out_few_over, memory_out, m->out_fewCnt = 7)

typedef __Reply__room_t room_out;
SPOIL(out_room_over, room_out, (m->wCnt = 5, m->Head.msgh_size += 4))

struct lie {
    const char *what;
    kern_return_t (*call)(void);
    spoiler_t spoil;
    kern_return_t code;
};

#define BAD  MIG_BAD_ARGUMENTS
#define TYPE MIG_TYPE_ERROR

static const struct lie requests[] = {
    { "scalars: a word more", call_scalars, larger, BAD },
    { "scalars: a word less", call_scalars, smaller, BAD },
    { "scalars: a byte more", call_scalars, uneven, BAD },
    { "scalars: no body", call_scalars, header_only, BAD },
    { "scalars: no size", call_scalars, no_size, BAD },
    { "scalars: 4 GiB", call_scalars, huge, BAD },
    { "scalars: complex bit", call_scalars, complex_bit, BAD },
    { "no arguments: a word more", call_bare, larger, BAD },
    { "no arguments: complex bit", call_bare, complex_bit, BAD },
    { "an id before the first", call_bare, id_before, MIG_BAD_ID },
    { "an id that was skipped", call_bare, id_skipped, MIG_BAD_ID },
    { "an id behind the last", call_bare, id_after, MIG_BAD_ID },
    { "an id below zero", call_bare, id_negative, MIG_BAD_ID },
    { "counted: a word more", call_counted, larger, BAD },
    { "counted: a word less", call_counted, smaller, BAD },
    { "counted: a byte more", call_counted, uneven, BAD },
    { "counted: header alone", call_counted, header_only, BAD },
    { "counted: 4 GiB", call_counted, huge, BAD },
    { "first count above the bound", call_counted, b_over, BAD },
    { "first count all ones", call_counted, b_all_bits, BAD },
    { "first count that wraps when padded", call_counted, b_wraps, BAD },
    { "first count into the next", call_counted, b_next_word, BAD },
    { "first count one less", call_counted, b_less, BAD },
    { "second count one more", call_counted, w_more, BAD },
    { "second count one less", call_counted, w_less, BAD },
    { "second count that wraps in bytes", call_counted, w_wraps, BAD },
    { "third count one more", call_counted, l_more, BAD },
    { "third count one less", call_counted, l_less, BAD },
    { "third count that wraps in bytes", call_counted, l_wraps, BAD },
    { "room: a word more", call_room, larger, BAD },
    { "string without NUL", call_strings, label_open, BAD },
    { "varying string without NUL", call_strings, text_open, BAD },
    { "varying string of no bytes", call_strings, text_empty, BAD },
    { "varying string above the bound", call_strings, text_long, BAD },
    { "varying string over the end", call_strings, text_more, BAD },
    { "simpleroutine: string without NUL", call_tell, tell_open, BAD },
    { "ports: a word more", call_rights, larger, BAD },
    { "ports: header alone", call_rights, header_only, BAD },
    { "ports: no complex bit", call_rights, complex_bit, BAD },
    { "ports: a descriptor more", call_rights, descriptors_more, BAD },
    { "ports: a descriptor less", call_rights, descriptors_less, BAD },
    { "ports: no descriptor", call_rights, descriptors_none, BAD },
    { "port: memory instead", call_rights, copied_type, TYPE },
    { "port: guarded instead", call_rights, copied_guarded, TYPE },
    { "port: send-once for send", call_rights, copied_kind, TYPE },
    { "port: receive for send", call_rights, moved_receive, TYPE },
    { "port: send for send-once", call_rights, once_send, TYPE },
    { "polymorphic: no right", call_rights, poly_none, TYPE },
    { "polymorphic: a name", call_rights, poly_name, TYPE },
    { "polymorphic: not received", call_rights, poly_copy, TYPE },
    { "memory: count above size", call_memory, data_count, TYPE },
    { "memory: count below size", call_memory, data_less, TYPE },
    { "memory: size all ones", call_memory, data_size, TYPE },
    { "memory: ports instead", call_memory, data_type, TYPE },
    { "memory: fixed size", call_memory, four_size, TYPE },
    { "bounded memory: count above size", call_memory, few_count, TYPE },
    { "bounded memory: above the bound", call_memory, few_over, BAD },
    { "bounded memory: count wraps", call_memory, few_wraps, BAD },
    { "port memory: count", call_port_memory, ports_count, TYPE },
    { "port memory: bytes instead", call_port_memory, ports_type, TYPE },
    { "port memory: receive rights", call_port_memory, ports_kind, TYPE },
    { "port array: type of one", call_port_arrays, trio_type, TYPE },
    { "port array: kind of one", call_port_arrays, trio_kind, TYPE },
    { "port array of fixed size: kind", call_port_arrays, duo_kind, TYPE },
    { "port array: count", call_port_arrays, trio_count, BAD },
    { "port array: above the bound", call_port_arrays, trio_over, BAD },
    { "token: short trailer", call_who, trailer_short, MIG_TRAILER_ERROR },
    { "token: other trailer", call_who, trailer_type, MIG_TRAILER_ERROR },
};

static const struct lie replies[] = {
    { "another id", call_scalars, reply_id, MIG_REPLY_MISMATCH },
    { "send-once notification", call_scalars, reply_died, MIG_SERVER_DIED },
    { "it wants a reply", call_scalars, reply_asks, TYPE },
    { "scalars: a word less", call_scalars, smaller, TYPE },
    { "scalars: a byte more", call_scalars, uneven, TYPE },
    { "scalars: complex bit", call_scalars, complex_bit, TYPE },
    { "no results: a word more", call_bare, larger, TYPE },
    { "no results: header alone", call_bare, header_only, TYPE },
    { "an error with results", call_counted, out_code, KERN_ABORTED },
    { "count above the bound", call_counted, out_b_over, TYPE },
    { "count that wraps", call_counted, out_b_wraps, TYPE },
    { "second count one more", call_counted, out_w_more, TYPE },
    { "string without NUL", call_strings, out_label_open, TYPE },
    { "ports: no complex bit", call_rights, complex_bit, TYPE },
    { "ports: a descriptor more", call_rights, descriptors_more, TYPE },
    { "port: send-once for send", call_rights, out_made_kind, TYPE },
    { "port: memory instead", call_rights, out_made_type, TYPE },
    { "memory: count and size", call_memory, out_data_count, TYPE },
    { "bounded memory: above the bound", call_memory, out_few_over, TYPE },
    { "more than there was room for", call_room, out_room_over,
      MIG_ARRAY_TOO_LARGE },
};

static void
try_request(const struct lie *lie)
{
    kern_return_t kr;

    fake.served = fake.destroyed = 0;
    fake.code = KERN_SUCCESS;
    fake.spoil_request = lie->spoil;
    kr = lie->call();
    fake.spoil_request = NULL;
    ok(ALL(fake.code == lie->code, fake.served == 0, fake.destroyed >= 1,
           (kr == lie->code || lie->call == call_tell ||
            lie->code == MIG_BAD_ID)),
       "bad request refused: %s", lie->what);
}

static void
try_reply(const struct lie *lie)
{
    kern_return_t kr;

    fake.destroyed = 0;
    fake.spoil_reply = lie->spoil;
    kr = lie->call();
    fake.spoil_reply = NULL;
    ok(ALL(kr == lie->code, fake.destroyed == 1),
       "bad reply refused and destroyed: %s", lie->what);
}

void
hostile_tests(void)
{
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
        try_request(&requests[i]);
    for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++)
        try_reply(&replies[i]);
}
