/* SPDX-License-Identifier: MIT */
/*
 * t_msg_trailer.c - trailers: their exact bytes, and no byte beyond
 * (rules R36, R45, adversarial #19, #25, catalogue 2.4).
 */
#include <mach/mach_vm.h>
#include <mach/task_info.h>
#include <stddef.h>
#include <string.h>

#include "rights.h"
#include "tap.h"

#define GUARD 0xa5

struct trailed {
    mach_msg_header_t header;
    unsigned char rest[24 * 1024];
};

static struct trailed got, message;

/* Receives a message of `size` bytes with these elements asked for. */
static mach_msg_return_t
receive(mach_port_t port, unsigned elements, mach_msg_size_t room)
{
    memset(&got, GUARD, sizeof got);
    return mach_msg(&got.header,
                    MACH_RCV_MSG | MACH_RCV_TIMEOUT |
                        MACH_RCV_TRAILER_TYPE(MACH_MSG_TRAILER_FORMAT_0) |
                        MACH_RCV_TRAILER_ELEMENTS(elements),
                    0, room, port, 0, MACH_PORT_NULL);
}

static void
send_size(mach_port_t port, mach_msg_size_t size)
{
    message.header = (mach_msg_header_t){
        .msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0),
        .msgh_remote_port = port,
    };
    memset(message.rest, 0x11, sizeof message.rest);
    message_send(&message, size);
}

static const mach_msg_mac_trailer_t *
trailer(mach_msg_size_t size)
{
    return (const void *)((const char *)&got + round_msg(size));
}

static bool
untouched(size_t from)
{
    const unsigned char *bytes = (const unsigned char *)&got;

    for (size_t i = from; i < sizeof got; i++)
        if (bytes[i] != GUARD)
            return false;
    return true;
}

static bool
is_zero(const void *from, size_t size)
{
    const unsigned char *bytes = from;

    for (size_t i = 0; i < size; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

/* Who we are, as the kernel tells in task_info */
static security_token_t
own_token(void)
{
    security_token_t token = { { ~0u, ~0u } };
    mach_msg_type_number_t count = TASK_SECURITY_TOKEN_COUNT;

    task_info(mach_task_self(), TASK_SECURITY_TOKEN, (task_info_t)&token,
              &count);
    return token;
}

/* ... and at more length. */
static audit_token_t
own_audit(void)
{
    audit_token_t token = { { ~0u } };
    mach_msg_type_number_t count = TASK_AUDIT_TOKEN_COUNT;

    task_info(mach_task_self(), TASK_AUDIT_TOKEN, (task_info_t)&token, &count);
    return token;
}

static void
test_elements(unsigned elements, mach_msg_size_t want, mach_msg_size_t size)
{
    mach_port_t port = guest_receive();
    security_token_t token = own_token();
    audit_token_t audit = own_audit();

    send_size(port, size);
    send_size(port, size);
    receive(port, MACH_RCV_TRAILER_NULL, sizeof got);
    is_kr(receive(port, elements, size + want), MACH_MSG_SUCCESS,
          "trailer elements %u after %u bytes, in exactly their room (R36)",
          elements, size);
    is(got.header.msgh_size, size, "... msgh_size is without the trailer");
    is(trailer(size)->msgh_trailer_type, MACH_MSG_TRAILER_FORMAT_0,
       "... format 0");
    is(trailer(size)->msgh_trailer_size, want, "... of %u bytes", want);
    ok(untouched(size + want), "... no byte beyond (R45, #19)");
    if (want >= sizeof(mach_msg_seqno_trailer_t))
        is(trailer(size)->msgh_seqno, 1, "... the second message is number 1");
    if (want >= sizeof(mach_msg_security_trailer_t))
        ok(memcmp(&trailer(size)->msgh_sender, &token, sizeof token) == 0,
           "... the sender is who task_info says we are");
    if (want >= sizeof(mach_msg_audit_trailer_t))
        ok(memcmp(&trailer(size)->msgh_audit, &audit, sizeof audit) == 0,
           "... and the audit token is task_info's");
    if (want >= sizeof(mach_msg_context_trailer_t))
        is((long long)trailer(size)->msgh_context, 0, "... no context");
    if (want >= sizeof(mach_msg_mac_trailer_t))
        ok(is_zero(&trailer(size)->msgh_ad, 8), "... no labels");
    guest_kill(port);
}

/* Messages that end around `border` bytes, where the kernel's memory for them
 * is parted: the trailer lies on either side, and across. */
static void
test_border(mach_msg_size_t border)
{
    mach_port_t port = guest_receive();
    audit_token_t audit = own_audit();
    mach_msg_size_t size = border - 72;
    bool good = true;

    for (; size <= border + 4 && good; size += 4) {
        send_size(port, size);
        good = receive(port, MACH_RCV_TRAILER_LABELS, sizeof got) ==
                   MACH_MSG_SUCCESS &&
               memcmp(got.rest, message.rest, size - 24) == 0 &&
               trailer(size)->msgh_trailer_size == 68 &&
               memcmp(&trailer(size)->msgh_audit, &audit, sizeof audit) == 0 &&
               is_zero(&trailer(size)->msgh_ad, 8) && untouched(size + 68);
    }
    ok(good, "a trailer is whole behind each size around %u bytes (%u)", border,
       size);
    guest_kill(port);
}

/* One byte less than message and trailer is too large (2.4). */
static void
test_no_room(unsigned elements, mach_msg_size_t want)
{
    mach_port_t port = guest_receive();

    send_size(port, 40);
    is_kr(receive(port, elements, 40 + want - 1), MACH_RCV_TOO_LARGE,
          "trailer elements %u in one byte too little (R36, #25)", elements);
    ok(untouched(24 + want), "... header and trailer, no byte beyond");
    if (40 + want - 1 >= 24 + want)
        is(trailer(24)->msgh_trailer_size, want, "... the trailer is whole");
    guest_kill(port);
}

TEST(each_element)
{
    static const struct {
        unsigned elements;
        mach_msg_size_t size;
    } cases[] = {
        { MACH_RCV_TRAILER_NULL, 8 },    { MACH_RCV_TRAILER_SEQNO, 12 },
        { MACH_RCV_TRAILER_SENDER, 20 }, { MACH_RCV_TRAILER_AUDIT, 52 },
        { MACH_RCV_TRAILER_CTX, 60 },    { 6, 68 },
        { MACH_RCV_TRAILER_AV, 68 },     { MACH_RCV_TRAILER_LABELS, 68 },
    };

    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        test_elements(cases[i].elements, cases[i].size, 24);
        test_elements(cases[i].elements, cases[i].size, 48);
        test_no_room(cases[i].elements, cases[i].size);
    }
    for (mach_msg_size_t border = 12288; border <= 20480; border += 4096)
        test_border(border);
}

/* ---- Who sent it ---- */

TEST(kernel_sender)
{
    mach_port_t port = guest_receive();
    mach_port_t once = guest_send_once(port);

    mach_port_deallocate(mach_task_self(), once);
    is_kr(receive(port, MACH_RCV_TRAILER_SENDER, sizeof got), MACH_MSG_SUCCESS,
          "a notification with its sender");
    is(got.header.msgh_id, MACH_NOTIFY_SEND_ONCE, "... is send-once");
    ok(memcmp(&trailer(24)->msgh_sender, &KERNEL_SECURITY_TOKEN,
              sizeof(security_token_t)) == 0,
       "... and comes from the kernel, {0, 1} (#6)");
    guest_kill(port);
}

TEST(own_sender)
{
    mach_port_t port = guest_receive();
    struct guest_message forged = {
        .header = { .msgh_bits =
                        MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND_ONCE, 0),
                    .msgh_remote_port = port,
                    .msgh_id = MACH_NOTIFY_SEND_ONCE },
    };

    message_send(&forged, sizeof forged.header);
    receive(port, MACH_RCV_TRAILER_SENDER, sizeof got);
    ok(memcmp(&trailer(24)->msgh_sender, &KERNEL_SECURITY_TOKEN,
              sizeof(security_token_t)) != 0,
       "a forged notification does not have the kernel's token (#6)");
    guest_kill(port);
}

/* ---- Numbers ---- */

TEST(seqno)
{
    mach_port_t port = guest_receive();
    bool good = true;

    for (unsigned i = 0; i < 100; i++) {
        send_size(port, 24);
        receive(port, MACH_RCV_TRAILER_SEQNO, sizeof got);
        good = good && trailer(24)->msgh_seqno == i;
    }
    ok(good, "seqno counts the receives of a port from 0");
    is(guest_status(port).mps_seqno, 100, "... and status shows the next");
    guest_kill(port);
}

/* The context is that of the moment at which the message is received. */
static void
test_context(unsigned elements)
{
    const mach_port_context_t late = 0x123456789a;
    mach_port_t port = guest_receive();

    send_size(port, 24);
    mach_port_set_context(mach_task_self(), port, late);
    receive(port, elements, sizeof got);
    is((long long)((mach_msg_context_trailer_t *)trailer(24))->msgh_context,
       (long long)late, "elements %u: the context was set after the send",
       elements);
    guest_kill(port);
}

TEST(contexts)
{
    test_context(MACH_RCV_TRAILER_CTX);
    test_context(MACH_RCV_TRAILER_AV);
    test_context(MACH_RCV_TRAILER_LABELS);
}

/* A strict guard is shown by nothing. */
TEST(strict_guard)
{
    mach_port_options_t options = { .flags =
                                        MPO_CONTEXT_AS_GUARD | MPO_STRICT };
    const mach_port_context_t secret = 0x1122334455667788;
    mach_port_t port;

    mach_port_construct(mach_task_self(), &options, secret, &port);
    send_size(port, 24);
    receive(port, MACH_RCV_TRAILER_CTX, sizeof got);
    is((long long)((mach_msg_context_trailer_t *)trailer(24))->msgh_context, 0,
       "a strict guard is in no trailer (R49)");
    mach_port_destruct(mach_task_self(), port, 0, secret);
    options.flags = MPO_CONTEXT_AS_GUARD;
    mach_port_construct(mach_task_self(), &options, secret, &port);
    send_size(port, 24);
    receive(port, MACH_RCV_TRAILER_CTX, sizeof got);
    is((long long)((mach_msg_context_trailer_t *)trailer(24))->msgh_context,
       (long long)secret, "another guard is, as any context");
    mach_port_destruct(mach_task_self(), port, 0, secret);
}
