/* SPDX-License-Identifier: MIT */
/*
 * t_trap_or_message.c - what each call answers for a name of each kind, by
 * trap and by message (R5, R17, R55, catalogue 2.8 and 2.9, adversarial #9, #11,
 * #27).
 *
 * A row is a call and the code that it answers for a name of each kind.  Both
 * ways must answer the same code, leave a refused name as it was, and treat a
 * right that came with the call alike: it is destroyed, and that is told.  Only
 * a right that cannot be taken has two codes (R55).
 */
#include <mach/mach_traps.h>

#include "child.h"
#include "rights.h"
#include "tap.h"

static bool by_trap;      /* or by message: which way BOTH goes */
static mach_port_t set;   /* with the member `member` */
static mach_port_t other; /* a set without members */
static mach_port_t member, notify;
static mach_port_t loner; /* a port in no set */

#define BOTH(routine, ...)                                    \
    (by_trap ? _kernelrpc_##routine##_trap(SELF, __VA_ARGS__) \
             : _kernelrpc_##routine(SELF, __VA_ARGS__))

/* ---- One name ---- */

/* A row's call: a function of a name that gives a code. */
#define CALL(function, expression)                  \
    static kern_return_t function(mach_port_t name) \
    {                                               \
        return expression;                          \
    }

/* clang-format off */
CALL(deallocate, BOTH(mach_port_deallocate, name))
CALL(end_receive, BOTH(mach_port_mod_refs, name, MACH_PORT_RIGHT_RECEIVE, -1))
CALL(end_set, BOTH(mach_port_mod_refs, name, MACH_PORT_RIGHT_PORT_SET, -1))
CALL(too_many, BOTH(mach_port_mod_refs, name, MACH_PORT_RIGHT_SEND, 65536))
CALL(no_right, BOTH(mach_port_mod_refs, name, MACH_PORT_RIGHT_NUMBER, 0))
CALL(move_into, BOTH(mach_port_move_member, name, set))
CALL(move_out, BOTH(mach_port_move_member, name, MACH_PORT_NULL))
CALL(move_to, BOTH(mach_port_move_member, loner, name))
CALL(move_nowhere, BOTH(mach_port_move_member, name, MACH_PORT_DEAD))
CALL(insert_name, BOTH(mach_port_insert_member, name, set))
CALL(insert_unknown, BOTH(mach_port_insert_member, name, 0x5ffff03))
CALL(insert_into, BOTH(mach_port_insert_member, member, name))
CALL(extract_name, BOTH(mach_port_extract_member, name, other))
CALL(extract_from, BOTH(mach_port_extract_member, member, name))
CALL(destruct, BOTH(mach_port_destruct, name, 0, 0))
CALL(destruct_two, BOTH(mach_port_destruct, name, -2, 0))

static kern_return_t
guard_twice(mach_port_t name)
{
    kern_return_t kr = BOTH(mach_port_guard, name, 1, FALSE);

    return kr != KERN_SUCCESS ? kr : BOTH(mach_port_guard, name, 1, FALSE);
}

CALL(unguard, BOTH(mach_port_unguard, name, 1))

static kern_return_t
type(mach_port_t name)
{
    mach_port_type_t found;

    return BOTH(mach_port_type, name, &found);
}

static kern_return_t
attributes(mach_port_t name, mach_port_flavor_t flavor, unsigned count)
{
    integer_t info[MACH_PORT_INFO_EXT_COUNT];

    return BOTH(mach_port_get_attributes, name, flavor, info, &count);
}

CALL(status,
     attributes(name, MACH_PORT_RECEIVE_STATUS, MACH_PORT_RECEIVE_STATUS_COUNT))
CALL(limits, attributes(name, MACH_PORT_LIMITS_INFO, 1))
CALL(status_short,
     attributes(name, MACH_PORT_RECEIVE_STATUS, MACH_PORT_RECEIVE_STATUS_COUNT - 1))
CALL(no_flavor, attributes(name, 99, 1))

/* ---- One name, by message alone ---- */

static kern_return_t
set_status(mach_port_t name)
{
    mach_port_name_array_t names = NULL;
    mach_msg_type_number_t count;

    return mach_port_get_set_status(SELF, name, &names, &count);
}

static kern_return_t
set_limits(mach_port_t name)
{
    mach_port_limits_t few = { .mpl_qlimit = 3 };

    return mach_port_set_attributes(SELF, name, MACH_PORT_LIMITS_INFO,
                                    (mach_port_info_t)&few,
                                    MACH_PORT_LIMITS_INFO_COUNT);
}

static kern_return_t
assert_guard(mach_port_t name)
{
    mach_port_guard_info_t info = { 0 };

    return mach_port_assert_attributes(SELF, name, MACH_PORT_GUARD_INFO,
                                       (mach_port_info_t)&info, 2);
}

static kern_return_t
get_context(mach_port_t name)
{
    mach_port_context_t context;

    return mach_port_get_context(SELF, name, &context);
}

CALL(set_context, mach_port_set_context(SELF, name, 1))
CALL(guard_with_flags, mach_port_guard_with_flags(SELF, name, 1, 0))
CALL(swap_guard, mach_port_swap_guard(SELF, name, 1, 2))
CALL(set_mscount, mach_port_set_mscount(SELF, name, 1))
CALL(set_seqno, mach_port_set_seqno(SELF, name, 1))

static kern_return_t
get_srights(mach_port_t name)
{
    mach_port_rights_t srights;

    return mach_port_get_srights(SELF, name, &srights);
}

static kern_return_t
requests_info(mach_port_t name)
{
    unsigned total, used;

    return mach_port_dnrequest_info(SELF, name, &total, &used);
}
/* clang-format on */

#define OK    KERN_SUCCESS
#define NAME  KERN_INVALID_NAME
#define RIGHT KERN_INVALID_RIGHT
#define VALUE KERN_INVALID_VALUE
#define ARG   KERN_INVALID_ARGUMENT
#define FAIL  KERN_FAILURE
#define NOT   KERN_NOT_IN_SET

/* clang-format off */
static const struct row {
    const char *text;
    kern_return_t (*call)(mach_port_t name);
    kern_return_t want[NAME_KINDS];
} rows[] = {
    /*                    NULL  DEAD  free  RCV    SEND   S+R    ONCE   dead   set */
    { "deallocate", deallocate,
                        { OK,   OK,   NAME, RIGHT, OK,    OK,    OK,    OK,    OK } },
    { "mod_refs(RECEIVE, -1)", end_receive,
                        { NAME, NAME, NAME, OK,    RIGHT, OK,    RIGHT, RIGHT, RIGHT } },
    { "mod_refs(PORT_SET, -1)", end_set,
                        { NAME, NAME, NAME, RIGHT, RIGHT, RIGHT, RIGHT, RIGHT, OK } },
    { "mod_refs(SEND, 65536)", too_many,
                        { OK,   OK,   NAME, RIGHT, VALUE, VALUE, RIGHT, RIGHT, RIGHT } },
    { "mod_refs(6, 0)", no_right,
                        { VALUE, VALUE, VALUE, VALUE, VALUE, VALUE, VALUE, VALUE, VALUE } },
    { "move_member, the member", move_into,
                        { RIGHT, RIGHT, NAME, OK,  RIGHT, OK,    RIGHT, RIGHT, RIGHT } },
    { "move_member, out of none", move_out,
                        { RIGHT, RIGHT, NAME, NOT, RIGHT, NOT,   RIGHT, RIGHT, RIGHT } },
    { "move_member, the set", move_to,
                        { NOT,  RIGHT, NAME, RIGHT, RIGHT, RIGHT, RIGHT, RIGHT, OK } },
    { "move_member, into DEAD", move_nowhere,
                        { RIGHT, RIGHT, RIGHT, RIGHT, RIGHT, RIGHT, RIGHT, RIGHT, RIGHT } },
    { "insert_member, the member", insert_name,
                        { RIGHT, RIGHT, NAME, OK,  RIGHT, OK,    RIGHT, RIGHT, RIGHT } },
    { "insert_member, into a free name", insert_unknown,
                        { RIGHT, RIGHT, NAME, NAME, NAME, NAME,  NAME,  NAME,  NAME } },
    { "insert_member, the set", insert_into,
                        { RIGHT, RIGHT, NAME, RIGHT, RIGHT, RIGHT, RIGHT, RIGHT, OK } },
    { "extract_member, the member", extract_name,
                        { RIGHT, RIGHT, NAME, NOT, RIGHT, NOT,   RIGHT, RIGHT, RIGHT } },
    { "extract_member, the set", extract_from,
                        { RIGHT, RIGHT, NAME, RIGHT, RIGHT, RIGHT, RIGHT, RIGHT, NOT } },
    { "destruct", destruct,
                        { NAME, NAME, NAME, OK,    RIGHT, OK,    RIGHT, RIGHT, RIGHT } },
    { "destruct, two send references too", destruct_two,
                        { NAME, NAME, NAME, RIGHT, RIGHT, VALUE, RIGHT, RIGHT, RIGHT } },
    { "guard, twice", guard_twice,
                        { NAME, NAME, NAME, ARG,   RIGHT, ARG,   RIGHT, RIGHT, RIGHT } },
    { "unguard", unguard,
                        { NAME, NAME, NAME, ARG,   RIGHT, ARG,   RIGHT, RIGHT, RIGHT } },
    { "type", type,
                        { NAME, OK,   NAME, OK,    OK,    OK,    OK,    OK,    OK } },
    { "get_attributes(STATUS)", status,
                        { RIGHT, RIGHT, NAME, OK,  RIGHT, OK,    RIGHT, RIGHT, RIGHT } },
    { "get_attributes(LIMITS)", limits,
                        { OK,   OK,   NAME, OK,    RIGHT, OK,    RIGHT, RIGHT, RIGHT } },
    { "get_attributes, too short", status_short,
                        { FAIL, FAIL, FAIL, FAIL,  FAIL,  FAIL,  FAIL,  FAIL,  FAIL } },
    { "get_attributes, no flavor", no_flavor,
                        { ARG,  ARG,  ARG,  ARG,   ARG,   ARG,   ARG,   ARG,   ARG } },
}, message_rows[] = { /* there is no trap */
    { "get_set_status", set_status,
                        { RIGHT, RIGHT, NAME, RIGHT, RIGHT, RIGHT, RIGHT, RIGHT, OK } },
    { "set_attributes(LIMITS)", set_limits,
                        { RIGHT, RIGHT, NAME, OK,  RIGHT, OK,    RIGHT, RIGHT, RIGHT } },
    { "assert_attributes(GUARD)", assert_guard,
                        { RIGHT, RIGHT, NAME, ARG, RIGHT, ARG,   RIGHT, RIGHT, RIGHT } },
    { "get_context", get_context,
                        { RIGHT, RIGHT, NAME, OK,  RIGHT, OK,    RIGHT, RIGHT, RIGHT } },
    { "set_context", set_context,
                        { RIGHT, RIGHT, NAME, OK,  RIGHT, OK,    RIGHT, RIGHT, RIGHT } },
    { "guard_with_flags", guard_with_flags,
                        { NAME, NAME, NAME, OK,    RIGHT, OK,    RIGHT, RIGHT, RIGHT } },
    { "swap_guard", swap_guard,
                        { NAME, NAME, NAME, ARG,   RIGHT, ARG,   RIGHT, RIGHT, RIGHT } },
    { "set_mscount", set_mscount,
                        { RIGHT, RIGHT, NAME, OK,  RIGHT, OK,    RIGHT, RIGHT, RIGHT } },
    { "set_seqno", set_seqno,
                        { RIGHT, RIGHT, NAME, OK,  RIGHT, OK,    RIGHT, RIGHT, RIGHT } },
    { "get_srights", get_srights,
                        { NAME, NAME, NAME, OK,    RIGHT, OK,    RIGHT, RIGHT, RIGHT } },
    { "dnrequest_info", requests_info,
                        { NAME, NAME, NAME, OK,    RIGHT, OK,    RIGHT, RIGHT, RIGHT } },
};
/* clang-format on */

static const char *
way(void)
{
    return by_trap ? "trap" : "message";
}

static void
test_row(const struct row *row, enum name_kind kind)
{
    struct sample sample = sample_make(kind);
    kern_return_t want = row->want[kind];

    is_kr(row->call(sample.name), want, "%s: %s: %s", way(), row->text,
          kind_text(kind));
    if (want != KERN_SUCCESS)
        ok(sample_intact(&sample), "... which is as it was");
    mach_port_unguard(SELF, sample.name, 1); /* of guard_twice */
    sample_drop(&sample);
}

static void
test_rows(const struct row *table, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        for (enum name_kind kind = 0; kind < NAME_KINDS; kind++)
            test_row(&table[i], kind);
}

/* ---- A notify right that comes with a refused request ---- */

/* clang-format off */
static const struct request {
    mach_msg_id_t id;
    mach_port_mscount_t sync;
    kern_return_t want[NAME_KINDS];
} requests[] = {
    { MACH_NOTIFY_NO_SENDERS, 9,
                        { RIGHT, RIGHT, NAME, OK,  RIGHT, OK,    RIGHT, RIGHT, RIGHT } },
    { MACH_NOTIFY_PORT_DESTROYED, 0,
                        { RIGHT, RIGHT, NAME, OK,  RIGHT, OK,    RIGHT, RIGHT, RIGHT } },
    { MACH_NOTIFY_PORT_DESTROYED, 1,
                        { VALUE, VALUE, VALUE, VALUE, VALUE, VALUE, VALUE, VALUE, VALUE } },
    { MACH_NOTIFY_DEAD_NAME, 0,
                        { ARG,  ARG,  NAME, OK,  OK,    OK,    OK,    ARG,   RIGHT } },
    { MACH_NOTIFY_SEND_POSSIBLE, 0,
                        { ARG,  ARG,  NAME, OK,  OK,    OK,    OK,    ARG,   RIGHT } },
    { 99, 0,            { VALUE, VALUE, VALUE, VALUE, VALUE, VALUE, VALUE, VALUE, VALUE } },
};
/* clang-format on */

static kern_return_t
request(mach_port_t name, const struct request *row)
{
    mach_port_t previous = MACH_PORT_NULL;

    if (by_trap)
        return _kernelrpc_mach_port_request_notification_trap(
            SELF, name, row->id, row->sync, notify, &previous);
    return _kernelrpc_mach_port_request_notification(
        SELF, name, row->id, row->sync, notify, MACH_MSG_TYPE_MAKE_SEND_ONCE,
        &previous);
}

/* Requests for PORT_DESTROYED move the receive right to `notify`. */
static void
drain_notify(void)
{
    while (guest_next_id(notify) != -1)
        continue;
}

static void
test_request(const struct request *row, enum name_kind kind)
{
    struct sample sample = sample_make(kind);
    kern_return_t want = row->want[kind];

    is_kr(request(sample.name, row), want, "%s: request %d, sync %u: %s", way(),
          row->id, row->sync, kind_text(kind));
    if (want != KERN_SUCCESS) {
        ok(sample_intact(&sample), "... which is as it was");
        is(guest_next_id(notify), MACH_NOTIFY_SEND_ONCE,
           "... the notify right is destroyed, and that is told");
        is(guest_next_id(notify), -1, "... once");
    }
    sample_drop(&sample);
    drain_notify();
}

/* ---- A right that comes with a refused insertion ---- */

static kern_return_t
insert(mach_port_name_t name, mach_port_t right, mach_msg_type_name_t how)
{
    return BOTH(mach_port_insert_right, name, right, how);
}

static void
refuse_insert(mach_port_name_t name, kern_return_t want, const char *text)
{
    mach_port_t port = guest_receive();
    mach_port_t send = guest_port();
    mach_port_type_t before = guest_type(name);

    is_kr(insert(name, port, MACH_MSG_TYPE_MAKE_SEND_ONCE), want,
          "%s: insert_right: %s", way(), text);
    is(guest_type(name), before, "... puts nothing there");
    is(guest_next_id(port), MACH_NOTIFY_SEND_ONCE,
       "... the right made for it is destroyed, and that is told");
    insert(name, send, MACH_MSG_TYPE_MOVE_SEND);
    is(guest_type(send), MACH_PORT_TYPE_RECEIVE,
       "... a right moved for it is destroyed");
    is(guest_status(send).mps_srights, 0, "... wholly");
    guest_kill(port);
    guest_kill(send);
}

static void
test_insert_names(void)
{
    mach_port_t taken = guest_receive(), held = guest_port();
    mach_port_t dead = guest_dead();

    refuse_insert(MACH_PORT_NULL, VALUE, "under NULL (#27)");
    refuse_insert(MACH_PORT_DEAD, VALUE, "under DEAD (#27)");
    refuse_insert(0x7a, VALUE, "under what has not the shape of a name");
    refuse_insert(0x54300, VALUE, "... nor this");
    refuse_insert(0x54301, VALUE, "... nor this");
    refuse_insert(1, VALUE, "... nor this");
    refuse_insert(0xfffffffc, VALUE, "... nor this");
    refuse_insert(0x7b, FAIL, "under index 0");
    refuse_insert(0xff, FAIL, "under index 0 of any generation");
    refuse_insert(3, FAIL, "... or of none");
    refuse_insert(0x7ffffff3, KERN_NO_SPACE, "under too large an index");
    refuse_insert(0xfffffe03, KERN_NO_SPACE, "under the largest");
    refuse_insert(taken ^ 0x10, FAIL, "under another generation");
    refuse_insert(taken, KERN_NAME_EXISTS, "under a name that is in use");
    refuse_insert(set, KERN_NAME_EXISTS, "under a set's name (#11)");
    refuse_insert(dead, KERN_NAME_EXISTS, "under a dead name");
    is_kr(insert(0x7b, held, MACH_MSG_TYPE_COPY_SEND), FAIL,
          "%s: insert_right: the name is judged before RIGHT_EXISTS", way());
    is_kr(insert(taken, held, MACH_MSG_TYPE_COPY_SEND), KERN_RIGHT_EXISTS,
          "%s: insert_right: RIGHT_EXISTS before NAME_EXISTS", way());
    is(guest_refs(held, MACH_PORT_RIGHT_SEND), 1, "... and nothing is left");
    guest_kill(taken);
    mach_port_destroy(SELF, held);
    mach_port_deallocate(SELF, dead);
}

/* What is no port of ours, in every disposition; of a dead name three take. */
static void
test_insert_nothing(enum name_kind kind, kern_return_t untaken)
{
    const unsigned taken = kind == NAME_DEAD_NAME
                               ? 1u << MACH_MSG_TYPE_MOVE_SEND |
                                     1u << MACH_MSG_TYPE_MOVE_SEND_ONCE |
                                     1u << MACH_MSG_TYPE_COPY_SEND
                           : kind <= NAME_DEAD ? ~0u
                                               : 0;
    unsigned right = 0;

    for (unsigned how = MACH_MSG_TYPE_MOVE_RECEIVE;
         how <= MACH_MSG_TYPE_MAKE_SEND_ONCE; how++) {
        struct sample sample = sample_make(kind);

        right += insert(0x60003, sample.name, how) ==
                     (taken & 1u << how ? KERN_INVALID_CAPABILITY : untaken) &&
                 guest_type(0x60003) == 0;
        sample_drop(&sample);
    }
    is(right, 6, "%s: insert_right of %s in every disposition (R55, #11, #27)",
       way(), kind_text(kind));
}

/* The right itself cannot be taken: each way says so by a code of its own. */
static void
test_insert_sources(void)
{
    kern_return_t untaken = by_trap ? RIGHT : MACH_SEND_INVALID_RIGHT;
    const kern_return_t want[NAME_KINDS] = {
        KERN_INVALID_CAPABILITY,
        KERN_INVALID_CAPABILITY,
        untaken,
        untaken,
        OK,
        OK,
        untaken,
        KERN_INVALID_CAPABILITY,
        untaken,
    };

    for (enum name_kind kind = 0; kind < NAME_KINDS; kind++) {
        struct sample sample = sample_make(kind);
        mach_port_name_t name =
            want[kind] == OK ? sample.name : (mach_port_name_t)0x12303;

        is_kr(insert(name, sample.name, MACH_MSG_TYPE_COPY_SEND), want[kind],
              "%s: insert_right of %s (R55)", way(), kind_text(kind));
        ok(want[kind] == OK || sample_intact(&sample),
           "... which is as it was");
        sample_drop(&sample);
        if (kind <= NAME_FREE || kind >= NAME_DEAD_NAME)
            test_insert_nothing(kind, untaken);
    }
}

/* ---- Calls without a name ---- */

static void
test_allocate(void)
{
    static const mach_port_right_t bad[] = {
        MACH_PORT_RIGHT_SEND,
        MACH_PORT_RIGHT_SEND_ONCE,
        MACH_PORT_RIGHT_LABELH,
        MACH_PORT_RIGHT_NUMBER,
        7,
        0x80000000u,
        ~0u,
    };

    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        mach_port_t name = 0x1234;

        is_kr(BOTH(mach_port_allocate, bad[i], &name), VALUE,
              "%s: allocate: right %#x", way(), bad[i]);
        is(name, 0x1234, "... no name is written");
    }
}

static void
test_construct(void)
{
    static const struct {
        const char *text;
        uint32_t flags, limit;
        kern_return_t want;
    } bad[] = {
        { "an unknown flag", 0x80000000, 0, KERN_INVALID_ARGUMENT },
        { "two kinds", MPO_REPLY_PORT | MPO_SERVICE_PORT, 0,
          KERN_INVALID_ARGUMENT },
        { "a kind not offered", MPO_SERVICE_PORT, 0, KERN_NOT_SUPPORTED },
        { "too high a limit", MPO_QLIMIT, MACH_PORT_QLIMIT_MAX + 1, VALUE },
    };

    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        mach_port_options_t options = { .flags = bad[i].flags,
                                        .mpl = { bad[i].limit } };
        unsigned names = guest_names();
        mach_port_t name = 0x1234;

        is_kr(BOTH(mach_port_construct, &options, 0, &name), bad[i].want,
              "%s: construct: %s", way(), bad[i].text);
        is(name, 0x1234, "... no name is written");
        is(guest_names(), names, "... nothing is made");
    }
}

static void
test_one_way(void)
{
    test_rows(rows, sizeof rows / sizeof *rows);
    if (!by_trap)
        test_rows(message_rows, sizeof message_rows / sizeof *message_rows);
    mach_port_extract_member(SELF, member, set);
    for (unsigned i = 0; i < sizeof requests / sizeof *requests; i++)
        for (enum name_kind kind = 0; kind < NAME_KINDS; kind++)
            test_request(&requests[i], kind);
    test_insert_names();
    test_insert_sources();
    test_allocate();
    test_construct();
}

/* ---- Traps, of the caller's own task alone ---- */

static void
test_target(mach_port_t target, const char *text)
{
    mach_port_name_t name = 0x1234;

    is_kr(_kernelrpc_mach_port_allocate_trap(target, MACH_PORT_RIGHT_RECEIVE,
                                             &name),
          MACH_SEND_INVALID_DEST, "trap: allocate in %s", text);
    is(name, 0x1234, "... no name is written");
    is_kr(_kernelrpc_mach_port_move_member_trap(target, member, set),
          MACH_SEND_INVALID_DEST, "trap: move_member in %s", text);
    is_kr(_kernelrpc_mach_port_insert_member_trap(target, member, set),
          MACH_SEND_INVALID_DEST, "trap: insert_member in %s", text);
    is_kr(_kernelrpc_mach_port_extract_member_trap(target, member, set),
          MACH_SEND_INVALID_DEST, "trap: extract_member in %s", text);
}

static void
test_targets(void)
{
    mach_port_t task = child_empty();

    test_target(task, "another task");
    test_target(MACH_PORT_NULL, "NULL");
    test_target(member, "what is no task");
    child_end(task);
}

int
main(void)
{
    unsigned names;

    tap_begin();
    names = guest_names();
    set = guest_set();
    other = guest_set();
    member = guest_receive();
    loner = guest_receive();
    notify = guest_receive();
    by_trap = true;
    test_one_way();
    by_trap = false;
    test_one_way();
    test_targets();
    mach_port_destroy(SELF, set);
    mach_port_destroy(SELF, other);
    guest_kill(member);
    guest_kill(loner);
    guest_kill(notify);
    is(guest_names(), names, "no name is left over");
    return tap_done();
}
