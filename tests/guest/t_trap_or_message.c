/* SPDX-License-Identifier: MIT */
/*
 * t_trap_or_message.c - routines that are a trap and a message: each refusal
 * both ways, from one table (R5, R55, catalogue 2.8 and 2.9).
 *
 * A row is a call and the code that it answers for a name of each kind.  Both
 * ways must answer the same code, leave a refused name as it was, and treat a
 * right that came with the call alike: it is destroyed, and that is told.  Only
 * a right that cannot be taken has two codes (R55).
 */
#include <mach/mach_traps.h>
#include <mach/mach_vm.h>

#include "rights.h"
#include "tap.h"

#define SELF mach_task_self()

static bool by_trap;      /* or by message: which way BOTH goes */
static mach_port_t set;   /* with the member `member` */
static mach_port_t other; /* a set without members */
static mach_port_t member, notify;

#define BOTH(routine, ...)                                    \
    (by_trap ? _kernelrpc_##routine##_trap(SELF, __VA_ARGS__) \
             : _kernelrpc_##routine(SELF, __VA_ARGS__))

/* ---- One name ---- */

static kern_return_t
deallocate(mach_port_t name)
{
    return BOTH(mach_port_deallocate, name);
}

static kern_return_t
end_receive(mach_port_t name)
{
    return BOTH(mach_port_mod_refs, name, MACH_PORT_RIGHT_RECEIVE, -1);
}

static kern_return_t
end_set(mach_port_t name)
{
    return BOTH(mach_port_mod_refs, name, MACH_PORT_RIGHT_PORT_SET, -1);
}

static kern_return_t
too_many(mach_port_t name)
{
    return BOTH(mach_port_mod_refs, name, MACH_PORT_RIGHT_SEND, 65536);
}

static kern_return_t
no_right(mach_port_t name)
{
    return BOTH(mach_port_mod_refs, name, MACH_PORT_RIGHT_NUMBER, 0);
}

static kern_return_t
move_into(mach_port_t name)
{
    return BOTH(mach_port_move_member, name, set);
}

static kern_return_t
move_out(mach_port_t name)
{
    return BOTH(mach_port_move_member, name, MACH_PORT_NULL);
}

static kern_return_t
move_nowhere(mach_port_t name)
{
    return BOTH(mach_port_move_member, name, MACH_PORT_DEAD);
}

static kern_return_t
insert_name(mach_port_t name)
{
    return BOTH(mach_port_insert_member, name, set);
}

static kern_return_t
insert_unknown(mach_port_t name)
{
    return BOTH(mach_port_insert_member, name, 0x5ffff03);
}

static kern_return_t
insert_into(mach_port_t name)
{
    return BOTH(mach_port_insert_member, member, name);
}

static kern_return_t
extract_name(mach_port_t name)
{
    return BOTH(mach_port_extract_member, name, other);
}

static kern_return_t
extract_from(mach_port_t name)
{
    return BOTH(mach_port_extract_member, member, name);
}

static kern_return_t
destruct(mach_port_t name)
{
    return BOTH(mach_port_destruct, name, 0, 0);
}

static kern_return_t
destruct_two(mach_port_t name)
{
    return BOTH(mach_port_destruct, name, -2, 0);
}

static kern_return_t
guard_twice(mach_port_t name)
{
    kern_return_t kr = BOTH(mach_port_guard, name, 1, FALSE);

    return kr != KERN_SUCCESS ? kr : BOTH(mach_port_guard, name, 1, FALSE);
}

static kern_return_t
unguard(mach_port_t name)
{
    return BOTH(mach_port_unguard, name, 1);
}

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

static kern_return_t
status(mach_port_t name)
{
    return attributes(name, MACH_PORT_RECEIVE_STATUS,
                      MACH_PORT_RECEIVE_STATUS_COUNT);
}

static kern_return_t
limits(mach_port_t name)
{
    return attributes(name, MACH_PORT_LIMITS_INFO, 1);
}

static kern_return_t
status_short(mach_port_t name)
{
    return attributes(name, MACH_PORT_RECEIVE_STATUS,
                      MACH_PORT_RECEIVE_STATUS_COUNT - 1);
}

static kern_return_t
no_flavor(mach_port_t name)
{
    return attributes(name, 99, 1);
}

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

    is_kr(insert(name, port, MACH_MSG_TYPE_MAKE_SEND_ONCE), want,
          "%s: insert_right: %s", way(), text);
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

    refuse_insert(MACH_PORT_NULL, VALUE, "under NULL");
    refuse_insert(MACH_PORT_DEAD, VALUE, "under DEAD");
    refuse_insert(0x7a, VALUE, "under what has not the shape of a name");
    refuse_insert(0x7b, FAIL, "under index 0");
    refuse_insert(0x7ffffff3, KERN_NO_SPACE, "under too large an index");
    refuse_insert(taken ^ 0x10, FAIL, "under another generation");
    refuse_insert(taken, KERN_NAME_EXISTS, "under a name that is in use");
    is_kr(insert(0x7b, held, MACH_MSG_TYPE_COPY_SEND), FAIL,
          "%s: insert_right: the name is judged before RIGHT_EXISTS", way());
    is_kr(insert(taken, held, MACH_MSG_TYPE_COPY_SEND), KERN_RIGHT_EXISTS,
          "%s: insert_right: RIGHT_EXISTS before NAME_EXISTS", way());
    is(guest_refs(held, MACH_PORT_RIGHT_SEND), 1, "... and nothing is left");
    guest_kill(taken);
    mach_port_destroy(SELF, held);
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
        0xffffffff,
    };
    mach_port_t name = 0x1234;

    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
        is_kr(BOTH(mach_port_allocate, bad[i], &name), VALUE,
              "%s: allocate: right %#x", way(), bad[i]);
    is(name, 0x1234, "... no name is written");
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
        ok(name == 0x1234 && guest_names() == names, "... nothing is made");
    }
}

#define PAGE 4096ull

static kern_return_t
vm_allocate_way(mach_vm_address_t address, mach_vm_size_t size, int flags)
{
    return BOTH(mach_vm_allocate, &address, size, flags);
}

/* Where the trap has no argument for it, the message says the same. */
static kern_return_t
vm_map_way(mach_vm_address_t address, mach_vm_size_t size, int flags)
{
    if (by_trap)
        return _kernelrpc_mach_vm_map_trap(SELF, &address, size, 0, flags,
                                           VM_PROT_DEFAULT);
    return _kernelrpc_mach_vm_map(SELF, &address, size, 0, flags,
                                  MACH_PORT_NULL, 0, FALSE, VM_PROT_DEFAULT,
                                  VM_PROT_ALL, VM_INHERIT_DEFAULT);
}

/* The order of checks and the ranges of facts M1, M6, M7, M11, M13, M16. */
static void
test_memory(void)
{
    mach_vm_address_t a = (mach_vm_address_t)guest_pages(2);

    is_kr(vm_allocate_way(0, 0, VM_FLAGS_ANYWHERE), OK, "%s: vm_allocate of 0",
          way());
    is_kr(vm_allocate_way(0, 0, 0x100 | VM_FLAGS_ANYWHERE), ARG,
          "%s: vm_allocate of 0 with a bad flag (flags first)", way());
    is_kr(vm_allocate_way(0, PAGE, VM_FLAGS_PURGABLE | VM_FLAGS_ANYWHERE), ARG,
          "%s: vm_allocate with a flag that is not offered", way());
    is_kr(vm_allocate_way(a, PAGE, VM_FLAGS_FIXED), KERN_NO_SPACE,
          "%s: vm_allocate over what is there", way());
    is_kr(vm_allocate_way(PAGE, -2 * PAGE + 1, VM_FLAGS_FIXED),
          KERN_INVALID_ADDRESS, "%s: vm_allocate: an end that rounds to 2^64",
          way());
    is_kr(vm_map_way(0, 0, VM_FLAGS_ANYWHERE), ARG, "%s: vm_map of 0", way());
    is_kr(vm_map_way(a, PAGE, VM_FLAGS_FIXED), KERN_NO_SPACE,
          "%s: vm_map over what is there", way());
    is_kr(BOTH(mach_vm_deallocate, a, ~0ull), ARG,
          "%s: vm_deallocate: a range that wraps", way());
    is_kr(BOTH(mach_vm_deallocate, PAGE, ~0ull - PAGE), OK,
          "%s: vm_deallocate: an end that rounds to 2^64", way());
    is_kr(BOTH(mach_vm_deallocate, a, GUEST_NON_CANONICAL), OK,
          "%s: vm_deallocate: an end above the map", way());
    is_kr(BOTH(mach_vm_deallocate, 0, a + PAGE), OK,
          "%s: vm_deallocate: a start below the map", way());
    *(volatile char *)a = 1;
    ok(true, "... of none of these anything is unmapped");
    is_kr(BOTH(mach_vm_protect, a, 0, FALSE, 0x77), OK,
          "%s: vm_protect: size 0 first", way());
    is_kr(BOTH(mach_vm_protect, a, PAGE, FALSE, 0x77), ARG,
          "%s: vm_protect: bits that are none", way());
    is_kr(BOTH(mach_vm_protect, a, ~0ull - a, FALSE, VM_PROT_READ), ARG,
          "%s: vm_protect: an end that rounds to 2^64", way());
    is_kr(BOTH(mach_vm_protect, GUEST_NON_CANONICAL, PAGE, FALSE, VM_PROT_READ),
          KERN_INVALID_ADDRESS, "%s: vm_protect: above the map", way());
    mach_vm_deallocate(SELF, a, 2 * PAGE);
}

static void
test_one_way(void)
{
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        for (enum name_kind kind = 0; kind < NAME_KINDS; kind++)
            test_row(&rows[i], kind);
    mach_port_extract_member(SELF, member, set);
    for (unsigned i = 0; i < sizeof requests / sizeof *requests; i++)
        for (enum name_kind kind = 0; kind < NAME_KINDS; kind++)
            test_request(&requests[i], kind);
    test_insert_names();
    test_insert_sources();
    test_allocate();
    test_construct();
    test_memory();
}

int
main(void)
{
    unsigned names;

    note("the first line makes the console's name"); /* before we count */
    names = guest_names();
    set = guest_set();
    other = guest_set();
    member = guest_receive();
    notify = guest_receive();
    by_trap = true;
    test_one_way();
    by_trap = false;
    test_one_way();
    mach_port_destroy(SELF, set);
    mach_port_destroy(SELF, other);
    guest_kill(member);
    guest_kill(notify);
    is(guest_names(), names, "no name is left over");
    return tap_done();
}
