/* SPDX-License-Identifier: MIT */
/*
 * t_guard.c - guards, contexts and ports made with options, by trap and by
 * message (R10, R34, R48-R50).
 */
#include <limits.h>
#include <mach/mach_port.h>
#include <string.h>

#include "guest.h"
#include "rights.h"
#include "tap.h"

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

TEST(context)
{
    mach_port_t port = guest_receive();

    is(context_of(port), 0, "a fresh port has context 0");
    is_kr(mach_port_set_context(SELF, port, SECRET), KERN_SUCCESS,
          "set_context");
    is(context_of(port), (long long)SECRET,
       "... and it is what get_context "
       "gives");
    guest_kill(port);
}

TEST(guard)
{
    mach_port_t port = guest_receive();

    is_kr(mach_port_guard(SELF, port, SECRET, FALSE), KERN_SUCCESS,
          "guard by trap");
    is_kr(mach_port_mod_refs(SELF, port, MACH_PORT_RIGHT_RECEIVE, 0),
          KERN_SUCCESS, "R48: mod_refs by 0 of a guarded port");
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
    is_kr(mach_port_swap_guard(SELF, port, 1, 2), KERN_INVALID_ARGUMENT,
          "swap_guard with another guard");
    is_kr(mach_port_swap_guard(SELF, port, SECRET, 2), KERN_SUCCESS,
          "swap_guard");
    is(context_of(port), 2, "... and the context shows the new one");
    is_kr(mach_port_set_context(SELF, port, 3), KERN_SUCCESS,
          "set_context of a guarded port");
    is_kr(mach_port_unguard(SELF, port, 2), KERN_INVALID_ARGUMENT,
          "... changes its guard");
    is_kr(mach_port_unguard(SELF, port, 3), KERN_SUCCESS, "unguard by trap");
    is(flags_of(port), 0, "... and the status says so");
    is(context_of(port), 0, "... and no context is left");
    is_kr(mach_port_unguard(SELF, port, 0), KERN_INVALID_ARGUMENT,
          "unguard of a port without a guard");
    is_kr(mach_port_swap_guard(SELF, port, 0, 1), KERN_INVALID_ARGUMENT,
          "swap_guard of a port without a guard");
    is_kr(mach_port_guard(SELF, port, 0, FALSE), KERN_SUCCESS,
          "0 is a guard, too");
    is_kr(mach_port_mod_refs(SELF, port, MACH_PORT_RIGHT_RECEIVE, -1),
          KERN_INVALID_RIGHT, "R48: ... which keeps the right");
    is_kr(mach_port_unguard(SELF, port, 0), KERN_SUCCESS, "... until it goes");
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

static kern_return_t
assert_guard(mach_port_t port, mach_port_context_t guard,
             mach_port_flavor_t flavor, mach_msg_type_number_t count)
{
    mach_port_guard_info_t info = { guard };

    return mach_port_assert_attributes(SELF, port, flavor,
                                       (mach_port_info_t)&info, count);
}

TEST(strict)
{
    mach_port_t port = guest_receive();

    is_kr(mach_port_guard_with_flags(SELF, port, SECRET, MPG_STRICT),
          KERN_SUCCESS, "a strict guard");
    is(context_of(port), 0, "... is shown to nobody");
    is(flags_of(port),
       MACH_PORT_STATUS_FLAG_GUARDED | MACH_PORT_STATUS_FLAG_STRICT_GUARD,
       "... but the status says that it is there");
    is_kr(mach_port_swap_guard(SELF, port, SECRET, 1), KERN_INVALID_ARGUMENT,
          "... and does not change");
    is_kr(assert_guard(port, SECRET, MACH_PORT_GUARD_INFO, 2), KERN_SUCCESS,
          "assert_attributes: the guard");
    is_kr(assert_guard(port, 1, MACH_PORT_GUARD_INFO, 2), KERN_INVALID_ARGUMENT,
          "assert_attributes: another guard");
    is_kr(assert_guard(port, SECRET, MACH_PORT_GUARD_INFO, 1), KERN_FAILURE,
          "assert_attributes: a short count");
    is_kr(assert_guard(port, SECRET, 7, 2), KERN_INVALID_ARGUMENT,
          "assert_attributes: no such flavor");
    is_kr(mach_port_unguard(SELF, port, SECRET), KERN_SUCCESS,
          "a strict guard can be taken off");
    guest_kill(port);
}

TEST(destruct)
{
    mach_port_t port = guest_receive();

    is_kr(mach_port_destruct(SELF, port, -1, 0), KERN_INVALID_RIGHT,
          "destruct: there is no send right");
    mach_port_insert_right(SELF, port, port, MACH_MSG_TYPE_MAKE_SEND);
    mach_port_mod_refs(SELF, port, MACH_PORT_RIGHT_SEND, 1);
    mach_port_guard(SELF, port, SECRET, FALSE);
    is_kr(mach_port_destruct(SELF, port, INT_MIN, SECRET), KERN_INVALID_VALUE,
          "destruct: all the send references that there can be");
    is_kr(mach_port_destruct(SELF, port, -2, 1), KERN_INVALID_ARGUMENT,
          "R48: destruct with another guard");
    is(guest_refs(port, MACH_PORT_RIGHT_SEND), 2, "... takes nothing");
    is_kr(mach_port_destruct(SELF, port, -1, SECRET), KERN_SUCCESS,
          "destruct: one send reference of two");
    is(guest_type(port), MACH_PORT_TYPE_DEAD_NAME, "... leaves a dead name");
    is(guest_refs(port, MACH_PORT_RIGHT_DEAD_NAME), 1, "... of the other");
    mach_port_deallocate(SELF, port);
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

TEST(construct)
{
    mach_port_options_t options = { .flags = MPO_QLIMIT, .mpl = { 9 } };
    unsigned names = guest_names();
    mach_port_t port;

    port = construct(0, SECRET);
    is(context_of(port), (long long)SECRET, "construct: the context");
    is(guest_type(port), MACH_PORT_TYPE_RECEIVE, "construct: a receive right");
    is(guest_status(port).mps_qlimit, 5, "construct: the ordinary limit");
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
    port = construct(MPO_CONTEXT_AS_GUARD | MPO_STRICT, SECRET);
    is(context_of(port), 0, "construct: a strict guard is not shown");
    is_kr(mach_port_mod_refs(SELF, port, MACH_PORT_RIGHT_RECEIVE, -1),
          KERN_INVALID_RIGHT, "... and keeps the right");
    mach_port_destruct(SELF, port, 0, SECRET);
    port = construct(MPO_REPLY_PORT | MPO_TEMPOWNER, 0);
    is(flags_of(port), MACH_PORT_STATUS_FLAG_TEMPOWNER,
       "construct: reply ports are accepted, TEMPOWNER is shown");
    guest_kill(port);
    is_kr(refused(MPO_REPLY_PORT | MPO_SERVICE_PORT, 0), KERN_INVALID_ARGUMENT,
          "construct: a reply port that is a service");
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

TEST(immovable)
{
    mach_port_t port = construct(MPO_IMMOVABLE_RECEIVE, 0), right;
    mach_msg_type_name_t type;

    is_kr(mach_port_extract_right(SELF, port, MACH_MSG_TYPE_MOVE_RECEIVE,
                                  &right, &type),
          KERN_INVALID_RIGHT, "R34: an immovable receive right does not move");
    is_kr(mach_port_mod_refs(SELF, port, MACH_PORT_RIGHT_RECEIVE, -1),
          KERN_SUCCESS, "... and can end");
}

TEST(addresses)
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

static struct guarded_message
guarded_message(mach_port_t dest, mach_port_t port, mach_port_context_t context,
                unsigned flags)
{
    return (struct guarded_message){
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
}

static mach_msg_return_t
send_guarded(mach_port_t dest, mach_port_t port, mach_port_context_t context,
             unsigned flags)
{
    struct guarded_message message =
        guarded_message(dest, port, context, flags);

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

TEST(shapes)
{
    mach_port_t dest = guest_receive(), port = guest_receive(), once;
    struct guarded_message message = guarded_message(dest, port, 0, UNGUARDED);

    message.port.disposition = MACH_MSG_TYPE_MOVE_SEND;
    is_kr(message_send(&message, SENT), MACH_SEND_INVALID_TYPE,
          "guarded descriptor: another disposition");
    is_kr(send_guarded(dest, port, 0, 4), MACH_SEND_INVALID_TYPE,
          "guarded descriptor: an unknown flag");
    is_kr(send_guarded(dest, port, SECRET, IMMOVABLE), MACH_SEND_INVALID_RIGHT,
          "guarded descriptor: a guard for a port without");
    once = guest_send_once(dest);
    is_kr(send_guarded(dest, once, 0, IMMOVABLE), MACH_SEND_INVALID_RIGHT,
          "guarded descriptor: no receive right");
    is_kr(send_guarded(dest, guest_free_name(), 0, IMMOVABLE),
          MACH_SEND_INVALID_RIGHT, "guarded descriptor: no right at all");
    mach_port_guard(SELF, port, SECRET, FALSE);
    is_kr(send_guarded(dest, port, 0, UNGUARDED), MACH_SEND_INVALID_RIGHT,
          "guarded descriptor: unguarded, of a guarded port");
    is(guest_type(port), MACH_PORT_TYPE_RECEIVE,
       "R21: the right is where it was");
    is(context_of(port), (long long)SECRET, "R21: ... with its guard");
    mach_port_destruct(SELF, port, 0, SECRET);
    mach_port_deallocate(SELF, once);
    guest_kill(dest);
}

TEST(descriptor)
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
    is(context_of(message.port.name), (long long)(uintptr_t)&message,
       "R49: ... as the port's context, too");
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
arrives(mach_port_t dest, mach_port_t port, unsigned flags, unsigned want,
        const char *text)
{
    struct guarded_message message;

    is_kr(send_guarded(dest, port, 0, flags), MACH_MSG_SUCCESS,
          "guarded descriptor: %s", text);
    is_kr(take_guarded(dest, &message, MACH_RCV_GUARDED_DESC), MACH_MSG_SUCCESS,
          "... is received");
    is(message.port.flags, want, "R49: ... with flags %u", want);
    if (port != MACH_PORT_NULL)
        is(context_of(message.port.name), (long long)message.port.context,
           "R49: ... and the guard that they say");
    is(message.port.context != 0, (want & IMMOVABLE) != 0,
       "R49: ... which is none without IMMOVABLE");
    is(message.port.name != MACH_PORT_NULL, port != MACH_PORT_NULL,
       "... and the name that was sent");
    mach_msg_destroy(&message.header);
}

TEST(flags)
{
    mach_port_t dest = guest_receive();

    arrives(dest, guest_receive(), UNGUARDED, UNGUARDED, "sent unguarded");
    arrives(dest, guest_receive(), UNGUARDED | IMMOVABLE, IMMOVABLE,
            "sent unguarded, to be immovable");
    arrives(dest, MACH_PORT_NULL, UNGUARDED, UNGUARDED, "MACH_PORT_NULL");
    guest_kill(dest);
}

/* Back with its sender it is guarded, and can move. */
TEST(returned)
{
    mach_port_t dest = guest_receive(), port = guest_receive();
    struct guarded_message message =
        guarded_message(dest, port, SECRET, IMMOVABLE);

    guest_limit(dest, 0);
    mach_port_guard(SELF, port, SECRET, FALSE);
    is_kr(message_send(&message, SENT), MACH_SEND_TIMED_OUT,
          "guarded descriptor: there is no room");
    is(context_of(message.port.name), (long long)(uintptr_t)&message,
       "R22 R49: back with its sender, it is guarded");
    is(flags_of(message.port.name), MACH_PORT_STATUS_FLAG_GUARDED,
       "R22 R49: ... and not immovable");
    mach_msg_destroy(&message.header);
    mach_port_destroy(SELF, dest);
}

TEST(not_taken)
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

TEST(moved)
{
    mach_port_t holder = guest_receive(), port = guest_port();
    struct port_message message = port_message(
        holder, MACH_MSG_TYPE_MAKE_SEND, port, MACH_MSG_TYPE_MOVE_RECEIVE);
    union any_message any;

    mach_port_guard(SELF, port, SECRET, TRUE);
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
    return guest_run();
}
