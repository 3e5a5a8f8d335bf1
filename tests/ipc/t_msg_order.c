/* SPDX-License-Identifier: MIT */
/*
 * t_msg_order.c - what a send checks first, and that nothing is consumed when
 * it refuses: sizes, shapes, counts (rules R19, R29, R30, adversarial #21,
 * #22, #23, #26).
 */
#include <stdlib.h>
#include <string.h>

#include "rights.h"
#include "tap.h"

#define MIB (1024u * 1024u)

/* A message of descriptors, and space for more than it should have */
struct packed_message {
    mach_msg_header_t header;
    mach_msg_body_t body;
    unsigned char bytes[8000];
};

#define DESCRIPTORS_MAX 512u

static mach_port_t port, once; /* a queue, and a right that must survive */

static struct packed_message
complex_message(unsigned count)
{
    struct packed_message message;

    memset(&message, 0, sizeof message);
    message.header.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND_ONCE, 0) |
                               MACH_MSGH_BITS_COMPLEX;
    message.header.msgh_remote_port = once;
    message.body.msgh_descriptor_count = count;
    return message;
}

/* Puts a descriptor's type byte; the rest of the twelve bytes is zero. */
static void
put_type(struct packed_message *message, unsigned offset, unsigned type)
{
    message->bytes[offset + 11] = (unsigned char)type;
}

static void
refused(struct packed_message *message, mach_msg_size_t size,
        mach_msg_return_t want, const char *text)
{
    is_kr(message_send(message, size), want, "%s", text);
    is(guest_type(once), MACH_PORT_TYPE_SEND_ONCE,
       "... and nothing is consumed (R19)");
    is(guest_status(port).mps_msgcount, 0, "... nor sent");
}

/* ---- Sizes ---- */

TEST(sizes)
{
    static const struct {
        mach_msg_size_t size;
        mach_msg_return_t want;
    } cases[] = {
        { 0, MACH_SEND_MSG_TOO_SMALL },       { 1, MACH_SEND_MSG_TOO_SMALL },
        { 4, MACH_SEND_MSG_TOO_SMALL },       { 20, MACH_SEND_MSG_TOO_SMALL },
        { 23, MACH_SEND_MSG_TOO_SMALL },      { 25, MACH_SEND_MSG_TOO_SMALL },
        { 26, MACH_SEND_MSG_TOO_SMALL },      { 27, MACH_SEND_MSG_TOO_SMALL },
        { ~0u, MACH_SEND_MSG_TOO_SMALL },     { ~0u - 3, MACH_SEND_TOO_LARGE },
        { 0x80000000u, MACH_SEND_TOO_LARGE }, { 64 * MIB, MACH_SEND_TOO_LARGE },
        { 48 * MIB, MACH_SEND_TOO_LARGE },
    };
    struct packed_message message = complex_message(0);

    message.header.msgh_bits &= ~MACH_MSGH_BITS_COMPLEX;
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        note("size %u", cases[i].size);
        refused(&message, cases[i].size, cases[i].want,
                "a size that cannot be (R29, #21)");
    }
}

/* A complex message must hold what it says that it holds. */
TEST(counts)
{
    static const unsigned counts[] = { 2,          3,           340,
                                       0x10000,    0x15555556,  0x40000000,
                                       0x7fffffff, 0x80000000u, ~0u };
    struct packed_message message = complex_message(0);

    refused(&message, sizeof(mach_msg_header_t), MACH_SEND_MSG_TOO_SMALL,
            "complex, without room for the count");
    message = complex_message(1);
    refused(&message, sizeof(mach_msg_base_t), MACH_SEND_MSG_TOO_SMALL,
            "one descriptor, and none there (#22)");
    refused(&message, sizeof(mach_msg_base_t) + 8, MACH_SEND_MSG_TOO_SMALL,
            "one descriptor, cut short");
    put_type(&message, 0, MACH_MSG_OOL_DESCRIPTOR);
    refused(&message, sizeof(mach_msg_base_t) + 12, MACH_SEND_MSG_TOO_SMALL,
            "a descriptor of sixteen bytes in twelve");
    for (unsigned i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        mach_msg_return_t mr;

        message = complex_message(counts[i]);
        mr = message_send(&message, sizeof(mach_msg_base_t) + 12);
        ok(mr == MACH_SEND_MSG_TOO_SMALL || mr == MACH_SEND_TOO_LARGE,
           "%#x descriptors in the room of one: refused with %#x (#22, #23)",
           counts[i], mr);
        is(guest_type(once), MACH_PORT_TYPE_SEND_ONCE,
           "... and nothing is consumed");
    }
}

TEST(most_descriptors)
{
    unsigned count = DESCRIPTORS_MAX;
    struct packed_message message = complex_message(count);
    mach_port_t queue = guest_receive();
    union {
        mach_msg_header_t header;
        unsigned char bytes[sizeof message + 100];
    } *buffer = malloc(sizeof *buffer);

    message.header.msgh_bits =
        MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0) | MACH_MSGH_BITS_COMPLEX;
    message.header.msgh_remote_port = queue;
    is_kr(message_send(&message, sizeof(mach_msg_base_t) + 12 * count),
          MACH_MSG_SUCCESS, "%u descriptors without a right in them (#23)",
          count);
    is_kr(mach_msg(&buffer->header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
                   sizeof *buffer, queue, 0, MACH_PORT_NULL),
          MACH_MSG_SUCCESS, "... arrive");
    is(buffer->header.msgh_size, sizeof(mach_msg_base_t) + 12 * count,
       "... all of them");
    message = complex_message(count + 1);
    refused(&message, sizeof(mach_msg_base_t) + 12 * (count + 1),
            MACH_SEND_TOO_LARGE, "one more is too many (#23)");
    free(buffer);
    guest_kill(queue);
}

/* ---- Shapes ---- */

TEST(shapes)
{
    struct packed_message message;

    for (unsigned type = 4; type < 256; type += type < 8 ? 1 : 31) {
        if (type == MACH_MSG_GUARDED_PORT_DESCRIPTOR)
            continue;
        message = complex_message(1);
        put_type(&message, 0, type);
        refused(&message, sizeof(mach_msg_base_t) + 16, MACH_SEND_INVALID_TYPE,
                "an unknown descriptor type");
    }
    message = complex_message(1);
    put_type(&message, 0, MACH_MSG_OOL_DESCRIPTOR);
    message.bytes[9] = 2; /* neither physical nor virtual */
    refused(&message, sizeof(mach_msg_base_t) + 16, MACH_SEND_INVALID_TYPE,
            "an unknown way to copy memory");
    message = complex_message(1);
    put_type(&message, 0, MACH_MSG_OOL_PORTS_DESCRIPTOR);
    *(unsigned *)(message.bytes + 12) = 16384;
    refused(&message, sizeof(mach_msg_base_t) + 16, MACH_SEND_TOO_LARGE,
            "an array of 16384 ports (#22)");
    *(unsigned *)(message.bytes + 12) = ~0u;
    refused(&message, sizeof(mach_msg_base_t) + 16, MACH_SEND_TOO_LARGE,
            "an array of 2^32-1 ports (#15)");
}

/* Two arrays that are too much together */
TEST(two_arrays)
{
    struct packed_message message = complex_message(2);

    put_type(&message, 0, MACH_MSG_OOL_PORTS_DESCRIPTOR);
    *(unsigned *)(message.bytes + 12) = 10000;
    put_type(&message, 16, MACH_MSG_OOL_PORTS_DESCRIPTOR);
    *(unsigned *)(message.bytes + 28) = 6384;
    refused(&message, sizeof(mach_msg_base_t) + 32, MACH_SEND_TOO_LARGE,
            "arrays of 10000 and 6384 ports (#22)");
}

/* ---- Which check comes first ---- */

TEST(order)
{
    struct packed_message message = complex_message(1);
    mach_port_t gone = guest_free_name();

    put_type(&message, 0, 77);
    message.header.msgh_bits |= 0x40000000;
    message.header.msgh_remote_port = gone;
    refused(&message, 26, MACH_SEND_MSG_TOO_SMALL,
            "all wrong: the size comes first");
    refused(&message, sizeof(mach_msg_base_t) + 16, MACH_SEND_INVALID_TYPE,
            "... then the shape of descriptors");
    message = complex_message(1);
    message.header.msgh_bits |= 0x40000000;
    message.header.msgh_remote_port = gone;
    *(mach_port_t *)message.bytes = gone;
    refused(&message, sizeof(mach_msg_base_t) + 12, MACH_SEND_INVALID_HEADER,
            "... then the bits of the header");
    message.header.msgh_bits =
        MACH_MSGH_BITS_COMPLEX |
        MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND, MACH_MSG_TYPE_MOVE_SEND);
    message.header.msgh_local_port = gone;
    refused(&message, sizeof(mach_msg_base_t) + 12, MACH_SEND_INVALID_DEST,
            "... then the destination's name");
    message.header.msgh_remote_port = once;
    refused(&message, sizeof(mach_msg_base_t) + 12, MACH_SEND_INVALID_REPLY,
            "... then the reply's name");
    message.header.msgh_local_port = port;
    refused(&message, sizeof(mach_msg_base_t) + 12, MACH_SEND_INVALID_DEST,
            "... then the destination's right");
    message.header.msgh_bits =
        MACH_MSGH_BITS_COMPLEX |
        MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND_ONCE, MACH_MSG_TYPE_MOVE_SEND);
    refused(&message, sizeof(mach_msg_base_t) + 12, MACH_SEND_INVALID_REPLY,
            "... then the reply's right");
    message.header.msgh_bits = MACH_MSGH_BITS_COMPLEX |
                               MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND_ONCE, 0);
    message.header.msgh_local_port = MACH_PORT_NULL;
    *(unsigned char *)&message.bytes[10] = MACH_MSG_TYPE_MOVE_SEND;
    is_kr(message_send(&message, sizeof(mach_msg_base_t) + 12),
          MACH_SEND_INVALID_RIGHT, "... then the rights of the body");
    is(guest_type(once), 0, "... and now the header's right is gone (R21)");
    is(guest_next_id(port), MACH_NOTIFY_SEND_ONCE, "... and its port was told");
    once = guest_send_once(port);
}

/* ---- The simple bit ---- */

TEST(simple)
{
    mach_port_t queue = guest_receive();
    mach_port_t carried = guest_port();
    struct port_message message = port_message(
        queue, MACH_MSG_TYPE_MAKE_SEND, carried, MACH_MSG_TYPE_MOVE_SEND);
    union any_message any;

    message.header.msgh_bits &= ~MACH_MSGH_BITS_COMPLEX;
    is_kr(message_send(&message, sizeof message), MACH_MSG_SUCCESS,
          "a simple message that looks complex is sent (R30)");
    is(guest_refs(carried, MACH_PORT_RIGHT_SEND), 1, "... no right moves");
    message_take(queue, &any);
    ok(memcmp(&any.port.body, &message.body, sizeof message - 24) == 0,
       "... and its bytes arrive as they were");
    is(any.header.msgh_bits & MACH_MSGH_BITS_COMPLEX, 0,
       "... in a simple message");
    mach_port_destroy(mach_task_self(), carried);
    guest_kill(queue);
}

/* A complex message without descriptors stays complex. */
TEST(empty_body)
{
    mach_port_t queue = guest_receive();
    mach_msg_base_t base = {
        .header = { .msgh_bits = MACH_MSGH_BITS_COMPLEX |
                                 MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0),
                    .msgh_remote_port = queue },
    };
    union any_message any;

    is_kr(message_send(&base, sizeof base), MACH_MSG_SUCCESS,
          "complex with no descriptors is sent");
    message_take(queue, &any);
    ok((any.header.msgh_bits & MACH_MSGH_BITS_COMPLEX) != 0,
       "... and arrives complex (catalogue 2.2)");
    is(any.port.body.msgh_descriptor_count, 0, "... with none");
    guest_kill(queue);
}

/* ---- Long ones, and odd addresses ---- */

static void
test_long(mach_msg_size_t size)
{
    mach_port_t queue = guest_receive();
    unsigned char *bytes = malloc(size), *got = malloc(size + 8);
    bool same = true;

    if (bytes == NULL || got == NULL)
        abort();
    for (mach_msg_size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(i * 31 + i / 509);
    *(mach_msg_header_t *)bytes =
        guest_header(queue, MACH_MSG_TYPE_MAKE_SEND, MACH_PORT_NULL, 0);
    is_kr(message_send(bytes, size), MACH_MSG_SUCCESS,
          "a message of %u bytes is sent", size);
    is_kr(mach_msg((mach_msg_header_t *)got, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
                   size + 8, queue, 0, MACH_PORT_NULL),
          MACH_MSG_SUCCESS, "... and received");
    for (mach_msg_size_t i = 24; i < size; i++)
        same = same && got[i] == bytes[i];
    ok(same, "... with all its bytes");
    free(bytes);
    free(got);
    guest_kill(queue);
}

TEST(long_messages)
{
    test_long(4096);
    test_long(64 * 1024);
    test_long(MACH_MSG_SIZE_RELIABLE);
    test_long(MIB);
}

TEST(odd_addresses)
{
    mach_port_t queue = guest_receive();
    struct guest_message message = {
        .header = { .msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0),
                    .msgh_remote_port = queue },
    };
    unsigned char bytes[128];
    bool good = true;

    for (unsigned offset = 0; offset < 16; offset++) {
        message.number = offset;
        memcpy(bytes + offset, &message, sizeof message);
        good = message_send(bytes + offset, sizeof message) == 0 && good;
        memset(bytes, 0, sizeof bytes);
        good = mach_msg((mach_msg_header_t *)(void *)(bytes + 15 - offset),
                        MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, 64, queue, 0,
                        MACH_PORT_NULL) == 0 &&
               bytes[15 - offset + 24] == offset && good;
    }
    ok(good, "messages can lie at any address");
    guest_kill(queue);
}

int
main(void)
{
    port = guest_receive();
    once = guest_send_once(port);
    return tap_run();
}
