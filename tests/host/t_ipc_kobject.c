/* SPDX-License-Identifier: MIT */
/*
 * t_ipc_kobject.c - calls to kernel objects by message, and the traps of the
 * task's own space (R52, R54, R55, R57, and the adversarial cases 1, 4, 5, 17,
 * 53).
 */
#include "ipc/ipc_kobject.h"
#include "ipc_world.h"

#define CALL (MACH_SEND_MSG | MACH_RCV_MSG | MACH_RCV_TIMEOUT)

static mach_port_name_t reply;
static mach_msg_header_t *bh;
static mig_reply_error_t *error;

static void
begin(void)
{
    world_begin();
    bh = (void *)bbuf;
    error = (void *)bbuf;
    reply = new_port(B);
}

/* B calls its own task port.  Returns the code of mach_msg. */
static uint64_t
call(int id, mach_msg_size_t size)
{
    header(bh, B->self_name, MACH_MSG_TYPE_COPY_SEND, reply,
           MACH_MSG_TYPE_MAKE_SEND_ONCE, id);
    return fake_msg(b, bh, CALL, size, MSG_ROOM, reply, 0);
}

static void
test_rejected(void)
{
    ok(call(2999999, 24) == 0 && error->RetCode == MIG_BAD_ID &&
           bh->msgh_id == 3000099 && bh->msgh_size == 36,
       "R57: an unknown id answers MIG_BAD_ID");
    ok(call(3202, 24) == 0 && error->RetCode == MIG_BAD_ID,
       "R57: and so does a routine that is not offered");
    ok(call(3204, 24) == 0 && error->RetCode == MIG_BAD_ARGUMENTS,
       "R57: a wrong size answers MIG_BAD_ARGUMENTS");
    for (int id = 64; id <= 72; id++)
        ok(call(id, 36) == 0 && error->RetCode == MIG_BAD_ID,
           "#5: a forged notification is refused");
    header(bh, B->self_name, MACH_MSG_TYPE_COPY_SEND, 0, 0, 3204);
    ok(fake_msg(b, bh, MACH_SEND_MSG, 36, 0, 0, 0) == 0 &&
           poll_port(b, bbuf, reply) == MACH_RCV_TIMED_OUT,
       "R57: without a reply port it is carried out silently");
}

/* A request with one port, for the fake routine. */
static uint64_t
call_with_port(mach_port_name_t name, unsigned disposition)
{
    mach_msg_port_descriptor_t *d = (void *)(bbuf + 28);

    header(bh, B->self_name, MACH_MSG_TYPE_COPY_SEND, reply,
           MACH_MSG_TYPE_MAKE_SEND_ONCE, FAKE_ID);
    bh->msgh_bits |= MACH_MSGH_BITS_COMPLEX;
    ((mach_msg_base_t *)bh)->body.msgh_descriptor_count = 1;
    *d = (mach_msg_port_descriptor_t){ .name = name,
                                       .disposition = disposition & 0xff };
    return fake_msg(b, bh, CALL, 40, MSG_ROOM, reply, 0);
}

static void
test_consumption(void)
{
    mach_port_name_t port = new_port(B);
    mach_msg_port_descriptor_t *d = (void *)(bbuf + 28);
    bool kept = true;

    fake_routine_result = KERN_SUCCESS;
    ok(call_with_port(port, MACH_MSG_TYPE_MAKE_SEND) == 0 && d->name == port &&
           d->disposition == MACH_MSG_TYPE_PORT_SEND &&
           refs(B, port, RIGHT(SEND)) == 1,
       "a routine gives a right back");
    fake_routine_result = KERN_FAILURE;
    for (int i = 0; i < 1000; i++)
        kept &= call_with_port(port, MACH_MSG_TYPE_COPY_SEND) == 0 &&
                error->RetCode == KERN_FAILURE;
    ok(kept && refs(B, port, RIGHT(SEND)) == 1 &&
           status(B, port).mps_sorights == 0 && world_sound(),
       "#1 #4: a routine that fails consumes nothing, its request all");
    (void)request(B, port, MACH_NOTIFY_NO_SENDERS, 0, port);
    (void)mach_port_deallocate(B->space, port);
    (void)poll_port(b, bbuf, port);
    ok(call_with_port(port, MACH_MSG_TYPE_MAKE_SEND) == 0 &&
           status(B, port).mps_srights == 0,
       "R57: rights of a failed request are destroyed");
    fake_routine_result = KERN_SUCCESS;
}

static void
test_shortage(void)
{
    header(bh, B->self_name, MACH_MSG_TYPE_COPY_SEND, reply,
           MACH_MSG_TYPE_MAKE_SEND_ONCE, 3201);
    kalloc_fail_after(2); /* the request, then the reply */
    ok(fake_msg(b, bh, CALL, 36, MSG_ROOM, reply, 0) == 0 &&
           bh->msgh_id == MACH_NOTIFY_SEND_ONCE && fake_failed(),
       "no memory for a reply: the client hears by send-once");
    kalloc_fail_after(0);
}

static void
test_reply_to_kernel(void)
{
    header(bh, B->self_name, MACH_MSG_TYPE_COPY_SEND, B->self_name,
           MACH_MSG_TYPE_COPY_SEND, 3201);
    ok(fake_msg(b, bh, MACH_SEND_MSG, 36, 0, 0, 0) == 0,
       "#17: a kernel object as reply port is harmless");
}

static void
test_console(void)
{
    ipc_port_t console = fake_console_port();
    mach_port_name_t name =
        ipc_port_copyout_send(ipc_port_make_send(console), B->space);
    mach_port_name_t once;
    ipc_port_t right = ipc_port_make_sonce(console);

    fake_console_messages = 0;
    fake_no_senders_calls = 0;
    once = 0x40003;
    (void)mach_port_insert_right(B->space, once, right, 18);
    header(bh, name, MACH_MSG_TYPE_COPY_SEND, 0, 0, 5);
    (void)fake_msg(b, bh, MACH_SEND_MSG, 24, 0, 0, 0);
    ok(fake_console_messages == 1 && fake_console_last_id == 5,
       "iko_message takes the message");
    kalloc_fail_after(1);
    (void)mach_port_deallocate(B->space, once);
    ok(fake_console_messages == 2 && fake_console_last_id == 71 &&
           !fake_failed(),
       "and hears of a send-once right that ended, without memory");
    kalloc_fail_after(0);
    (void)mach_port_deallocate(B->space, name);
    ok(fake_no_senders_calls == 1, "iko_sender_gone hears of the last sender");
    name = ipc_port_copyout_send(ipc_port_make_send(console), B->space);
    ipc_kobject_destroy(console);
    ok(type_of(B, name) == TYPE(DEAD_NAME) &&
           (header(bh, name, 19, 0, 0, 5),
            fake_msg(b, bh, MACH_SEND_MSG, 24, 0, 0, 0)) ==
               MACH_SEND_INVALID_DEST,
       "R54: a dead object is INVALID_DEST");
}

static void
test_no_reply(void)
{
    fake_routine_result = MIG_NO_REPLY;
    header(bh, B->self_name, MACH_MSG_TYPE_COPY_SEND, reply,
           MACH_MSG_TYPE_MAKE_SEND, FAKE_ID);
    ok(fake_msg(b, bh, CALL, 24, MSG_ROOM, reply, 0) == MACH_RCV_TIMED_OUT &&
           status(B, reply).mps_sorights == 1 &&
           status(B, reply).mps_srights == 0,
       "MIG_NO_REPLY: the kernel keeps a send-once right, whatever came");
    fake_routine_result = KERN_SUCCESS;
    ipc_kobject_reply(fake_kept_reply, 4242, KERN_ABORTED);
    ok(poll_port(b, bbuf, reply) == 0 && bh->msgh_id == 4242 &&
           error->RetCode == KERN_ABORTED && status(B, reply).mps_sorights == 0,
       "and answers later");
    fake_routine_result = MIG_NO_REPLY;
    (void)call(FAKE_ID, 24);
    fake_routine_result = KERN_SUCCESS;
    kalloc_fail_after(1);
    ipc_kobject_reply(fake_kept_reply, 4242, KERN_ABORTED);
    ok(next_id(b, bbuf, reply) == MACH_NOTIFY_SEND_ONCE && fake_failed(),
       "D15: or by send-once, if there is no memory to answer");
    kalloc_fail_after(0);
}

#define TRAP6(handler, ...) \
    fake_trap(b, handler, (struct trap_args){ { __VA_ARGS__ } })

static mach_port_name_t *out; /* one word of B's memory */
static mach_port_name_t self, name;

/* A receive right by trap, for the tests below. */
static void
begin_traps(void)
{
    out = fake_user(B, 4);
    self = B->self_name;
    (void)TRAP6(_kernelrpc_mach_port_allocate_trap, self, RIGHT(RECEIVE),
                (uintptr_t)out);
    name = *out;
}

static void
test_trap_targets(void)
{
    mach_port_name_t theirs;
    uint32_t names;

    begin_traps();
    ok(type_of(B, name) == TYPE(RECEIVE), "trap: allocate");
    theirs = ipc_port_copyout_send(ipc_port_make_send(A->self), B->space);
    ok(TRAP6(_kernelrpc_mach_port_allocate_trap, theirs, 1, (uintptr_t)out) ==
               MACH_SEND_INVALID_DEST &&
           TRAP6(_kernelrpc_mach_port_allocate_trap, 0, 1, (uintptr_t)out) ==
               MACH_SEND_INVALID_DEST &&
           TRAP6(_kernelrpc_mach_port_allocate_trap, name, 1, (uintptr_t)out) ==
               MACH_SEND_INVALID_DEST,
       "trap: any other target is MACH_SEND_INVALID_DEST");
    names = B->space->is_names;
    ok(TRAP6(_kernelrpc_mach_port_allocate_trap, self, 1, 16) ==
               KERN_INVALID_ADDRESS &&
           B->space->is_names == names,
       "#53: a bad result address is refused before anything is made");
    (void)mach_port_deallocate(B->space, theirs);
}

static void
test_trap_rights(void)
{
    begin_traps();
    ok(TRAP6(_kernelrpc_mach_port_insert_right_trap, self, name, name,
             MACH_MSG_TYPE_MAKE_SEND) == 0 &&
           refs(B, name, RIGHT(SEND)) == 1,
       "trap: insert_right makes a send right");
    ok(TRAP6(_kernelrpc_mach_port_insert_right_trap, self, name, 0x7703,
             MACH_MSG_TYPE_MAKE_SEND) == KERN_INVALID_RIGHT &&
           TRAP6(_kernelrpc_mach_port_insert_right_trap, self, name, 0,
                 MACH_MSG_TYPE_MAKE_SEND) == KERN_INVALID_CAPABILITY &&
           TRAP6(_kernelrpc_mach_port_insert_right_trap, self, name, name,
                 99) == KERN_INVALID_VALUE,
       "R55: trap: a bad right is KERN_INVALID_RIGHT");
    ok(TRAP6(_kernelrpc_mach_port_mod_refs_trap, self, name, RIGHT(SEND), 3) ==
               0 &&
           TRAP6(_kernelrpc_mach_port_mod_refs_trap, self, name, RIGHT(SEND),
                 (uint32_t)-4) == 0 &&
           type_of(B, name) == TYPE(RECEIVE),
       "trap: mod_refs");
    ok(TRAP6(_kernelrpc_mach_port_type_trap, self, name, (uintptr_t)out) == 0 &&
           *out == TYPE(RECEIVE),
       "trap: type");
    ok(TRAP6(_kernelrpc_mach_port_deallocate_trap, self, name) ==
           KERN_INVALID_RIGHT,
       "trap: deallocate");
}

static void
test_trap_sets(void)
{
    mach_port_name_t set = new_right(B, RIGHT(PORT_SET));

    begin_traps();
    ok(TRAP6(_kernelrpc_mach_port_move_member_trap, self, name, set) == 0 &&
           status(B, name).mps_pset == 1 &&
           TRAP6(_kernelrpc_mach_port_extract_member_trap, self, name, set) ==
               0 &&
           TRAP6(_kernelrpc_mach_port_extract_member_trap, self, name, set) ==
               KERN_NOT_IN_SET &&
           TRAP6(_kernelrpc_mach_port_insert_member_trap, self, name, set) == 0,
       "trap: move_member, extract_member, insert_member");
    ok(TRAP6(_kernelrpc_mach_port_move_member_trap, 0, name, set) ==
               MACH_SEND_INVALID_DEST &&
           TRAP6(_kernelrpc_mach_port_insert_member_trap, 0, name, set) ==
               MACH_SEND_INVALID_DEST &&
           TRAP6(_kernelrpc_mach_port_extract_member_trap, 0, name, set) ==
               MACH_SEND_INVALID_DEST,
       "trap: of this task alone");
}

static void
test_trap_notification(void)
{
    begin_traps();
    ok(TRAP6(_kernelrpc_mach_port_request_notification_trap, self, name,
             MACH_NOTIFY_NO_SENDERS, 5, reply, (uintptr_t)out) == 0 &&
           *out == 0 &&
           TRAP6(_kernelrpc_mach_port_request_notification_trap, self, name,
                 MACH_NOTIFY_NO_SENDERS, 5, 0, (uintptr_t)out) == 0 &&
           type_of(B, *out) == TYPE(SEND_ONCE),
       "R14: trap: request_notification returns the right before");
    (void)mach_port_destroy(B->space, *out);
    ok(TRAP6(_kernelrpc_mach_port_request_notification_trap, self, name, 99, 0,
             reply, (uintptr_t)out) == KERN_INVALID_VALUE &&
           status(B, reply).mps_msgcount == 2,
       "trap: a refused notification tells the notify port (send-once)");
}

static void
test_trap_attributes(void)
{
    uint32_t *info = fake_user(B, 44);

    begin_traps();
    info[10] = 10;
    ok(TRAP6(_kernelrpc_mach_port_get_attributes_trap, self, name,
             MACH_PORT_RECEIVE_STATUS, (uintptr_t)info,
             (uintptr_t)(info + 10)) == 0 &&
           info[3] == MACH_PORT_QLIMIT_DEFAULT,
       "trap: get_attributes");
    info[10] = 9;
    ok(TRAP6(_kernelrpc_mach_port_get_attributes_trap, self, name,
             MACH_PORT_RECEIVE_STATUS, (uintptr_t)info,
             (uintptr_t)(info + 10)) == KERN_FAILURE &&
           TRAP6(_kernelrpc_mach_port_get_attributes_trap, self, name, 99,
                 (uintptr_t)info,
                 (uintptr_t)(info + 10)) == KERN_INVALID_ARGUMENT,
       "get_attributes: too small a count, an unknown flavor");
    ok(TRAP6(_kernelrpc_mach_port_get_attributes_trap, self, name,
             MACH_PORT_RECEIVE_STATUS, 16,
             (uintptr_t)(info + 10)) == KERN_INVALID_ADDRESS &&
           TRAP6(_kernelrpc_mach_port_get_attributes_trap, self, name,
                 MACH_PORT_RECEIVE_STATUS, (uintptr_t)info,
                 16) == KERN_INVALID_ADDRESS,
       "#53: bad addresses of results");
}

/* A send-once right to an object that takes no messages by itself. */
static void
test_send_once_to_object(void)
{
    mach_port_name_t once = 0x50003;

    (void)mach_port_insert_right(B->space, once, ipc_port_make_sonce(A->self),
                                 18);
    header(bh, once, MACH_MSG_TYPE_MOVE_SEND_ONCE, 0, 0, 1);
    ok(fake_msg(b, bh, MACH_SEND_MSG, 24, 0, 0, 0) == 0 && world_sound(),
       "a send-once right to a kernel object is used once");
    (void)mach_port_insert_right(B->space, once + 4,
                                 ipc_port_make_sonce(A->self), 18);
    ok(mach_port_deallocate(B->space, once + 4) == KERN_SUCCESS &&
           world_sound(),
       "and ends unused without recursion");
}

/* The same by message, of another task. */
static void
test_names_by_message(void)
{
    mach_msg_ool_descriptor_t *d = (void *)(bbuf + 28);
    mach_port_name_t theirs, *names;
    unsigned count, found = 0;

    theirs = ipc_port_copyout_send(ipc_port_make_send(A->self), B->space);
    (void)new_port(A);
    header(bh, theirs, MACH_MSG_TYPE_COPY_SEND, reply,
           MACH_MSG_TYPE_MAKE_SEND_ONCE, 3200);
    ok(fake_msg(b, bh, CALL, 24, MSG_ROOM, reply, 0) == 0 &&
           bh->msgh_id == 3300 && d[0].size == 8 && d[1].size == 8,
       "R56: mach_port_names of another task, by message");
    names = d[0].address;
    count = d[0].size / 4;
    for (unsigned i = 0; i < count; i++)
        found += type_of(A, names[i]) == ((uint32_t *)d[1].address)[i];
    ok(found == 2, "R56: names and types agree, in memory of the caller");
    (void)mach_port_deallocate(B->space, theirs);
}

int
main(void)
{
    static void (*const tests[])(void) = {
        test_trap_targets,      test_trap_rights,     test_trap_sets,
        test_trap_notification, test_trap_attributes, test_send_once_to_object,
        test_rejected,          test_consumption,     test_shortage,
        test_reply_to_kernel,   test_console,         test_no_reply,
        test_names_by_message,
    };

    fake_init();
    for (unsigned i = 0; i < countof(tests); i++) {
        begin();
        tests[i]();
        fake_task_kill(A);
        fake_task_kill(B);
        ok(fake_live() == 0, "and nothing is left");
    }
    return tap_done();
}
