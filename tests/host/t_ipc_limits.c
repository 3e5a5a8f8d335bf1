/* SPDX-License-Identifier: MIT */
/*
 * t_ipc_limits.c - large numbers, quotas (D23), messages in pieces, failures
 * half-way, and what changes while a message is on its way (R20, R22, R37-R39,
 * and the adversarial cases 40, 41, 53).
 */
#include "fake_stack.h"
#include "ipc_world.h"

#define TRY (MACH_SEND_MSG | MACH_SEND_TIMEOUT)

static mach_port_name_t port, there;
static mach_msg_header_t *ah;

static void
begin(void)
{
    world_begin();
    ah = (void *)abuf;
    port = new_port(A);
    there = carry_send(A, port, B);
}

TEST(million_names)
{
    mach_port_name_t name;
    unsigned long count = 0;
    kern_return_t kr;

    while ((kr = mach_port_allocate(B->space, RIGHT(DEAD_NAME), &name)) ==
           KERN_SUCCESS)
        count++;
    ok(count > 1000000, "#40: a million names fit");
    ok(kr == KERN_NO_SPACE, "#40: ... then it is NO_SPACE");
    ok(mach_port_deallocate(B->space, name) == KERN_SUCCESS,
       "#40: one of them is freed");
    ok(mach_port_allocate(B->space, RIGHT(DEAD_NAME), &name) == KERN_SUCCESS,
       "#40: ... and can be had again");
    ok(new_port(A) != MACH_PORT_NULL, "#40: a bystander is not hurt");
    header(bbuf, there, MACH_MSG_TYPE_COPY_SEND, there, MACH_MSG_TYPE_COPY_SEND,
           1);
    (void)fake_msg(b, bbuf, TRY, 24, 0, 0, 0);
    ok(poll_port(a, ah, port) == 0,
       "a message with a right that has a name arrives");
    ok(ah->msgh_remote_port == port, "... and needs no room");
}

TEST(full_space)
{
    mach_port_name_t name, mine = new_port(A), to_b = new_port(B);
    mach_port_name_t dest = carry_send(B, to_b, A);

    while (mach_port_allocate(B->space, RIGHT(DEAD_NAME), &name) ==
           KERN_SUCCESS)
        continue;
    header(abuf, dest, MACH_MSG_TYPE_COPY_SEND, mine,
           MACH_MSG_TYPE_MAKE_SEND_ONCE, 1);
    (void)fake_msg(a, abuf, TRY, 24, 0, 0, 0);
    ok(poll_port(b, bbuf, to_b) == (MACH_RCV_HEADER_ERROR | MACH_MSG_IPC_SPACE),
       "R38: no name for the reply right: HEADER_ERROR | IPC_SPACE");
    ok(next_id(a, abuf, mine) == MACH_NOTIFY_SEND_ONCE,
       "R38: ... the right is destroyed");
}

TEST(bytes)
{
    enum {
        SIZE = 1 << 20
    };
    unsigned char *big = fake_user(B, SIZE);
    unsigned sent = 0;
    uint64_t code = 0;

    (void)set_qlimit(A, port, MACH_PORT_QLIMIT_MAX);
    B->ledger->le_limit = B->ledger->le_used + 3 * 20;
    while (code == 0) {
        header(big, there, MACH_MSG_TYPE_COPY_SEND, 0, 0, 1);
        code = fake_msg(b, big, TRY, SIZE, 0, 0, 0);
        sent += code == 0;
    }
    ok(code == MACH_SEND_NO_BUFFER,
       "#41: more in messages on their way than a job may have: NO_BUFFER");
    ok(sent == 20, "#41: ... and not less");
    ok(send_to(a, abuf, carry(A, port, MACH_MSG_TYPE_MAKE_SEND, A), 2) == 0,
       "#41: for their sender alone");
    ok(fake_msg(a, abuf, MACH_RCV_MSG, 0, 100, port, 0) == MACH_RCV_TOO_LARGE,
       "#41: one of them is received");
    header(big, there, MACH_MSG_TYPE_COPY_SEND, 0, 0, 1);
    ok(fake_msg(b, big, TRY, SIZE, 0, 0, 0) == 0,
       "#41: ... and makes room for one");
    B->ledger->le_limit = SIZE_MAX;
}

/* The receiver has a message in hand when its right goes. */
static void
test_moved_meanwhile(bool dies)
{
    (void)fake_msg(a, abuf, MACH_RCV_MSG, 0, MSG_ROOM, port, 0);
    header(bbuf, there, MACH_MSG_TYPE_COPY_SEND, 0, 0, 1);
    /* B's trap hands it over; what follows happens before A runs. */
    fake_hold(true);
    (void)fake_msg(b, bbuf, TRY, 24, 0, 0, 0);
    if (dies)
        (void)mach_port_destroy(A->space, port);
    else
        (void)carry(A, port, MACH_MSG_TYPE_MOVE_RECEIVE, B);
    fake_hold(false);
    fake_run();
    ok(a->result == 0, "R39: the right went when its message was in hand");
    ok(ah->msgh_local_port == (dies ? MACH_PORT_DEAD : 0),
       "R39: ... local is NULL if it moved, DEAD if it died");
}

TEST(moved)
{
    test_moved_meanwhile(false);
}

TEST(died)
{
    test_moved_meanwhile(true);
}

TEST(many_descriptors)
{
    enum {
        COUNT = IPC_KMSG_MAX_DESCRIPTORS,
        SIZE = 28 + COUNT * 12
    };
    unsigned char *from = fake_user(B, SIZE), *to = fake_user(A, SIZE + 8);
    mach_msg_port_descriptor_t *d = (void *)(from + 28);
    bool same = true;
    size_t used = B->ledger->le_used;

    for (unsigned i = 0; i < COUNT; i++)
        d[i] = (mach_msg_port_descriptor_t){ .name = there,
                                             .disposition =
                                                 MACH_MSG_TYPE_COPY_SEND };
    header(from, there, MACH_MSG_TYPE_COPY_SEND, 0, 0, 1);
    ((mach_msg_header_t *)from)->msgh_bits |= MACH_MSGH_BITS_COMPLEX;
    ((mach_msg_base_t *)from)->body.msgh_descriptor_count = COUNT;
    fake_preempt_every(2);
    ok(fake_msg(b, from, TRY, SIZE, 0, 0, 0) == 0,
       "as many descriptors as may be are sent, with pauses");
    ok(fake_msg(a, to, MACH_RCV_MSG, 0, SIZE + 8, port, 0) == 0,
       "... and received");
    d = (void *)(to + 28);
    for (unsigned i = 0; i < COUNT; i++)
        same &= d[i].name == port;
    ok(same, "... all of them");
    ok(refs(A, port, RIGHT(SEND)) == COUNT, "... each with its reference");
    (void)fake_msg(b, from, TRY, SIZE, 0, 0, 0);
    d = (void *)(from + 28);
    d[COUNT - 1].name = 0x7703;
    header(from, there, MACH_MSG_TYPE_COPY_SEND, 0, 0, 1);
    ((mach_msg_header_t *)from)->msgh_bits |= MACH_MSGH_BITS_COMPLEX;
    ok(fake_msg(b, from, TRY, SIZE, 0, 0, 0) == MACH_SEND_INVALID_RIGHT,
       "R21: the last one is bad");
    (void)mach_port_destroy(A->space, port);
    fake_preempt_every(0);
    fake_run();
    ok(world_sound(), "... and all ends in steps");
    ok(B->ledger->le_used == used, "... with nothing charged");
}

/* A message of several pieces, with pauses everywhere. */
TEST(pieces)
{
    enum {
        SIZE = 50000
    };
    unsigned char *from = fake_user(B, SIZE), *to = fake_user(A, SIZE + 8);

    for (unsigned i = 24; i < SIZE; i++)
        from[i] = (unsigned char)(i * 31 >> 3);
    fake_preempt_every(1);
    header(from, there, MACH_MSG_TYPE_COPY_SEND, 0, 0, 9);
    ok(fake_msg(b, from, MACH_SEND_MSG, SIZE, 0, 0, 0) == MACH_MSG_SUCCESS,
       "50,000 bytes are sent, with a pause after each piece");
    ok(fake_msg(a, to, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, SIZE + 8, port, 0) ==
           MACH_MSG_SUCCESS,
       "... and received");
    ok(memcmp(from + 24, to + 24, SIZE - 24) == 0, "... as they were");
    header(from, there, MACH_MSG_TYPE_COPY_SEND, 0, 0, 9);
    (void)fake_msg(b, from, MACH_SEND_MSG, SIZE, 0, 0, 0);
    fake_user_bad(A, to + 40000, 4);
    ok(fake_msg(a, to, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, SIZE + 8, port, 0) ==
           MACH_RCV_INVALID_DATA,
       "R37: a hole in the third piece is INVALID_DATA");
    ok(fake_msg(b, from, MACH_SEND_MSG, SIZE, 0, 0, 0) == 0,
       "R37: ... and the next message can be sent");
    fake_user_bad(B, from + 40000, 4);
    header(from, there, MACH_MSG_TYPE_COPY_SEND, 0, 0, 9);
    ok(fake_msg(b, from, MACH_SEND_MSG, SIZE, 0, 0, 0) ==
           MACH_SEND_INVALID_DATA,
       "#53: and so it is for the sender");
    fake_preempt_every(0);
}

/* ---- Failures half-way ---- */

#pragma pack(push, 4)
struct message {
    mach_msg_header_t header;
    mach_msg_body_t body;
    mach_msg_port_descriptor_t first;
    mach_msg_ool_descriptor_t memory;
    mach_msg_port_descriptor_t last;
};
#pragma pack(pop)

/* B sends a right of `mine`, memory, and the right again, or one right. */
static void
send_parts(mach_port_name_t mine, unsigned parts)
{
    struct message *m = (void *)bbuf;
    mach_msg_port_descriptor_t right = { .name = mine,
                                         .disposition =
                                             MACH_MSG_TYPE_MAKE_SEND };

    header(m, there, MACH_MSG_TYPE_COPY_SEND, 0, 0, 1);
    m->header.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
    m->body.msgh_descriptor_count = parts;
    m->first = m->last = right;
    m->memory = (mach_msg_ool_descriptor_t){ .address = bbuf,
                                             .size = 100,
                                             .type = MACH_MSG_OOL_DESCRIPTOR };
    (void)fake_msg(b, m, TRY, parts == 1 ? 40 : sizeof(*m), 0, 0, 0);
}

TEST(body_errors)
{
    const struct message *got = (void *)abuf;
    mach_port_name_t mine = new_port(B);

    send_parts(mine, 3);
    fake_vm_full(true);
    ok(poll_port(a, abuf, port) == (MACH_RCV_BODY_ERROR | MACH_MSG_VM_SPACE),
       "R38: no room for memory is BODY_ERROR");
    fake_vm_full(false);
    ok(got->memory.address == NULL, "R38: ... its address is NULL");
    ok(refs(A, got->first.name, RIGHT(SEND)) == 2,
       "R38: ... and the rest is delivered");
    send_parts(new_port(B), 1);
    kalloc_fail_after(1);
    fill_table(A); /* the table must grow, and cannot */
    ok(poll_port(a, abuf, port) == (MACH_RCV_BODY_ERROR | MACH_MSG_IPC_KERNEL),
       "R38: no memory for a name is BODY_ERROR");
    ok(got->first.name == MACH_PORT_NULL, "R38: ... and the name is NULL");
    kalloc_fail_after(0);
    header(bbuf, there, MACH_MSG_TYPE_COPY_SEND, mine,
           MACH_MSG_TYPE_MAKE_SEND_ONCE, 1);
    (void)fake_msg(b, bbuf, TRY, 24, 0, 0, 0);
    kalloc_fail_after(1);
    ok(poll_port(a, abuf, port) ==
           (MACH_RCV_HEADER_ERROR | MACH_MSG_IPC_KERNEL),
       "R38: no memory for the reply right is HEADER_ERROR");
    ok(ah->msgh_local_port == port, "R38: ... the rest of the header is right");
    ok(ah->msgh_remote_port == MACH_PORT_NULL, "R38: ... without a reply");
    kalloc_fail_after(0);
    ok(next_id(b, bbuf, mine) == MACH_NOTIFY_SEND_ONCE,
       "R38: ... whose right is destroyed");
}

/* The seventh and eighth argument cannot be read. */
TEST(bad_stack)
{
    mach_port_name_t mine = new_port(B);
    struct trap_args overwrite = { { (uintptr_t)bbuf, TRY | MACH_RCV_MSG, 24,
                                     100, mine, 0 } };
    struct trap_args two = { { (uintptr_t)bbuf, MACH_SEND_MSG,
                               (uint64_t)24 << 32 | MACH_MSG_TYPE_COPY_SEND,
                               there } };

    fake_stack_bad = true;
    header(bbuf, mine, MACH_MSG_TYPE_MAKE_SEND, 0, 0, 57);
    ok(fake_trap(b, mach_msg_overwrite_trap, overwrite) ==
           KERN_INVALID_ARGUMENT,
       "overwrite: an unreadable stack is INVALID_ARGUMENT");
    ok(status(B, mine).mps_msgcount == 0, "... and nothing is sent");
    overwrite.arg[1] = MACH_SEND_MSG;
    ok(fake_trap(b, mach_msg_overwrite_trap, overwrite) == MACH_MSG_SUCCESS,
       "overwrite: a send alone does not read it");
    two.arg[1] = TRY;
    ok(fake_trap(b, mach_msg2_trap, two) == KERN_INVALID_ARGUMENT,
       "msg2: an unreadable stack is INVALID_ARGUMENT for a timeout");
    two.arg[1] = MACH_SEND_MSG | MACH_RCV_MSG;
    ok(fake_trap(b, mach_msg2_trap, two) == KERN_INVALID_ARGUMENT,
       "msg2: ... and for a receive");
    ok(status(A, port).mps_msgcount == 0, "... and nothing is sent");
    fake_stack_bad = false;
}

int
main(void)
{
    return world_run(begin);
}
