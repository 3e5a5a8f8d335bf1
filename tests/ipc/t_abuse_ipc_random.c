/* SPDX-License-Identifier: MIT */
/*
 * t_abuse_ipc_random.c - random calls on random names and random messages
 * (adversarial #22, #23, #26, #29): no panic, every answer a code, and
 * afterwards every name can be destroyed and the space is as it was.
 *
 * The seed is fixed: a run can be repeated.
 */
#include <mach/mach_port.h>
#include <mach/mach_vm.h>
#include <string.h>

#include "rights.h"
#include "tap.h"

#define NAMES    48u
#define CALLS    40000u
#define MESSAGES 40000u
#define RACES    20000u

static mach_port_t names[NAMES];
static uint64_t seed;

static unsigned
rnd(unsigned below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)((seed >> 20) % below);
}

static mach_port_t
any_name(void)
{
    unsigned choice = rnd(100);

    if (choice == 0)
        return MACH_PORT_NULL;
    if (choice == 1)
        return MACH_PORT_DEAD;
    if (choice == 2)
        return rnd(0x10000) << 2 | 3;
    return names[rnd(NAMES)];
}

/* A new name in place of one, which is destroyed first or kept for later. */
static void
put_name(mach_port_t name)
{
    unsigned i = rnd(NAMES);

    if (!MACH_PORT_VALID(name) || name == mach_task_self())
        return;
    for (unsigned j = 0; j < NAMES; j++)
        if (names[j] == name)
            return;
    mach_port_destroy(mach_task_self(), names[i]);
    names[i] = name;
}

static void
make_names(void)
{
    for (unsigned i = 0; i < NAMES; i++)
        names[i] = i % 4 == 0   ? guest_set()
                   : i % 4 == 1 ? guest_receive()
                   : i % 4 == 2 ? guest_port()
                                : guest_dead();
}

/* Everything that may hold a name of ours is ended. */
static void
destroy_names(void)
{
    for (unsigned i = 0; i < NAMES; i++) {
        mach_port_destroy(mach_task_self(), names[i]);
        names[i] = MACH_PORT_NULL;
    }
}

/* ---- Calls ---- */

static kern_return_t
call_rights(unsigned choice, mach_port_t *made)
{
    mach_msg_type_name_t type = MACH_MSG_TYPE_MOVE_RECEIVE + rnd(6);
    mach_port_t self = mach_task_self();

    switch (choice) {
    case 0:
        return mach_port_allocate(self, rnd(7), made);
    case 1:
        return mach_port_insert_right(self, any_name(), any_name(), type);
    case 2:
        return mach_port_extract_right(self, any_name(), type, made, &type);
    case 3:
        return mach_port_mod_refs(self, any_name(), rnd(7), (int)rnd(5) - 2);
    case 4:
        return mach_port_deallocate(self, any_name());
    default:
        return mach_port_request_notification(
            self, any_name(), MACH_NOTIFY_FIRST + (int)rnd(10), rnd(3),
            any_name(), MACH_MSG_TYPE_MAKE_SEND_ONCE, made);
    }
}

static kern_return_t
call_sets(unsigned choice)
{
    mach_port_t self = mach_task_self();
    mach_port_limits_t limits = { .mpl_qlimit = rnd(4) };
    mach_port_type_t type;

    switch (choice) {
    case 0:
        return mach_port_insert_member(self, any_name(), any_name());
    case 1:
        return mach_port_extract_member(self, any_name(), any_name());
    case 2:
        return mach_port_move_member(self, any_name(), any_name());
    case 3:
        return mach_port_set_attributes(self, any_name(), MACH_PORT_LIMITS_INFO,
                                        (mach_port_info_t)&limits, 1);
    case 4:
        return mach_port_type(self, any_name(), &type);
    default:
        return mach_port_destroy(self, any_name());
    }
}

static void
one_call(void)
{
    mach_port_t made = MACH_PORT_NULL;

    if (rnd(3) != 0)
        call_rights(rnd(6), &made);
    else
        call_sets(rnd(rnd(8) == 0 ? 6 : 5));
    put_name(made);
}

/* ---- Messages ---- */

static void
random_descriptor(mach_msg_descriptor_t *d, unsigned char *memory)
{
    memset(d, 0, sizeof *d);
    d->type.type = rnd(12) == 0 ? rnd(256) : rnd(3);
    switch (d->type.type) {
    case MACH_MSG_PORT_DESCRIPTOR:
        d->port.name = any_name();
        d->port.disposition = MACH_MSG_TYPE_MOVE_RECEIVE + rnd(6);
        break;
    case MACH_MSG_OOL_PORTS_DESCRIPTOR:
        d->ool_ports.address = rnd(20) == 0 ? (void *)seed : (void *)names;
        d->ool_ports.count = rnd(50) == 0 ? (unsigned)seed : rnd(NAMES);
        d->ool_ports.disposition = MACH_MSG_TYPE_MOVE_RECEIVE + rnd(6);
        break;
    default:
        d->out_of_line.address = rnd(20) == 0 ? (void *)seed : memory;
        d->out_of_line.size = rnd(50) == 0 ? (unsigned)seed : rnd(9000);
        d->out_of_line.copy = rnd(20) == 0 ? rnd(256) : rnd(2);
        break;
    }
}

static mach_msg_size_t
random_message(unsigned char *bytes, unsigned char *memory)
{
    mach_msg_base_t *base = (mach_msg_base_t *)bytes;
    mach_msg_size_t size = sizeof *base;
    unsigned count = rnd(4);

    base->header = (mach_msg_header_t){
        .msgh_bits =
            MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND + rnd(5),
                           rnd(2) * (MACH_MSG_TYPE_MOVE_SEND + rnd(5))) |
            (rnd(4) != 0 ? MACH_MSGH_BITS_COMPLEX : 0),
        .msgh_remote_port = any_name(),
        .msgh_local_port = rnd(2) ? any_name() : MACH_PORT_NULL,
        .msgh_id = (mach_msg_id_t)rnd(100),
    };
    base->body.msgh_descriptor_count = rnd(40) == 0 ? (unsigned)seed : count;
    for (unsigned i = 0; i < count; i++) {
        mach_msg_descriptor_t d;

        random_descriptor(&d, memory);
        memcpy(bytes + size, &d, sizeof d);
        size += d.type.type == MACH_MSG_PORT_DESCRIPTOR ? 12 : 16;
    }
    return rnd(20) == 0 ? rnd(128) : size;
}

/* Takes what is there, anywhere; keeps or destroys what came. */
static void
receive_some(void)
{
    union any_message any;
    mach_port_t from = any_name();

    if (mach_msg(&any.header,
                 MACH_RCV_MSG | MACH_RCV_TIMEOUT |
                     (rnd(4) == 0 ? MACH_RCV_LARGE : 0),
                 0, rnd(4) == 0 ? rnd(100) : sizeof any, from, 0,
                 MACH_PORT_NULL) != MACH_MSG_SUCCESS)
        return;
    if (rnd(2) == 0)
        mach_msg_destroy(&any.header);
}

static void
test_calls(void)
{
    seed = 0x9e3779b97f4a7c15ull;
    make_names();
    for (unsigned i = 0; i < CALLS; i++)
        one_call();
    ok(true, "%u random calls on random names", CALLS);
    destroy_names();
}

static void
test_messages(void)
{
    unsigned char *memory = guest_pages(3);
    unsigned char bytes[256];
    unsigned sent = 0;

    seed = 0xdeadbeefcafef00dull;
    make_names();
    for (unsigned i = 0; i < MESSAGES; i++) {
        mach_msg_size_t size = random_message(bytes, memory);

        if (message_send(bytes, size) == MACH_MSG_SUCCESS)
            sent++;
        if (rnd(2) == 0)
            receive_some();
        if (rnd(3) == 0)
            put_name(rnd(2) ? guest_port() : guest_receive());
        if (rnd(16) == 0)
            one_call();
    }
    ok(sent > MESSAGES / 50, "%u of %u random messages were sent", sent,
       MESSAGES);
    destroy_names();
    guest_unmap(memory, 3 * GUEST_PAGE);
}

/* ---- A message that changes while it is sent (#29) ---- */

static struct array_message shared;
static volatile int stop, stopped;

static void
change(void *argument)
{
    unsigned n = 0;

    (void)argument;
    while (!stop) {
        shared.ports.count = n & 1 ? 3 : 0xffffff;
        shared.ports.type =
            n & 2 ? MACH_MSG_OOL_PORTS_DESCRIPTOR : MACH_MSG_OOL_DESCRIPTOR;
        shared.ports.disposition =
            n & 4 ? MACH_MSG_TYPE_COPY_SEND : MACH_MSG_TYPE_MAKE_SEND_ONCE;
        shared.body.msgh_descriptor_count = n & 8 ? 1 : 0x10000;
        if (n++ % 64 == 0)
            swtch();
    }
    stopped = 1;
}

static void
test_race(void)
{
    mach_port_t queue = guest_receive(), port = guest_port();
    mach_port_t *array = guest_pages(1);
    mach_port_t thread;
    bool good = true;

    array[0] = array[1] = array[2] = port;
    shared = array_message(queue, array, 3, MACH_MSG_TYPE_COPY_SEND);
    thread = guest_thread(change, NULL);
    for (unsigned i = 0; i < RACES; i++) {
        union any_message any;
        mach_msg_return_t mr = message_send(&shared, sizeof shared);

        if (mr == MACH_MSG_SUCCESS)
            while (message_take(queue, &any) == MACH_MSG_SUCCESS)
                mach_msg_destroy(&any.header);
        else
            good = good && mr > MACH_SEND_IN_PROGRESS &&
                   mr < MACH_RCV_MSG + 0x10004000;
        if (i % 16 == 0)
            swtch();
    }
    stop = 1;
    ok(guest_until(&stopped, 1), "the other thread stops");
    ok(good, "a message changed by another thread while it is sent (#29)");
    mach_port_deallocate(mach_task_self(), thread);
    guest_kill(queue);
    while (guest_next_id(port) != -1)
        continue;
    is(guest_refs(port, MACH_PORT_RIGHT_SEND), 1, "... conserves references");
    is(guest_status(port).mps_sorights, 0, "... of both kinds");
    mach_port_destroy(mach_task_self(), port);
    guest_unmap(array, GUEST_PAGE);
}

int
main(void)
{
    unsigned before;

    tap_begin();
    before = guest_names();
    test_race();
    is(guest_names(), before, "no name is left over by the race");
    test_calls();
    note("%u names more after random calls", guest_names() - before);
    test_messages();
    note("%u names more after random messages", guest_names() - before);
    is(guest_type(mach_task_self()), MACH_PORT_TYPE_SEND,
       "the task has its port");
    return tap_done();
}
