/* SPDX-License-Identifier: MIT */
/*
 * t_ipc_guard.c - guards and contexts, ports made with options, and receive
 * rights that are sent with their guard (R34, R48-R50).
 */
#include "ipc/ipc_entry.h"
#include "ipc/mach_port_construct.h"
#include "ipc_world.h"

#define TRY     (MACH_SEND_MSG | MACH_SEND_TIMEOUT)
#define POLL    (MACH_RCV_MSG | MACH_RCV_TIMEOUT)
#define GUARDED MACH_RCV_GUARDED_DESC

#define IMMOVABLE MACH_MSG_GUARD_FLAGS_IMMOVABLE_RECEIVE
#define UNGUARDED MACH_MSG_GUARD_FLAGS_UNGUARDED_ON_SEND

#define SECRET 0x1122334455667788ull

#pragma pack(push, 4)
struct guarded_message {
    mach_msg_header_t header;
    mach_msg_body_t body;
    mach_msg_guarded_port_descriptor_t port;
};
#pragma pack(pop)

static mach_port_name_t port;
static mach_port_name_t inbox, there; /* B receives, A may send */
static mach_port_context_t context;

static void
begin(void)
{
    world_begin();
    port = new_port(A);
    inbox = new_port(B);
    there = carry_send(B, inbox, A);
}

static kern_return_t
guard(mach_port_name_t name, mach_port_context_t value, uint64_t flags)
{
    return mach_port_guard_with_flags(A->space, name, value, flags);
}

static mach_port_context_t
context_of(struct fake_task *task, mach_port_name_t name)
{
    mach_port_context_t value = 999;

    (void)mach_port_get_context(task->space, name, &value);
    return value;
}

static void
test_context(void)
{
    mach_port_name_t set = new_right(A, RIGHT(PORT_SET));

    ok(context_of(A, port) == 0, "context: is 0 at first");
    ok(mach_port_set_context(A->space, port, SECRET) == KERN_SUCCESS &&
           context_of(A, port) == SECRET,
       "context: what was set is got");
    ok(mach_port_set_context(A->space, set, 1) == KERN_INVALID_RIGHT &&
           mach_port_get_context(A->space, there, &context) ==
               KERN_INVALID_RIGHT &&
           mach_port_get_context(A->space, 0x7703, &context) ==
               KERN_INVALID_NAME,
       "context: only of a receive right");
    ok(guard(port, 5, 0) == KERN_INVALID_ARGUMENT,
       "R50: a port with a context cannot be guarded");
}

static void
test_guard(void)
{
    ok(guard(port, SECRET, 4) == KERN_INVALID_ARGUMENT &&
           guard(there, SECRET, 0) == KERN_INVALID_RIGHT,
       "guard: unknown flags, and no receive right");
    ok(mach_port_guard(A->space, port, SECRET, 0) == KERN_SUCCESS &&
           status(A, port).mps_flags == MACH_PORT_STATUS_FLAG_GUARDED,
       "guard: shows in the status");
    ok(guard(port, SECRET, 0) == KERN_INVALID_ARGUMENT,
       "R50: a guarded port cannot be guarded");
    ok(mod(A, port, RIGHT(RECEIVE), -1) == KERN_INVALID_RIGHT &&
           mach_port_destroy(A->space, port) == KERN_INVALID_RIGHT &&
           mod(A, port, RIGHT(RECEIVE), 0) == KERN_SUCCESS,
       "R48: mod_refs and destroy of a guarded port are INVALID_RIGHT");
    ok(mach_port_swap_guard(A->space, port, 1, 2) == KERN_INVALID_ARGUMENT &&
           mach_port_swap_guard(A->space, port, SECRET, 2) == KERN_SUCCESS &&
           context_of(A, port) == 2,
       "swap_guard: by who knows it");
    ok(mach_port_set_context(A->space, port, 3) == KERN_SUCCESS &&
           mach_port_unguard(A->space, port, 2) == KERN_INVALID_ARGUMENT,
       "set_context changes a guard");
    ok(mach_port_unguard(A->space, port, 3) == KERN_SUCCESS &&
           context_of(A, port) == 0 && status(A, port).mps_flags == 0,
       "unguard: leaves no context");
    ok(mach_port_unguard(A->space, port, 0) == KERN_INVALID_ARGUMENT &&
           mach_port_swap_guard(A->space, port, 0, 1) == KERN_INVALID_ARGUMENT,
       "unguard, swap_guard: of a port without a guard");
    ok(guard(port, 0, 0) == KERN_SUCCESS &&
           mod(A, port, RIGHT(RECEIVE), -1) == KERN_INVALID_RIGHT &&
           mach_port_unguard(A->space, port, 0) == KERN_SUCCESS,
       "guard: 0 is a guard too");
}

static void
test_strict(void)
{
    mach_port_guard_info_t info = { SECRET };
    integer_t *words = (integer_t *)&info;

    ok(guard(port, SECRET, MPG_STRICT) == KERN_SUCCESS &&
           context_of(A, port) == 0 &&
           status(A, port).mps_flags == (MACH_PORT_STATUS_FLAG_GUARDED |
                                         MACH_PORT_STATUS_FLAG_STRICT_GUARD),
       "strict guard: is shown to nobody");
    ok(mach_port_set_context(A->space, port, 1) == KERN_INVALID_ARGUMENT &&
           mach_port_swap_guard(A->space, port, SECRET, 1) ==
               KERN_INVALID_ARGUMENT,
       "strict guard: does not change");
    ok(mach_port_assert_attributes(A->space, port, MACH_PORT_GUARD_INFO, words,
                                   2) == KERN_SUCCESS &&
           mach_port_assert_attributes(A->space, port, MACH_PORT_GUARD_INFO,
                                       words, 1) == KERN_FAILURE &&
           mach_port_assert_attributes(A->space, port, 7, words, 2) ==
               KERN_INVALID_ARGUMENT,
       "assert_attributes: the guard, short counts, other flavors");
    info.mpgi_guard = 1;
    ok(mach_port_assert_attributes(A->space, port, MACH_PORT_GUARD_INFO, words,
                                   2) == KERN_INVALID_ARGUMENT,
       "assert_attributes: another guard");
    ok(mach_port_unguard(A->space, port, SECRET) == KERN_SUCCESS,
       "strict guard: can be taken off");
}

static void
test_destruct(void)
{
    mach_port_name_t mine = new_port(A);

    ok(mach_port_destruct(A->space, port, -1, 0) == KERN_INVALID_RIGHT &&
           mach_port_destruct(A->space, there, 0, 0) == KERN_INVALID_RIGHT &&
           mach_port_destruct(A->space, 0x7703, 0, 0) == KERN_INVALID_NAME,
       "destruct: no send right to drop, no receive right, no name");
    add_send(A, port);
    add_send(A, port);
    (void)guard(port, SECRET, 0);
    ok(mach_port_destruct(A->space, port, 1, SECRET) == KERN_INVALID_VALUE &&
           mach_port_destruct(A->space, port, -3, SECRET) ==
               KERN_INVALID_VALUE &&
           mach_port_destruct(A->space, port, INT32_MIN, SECRET) ==
               KERN_INVALID_VALUE,
       "destruct: srdelta > 0, or more than there are");
    ok(mach_port_destruct(A->space, port, -2, 1) == KERN_INVALID_ARGUMENT &&
           refs(A, port, RIGHT(SEND)) == 2,
       "R48: destruct with a wrong guard");
    ok(mach_port_destruct(A->space, port, -1, SECRET) == KERN_SUCCESS &&
           type_of(A, port) == TYPE(DEAD_NAME) &&
           refs(A, port, RIGHT(DEAD_NAME)) == 1,
       "destruct: what is left of the send right is a dead name");
    add_send(A, mine);
    ok(mach_port_destruct(A->space, mine, -1, 77) == KERN_SUCCESS &&
           type_of(A, mine) == 0,
       "R48: without a guard the argument is not looked at");
}

/* Constructs; returns the code, the name in `port`. */
static kern_return_t
construct(uint32_t flags, uint32_t qlimit)
{
    mach_port_options_t options = { .flags = flags, .mpl.mpl_qlimit = qlimit };

    return ipc_port_construct(A->space, &options, SECRET, &port);
}

static void
test_construct(void)
{
    ok(construct(0, 0) == KERN_SUCCESS && context_of(A, port) == SECRET &&
           type_of(A, port) == TYPE(RECEIVE) && status(A, port).mps_qlimit == 5,
       "construct: the context is a context");
    ok(construct(MPO_CONTEXT_AS_GUARD | MPO_STRICT, 0) == KERN_SUCCESS &&
           mod(A, port, RIGHT(RECEIVE), -1) == KERN_INVALID_RIGHT &&
           context_of(A, port) == 0,
       "construct: or a strict guard");
    ok(construct(MPO_INSERT_SEND_RIGHT | MPO_QLIMIT, 1024) == KERN_SUCCESS &&
           refs(A, port, RIGHT(SEND)) == 1 &&
           status(A, port).mps_mscount == 1 &&
           status(A, port).mps_qlimit == 1024,
       "R10: construct: a send right, counted as made, and a queue limit");
    ok(construct(MPO_QLIMIT, 1025) == KERN_INVALID_VALUE &&
           construct(0x80000000, 0) == KERN_INVALID_ARGUMENT &&
           construct(MPO_REPLY_PORT | MPO_SERVICE_PORT, 0) ==
               KERN_INVALID_ARGUMENT &&
           construct(MPO_SERVICE_PORT, 0) == KERN_NOT_SUPPORTED,
       "construct: bad options");
    ok(construct(MPO_REPLY_PORT | MPO_TEMPOWNER, 0) == KERN_SUCCESS &&
           status(A, port).mps_flags == MACH_PORT_STATUS_FLAG_TEMPOWNER,
       "construct: reply ports are accepted");
}

static void
test_immovable(void)
{
    mach_msg_type_name_t type;
    ipc_port_t right;

    ok(construct(MPO_IMMOVABLE_RECEIVE, 0) == KERN_SUCCESS &&
           mach_port_extract_right(A->space, port, MACH_MSG_TYPE_MOVE_RECEIVE,
                                   &right, &type) == KERN_INVALID_RIGHT &&
           mod(A, port, RIGHT(RECEIVE), -1) == KERN_SUCCESS,
       "R34: an immovable receive right cannot move, and can end");
}

static void
test_names(void)
{
    mach_port_qos_t qos = { .name = 1 };
    mach_port_name_t name = 0x12303;

    ok(mach_port_allocate_name(A->space, RIGHT(RECEIVE), name) ==
               KERN_SUCCESS &&
           type_of(A, name) == TYPE(RECEIVE),
       "allocate_name: a receive right");
    ok(mach_port_allocate_name(A->space, RIGHT(PORT_SET), name) ==
               KERN_NAME_EXISTS &&
           mach_port_allocate_name(A->space, RIGHT(DEAD_NAME), name + 4) ==
               KERN_FAILURE &&
           mach_port_allocate_name(A->space, RIGHT(RECEIVE), 0x3) ==
               KERN_FAILURE &&
           mach_port_allocate_name(A->space, RIGHT(RECEIVE), 0x12402) ==
               KERN_INVALID_VALUE &&
           mach_port_allocate_name(A->space, RIGHT(RECEIVE), 0xfffffe03) ==
               KERN_NO_SPACE &&
           mach_port_allocate_name(A->space, RIGHT(SEND), 0x12503) ==
               KERN_INVALID_VALUE &&
           mach_port_allocate_name(A->space, RIGHT(RECEIVE), 0) ==
               KERN_INVALID_VALUE,
       "allocate_name: in use, other generation, index 0, shape, size, right");
    name = 0x12603;
    ok(mach_port_allocate_full(A->space, RIGHT(PORT_SET), IP_NULL, &qos,
                               &name) == KERN_SUCCESS &&
           type_of(A, 0x12603) == TYPE(PORT_SET),
       "allocate_full: under a name");
    ok(mach_port_allocate_qos(A->space, RIGHT(DEAD_NAME), &qos, &name) ==
           KERN_INVALID_ARGUMENT,
       "allocate_qos: with a name");
    qos.name = 0;
    ok(mach_port_allocate_qos(A->space, RIGHT(DEAD_NAME), &qos, &name) ==
               KERN_SUCCESS &&
           type_of(A, name) == TYPE(DEAD_NAME),
       "allocate_qos: without");
    qos.prealloc = 1;
    ok(mach_port_allocate_full(A->space, RIGHT(RECEIVE), IP_NULL, &qos,
                               &name) == KERN_NOT_SUPPORTED &&
           mach_port_allocate_full(A->space, RIGHT(RECEIVE), IP_DEAD, &qos,
                                   &name) == KERN_INVALID_VALUE,
       "allocate_full: no kept message, no subsystem");
}

/* ---- Guarded descriptors ---- */

static uint64_t
send_guarded(mach_port_name_t name, mach_port_context_t value, unsigned flags,
             mach_msg_type_name_t disposition)
{
    struct guarded_message *message = (void *)abuf;

    header(abuf, there, MACH_MSG_TYPE_COPY_SEND, 0, 0, 44);
    message->header.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
    message->body.msgh_descriptor_count = 1;
    message->port = (mach_msg_guarded_port_descriptor_t){
        .context = value,
        .flags = flags & 0xffff,
        .disposition = disposition & 0xff,
        .type = MACH_MSG_GUARDED_PORT_DESCRIPTOR,
        .name = name,
    };
    return fake_msg(a, abuf, TRY, sizeof(*message), 0, 0, 0);
}

static struct guarded_message *
take_guarded(mach_msg_option_t option)
{
    uint64_t mr = fake_msg(b, bbuf, POLL | option, 0, MSG_ROOM, inbox, 0);

    return mr == MACH_MSG_SUCCESS ? (void *)bbuf : NULL;
}

static void
test_shapes(void)
{
    ok(send_guarded(port, 0, 0, 16) == MACH_SEND_INVALID_TYPE &&
           send_guarded(port, 0, 4, 16) == MACH_SEND_INVALID_TYPE &&
           send_guarded(port, 1, UNGUARDED, 16) == MACH_SEND_INVALID_TYPE &&
           send_guarded(port, 0, UNGUARDED, 17) == MACH_SEND_INVALID_TYPE,
       "guarded descriptor: bad flags, context, disposition");
    ok(send_guarded(port, SECRET, IMMOVABLE, 16) == MACH_SEND_INVALID_RIGHT,
       "guarded descriptor: of a port without a guard");
    (void)guard(port, SECRET, 0);
    ok(send_guarded(port, 5, IMMOVABLE, 16) == MACH_SEND_INVALID_RIGHT &&
           send_guarded(port, 0, UNGUARDED, 16) == MACH_SEND_INVALID_RIGHT &&
           send_guarded(there, 0, IMMOVABLE, 16) == MACH_SEND_INVALID_RIGHT &&
           send_guarded(0x7703, 0, IMMOVABLE, 16) == MACH_SEND_INVALID_RIGHT,
       "guarded descriptor: another guard, or no receive right");
    ok(type_of(A, port) == TYPE(RECEIVE) && context_of(A, port) == SECRET,
       "R21: and the right is still where it was");
}

static void
test_received(void)
{
    struct guarded_message *message;

    (void)guard(port, SECRET, 0);
    ok(send_guarded(port, SECRET, IMMOVABLE, 16) == MACH_MSG_SUCCESS &&
           type_of(A, port) == 0,
       "guarded descriptor: the right leaves");
    message = take_guarded(GUARDED);
    ok(message != NULL && message->port.context == (uintptr_t)bbuf &&
           context_of(B, message->port.name) == (uintptr_t)bbuf &&
           status(B, message->port.name).mps_flags ==
               (MACH_PORT_STATUS_FLAG_GUARDED |
                MACH_PORT_STATUS_FLAG_GUARD_IMMOVABLE_RECEIVE),
       "R49: it arrives guarded by the buffer's address, and immovable");
    port = new_port(A);
    ok(send_guarded(port, 0, UNGUARDED, 16) == MACH_MSG_SUCCESS &&
           (message = take_guarded(GUARDED)) != NULL &&
           message->port.flags == UNGUARDED && message->port.context == 0 &&
           context_of(B, message->port.name) == 0 &&
           status(B, message->port.name).mps_flags == 0,
       "R49: sent unguarded alone, it arrives without a guard");
    port = new_port(A);
    ok(send_guarded(port, 0, UNGUARDED | IMMOVABLE, 16) == MACH_MSG_SUCCESS &&
           (message = take_guarded(GUARDED)) != NULL &&
           message->port.flags == IMMOVABLE &&
           context_of(B, message->port.name) == (uintptr_t)bbuf,
       "R49: sent immovable, that is all the flags say");
    ok(send_guarded(0, 0, UNGUARDED, 16) == MACH_MSG_SUCCESS &&
           (message = take_guarded(GUARDED)) != NULL && message->port.name == 0,
       "guarded descriptor: MACH_PORT_NULL goes through");
}

static void
test_refused(void)
{
    mach_port_name_t sender = carry_send(A, port, B);
    struct guarded_message *message;

    ok(send_guarded(port, 0, UNGUARDED, 16) == MACH_MSG_SUCCESS &&
           (message = take_guarded(0)) != NULL && message->port.name == 0 &&
           type_of(B, sender) == TYPE(DEAD_NAME),
       "without MACH_RCV_GUARDED_DESC the right dies, and the message comes");
}

static void
test_returned(void)
{
    struct guarded_message *message = (void *)abuf;

    (void)set_qlimit(B, inbox, 0);
    (void)guard(port, SECRET, 0);
    ok(send_guarded(port, SECRET, IMMOVABLE, 16) == MACH_SEND_TIMED_OUT &&
           context_of(A, message->port.name) == (uintptr_t)abuf &&
           status(A, message->port.name).mps_flags ==
               MACH_PORT_STATUS_FLAG_GUARDED,
       "R49 R22: back with its sender, guarded, and not immovable");
}

static void
test_moved(void)
{
    mach_port_name_t moved;

    (void)guard(port, SECRET, MPG_STRICT);
    moved = carry(A, port, MACH_MSG_TYPE_MOVE_RECEIVE, B);
    ok(context_of(B, moved) == 0 && status(B, moved).mps_flags == 0,
       "R49: a receive right that moves leaves guard and context behind");
}

int
main(void)
{
    static void (*const tests[])(void) = {
        test_context,   test_guard,     test_strict,   test_destruct,
        test_construct, test_immovable, test_names,    test_shapes,
        test_received,  test_refused,   test_returned, test_moved,
    };

    fake_init();
    for (unsigned i = 0; i < countof(tests); i++) {
        begin();
        tests[i]();
        ok(world_end(), "and nothing is left");
    }
    return tap_done();
}
