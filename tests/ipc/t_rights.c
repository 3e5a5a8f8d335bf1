/* SPDX-License-Identifier: MIT */
/*
 * t_rights.c - user references: counting, the ceiling, every right of every
 * kind of name (rules R1-R8, adversarial #2, #12, #27).
 */
#include <limits.h>

#include "rights.h"
#include "tap.h"

#define PEGGED 65535

static const mach_port_delta_t deltas[] = {
    0,     -1,     1,           -2,     2,      INT_MIN, 65534,  -65534,
    65535, -65535, INT_MIN + 1, -65536, -32768, INT_MAX, 0x8000, 0x10000,
};

#define DELTAS (sizeof deltas / sizeof deltas[0])

static bool
is_counted(mach_port_right_t right)
{
    return right == MACH_PORT_RIGHT_SEND || right == MACH_PORT_RIGHT_DEAD_NAME;
}

/* What mod_refs answers, for a name with one reference of each right. */
static kern_return_t
want_code(enum name_kind kind, mach_port_right_t right, long long delta)
{
    if (right >= MACH_PORT_RIGHT_NUMBER)
        return KERN_INVALID_VALUE;
    if (kind == NAME_NULL || kind == NAME_DEAD)
        return right == MACH_PORT_RIGHT_SEND ||
                       right == MACH_PORT_RIGHT_SEND_ONCE
                   ? KERN_SUCCESS
                   : KERN_INVALID_NAME;
    if (kind == NAME_FREE)
        return KERN_INVALID_NAME;
    if ((kind_type(kind) & MACH_PORT_TYPE(right)) == 0)
        return KERN_INVALID_RIGHT;
    if (is_counted(right))
        return delta > PEGGED || 1 + delta < 0 ? KERN_INVALID_VALUE
                                               : KERN_SUCCESS;
    return delta == 0 || delta == -1 ? KERN_SUCCESS : KERN_INVALID_VALUE;
}

/* The type that is left after a success. */
static mach_port_type_t
want_type(enum name_kind kind, mach_port_right_t right, long long delta)
{
    if (delta != -1 || kind_type(kind) == 0)
        return kind_type(kind);
    if (kind == NAME_SEND_RECEIVE)
        return right == MACH_PORT_RIGHT_SEND ? MACH_PORT_TYPE_RECEIVE
                                             : MACH_PORT_TYPE_DEAD_NAME;
    return MACH_PORT_TYPE_NONE;
}

static unsigned
want_refs(mach_port_right_t right, long long delta)
{
    if (!is_counted(right))
        return 1;
    return 1 + delta > PEGGED ? PEGGED : (unsigned)(1 + delta);
}

/* One cell of the matrix. */
static bool
matches(enum name_kind kind, mach_port_right_t right, mach_port_delta_t delta)
{
    struct sample sample = sample_make(kind);
    kern_return_t want = want_code(kind, right, delta);
    kern_return_t kr =
        mach_port_mod_refs(mach_task_self(), sample.name, right, delta);
    bool good = kr == want;

    if (!good)
        note("right %u, delta %d: got %d, want %d", right, delta, kr, want);
    if (want != KERN_SUCCESS) {
        good = good && sample_intact(&sample);
    } else if (kind_type(kind) != 0) {
        mach_port_type_t type = want_type(kind, right, delta);

        good = good && guest_type(sample.name) == type;
        if ((type & MACH_PORT_TYPE(right)) != 0)
            good = good &&
                   guest_refs(sample.name, right) == want_refs(right, delta);
    }
    if (!good)
        note("right %u, delta %d: type %#x, refs %u", right, delta,
             guest_type(sample.name), guest_refs(sample.name, right));
    sample_drop(&sample);
    return good;
}

TEST(matrix)
{
    unsigned names = guest_names();

    for (enum name_kind kind = 0; kind < NAME_KINDS; kind++)
        for (mach_port_right_t right = 0; right <= 7; right++) {
            bool good = true;

            for (unsigned i = 0; i < DELTAS; i++)
                good = matches(kind, right, deltas[i]) && good;
            ok(good, "mod_refs: right %u of %s, all deltas (R1-R5, #12)", right,
               kind_text(kind));
        }
    is(guest_names(), names, "mod_refs: the matrix leaves no name");
}

TEST(right_numbers)
{
    mach_port_t port = guest_port();

    is_kr(mach_port_mod_refs(mach_task_self(), port, ~0u, 0),
          KERN_INVALID_VALUE, "mod_refs: right 2^32-1 (R1)");
    is_kr(mach_port_mod_refs(mach_task_self(), guest_free_name(),
                             MACH_PORT_RIGHT_NUMBER, 0),
          KERN_INVALID_VALUE, "mod_refs: the right is judged before the name");
    mach_port_destroy(mach_task_self(), port);
}

/* ---- The ceiling ---- */

static void
test_pegged(mach_port_t name, mach_port_right_t right, const char *what)
{
    static const mach_port_delta_t far[] = { -(PEGGED + 1), PEGGED + 1, INT_MIN,
                                             INT_MAX };
    mach_port_t self = mach_task_self();

    is_kr(mach_port_mod_refs(self, name, right, PEGGED - 1), KERN_SUCCESS,
          "%s: up to 65535 references (R4)", what);
    is_kr(mach_port_mod_refs(self, name, right, 1), KERN_SUCCESS,
          "%s: one more is a success", what);
    is(guest_refs(name, right), PEGGED, "%s: ... and changes nothing", what);
    is_kr(mach_port_mod_refs(self, name, right, -1), KERN_SUCCESS,
          "%s: one less is a success", what);
    is(guest_refs(name, right), PEGGED, "%s: ... and changes nothing", what);
    is_kr(mach_port_deallocate(self, name), KERN_SUCCESS,
          "%s: deallocate is a success", what);
    is(guest_refs(name, right), PEGGED, "%s: ... and changes nothing", what);
    is_kr(mach_port_mod_refs(self, name, right, -(PEGGED - 1)), KERN_SUCCESS,
          "%s: 65534 less is a success", what);
    is(guest_refs(name, right), PEGGED, "%s: ... and changes nothing", what);
    for (unsigned i = 0; i < sizeof far / sizeof far[0]; i++)
        is_kr(mach_port_mod_refs(self, name, right, far[i]), KERN_INVALID_VALUE,
              "%s: a change by %d is too much", what, far[i]);
    is_kr(mach_port_mod_refs(self, name, right, PEGGED), KERN_SUCCESS,
          "%s: 65535 more is a success", what);
    is(guest_refs(name, right), PEGGED, "%s: ... and changes nothing", what);
    is_kr(mach_port_mod_refs(self, name, right, -PEGGED), KERN_SUCCESS,
          "%s: exactly 65535 less ends it", what);
}

TEST(ceiling)
{
    mach_port_t holder;
    mach_port_t send = away_make(&holder);
    mach_port_t both = guest_port();
    mach_port_t dead = guest_dead();

    test_pegged(send, MACH_PORT_RIGHT_SEND, "send");
    is(guest_type(send), 0, "send: the name is free");
    test_pegged(both, MACH_PORT_RIGHT_SEND, "send and receive");
    is(guest_type(both), MACH_PORT_TYPE_RECEIVE,
       "send and receive: receive stays");
    is(guest_status(both).mps_srights, 0,
       "send and receive: the port has no send right any more (R6)");
    test_pegged(dead, MACH_PORT_RIGHT_DEAD_NAME, "dead name");
    is(guest_type(dead), 0, "dead name: the name is free");
    guest_kill(both);
    guest_kill(holder);
}

/* 70,000 rights come to one name, by messages. */
#define ARRAY  14000u
#define ARRAYS 5u
#define COPIES (ARRAY * ARRAYS)

TEST(ceiling_by_messages)
{
    mach_port_t port = guest_port();
    mach_port_t queue = guest_receive();
    mach_port_t *names = guest_pages(ARRAY * sizeof *names / GUEST_PAGE + 1);
    bool sent = true;

    for (unsigned i = 0; i < ARRAY; i++)
        names[i] = port;
    for (unsigned i = 0; i < ARRAYS; i++) {
        struct array_message message =
            array_message(queue, names, ARRAY, MACH_MSG_TYPE_COPY_SEND);
        union any_message any;

        sent = message_send(&message, sizeof message) == MACH_MSG_SUCCESS &&
               message_take(queue, &any) == MACH_MSG_SUCCESS && sent;
        guest_unmap(any.array.ports.address, ARRAY * sizeof *names);
    }
    ok(sent, "70,000 copies of one send right come by messages (R4, #2)");
    is(guest_refs(port, MACH_PORT_RIGHT_SEND), PEGGED, "... and peg its count");
    for (unsigned i = 0; i < COPIES; i++)
        sent = mach_port_deallocate(mach_task_self(), port) == 0 && sent;
    ok(sent, "... as which 70,000 deallocations are successes");
    is(guest_refs(port, MACH_PORT_RIGHT_SEND), PEGGED, "... and move nothing");
    guest_kill(port);
    is(guest_refs(port, MACH_PORT_RIGHT_DEAD_NAME), PEGGED,
       "a pegged send right dies into a pegged dead name");
    mach_port_destroy(mach_task_self(), port);
    guest_kill(queue);
    guest_unmap(names, (ARRAY * sizeof *names / GUEST_PAGE + 1) * GUEST_PAGE);
}

/* ---- Death of a port ---- */

TEST(receive_half)
{
    mach_port_t port = guest_port();

    mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_SEND, 4);
    guest_kill(port);
    is(guest_type(port), MACH_PORT_TYPE_DEAD_NAME,
       "the receive half ends: the name is dead (R7)");
    is(guest_refs(port, MACH_PORT_RIGHT_DEAD_NAME), 5,
       "... with the references that the send half had");
    is(guest_refs(port, MACH_PORT_RIGHT_SEND), 0, "... and none to send");
    is_kr(mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_SEND, -1),
          KERN_INVALID_RIGHT, "... which mod_refs knows, too");
    is_kr(mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_DEAD_NAME,
                             -5),
          KERN_SUCCESS, "... and which go as those of a dead name");
    is(guest_type(port), 0, "... after which the name is free");
}

/* The port dies elsewhere: each call that looks sees the dead name. */
TEST(stale)
{
    mach_port_t holder, name;
    mach_port_urefs_t refs = 0;

    name = away_make(&holder);
    guest_kill(holder);
    is(guest_type(name), MACH_PORT_TYPE_DEAD_NAME,
       "type sees a dead name when the port died elsewhere (R8)");
    mach_port_destroy(mach_task_self(), name);

    name = away_make(&holder);
    mach_port_mod_refs(mach_task_self(), name, MACH_PORT_RIGHT_SEND, 2);
    guest_kill(holder);
    is_kr(mach_port_get_refs(mach_task_self(), name, MACH_PORT_RIGHT_DEAD_NAME,
                             &refs),
          KERN_SUCCESS, "get_refs sees it first (R8)");
    is(refs, 3, "... with the references of the send right");
    is_kr(mach_port_mod_refs(mach_task_self(), name, MACH_PORT_RIGHT_SEND, -1),
          KERN_INVALID_RIGHT, "... which is a send right no more (R8)");
    for (unsigned i = 0; i < 3; i++)
        mach_port_deallocate(mach_task_self(), name);
    is(guest_type(name), 0, "... and is free when they are gone");
    mach_port_destroy(mach_task_self(), name);

    name = away_make(&holder);
    guest_kill(holder);
    is_kr(mach_port_mod_refs(mach_task_self(), name, MACH_PORT_RIGHT_DEAD_NAME,
                             1),
          KERN_SUCCESS, "mod_refs of the dead name sees it first (R8)");
    is(guest_refs(name, MACH_PORT_RIGHT_DEAD_NAME), 2, "... and adds to it");
    mach_port_destroy(mach_task_self(), name);

    holder = guest_receive();
    name = guest_send_once(holder);
    ok(name != holder, "a send-once right has a name of its own");
    guest_kill(holder);
    is_kr(mach_port_mod_refs(mach_task_self(), name, MACH_PORT_RIGHT_DEAD_NAME,
                             0),
          KERN_SUCCESS, "mod_refs sees the death of its port first (R8, R9)");
    is(guest_type(name), MACH_PORT_TYPE_DEAD_NAME,
       "a send-once right dies into a dead name (R9)");
    is(guest_refs(name, MACH_PORT_RIGHT_DEAD_NAME), 1, "... of one reference");
    mach_port_destroy(mach_task_self(), name);
}
