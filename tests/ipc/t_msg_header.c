/* SPDX-License-Identifier: MIT */
/*
 * t_msg_header.c - the two rights of a header: every disposition of every
 * kind of name, and what arrives (rules R19, R26-R28, catalogue 2.1, 2.2).
 */
#include <string.h>

#include "rights.h"
#include "tap.h"

#define DISPOSITIONS 32u

static bool
sends(mach_msg_type_name_t disposition)
{
    return disposition >= MACH_MSG_TYPE_MOVE_SEND &&
           disposition <= MACH_MSG_TYPE_MAKE_SEND_ONCE;
}

/* The right that a disposition takes from. */
static mach_port_type_t
source(mach_msg_type_name_t disposition)
{
    switch (disposition) {
    case MACH_MSG_TYPE_MOVE_SEND:
    case MACH_MSG_TYPE_COPY_SEND:
        return MACH_PORT_TYPE_SEND;
    case MACH_MSG_TYPE_MOVE_SEND_ONCE:
        return MACH_PORT_TYPE_SEND_ONCE;
    case MACH_MSG_TYPE_MAKE_SEND:
    case MACH_MSG_TYPE_MAKE_SEND_ONCE:
        return MACH_PORT_TYPE_RECEIVE;
    default:
        return 0;
    }
}

static mach_msg_type_name_t
arrives(mach_msg_type_name_t disposition)
{
    return disposition == MACH_MSG_TYPE_MOVE_SEND_ONCE ||
                   disposition == MACH_MSG_TYPE_MAKE_SEND_ONCE
               ? MACH_MSG_TYPE_PORT_SEND_ONCE
               : MACH_MSG_TYPE_PORT_SEND;
}

static mach_msg_return_t
send_header(mach_msg_bits_t bits, mach_port_t remote, mach_port_t local)
{
    mach_msg_header_t header = { .msgh_bits = bits,
                                 .msgh_remote_port = remote,
                                 .msgh_local_port = local,
                                 .msgh_id = 0x1d };

    return message_send(&header, sizeof header);
}

/* ---- The destination ---- */

static mach_msg_return_t
want_dest(enum name_kind kind, mach_msg_type_name_t disposition)
{
    if (!sends(disposition))
        return MACH_SEND_INVALID_HEADER;
    return (kind_type(kind) & source(disposition)) != 0
               ? MACH_MSG_SUCCESS
               : MACH_SEND_INVALID_DEST;
}

static void
test_destination(enum name_kind kind)
{
    bool good = true;

    for (unsigned disposition = 0; disposition < DISPOSITIONS; disposition++) {
        struct sample sample = sample_make(kind);
        mach_msg_return_t want = want_dest(kind, disposition);
        mach_msg_return_t mr =
            send_header(MACH_MSGH_BITS(disposition, 0), sample.name, 0);

        if (mr != want ||
            (want != MACH_MSG_SUCCESS && !sample_intact(&sample))) {
            note("disposition %u: got %#x, want %#x", disposition, mr, want);
            good = false;
        }
        sample_drop(&sample);
    }
    ok(good, "destination: every disposition of %s (R19, R28)",
       kind_text(kind));
}

/* ---- The reply right ---- */

static mach_msg_return_t
want_reply(enum name_kind kind, mach_msg_type_name_t disposition)
{
    mach_port_type_t types = source(disposition);

    if (disposition == 0)
        return kind == NAME_NULL ? MACH_MSG_SUCCESS : MACH_SEND_INVALID_HEADER;
    if (!sends(disposition))
        return MACH_SEND_INVALID_HEADER;
    if (kind == NAME_NULL || kind == NAME_DEAD)
        return MACH_MSG_SUCCESS;
    if (types != MACH_PORT_TYPE_RECEIVE)
        types |= MACH_PORT_TYPE_DEAD_NAME; /* classic: arrives dead */
    return (kind_type(kind) & types) != 0 ? MACH_MSG_SUCCESS
                                          : MACH_SEND_INVALID_REPLY;
}

/* What the receiver, ourselves, finds as the reply right */
static bool
reply_arrived(mach_port_t dest, enum name_kind kind, mach_port_t name,
              mach_msg_type_name_t disposition)
{
    mach_msg_type_name_t type = disposition == 0 ? 0 : arrives(disposition);
    union any_message any;
    mach_port_t got;
    bool good;

    if (message_take(dest, &any) != MACH_MSG_SUCCESS)
        return false;
    got = any.header.msgh_remote_port;
    good =
        any.header.msgh_bits == MACH_MSGH_BITS(type, MACH_MSG_TYPE_PORT_SEND) &&
        any.header.msgh_local_port == dest;
    if (kind == NAME_NULL)
        return good && got == MACH_PORT_NULL;
    if (kind == NAME_DEAD || kind == NAME_DEAD_NAME)
        return good && got == MACH_PORT_DEAD;
    if (type == MACH_MSG_TYPE_PORT_SEND) /* it joins the name that we have */
        good = good &&
               (got == name || disposition == MACH_MSG_TYPE_MOVE_SEND) &&
               (guest_type(got) & MACH_PORT_TYPE_SEND) != 0;
    else
        good = good && guest_type(got) == MACH_PORT_TYPE_SEND_ONCE;
    mach_port_deallocate(mach_task_self(), got);
    return good;
}

static void
test_reply(enum name_kind kind)
{
    mach_port_t dest = guest_receive();
    bool good = true;

    for (unsigned disposition = 0; disposition < DISPOSITIONS; disposition++) {
        struct sample sample = sample_make(kind);
        mach_msg_return_t want = want_reply(kind, disposition);
        mach_msg_return_t mr =
            send_header(MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, disposition),
                        dest, sample.name);
        bool right = mr == want;

        if (want != MACH_MSG_SUCCESS)
            right =
                right && sample_intact(&sample) && guest_next_id(dest) == -1;
        else
            right =
                right && reply_arrived(dest, kind, sample.name, disposition);
        if (!right)
            note("disposition %u: got %#x, want %#x", disposition, mr, want);
        good = good && right;
        sample_drop(&sample);
    }
    ok(good, "reply: every disposition of %s (R19, R27, R28)", kind_text(kind));
    guest_kill(dest);
}

TEST(kinds)
{
    for (enum name_kind kind = 0; kind < NAME_KINDS; kind++) {
        test_destination(kind);
        test_reply(kind);
    }
}

/* ---- Both from one name ---- */

struct both_case {
    unsigned references;
    mach_msg_type_name_t dest, reply;
    mach_msg_return_t want;
    unsigned left; /* references, when it is a success */
};

static const struct both_case both_cases[] = {
    { 1, MACH_MSG_TYPE_MOVE_SEND, MACH_MSG_TYPE_MOVE_SEND,
      MACH_SEND_INVALID_DEST, 1 },
    { 2, MACH_MSG_TYPE_MOVE_SEND, MACH_MSG_TYPE_MOVE_SEND, MACH_MSG_SUCCESS,
      0 },
    { 3, MACH_MSG_TYPE_MOVE_SEND, MACH_MSG_TYPE_MOVE_SEND, MACH_MSG_SUCCESS,
      1 },
    { 1, MACH_MSG_TYPE_MOVE_SEND, MACH_MSG_TYPE_COPY_SEND, MACH_MSG_SUCCESS,
      0 },
    { 1, MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MOVE_SEND, MACH_MSG_SUCCESS,
      0 },
    { 1, MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_COPY_SEND, MACH_MSG_SUCCESS,
      1 },
};

static void
one_name(const struct both_case *c)
{
    mach_port_t holder, name = away_make(&holder);

    mach_port_mod_refs(mach_task_self(), name, MACH_PORT_RIGHT_SEND,
                       (int)c->references - 1);
    is_kr(send_header(MACH_MSGH_BITS(c->dest, c->reply), name, name), c->want,
          "dest == reply: %u and %u with %u references (R26)", c->dest,
          c->reply, c->references);
    if (c->left == 0)
        is(guest_type(name), 0, "... and the name is free");
    else
        is(guest_refs(name, MACH_PORT_RIGHT_SEND), c->left, "... leaving %u",
           c->left);
    mach_port_destroy(mach_task_self(), name);
    guest_kill(holder);
}

TEST(one_name)
{
    for (unsigned i = 0; i < sizeof both_cases / sizeof both_cases[0]; i++)
        one_name(&both_cases[i]);
}

TEST(one_send_once)
{
    mach_port_t port = guest_receive();
    mach_port_t once = guest_send_once(port);

    is_kr(send_header(MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND_ONCE,
                                     MACH_MSG_TYPE_MOVE_SEND_ONCE),
                      once, once),
          MACH_SEND_INVALID_DEST, "dest == reply: one send-once right (R26)");
    is(guest_type(once), MACH_PORT_TYPE_SEND_ONCE, "... which stays");
    is_kr(send_header(MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND,
                                     MACH_MSG_TYPE_MAKE_SEND_ONCE),
                      port, port),
          MACH_MSG_SUCCESS, "dest == reply: both made from a receive right");
    mach_port_deallocate(mach_task_self(), once);
    guest_kill(port);
}

/* ---- Bits, and what goes through untouched ---- */

TEST(bits)
{
    mach_port_t port = guest_receive();
    mach_port_t once = guest_send_once(port);
    mach_msg_bits_t bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND_ONCE, 0);
    bool good = true;

    for (unsigned bit = 0; bit < 32; bit++)
        if (((1u << bit) & ~MACH_MSGH_BITS_USER) != 0)
            good = good && send_header(bits | 1u << bit, once, 0) ==
                               MACH_SEND_INVALID_HEADER;
    ok(good, "a header bit that no sender may set: each is refused");
    is(guest_type(once), MACH_PORT_TYPE_SEND_ONCE, "... nothing is consumed");
    good = true;
    for (unsigned voucher = 1; voucher < 32; voucher++)
        if (voucher != MACH_MSG_TYPE_MOVE_SEND &&
            voucher != MACH_MSG_TYPE_COPY_SEND)
            good = good && send_header(bits | voucher << 16, once, 0) ==
                               MACH_SEND_INVALID_VOUCHER;
    ok(good, "a voucher can be moved or copied, and nothing else");
    is(guest_type(once), MACH_PORT_TYPE_SEND_ONCE, "... nothing is consumed");
    is_kr(send_header(bits, once, 0), MACH_MSG_SUCCESS, "a lawful header");
    guest_kill(port);
}

TEST(arrival)
{
    mach_port_t port = guest_receive();
    struct guest_message message = {
        .header = { .msgh_bits =
                        MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND_ONCE, 0),
                    .msgh_size = 0xdeadbeef, /* ignored (R29) */
                    .msgh_remote_port = port,
                    .msgh_voucher_port = 0x12345,
                    .msgh_id = (mach_msg_id_t)0x87654321 },
        .number = 42,
    };
    struct guest_buffer buffer;

    is_kr(message_send(&message, sizeof message), MACH_MSG_SUCCESS,
          "the size of the header is not looked at (R29)");
    is_kr(guest_poll(port, &buffer), MACH_MSG_SUCCESS, "it is received");
    is(buffer.header.msgh_size, sizeof message, "msgh_size is the true size");
    is(buffer.header.msgh_id, (mach_msg_id_t)0x87654321,
       "msgh_id is untouched");
    is(buffer.header.msgh_voucher_port, 0x12345,
       "a voucher name without a disposition goes through");
    is(buffer.header.msgh_local_port, port, "local is the port received on");
    is(buffer.header.msgh_remote_port, MACH_PORT_NULL, "no reply right");
    is(buffer.header.msgh_bits, MACH_MSGH_BITS(0, MACH_MSG_TYPE_PORT_SEND_ONCE),
       "the bits are turned around");
    is(buffer.number, 42, "the body is there");
    guest_kill(port);
}

/* The header is taken back untouched when the send is over. */
TEST(sender_keeps)
{
    mach_port_t port = guest_port();
    struct guest_message message = {
        .header = { .msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
                                                MACH_MSG_TYPE_MAKE_SEND_ONCE),
                    .msgh_remote_port = port,
                    .msgh_local_port = port,
                    .msgh_id = 5 },
    };
    struct guest_message before = message;

    is_kr(message_send(&message, sizeof message), MACH_MSG_SUCCESS, "sent");
    ok(memcmp(&message, &before, sizeof message) == 0,
       "a successful send does not write the sender's buffer");
    mach_port_destroy(mach_task_self(), port);
}

/* ---- Rights whose port died elsewhere (R8, R9, R27) ---- */

static void
stale_destination(mach_msg_type_name_t how)
{
    mach_port_t holder, name = away_make(&holder);

    guest_kill(holder);
    is_kr(send_header(MACH_MSGH_BITS(how, 0), name, 0), MACH_SEND_INVALID_DEST,
          "to a send right whose port is dead, by disposition %u (R8)", how);
    is(guest_type(name), MACH_PORT_TYPE_DEAD_NAME, "... which is a dead name");
    is(guest_refs(name, MACH_PORT_RIGHT_DEAD_NAME), 1, "... as it was");
    mach_port_destroy(mach_task_self(), name);
}

static void
stale_reply(bool once, mach_msg_type_name_t how, unsigned left)
{
    mach_port_t port = guest_receive(), holder, name;
    struct guest_buffer buffer;

    if (once) {
        holder = guest_receive();
        name = guest_send_once(holder);
    } else {
        name = away_make(&holder);
    }
    guest_kill(holder);
    is_kr(send_header(MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, how), port, name),
          MACH_MSG_SUCCESS, "a reply right whose port is dead, by %u (R27)",
          how);
    guest_poll(port, &buffer);
    is(buffer.header.msgh_remote_port, MACH_PORT_DEAD, "... arrives as DEAD");
    is(guest_type(name), left ? MACH_PORT_TYPE_DEAD_NAME : 0,
       "... and leaves %u references", left);
    mach_port_destroy(mach_task_self(), name);
    guest_kill(port);
}

TEST(stale)
{
    stale_destination(MACH_MSG_TYPE_MOVE_SEND);
    stale_destination(MACH_MSG_TYPE_COPY_SEND);
    stale_reply(false, MACH_MSG_TYPE_MOVE_SEND, 0);
    stale_reply(false, MACH_MSG_TYPE_COPY_SEND, 1);
    stale_reply(true, MACH_MSG_TYPE_MOVE_SEND_ONCE, 0);
}
