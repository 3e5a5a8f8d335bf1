/* SPDX-License-Identifier: MIT */
/*
 * t_ipc_kobject.c - calls to kernel objects by message, what becomes of their
 * rights and replies (R54, R57, and the adversarial cases 1, 4, 5, 17).
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

TEST(rejected)
{
    ok(call(2999999, 24) == 0, "R57: a request with an unknown id is answered");
    ok(error->RetCode == MIG_BAD_ID, "R57: ... by MIG_BAD_ID");
    ok(bh->msgh_id == 3000099, "R57: ... in a reply of the next hundred");
    ok(bh->msgh_size == 36, "R57: ... with a code and nothing more");
    ok(call(3202, 24) == 0, "R57: so is a routine that is not offered");
    ok(error->RetCode == MIG_BAD_ID, "R57: ... by MIG_BAD_ID");
    ok(call(3204, 24) == 0, "R57: so is a wrong size");
    ok(error->RetCode == MIG_BAD_ARGUMENTS, "R57: ... by MIG_BAD_ARGUMENTS");
    for (int id = 64; id <= 72; id++) {
        ok(call(id, 36) == 0, "#5: a forged notification is answered");
        ok(error->RetCode == MIG_BAD_ID, "#5: ... by MIG_BAD_ID");
    }
    header(bh, B->self_name, MACH_MSG_TYPE_COPY_SEND, 0, 0, 3204);
    ok(fake_msg(b, bh, MACH_SEND_MSG, 36, 0, 0, 0) == 0,
       "R57: without a reply port a request is lawful");
    ok(poll_port(b, bbuf, reply) == MACH_RCV_TIMED_OUT,
       "R57: ... and carried out silently");
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

TEST(consumption)
{
    mach_port_name_t port = new_port(B);
    mach_msg_port_descriptor_t *d = (void *)(bbuf + 28);
    bool kept = true;

    fake_routine_result = KERN_SUCCESS;
    ok(call_with_port(port, MACH_MSG_TYPE_MAKE_SEND) == 0,
       "a routine with a right answers");
    ok(d->name == port, "... gives the right back");
    ok(d->disposition == MACH_MSG_TYPE_PORT_SEND, "... as a send right");
    ok(refs(B, port, RIGHT(SEND)) == 1, "... of one reference");
    fake_routine_result = KERN_FAILURE;
    for (int i = 0; i < 1000; i++)
        kept &= call_with_port(port, MACH_MSG_TYPE_COPY_SEND) == 0 &&
                error->RetCode == KERN_FAILURE;
    ok(kept, "#1 #4: a routine that fails a thousand times says so");
    ok(refs(B, port, RIGHT(SEND)) == 1, "#1 #4: ... consumes nothing");
    ok(status(B, port).mps_sorights == 0,
       "#1 #4: ... not the right to reply either");
    ok(world_sound(), "#1 #4: ... and all is counted right");
    (void)request(B, port, MACH_NOTIFY_NO_SENDERS, 0, port);
    (void)mach_port_deallocate(B->space, port);
    (void)poll_port(b, bbuf, port);
    ok(call_with_port(port, MACH_MSG_TYPE_MAKE_SEND) == 0,
       "R57: a routine fails that got the only send right");
    ok(status(B, port).mps_srights == 0, "R57: ... which is destroyed");
    fake_routine_result = KERN_SUCCESS;
}

TEST(shortage)
{
    header(bh, B->self_name, MACH_MSG_TYPE_COPY_SEND, reply,
           MACH_MSG_TYPE_MAKE_SEND_ONCE, 3201);
    kalloc_fail_after(2); /* the request, then the reply */
    ok(fake_msg(b, bh, CALL, 36, MSG_ROOM, reply, 0) == 0,
       "there is no memory for a reply");
    ok(bh->msgh_id == MACH_NOTIFY_SEND_ONCE,
       "... the client hears by send-once");
    ok(fake_failed(), "... and there really was none");
    kalloc_fail_after(0);
}

TEST(reply_to_kernel)
{
    header(bh, B->self_name, MACH_MSG_TYPE_COPY_SEND, B->self_name,
           MACH_MSG_TYPE_COPY_SEND, 3201);
    ok(fake_msg(b, bh, MACH_SEND_MSG, 36, 0, 0, 0) == 0,
       "#17: a kernel object as reply port is harmless");
}

TEST(console)
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
    ok(fake_console_messages == 1, "iko_message takes the message");
    ok(fake_console_last_id == 5, "... which is the one that was sent");
    kalloc_fail_after(1);
    (void)mach_port_deallocate(B->space, once);
    ok(fake_console_messages == 2,
       "iko_message hears of a send-once right that ended");
    ok(fake_console_last_id == 71, "... by a notification");
    ok(!fake_failed(), "... without memory");
    kalloc_fail_after(0);
    (void)mach_port_deallocate(B->space, name);
    ok(fake_no_senders_calls == 1, "iko_sender_gone hears of the last sender");
    name = ipc_port_copyout_send(ipc_port_make_send(console), B->space);
    ipc_kobject_destroy(console);
    ok(type_of(B, name) == TYPE(DEAD_NAME),
       "R54: the name of a dead object is a dead name");
    header(bh, name, MACH_MSG_TYPE_COPY_SEND, 0, 0, 5);
    ok(fake_msg(b, bh, MACH_SEND_MSG, 24, 0, 0, 0) == MACH_SEND_INVALID_DEST,
       "R54: ... and INVALID_DEST");
}

TEST(no_reply)
{
    fake_routine_result = MIG_NO_REPLY;
    header(bh, B->self_name, MACH_MSG_TYPE_COPY_SEND, reply,
           MACH_MSG_TYPE_MAKE_SEND, FAKE_ID);
    ok(fake_msg(b, bh, CALL, 24, MSG_ROOM, reply, 0) == MACH_RCV_TIMED_OUT,
       "MIG_NO_REPLY: no reply comes");
    ok(status(B, reply).mps_sorights == 1,
       "... the kernel keeps a send-once right");
    ok(status(B, reply).mps_srights == 0, "... whatever right came");
    fake_routine_result = KERN_SUCCESS;
    ipc_kobject_reply(fake_kept_reply, 4242, KERN_ABORTED);
    ok(poll_port(b, bbuf, reply) == 0, "the kernel answers later");
    ok(bh->msgh_id == 4242, "... with the id that it chose");
    ok(error->RetCode == KERN_ABORTED, "... with its code");
    ok(status(B, reply).mps_sorights == 0, "... and uses the right up");
    fake_routine_result = MIG_NO_REPLY;
    (void)call(FAKE_ID, 24);
    fake_routine_result = KERN_SUCCESS;
    kalloc_fail_after(1);
    ipc_kobject_reply(fake_kept_reply, 4242, KERN_ABORTED);
    ok(next_id(b, bbuf, reply) == MACH_NOTIFY_SEND_ONCE,
       "D15: or by send-once");
    ok(fake_failed(), "D15: ... if there is no memory to answer");
    kalloc_fail_after(0);
}

/* A send-once right to an object that takes no messages by itself. */
TEST(send_once_to_object)
{
    mach_port_name_t once = 0x50003;

    (void)mach_port_insert_right(B->space, once, ipc_port_make_sonce(A->self),
                                 18);
    header(bh, once, MACH_MSG_TYPE_MOVE_SEND_ONCE, 0, 0, 1);
    ok(fake_msg(b, bh, MACH_SEND_MSG, 24, 0, 0, 0) == 0,
       "a send-once right to a kernel object is used");
    ok(world_sound(), "... once");
    (void)mach_port_insert_right(B->space, once + 4,
                                 ipc_port_make_sonce(A->self), 18);
    ok(mach_port_deallocate(B->space, once + 4) == KERN_SUCCESS,
       "a send-once right to a kernel object ends unused");
    ok(world_sound(), "... without recursion");
}

int
main(void)
{
    return world_run(begin);
}
