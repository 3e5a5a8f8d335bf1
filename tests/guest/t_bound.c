/* SPDX-License-Identifier: MIT */
/*
 * t_bound.c - what is large is done piece by piece, and others go on meanwhile:
 * a million names, sets of ten thousand, chains ten thousand deep, thousands of
 * waiting threads, large messages (adversarial 39, 40, 41; R31; rule T0).
 */
#include <mach/mach_port.h>
#include <mach/mach_vm.h>
#include <string.h>

#include "child.h"
#include "hostile.h"
#include "rights.h"
#include "t0.h"
#include "tap.h"

#define MEMBERS  10000u
#define DEPTH    10000u
#define THREADS  2000u
#define NAMES    600000u
#define LARGE    (8u << 20)
#define PATIENCE 20000u

/* ---- Names ---- */

static kern_return_t
take_name(void)
{
    mach_port_t name;

    return mach_port_allocate(SELF, MACH_PORT_RIGHT_DEAD_NAME, &name);
}

static struct hostile_result got;
static unsigned listed;
static kern_return_t listing;

/* A task with very many names, which are asked for, and which ends. */
static void
many_names(void)
{
    mach_port_t task = hostile_start(take_name, NAMES);
    mach_port_name_array_t names;
    mach_port_type_array_t types;
    mach_msg_type_number_t count, type_count;

    got = hostile_wait();
    listing = mach_port_names(task, &names, &count, &types, &type_count);
    listed = count;
    if (listing == KERN_SUCCESS) {
        mach_vm_deallocate(SELF, (uintptr_t)names, count * sizeof(*names));
        mach_vm_deallocate(SELF, (uintptr_t)types, type_count * sizeof(*types));
    }
    hostile_end(task);
}

TEST(names)
{
    t0_case("very many names", many_names);
    ok(got.taken == NAMES || got.code == KERN_RESOURCE_SHORTAGE,
       "%u names are taken", got.taken);
    ok(listing == KERN_SUCCESS ? listed >= got.taken
                               : listing == KERN_RESOURCE_SHORTAGE,
       "... and listed, or there is no memory for a list: %u", listed);
}

/* ---- Sets ---- */

static unsigned in_set, after_set;

static void
large_set(void)
{
    mach_port_t set = guest_set();
    mach_port_name_array_t members;
    mach_msg_type_number_t count = 0;
    static mach_port_t ports[MEMBERS];

    for (unsigned i = 0; i < MEMBERS; i++) {
        ports[i] = guest_receive();
        mach_port_insert_member(SELF, ports[i], set);
    }
    if (mach_port_get_set_status(SELF, set, &members, &count) == KERN_SUCCESS)
        mach_vm_deallocate(SELF, (uintptr_t)members, count * sizeof(*members));
    in_set = count;
    mach_port_destroy(SELF, set);
    t0_goes_on(5);
    after_set = 0;
    for (unsigned i = 0; i < MEMBERS; i++) {
        after_set += guest_status(ports[i]).mps_pset;
        guest_kill(ports[i]);
    }
}

TEST(set)
{
    t0_case("a set of ten thousand", large_set);
    is(in_set, MEMBERS, "the members of a large set are listed");
    is(after_set, 0, "... and in none when it has ended");
}

/* ---- Chains ---- */

static unsigned chained;

/* The receive right of each port waits in a message to the one before. */
static void
chain(void)
{
    mach_port_t first = guest_port(), before = first;

    chained = 0;
    for (unsigned i = 1; i < DEPTH; i++) {
        mach_port_t next = guest_port();
        struct port_message message = port_message(
            before, MACH_MSG_TYPE_MOVE_SEND, next, MACH_MSG_TYPE_MOVE_RECEIVE);

        if (before == first)
            message.header.msgh_bits =
                MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0) |
                MACH_MSGH_BITS_COMPLEX;
        chained += message_send(&message, sizeof message) == MACH_MSG_SUCCESS;
        before = next;
    }
    mach_port_deallocate(SELF, before);
    mach_port_deallocate(SELF, first);
    guest_kill(first);
}

TEST(chain)
{
    t0_case("messages in messages, ten thousand deep", chain);
    is(chained, DEPTH - 1, "a chain is as deep as its makers like (#39, R31)");
}

/* ---- Threads ---- */

static mach_port_t awaited;
static volatile int waiting, told;
static mach_msg_option_t how;

static void
wait_small(void *argument)
{
    mach_msg_header_t small;
    mach_msg_return_t mr;

    (void)argument;
    __atomic_add_fetch(&waiting, 1, __ATOMIC_SEQ_CST);
    mr = mach_msg(&small, MACH_RCV_MSG | how, 0, sizeof small, awaited, 0, 0);
    if (mr == MACH_RCV_PORT_CHANGED || mr == MACH_RCV_TOO_LARGE)
        __atomic_add_fetch(&told, 1, __ATOMIC_SEQ_CST);
}

static bool
until_told(int wanted)
{
    for (unsigned i = 0; i < PATIENCE / 10 && told != wanted; i++)
        guest_sleep(10);
    return told == wanted;
}

static mach_port_t threads[THREADS];

static unsigned
begin_waiting(mach_msg_option_t option)
{
    unsigned count = 0;

    how = option;
    waiting = told = 0;
    while (count < THREADS) {
        threads[count] = guest_thread(wait_small, NULL);
        if (threads[count] == MACH_PORT_NULL)
            break;
        count++;
    }
    while (waiting < (int)count)
        guest_sleep(1);
    guest_sleep(20);
    return count;
}

static void
drop_threads(unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        mach_port_deallocate(SELF, threads[i]);
}

TEST(threads)
{
    struct guest_buffer buffer;
    unsigned count;

    awaited = guest_receive();
    count = begin_waiting(0);
    guest_kill(awaited);
    ok(until_told((int)count), "%u receivers hear that the port died", count);
    drop_threads(count);

    awaited = guest_port();
    count = begin_waiting(MACH_RCV_LARGE);
    is_kr(guest_send(awaited, MACH_MSG_TYPE_COPY_SEND, 1), MACH_MSG_SUCCESS,
          "a message that is too large for %u receivers", count);
    is_kr(guest_send(awaited, MACH_MSG_TYPE_COPY_SEND, 2), MACH_MSG_SUCCESS,
          "... and another behind it");
    ok(until_told((int)count), "... all hear of the first");
    ok(ALL(guest_poll(awaited, &buffer) == MACH_MSG_SUCCESS,
           buffer.header.msgh_id == 1,
           guest_poll(awaited, &buffer) == MACH_MSG_SUCCESS,
           buffer.header.msgh_id == 2),
       "... and both are there, in their order");
    drop_threads(count);
    mach_port_deallocate(SELF, awaited);
    guest_kill(awaited);
}

/* ---- Bytes ---- */

static bool arrived;

static void
large_message(void)
{
    mach_port_t port = guest_port();
    mach_vm_address_t from = 0, to = 0;
    mach_msg_header_t *message;

    mach_vm_allocate(SELF, &from, LARGE, VM_FLAGS_ANYWHERE);
    mach_vm_allocate(SELF, &to, LARGE + GUEST_PAGE, VM_FLAGS_ANYWHERE);
    memset((void *)from, 0x5a, LARGE);
    message = (mach_msg_header_t *)from;
    *message = guest_header(port, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0);
    arrived =
        mach_msg(message, MACH_SEND_MSG, LARGE, 0, 0, 0, 0) ==
            MACH_MSG_SUCCESS &&
        mach_msg((mach_msg_header_t *)to, MACH_RCV_MSG, 0, LARGE + GUEST_PAGE,
                 port, 0, 0) == MACH_MSG_SUCCESS &&
        memcmp((char *)from + sizeof *message, (char *)to + sizeof *message,
               LARGE - sizeof *message) == 0;
    mach_vm_deallocate(SELF, from, LARGE);
    mach_vm_deallocate(SELF, to, LARGE + GUEST_PAGE);
    mach_port_deallocate(SELF, port);
    guest_kill(port);
}

TEST(large_message)
{
    t0_case("a message of eight megabytes", large_message);
    ok(arrived, "... arrives whole");
}
