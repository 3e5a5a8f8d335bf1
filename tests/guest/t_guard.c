/* SPDX-License-Identifier: MIT */
/*
 * t_guard.c - guards, contexts and ports made with options, by trap and by
 * message (R10, R34, R48-R50).
 */
#include <mach/mach_port.h>
#include <string.h>

#include "guest.h"
#include "rights.h"
#include "tap.h"

#define SELF   mach_task_self()
#define SECRET ((mach_port_context_t)0x1122334455667788ull)

#define IMMOVABLE MACH_MSG_GUARD_FLAGS_IMMOVABLE_RECEIVE
#define UNGUARDED MACH_MSG_GUARD_FLAGS_UNGUARDED_ON_SEND

#pragma pack(push, 4)
struct guarded_message {
    mach_msg_header_t header;
    mach_msg_body_t body;
    mach_msg_guarded_port_descriptor_t port;
    char trailer[MAX_TRAILER_SIZE];
};
#pragma pack(pop)

#define SENT offsetof(struct guarded_message, trailer)

static unsigned
flags_of(mach_port_t port)
{
    return guest_status(port).mps_flags;
}

static mach_port_context_t
context_of(mach_port_t port)
{
    mach_port_context_t context = 999;

    mach_port_get_context(SELF, port, &context);
    return context;
}

static void
test_guard(void)
{
    mach_port_t port = guest_receive();

    is_kr(mach_port_guard(SELF, port, SECRET, FALSE), KERN_SUCCESS,
          "guard by trap");
    is(flags_of(port), MACH_PORT_STATUS_FLAG_GUARDED, "... is in the status");
    is_kr(mach_port_guard(SELF, port, SECRET, FALSE), KERN_INVALID_ARGUMENT,
          "R50: guard of a guarded port");
    is_kr(mach_port_mod_refs(SELF, port, MACH_PORT_RIGHT_RECEIVE, -1),
          KERN_INVALID_RIGHT, "R48: mod_refs of a guarded port");
    is_kr(mach_port_destroy(SELF, port), KERN_INVALID_RIGHT,
          "R48: destroy of a guarded port");
    is_kr(mach_port_destruct(SELF, port, 0, SECRET + 1), KERN_INVALID_ARGUMENT,
          "R48: destruct with another guard");
    is_kr(mach_port_unguard(SELF, port, 1), KERN_INVALID_ARGUMENT,
          "unguard with another guard");
    is_kr(mach_port_swap_guard(SELF, port, SECRET, 2), KERN_SUCCESS,
          "swap_guard");
    is_kr(mach_port_unguard(SELF, port, 2), KERN_SUCCESS, "unguard by trap");
    is(flags_of(port), 0, "... and the status says so");
    is_kr(_kernelrpc_mach_port_guard(SELF, port, SECRET, TRUE), KERN_SUCCESS,
          "a strict guard by message");
    is(context_of(port), 0, "... is not shown");
    is_kr(mach_port_set_context(SELF, port, 1), KERN_INVALID_ARGUMENT,
          "... and not changed");
    is_kr(_kernelrpc_mach_port_unguard(SELF, port, SECRET), KERN_SUCCESS,
          "unguard by message");
    mach_port_set_context(SELF, port, 5);
    is_kr(mach_port_guard(SELF, port, SECRET, FALSE), KERN_INVALID_ARGUMENT,
          "R50: a context is in the way of a guard");
    is_kr(mach_port_guard_with_flags(SELF, port, SECRET, 8),
          KERN_INVALID_ARGUMENT, "guard_with_flags: unknown flags");
    is_kr(mach_port_destruct(SELF, port, 0, 77), KERN_SUCCESS,
          "R48: destruct of an unguarded port asks for no guard");
}

/* Every call on a guard takes a receive right alone. */
static void
test_names(void)
{
    mach_port_guard_info_t info = { 0 };

    for (int kind = 0; kind < NAME_KINDS; kind++) {
        struct sample sample = sample_make((enum name_kind)kind);
        mach_port_t name = sample.name;
        bool receive = kind == NAME_RECEIVE || kind == NAME_SEND_RECEIVE;
        kern_return_t want =
            kind == NAME_NULL || kind == NAME_DEAD || kind == NAME_FREE
                ? KERN_INVALID_NAME
                : KERN_INVALID_RIGHT;
        kern_return_t want_context =
            kind == NAME_FREE ? KERN_INVALID_NAME : KERN_INVALID_RIGHT;
        mach_port_context_t context;

        if (!receive) {
            ok(mach_port_guard(SELF, name, 1, FALSE) == want &&
                   mach_port_guard_with_flags(SELF, name, 1, 0) == want &&
                   mach_port_unguard(SELF, name, 1) == want &&
                   mach_port_swap_guard(SELF, name, 1, 2) == want &&
                   mach_port_destruct(SELF, name, 0, 0) == want,
               "guards of %s", kind_text(sample.kind));
            ok(mach_port_get_context(SELF, name, &context) == want_context &&
                   mach_port_set_context(SELF, name, 1) == want_context,
               "contexts of %s", kind_text(sample.kind));
            is_kr(mach_port_assert_attributes(SELF, name, MACH_PORT_GUARD_INFO,
                                              (mach_port_info_t)&info, 2),
                  want_context, "assert_attributes of %s",
                  kind_text(sample.kind));
            ok(sample_intact(&sample), "... and it is what it was");
        }
        sample_drop(&sample);
    }
}

static mach_port_t
construct(uint32_t flags, mach_port_context_t context)
{
    mach_port_options_t options = { .flags = flags, .mpl = { 77 } };
    mach_port_t port = MACH_PORT_NULL;

    is_kr(mach_port_construct(SELF, &options, context, &port), KERN_SUCCESS,
          "construct with flags %#x", flags);
    return port;
}

static kern_return_t
refused(uint32_t flags, unsigned limit)
{
    mach_port_options_t options = { .flags = flags, .mpl = { limit } };
    mach_port_t port = MACH_PORT_NULL;

    return mach_port_construct(SELF, &options, 0, &port);
}

static void
test_construct(void)
{
    mach_port_options_t options = { .flags = MPO_QLIMIT, .mpl = { 9 } };
    unsigned names = guest_names();
    mach_port_t port;

    port = construct(0, SECRET);
    is(context_of(port), (long long)SECRET, "construct: the context");
    is_kr(mach_port_destruct(SELF, port, 0, 0), KERN_SUCCESS, "destruct");
    port = construct(MPO_INSERT_SEND_RIGHT | MPO_CONTEXT_AS_GUARD | MPO_QLIMIT,
                     SECRET);
    is(guest_refs(port, MACH_PORT_RIGHT_SEND), 1, "construct: a send right");
    is(guest_status(port).mps_mscount, 1, "R10: ... is counted as made");
    is(guest_status(port).mps_qlimit, 77, "construct: the queue limit");
    is_kr(mach_port_destruct(SELF, port, -2, SECRET), KERN_INVALID_VALUE,
          "destruct: more send references than there are");
    is_kr(mach_port_destruct(SELF, port, 1, SECRET), KERN_INVALID_VALUE,
          "destruct: a positive srdelta");
    is_kr(mach_port_destruct(SELF, port, -1, SECRET), KERN_SUCCESS,
          "destruct: both rights");
    is(guest_type(port), 0, "... and the name is free");
    is_kr(refused(MPO_QLIMIT, 1025), KERN_INVALID_VALUE,
          "construct: too high a limit");
    is_kr(refused(0x40000000, 0), KERN_INVALID_ARGUMENT,
          "construct: an unknown flag");
    is_kr(refused(MPO_REPLY_PORT | MPO_PROVISIONAL_REPLY_PORT, 0),
          KERN_INVALID_ARGUMENT, "construct: flags that exclude each other");
    is_kr(refused(MPO_SERVICE_PORT, 0), KERN_NOT_SUPPORTED,
          "construct: what is not offered");
    is_kr(_kernelrpc_mach_port_construct(SELF, &options, 0, &port),
          KERN_SUCCESS, "construct by message");
    is(guest_status(port).mps_qlimit, 9, "... reads the options");
    is_kr(_kernelrpc_mach_port_destruct(SELF, port, 0, 0), KERN_SUCCESS,
          "destruct by message");
    is(guest_names(), names, "no name is left behind");
}

static void
test_addresses(void)
{
    mach_port_options_t options = { .flags = 0 };
    mach_port_t port;
    void *hole = guest_hole();
    unsigned names = guest_names();

    is_kr(mach_port_construct(SELF, hole, 0, &port), KERN_INVALID_ADDRESS,
          "construct: options that cannot be read");
    is_kr(mach_port_construct(SELF, &options, 0, hole), KERN_INVALID_ADDRESS,
          "construct: a name that cannot be written");
    is_kr(mach_port_construct(SELF, &options, 0,
                              (void *)(uintptr_t)GUEST_KERNEL_ADDRESS),
          KERN_INVALID_ADDRESS, "construct: a name in the kernel's half");
    is(guest_names(), names, "... and no port is made");
}

/* ---- Guarded descriptors ---- */

static mach_msg_return_t
send_guarded(mach_port_t dest, mach_port_t port, mach_port_context_t context,
             unsigned flags)
{
    struct guarded_message message = {
        .header = { .msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0) |
                                 MACH_MSGH_BITS_COMPLEX,
                    .msgh_remote_port = dest },
        .body = { 1 },
        .port = { .context = context,
                  .flags = flags & 0xffff,
                  .disposition = MACH_MSG_TYPE_MOVE_RECEIVE,
                  .type = MACH_MSG_GUARDED_PORT_DESCRIPTOR,
                  .name = port },
    };

    return message_send(&message, SENT);
}

static mach_msg_return_t
take_guarded(mach_port_t port, struct guarded_message *message,
             mach_msg_option_t option)
{
    memset(message, 0xa5, sizeof *message);
    return mach_msg(&message->header, MACH_RCV_MSG | MACH_RCV_TIMEOUT | option,
                    0, sizeof *message, port, 0, MACH_PORT_NULL);
}

static void
test_descriptor(void)
{
    mach_port_t dest = guest_receive(), port = guest_receive();
    struct guarded_message message;

    mach_port_guard(SELF, port, SECRET, FALSE);
    is_kr(send_guarded(dest, port, SECRET, 0), MACH_SEND_INVALID_TYPE,
          "guarded descriptor: no flags");
    is_kr(send_guarded(dest, port, 1, UNGUARDED), MACH_SEND_INVALID_TYPE,
          "guarded descriptor: unguarded, with a context");
    is_kr(send_guarded(dest, port, 1, IMMOVABLE), MACH_SEND_INVALID_RIGHT,
          "guarded descriptor: another guard");
    is_kr(send_guarded(dest, port, SECRET, IMMOVABLE), MACH_MSG_SUCCESS,
          "guarded descriptor: sent with its guard");
    is_kr(take_guarded(dest, &message, MACH_RCV_GUARDED_DESC), MACH_MSG_SUCCESS,
          "... and received");
    is(message.port.type, MACH_MSG_GUARDED_PORT_DESCRIPTOR, "... as it is");
    is((long long)message.port.context, (long long)(uintptr_t)&message,
       "R49: the new guard is the buffer's address");
    is(flags_of(message.port.name),
       MACH_PORT_STATUS_FLAG_GUARDED |
           MACH_PORT_STATUS_FLAG_GUARD_IMMOVABLE_RECEIVE,
       "R49: guarded and immovable");
    port = message.port.name;
    is_kr(send_guarded(dest, port, message.port.context, IMMOVABLE),
          MACH_SEND_INVALID_RIGHT, "R34: an immovable right does not move");
    mach_msg_destroy(&message.header);
    is(guest_type(port), 0, "mach_msg_destroy ends a guarded right");
    guest_kill(dest);
}

static void
test_not_taken(void)
{
    mach_port_t dest = guest_receive(), port = guest_port();
    struct guarded_message message;

    is_kr(send_guarded(dest, port, 0, UNGUARDED), MACH_MSG_SUCCESS,
          "guarded descriptor: of an unguarded port");
    is_kr(take_guarded(dest, &message, 0), MACH_MSG_SUCCESS,
          "a receiver that does not know guards gets the message");
    is(message.port.name, MACH_PORT_NULL, "... without the right");
    is(guest_type(port), MACH_PORT_TYPE_DEAD_NAME, "... which is destroyed");
    mach_port_deallocate(SELF, port);
    guest_kill(dest);
}

static void
test_moved(void)
{
    mach_port_t holder = guest_receive(), port = guest_port();
    struct port_message message = port_message(
        holder, MACH_MSG_TYPE_MAKE_SEND, port, MACH_MSG_TYPE_MOVE_RECEIVE);
    union any_message any;

    mach_port_guard(SELF, port, SECRET, FALSE);
    is_kr(message_send(&message, sizeof message), MACH_MSG_SUCCESS,
          "a guarded right may move by a plain descriptor");
    message_take(holder, &any);
    is(any.port.port.name, port, "... and back");
    is(flags_of(port), 0, "R49: its guard is gone");
    is(context_of(port), 0, "R49: and its context");
    guest_kill(port);
    mach_port_deallocate(SELF, port);
    guest_kill(holder);
}

int
main(void)
{
    unsigned names;

    note("the first line makes the console's name");
    names = guest_names();

    test_guard();
    test_names();
    test_construct();
    test_addresses();
    test_descriptor();
    test_not_taken();
    test_moved();
    is(guest_names(), names, "T0: no name is left behind");
    return tap_done();
}
