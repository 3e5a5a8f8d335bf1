/* SPDX-License-Identifier: MIT */
/*
 * t_ipc_limits.c - large numbers, quotas (D23), and what changes while a
 * message is on its way (R20, R22, R39, and the adversarial cases 40, 41).
 */
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

static void
test_million_names(void)
{
    mach_port_name_t name;
    unsigned long count = 0;
    kern_return_t kr;

    while ((kr = mach_port_allocate(B->space, RIGHT(DEAD_NAME), &name)) ==
           KERN_SUCCESS)
        count++;
    ok(count > 1000000 && kr == KERN_NO_SPACE,
       "#40: a million names fit, then it is NO_SPACE");
    ok(mach_port_deallocate(B->space, name) == KERN_SUCCESS &&
           mach_port_allocate(B->space, RIGHT(DEAD_NAME), &name) ==
               KERN_SUCCESS,
       "#40: and one that is freed can be had again");
    ok(new_port(A) != MACH_PORT_NULL, "#40: a bystander is not hurt");
    header(bbuf, there, MACH_MSG_TYPE_COPY_SEND, there, MACH_MSG_TYPE_COPY_SEND,
           1);
    (void)fake_msg(b, bbuf, TRY, 24, 0, 0, 0);
    ok(poll_port(a, ah, port) == 0 && ah->msgh_remote_port == port,
       "a right that has a name needs no room");
}

static void
test_full_space(void)
{
    mach_port_name_t name, mine = new_port(A), to_b = new_port(B);
    mach_port_name_t dest = carry_send(B, to_b, A);

    while (mach_port_allocate(B->space, RIGHT(DEAD_NAME), &name) ==
           KERN_SUCCESS)
        continue;
    header(abuf, dest, MACH_MSG_TYPE_COPY_SEND, mine,
           MACH_MSG_TYPE_MAKE_SEND_ONCE, 1);
    (void)fake_msg(a, abuf, TRY, 24, 0, 0, 0);
    ok(poll_port(b, bbuf, to_b) ==
               (MACH_RCV_HEADER_ERROR | MACH_MSG_IPC_SPACE) &&
           next_id(a, abuf, mine) == MACH_NOTIFY_SEND_ONCE,
       "R38: no name for the reply right: HEADER_ERROR | IPC_SPACE");
}

static void
test_bytes(void)
{
    enum {
        SIZE = 1 << 20
    };
    unsigned char *big = fake_user(B, SIZE);
    unsigned sent = 0;
    uint64_t code = 0;

    (void)set_qlimit(A, port, MACH_PORT_QLIMIT_MAX);
    while (code == 0) {
        header(big, there, MACH_MSG_TYPE_COPY_SEND, 0, 0, 1);
        code = fake_msg(b, big, TRY, SIZE, 0, 0, 0);
        sent += code == 0;
    }
    ok(code == MACH_SEND_NO_BUFFER && sent == 63,
       "#41: 64 MiB in messages on their way are NO_BUFFER");
    ok(send_to(a, abuf, carry(A, port, MACH_MSG_TYPE_MAKE_SEND, A), 2) == 0,
       "#41: for their sender alone");
    ok(fake_msg(a, abuf, MACH_RCV_MSG, 0, 100, port, 0) == MACH_RCV_TOO_LARGE &&
           (header(big, there, MACH_MSG_TYPE_COPY_SEND, 0, 0, 1),
            fake_msg(b, big, TRY, SIZE, 0, 0, 0)) == 0,
       "#41: and one that is received makes room for one");
}

static void
test_port_died_in_queue(void)
{
    mach_port_name_t mine = new_port(B);
    mach_msg_port_descriptor_t *d = (void *)(bbuf + 28);

    header(bbuf, there, MACH_MSG_TYPE_COPY_SEND, mine,
           MACH_MSG_TYPE_MAKE_SEND_ONCE, 1);
    ((mach_msg_header_t *)bbuf)->msgh_bits |= MACH_MSGH_BITS_COMPLEX;
    ((mach_msg_base_t *)bbuf)->body.msgh_descriptor_count = 1;
    *d = (mach_msg_port_descriptor_t){ .name = mine,
                                       .disposition = MACH_MSG_TYPE_MAKE_SEND };
    (void)fake_msg(b, bbuf, TRY, 40, 0, 0, 0);
    (void)mach_port_destroy(B->space, mine);
    d = (void *)(abuf + 28);
    ok(poll_port(a, abuf, port) == 0 &&
           ah->msgh_remote_port == MACH_PORT_DEAD &&
           MACH_MSGH_BITS_REMOTE(ah->msgh_bits) == 18 &&
           d->name == MACH_PORT_DEAD,
       "R39: rights whose port died in the queue arrive as MACH_PORT_DEAD");
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
    ok(a->result == 0 && ah->msgh_local_port == (dies ? MACH_PORT_DEAD : 0),
       "R39: the right moved away in between: local is NULL, or DEAD");
}

static void
test_moved(void)
{
    test_moved_meanwhile(false);
}

static void
test_died(void)
{
    test_moved_meanwhile(true);
}

static void
test_many_descriptors(void)
{
    enum {
        COUNT = 20000,
        SIZE = 28 + COUNT * 12
    };
    unsigned char *from = fake_user(B, SIZE), *to = fake_user(A, SIZE + 8);
    mach_msg_port_descriptor_t *d = (void *)(from + 28);
    bool same = true;

    for (unsigned i = 0; i < COUNT; i++)
        d[i] = (mach_msg_port_descriptor_t){ .name = there,
                                             .disposition =
                                                 MACH_MSG_TYPE_COPY_SEND };
    header(from, there, MACH_MSG_TYPE_COPY_SEND, 0, 0, 1);
    ((mach_msg_header_t *)from)->msgh_bits |= MACH_MSGH_BITS_COMPLEX;
    ((mach_msg_base_t *)from)->body.msgh_descriptor_count = COUNT;
    fake_preempt_every(2);
    ok(fake_msg(b, from, TRY, SIZE, 0, 0, 0) == 0 &&
           fake_msg(a, to, MACH_RCV_MSG, 0, SIZE + 8, port, 0) == 0,
       "20,000 descriptors, with pauses");
    d = (void *)(to + 28);
    for (unsigned i = 0; i < COUNT; i++)
        same &= d[i].name == port;
    ok(same && refs(A, port, RIGHT(SEND)) == COUNT, "all arrive");
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
    ok(world_sound() && B->space->is_bytes == 0, "all end in steps");
}

int
main(void)
{
    static void (*const tests[])(void) = {
        test_million_names,      test_full_space, test_bytes,
        test_port_died_in_queue, test_moved,      test_died,
        test_many_descriptors,
    };

    fake_init();
    for (unsigned i = 0; i < countof(tests); i++) {
        begin();
        tests[i]();
        ok(world_end(), "and nothing is left");
    }
    return tap_done();
}
