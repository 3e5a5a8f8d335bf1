/* SPDX-License-Identifier: MIT */
/*
 * t_pset.c - port sets: members, receiving, rotation (catalogue 2.10, rules
 * R40, R42).
 */
#include <mach/mach_vm.h>

#include "rights.h"
#include "tap.h"

/* How many members the set has, if `member` is one of them; else -1. */
static int
members_with(mach_port_t set, mach_port_t member)
{
    mach_port_name_array_t names = NULL;
    mach_msg_type_number_t count = 0;
    bool found = member == MACH_PORT_NULL;

    if (mach_port_get_set_status(SELF, set, &names, &count) != KERN_SUCCESS)
        return -2;
    for (unsigned i = 0; i < count; i++)
        found = found || names[i] == member;
    if (count > 0)
        guest_unmap(names, count * sizeof *names);
    return found ? (int)count : -1;
}

/* ---- Members ---- */

TEST(insert_extract)
{
    mach_port_t set = guest_set(), other = guest_set();
    mach_port_t port = guest_receive();

    is(members_with(set, MACH_PORT_NULL), 0, "a fresh set has no members");
    is_kr(mach_port_insert_member(SELF, port, set), KERN_SUCCESS,
          "insert_member");
    is(members_with(set, port), 1, "... makes it a member");
    is(guest_status(port).mps_pset, 1, "... and status shows it");
    is_kr(mach_port_insert_member(SELF, port, set), KERN_ALREADY_IN_SET,
          "insert_member again");
    is_kr(mach_port_insert_member(SELF, port, other), KERN_SUCCESS,
          "a port may be in several sets (XNU)");
    is(members_with(set, port), 1, "... in the first");
    is(members_with(other, port), 1, "... and the second");
    is_kr(mach_port_extract_member(SELF, port, set), KERN_SUCCESS,
          "extract_member");
    is(members_with(set, MACH_PORT_NULL), 0, "... takes it out of this set");
    is(members_with(other, port), 1, "... and of no other");
    is_kr(mach_port_extract_member(SELF, port, set), KERN_NOT_IN_SET,
          "extract_member again");
    guest_kill(port);
    is(members_with(other, MACH_PORT_NULL), 0, "a port that dies leaves");
    mach_port_destroy(SELF, set);
    mach_port_destroy(SELF, other);
}

TEST(move)
{
    mach_port_t a = guest_set(), b = guest_set(), c = guest_set();
    mach_port_t port = guest_receive();

    is_kr(mach_port_move_member(SELF, port, MACH_PORT_NULL), KERN_NOT_IN_SET,
          "move_member out of none");
    mach_port_insert_member(SELF, port, a);
    mach_port_insert_member(SELF, port, b);
    is_kr(mach_port_move_member(SELF, port, c), KERN_SUCCESS, "move_member");
    is(members_with(a, MACH_PORT_NULL), 0, "... out of the first");
    is(members_with(b, MACH_PORT_NULL), 0, "... and of the second set");
    is(members_with(c, port), 1, "... into the third");
    is_kr(mach_port_move_member(SELF, port, c), KERN_SUCCESS,
          "move_member to where it is");
    is(members_with(c, port), 1, "... is no change");
    mach_port_insert_member(SELF, port, a);
    is_kr(mach_port_move_member(SELF, port, MACH_PORT_NULL), KERN_SUCCESS,
          "move_member to NULL");
    is(members_with(a, MACH_PORT_NULL) + members_with(c, MACH_PORT_NULL), 0,
       "... takes it out of all");
    is(guest_status(port).mps_pset, 0, "... as status shows");
    mach_port_destroy(SELF, a);
    mach_port_destroy(SELF, b);
    mach_port_destroy(SELF, c);
    guest_kill(port);
}

static void
set_dies(bool deallocate)
{
    mach_port_t set = guest_set(), port = guest_receive();

    mach_port_insert_member(SELF, port, set);
    guest_send(port, MACH_MSG_TYPE_MAKE_SEND, 3);
    is_kr(deallocate
              ? mach_port_deallocate(SELF, set)
              : mach_port_mod_refs(SELF, set, MACH_PORT_RIGHT_PORT_SET, -1),
          KERN_SUCCESS, "a set is %s",
          deallocate ? "deallocated" : "ended by mod_refs");
    is(guest_type(set), 0, "... it is gone");
    is(guest_status(port).mps_pset, 0, "... its member is in no set");
    is(guest_next_id(port), 3, "... and has its messages");
    guest_kill(port);
}

TEST(set_dies)
{
    set_dies(true);
    set_dies(false);
}

/* ---- Receiving ---- */

TEST(receive)
{
    mach_port_t set = guest_set();
    mach_port_t a = guest_receive(), b = guest_receive();
    struct guest_buffer buffer;

    mach_port_insert_member(SELF, a, set);
    guest_send(b, MACH_MSG_TYPE_MAKE_SEND, 2);
    is_kr(guest_poll(set, &buffer), MACH_RCV_TIMED_OUT,
          "a set does not see what is none of its own");
    mach_port_insert_member(SELF, b, set);
    is_kr(guest_poll(set, &buffer), MACH_MSG_SUCCESS,
          "a member that comes with a message is seen at once");
    is(buffer.header.msgh_local_port, b,
       "msgh_local_port names the member, not the set");
    guest_send(a, MACH_MSG_TYPE_MAKE_SEND, 3);
    is(guest_next_id(a), 3, "a member can be received from alone (R40)");
    is_kr(guest_poll(set, &buffer), MACH_RCV_TIMED_OUT,
          "... and the set does not see that message again");
    guest_send(a, MACH_MSG_TYPE_MAKE_SEND, 4);
    mach_port_extract_member(SELF, a, set);
    is_kr(guest_poll(set, &buffer), MACH_RCV_TIMED_OUT,
          "a member that leaves takes its messages along");
    is(guest_next_id(a), 4, "... to its own queue");
    mach_port_destroy(SELF, set);
    guest_kill(a);
    guest_kill(b);
}

/* Two sets see one message; the first to receive has it. */
TEST(shared)
{
    mach_port_t a = guest_set(), b = guest_set(), port = guest_receive();

    mach_port_insert_member(SELF, port, a);
    mach_port_insert_member(SELF, port, b);
    guest_send(port, MACH_MSG_TYPE_MAKE_SEND, 1);
    guest_send(port, MACH_MSG_TYPE_MAKE_SEND, 2);
    is(guest_next_id(b), 1, "a port in two sets: one takes the first message");
    is(guest_next_id(a), 2, "... the other the next");
    is(guest_next_id(b), -1, "... and nothing is there twice");
    mach_port_destroy(SELF, a);
    mach_port_destroy(SELF, b);
    guest_kill(port);
}

#define MEMBERS 8u
#define EACH    4u

TEST(rotation)
{
    mach_port_t set = guest_set(), ports[MEMBERS];
    unsigned counts[MEMBERS] = { 0 };
    bool fair = true;

    for (unsigned i = 0; i < MEMBERS; i++) {
        ports[i] = guest_receive();
        mach_port_insert_member(SELF, ports[i], set);
        for (unsigned j = 0; j < EACH; j++)
            guest_send(ports[i], MACH_MSG_TYPE_MAKE_SEND, (mach_msg_id_t)i);
    }
    for (unsigned round = 1; round <= EACH; round++) {
        for (unsigned i = 0; i < MEMBERS; i++) {
            mach_msg_id_t id = guest_next_id(set);

            if (id >= 0 && id < (int)MEMBERS)
                counts[id]++;
        }
        for (unsigned i = 0; i < MEMBERS; i++)
            fair = fair && counts[i] == round;
    }
    ok(fair, "a set takes from its members in fair rotation (2.10)");
    is(guest_next_id(set), -1, "... until all are empty");
    for (unsigned i = 0; i < MEMBERS; i++)
        guest_kill(ports[i]);
    mach_port_destroy(SELF, set);
}

#define MANY 10000u

TEST(many)
{
    static mach_port_t ports[MANY];
    mach_port_t set = guest_set();
    bool good = true;

    for (unsigned i = 0; i < MANY; i++) {
        ports[i] = guest_receive();
        good = mach_port_insert_member(SELF, ports[i], set) == KERN_SUCCESS &&
               good;
    }
    ok(good, "a set of 10,000 members");
    is(members_with(set, ports[MANY - 1]), MANY, "... lists them all");
    guest_send(ports[500], MACH_MSG_TYPE_MAKE_SEND, 5);
    is(guest_next_id(set), 5, "... and finds the one with a message");
    mach_port_destroy(SELF, set);
    for (unsigned i = 0; i < MANY; i++)
        good = guest_status(ports[i]).mps_pset == 0 &&
               mach_port_destroy(SELF, ports[i]) == KERN_SUCCESS && good;
    ok(good, "... which are free when it is destroyed");
}

int
main(void)
{
    return guest_run();
}
