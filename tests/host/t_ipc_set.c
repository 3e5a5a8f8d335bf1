/* SPDX-License-Identifier: MIT */
/*
 * t_ipc_set.c - port sets: members, fair turns, waiting (§2.10, R33, R40, R42).
 */
#include "ipc_world.h"

#define RCV  MACH_RCV_MSG
#define POLL (MACH_RCV_MSG | MACH_RCV_TIMEOUT)

static mach_port_name_t set, one, two;  /* in A */
static mach_port_name_t to_one, to_two; /* in B */
static mach_msg_header_t *ah;

static void
begin(void)
{
    world_begin();
    ah = (void *)abuf;
    set = new_right(A, RIGHT(PORT_SET));
    one = new_port(A);
    two = new_port(A);
    to_one = carry_send(A, one, B);
    to_two = carry_send(A, two, B);
}

static uint32_t
members(void)
{
    vm_map_copy_t copy;
    mach_msg_type_number_t count = 99;

    if (mach_port_get_set_status(A->space, set, &copy, &count) != KERN_SUCCESS)
        return 99;
    vm_map_copy_discard(copy);
    return count;
}

static void
test_membership(void)
{
    mach_port_name_t other = new_right(A, RIGHT(PORT_SET));

    ok(mach_port_move_member(A->space, one, 0) == KERN_NOT_IN_SET &&
           mach_port_move_member(A->space, one, set) == KERN_SUCCESS &&
           mach_port_insert_member(A->space, one, set) == KERN_ALREADY_IN_SET &&
           mach_port_insert_member(A->space, two, set) == KERN_SUCCESS &&
           members() == 2,
       "members are moved and inserted");
    ok(mach_port_insert_member(A->space, one, other) == KERN_SUCCESS &&
           members() == 2 && status(A, one).mps_pset == 1,
       "a port may be in two sets");
    ok(mach_port_move_member(A->space, one, other) == KERN_SUCCESS &&
           members() == 1,
       "moving it takes it out of all others");
    ok(mach_port_extract_member(A->space, one, set) == KERN_NOT_IN_SET &&
           mach_port_extract_member(A->space, one, other) == KERN_SUCCESS &&
           status(A, one).mps_pset == 0,
       "extract takes it out of one");
    ok(mach_port_move_member(A->space, set, other) == KERN_INVALID_RIGHT &&
           mach_port_move_member(A->space, one, two) == KERN_INVALID_RIGHT &&
           mach_port_move_member(A->space, one, MACH_PORT_DEAD) ==
               KERN_INVALID_RIGHT &&
           mach_port_move_member(A->space, 0x7703, set) == KERN_INVALID_NAME &&
           mach_port_get_set_status(A->space, one, NULL, NULL) ==
               KERN_INVALID_RIGHT,
       "#11: wrong names are refused");
    (void)mach_port_insert_member(A->space, one, other);
    ok(mach_port_deallocate(A->space, other) == KERN_SUCCESS &&
           status(A, one).mps_pset == 0 && type_of(A, other) == 0,
       "a set that ends lets its members go");
}

static void
test_turns(void)
{
    bool fair = true;

    (void)mach_port_move_member(A->space, one, set);
    (void)mach_port_move_member(A->space, two, set);
    for (int i = 0; i < 5; i++)
        (void)send_to(b, bbuf, to_one, 10 + i);
    for (int i = 0; i < 5; i++)
        (void)send_to(b, bbuf, to_two, 20 + i);
    for (int i = 0; i < 5; i++) {
        fair &= next_id(a, abuf, set) == 10 + i && ah->msgh_local_port == one;
        fair &= next_id(a, abuf, set) == 20 + i && ah->msgh_local_port == two;
    }
    ok(fair, "members take turns, and the message names the member");
    ok(next_id(a, abuf, set) == -1, "then the set is empty");
    (void)send_to(b, bbuf, to_one, 1);
    (void)send_to(b, bbuf, to_two, 2);
    ok(next_id(a, abuf, one) == 1 && next_id(a, abuf, set) == 2 &&
           next_id(a, abuf, set) == -1,
       "R40: a member can be received on by itself");
    (void)send_to(b, bbuf, to_one, 1);
    (void)mach_port_extract_member(A->space, one, set);
    ok(next_id(a, abuf, set) == -1 && next_id(a, abuf, one) == 1,
       "a member that leaves takes its messages along");
    (void)send_to(b, bbuf, to_one, 3);
    (void)mach_port_insert_member(A->space, one, set);
    ok(next_id(a, abuf, set) == 3, "and brings them when it comes");
}

static void
test_waiting(void)
{
    (void)mach_port_move_member(A->space, one, set);
    (void)fake_msg(a, abuf, RCV, 0, MSG_ROOM, set, 0);
    (void)send_to(b, bbuf, to_one, 7);
    ok(a->state == FAKE_IDLE && ah->msgh_id == 7 && ah->msgh_local_port == one,
       "who waits on a set gets a member's message");
    (void)send_to(b, bbuf, to_two, 8);
    (void)fake_msg(a, abuf, RCV, 0, MSG_ROOM, set, 0);
    (void)mach_port_move_member(A->space, two, set);
    fake_run();
    ok(a->state == FAKE_IDLE && ah->msgh_id == 8,
       "a new member's messages reach who waits");
    (void)fake_msg(a, abuf, RCV, 0, MSG_ROOM, set, 0);
    (void)mach_port_destroy(A->space, two);
    (void)mach_port_move_member(A->space, one, 0);
    fake_run();
    ok(a->state == FAKE_WAITING,
       "R42: members that die and leave do not disturb who waits on the set");
    (void)mach_port_destroy(A->space, set);
    fake_run();
    ok(a->result == MACH_RCV_PORT_CHANGED, "R42: the set's end does");
}

static void
test_moving(void)
{
    mach_port_name_t moved;

    (void)mach_port_move_member(A->space, one, set);
    (void)send_to(b, bbuf, to_one, 7);
    moved = carry(A, one, MACH_MSG_TYPE_MOVE_RECEIVE, B);
    ok(members() == 0 && next_id(a, abuf, set) == -1 &&
           next_id(b, bbuf, moved) == 7,
       "R33: a receive right that moves leaves its sets");
}

static void
test_large(void)
{
    (void)mach_port_move_member(A->space, one, set);
    header(bbuf, to_one, MACH_MSG_TYPE_COPY_SEND, 0, 0, 9);
    (void)fake_msg(b, bbuf, MACH_SEND_MSG, 100, 0, 0, 0);
    ok(fake_msg(a, abuf, POLL | MACH_RCV_LARGE | MACH_RCV_LARGE_IDENTITY, 0, 50,
                set, 0) == MACH_RCV_TOO_LARGE &&
           ah->msgh_size == 100 && ah->msgh_local_port == one &&
           next_id(a, abuf, set) == 9,
       "R35: a message too large stays in its member");
}

static void
test_many(void)
{
    bool all = true;

    for (int i = 0; i < 10000; i++)
        all &=
            mach_port_insert_member(A->space, new_port(A), set) == KERN_SUCCESS;
    ok(all && members() == 10000, "a set of 10,000 members");
    ok(mach_port_destroy(A->space, set) == KERN_SUCCESS, "ends");
    fake_run();
    ok(world_sound(), "in steps");
}

int
main(void)
{
    static void (*const tests[])(void) = { test_membership, test_turns,
                                           test_waiting,    test_moving,
                                           test_large,      test_many };

    fake_init();
    for (unsigned i = 0; i < countof(tests); i++) {
        begin();
        tests[i]();
        ok(world_end(), "and nothing is left");
    }
    return tap_done();
}
