/* SPDX-License-Identifier: MIT */
/*
 * t_ipc_fail.c - allocation failure at each point of each operation
 * (adversarial case 55): the code says so, all counts stay sound, a failed
 * operation left nothing behind, and all is given back in the end.
 */
#include "ipc/mach_port_construct.h"
#include "ipc_world.h"
#include "vm/vm_copy.h"

#define TRY (MACH_SEND_MSG | MACH_SEND_TIMEOUT)

static mach_port_name_t port, there, mine;

/* An operation.  Returns a code; 0 if all of it was done. */
typedef uint64_t (*operation_t)(void);

static uint64_t
op_allocate_port(void)
{
    mach_port_name_t name;

    return mach_port_allocate(A->space, RIGHT(RECEIVE), &name);
}

static uint64_t
op_allocate_set(void)
{
    mach_port_name_t name;

    return mach_port_allocate(A->space, RIGHT(PORT_SET), &name);
}

static uint64_t
op_allocate_dead(void)
{
    mach_port_name_t name;

    fill_table(A); /* a new chunk */
    return mach_port_allocate(A->space, RIGHT(DEAD_NAME), &name);
}

static uint64_t
op_names(void)
{
    vm_map_copy_t names, types;
    mach_msg_type_number_t count;
    kern_return_t kr =
        mach_port_names(A->space, &names, &count, &types, &count);

    if (kr == KERN_SUCCESS) {
        vm_map_copy_discard(names);
        vm_map_copy_discard(types);
    }
    return kr;
}

static uint64_t
op_dead_name_request(void)
{
    return request(B, there, MACH_NOTIFY_DEAD_NAME, 0, mine);
}

static uint64_t
op_no_senders_request(void)
{
    return request(A, port, MACH_NOTIFY_NO_SENDERS, 0, port);
}

static uint64_t
op_join_set(void)
{
    mach_port_name_t set = new_right(A, RIGHT(PORT_SET));
    kern_return_t kr = mach_port_move_member(A->space, port, set);

    (void)mach_port_destroy(A->space, set);
    return set == 0 ? KERN_RESOURCE_SHORTAGE : kr;
}

static uint64_t
op_simple_send(void)
{
    header(bbuf, there, MACH_MSG_TYPE_COPY_SEND, mine,
           MACH_MSG_TYPE_MAKE_SEND_ONCE, 1);
    return fake_msg(b, bbuf, TRY, 1000, 0, 0, 0);
}

/* A send that needs all kinds of memory, and its receive. */
static uint64_t
op_full_message(void)
{
    struct {
        mach_msg_base_t base;
        mach_msg_port_descriptor_t port;
        mach_msg_ool_descriptor_t memory;
        mach_msg_ool_ports_descriptor_t ports;
        mach_msg_port_descriptor_t more[4];
        unsigned char data[400];
    } *m = (void *)bbuf;
    mach_port_name_t *names = (void *)(bbuf + 3000);
    uint64_t code;

    memset(m, 0, sizeof(*m));
    header(m, there, MACH_MSG_TYPE_COPY_SEND, mine,
           MACH_MSG_TYPE_MAKE_SEND_ONCE, 1);
    m->base.header.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
    m->base.body.msgh_descriptor_count = 7;
    m->port.name = mine;
    m->port.disposition = MACH_MSG_TYPE_MAKE_SEND;
    m->memory.address = bbuf;
    m->memory.size = 500;
    m->memory.type = MACH_MSG_OOL_DESCRIPTOR;
    names[0] = names[1] = names[2] = mine;
    m->ports.address = names;
    m->ports.count = 3;
    m->ports.disposition = MACH_MSG_TYPE_MAKE_SEND_ONCE;
    m->ports.type = MACH_MSG_OOL_PORTS_DESCRIPTOR;
    for (int i = 0; i < 4; i++) {
        m->more[i].name = mine;
        m->more[i].disposition = MACH_MSG_TYPE_MAKE_SEND_ONCE;
    }
    code = fake_msg(b, m, TRY, sizeof(*m), 0, 0, 0);
    if (code != MACH_MSG_SUCCESS)
        return code;
    return poll_port(a, abuf, port);
}

static uint64_t
op_call(void)
{
    header(bbuf, B->self_name, MACH_MSG_TYPE_COPY_SEND, mine,
           MACH_MSG_TYPE_MAKE_SEND_ONCE, 3200);
    (void)fake_msg(b, bbuf, MACH_SEND_MSG | MACH_RCV_MSG | MACH_RCV_TIMEOUT, 24,
                   MSG_ROOM, mine, 0);
    return fake_failed();
}

static uint64_t
op_pseudo_receive(void)
{
    mach_msg_port_descriptor_t *d = (void *)(bbuf + 28);
    uint64_t code;

    (void)set_qlimit(A, port, 0);
    header(bbuf, there, MACH_MSG_TYPE_COPY_SEND, 0, 0, 1);
    ((mach_msg_header_t *)bbuf)->msgh_bits |= MACH_MSGH_BITS_COMPLEX;
    ((mach_msg_base_t *)bbuf)->body.msgh_descriptor_count = 1;
    *d = (mach_msg_port_descriptor_t){ .name = mine,
                                       .disposition =
                                           MACH_MSG_TYPE_MAKE_SEND_ONCE };
    fill_table(B);
    code = fake_msg(b, bbuf, TRY, 40, 0, 0, 0);
    return code == MACH_SEND_TIMED_OUT ? 0 : code;
}

static uint64_t
op_chosen_name(void)
{
    ipc_port_t right = ipc_port_make_send(A->self);
    kern_return_t kr = mach_port_insert_right(B->space, 0x77703, right, 17);

    if (kr != KERN_SUCCESS)
        ipc_port_release_send(right);
    return kr;
}

static uint64_t
op_many_names(void)
{
    uint64_t code = 0;

    for (int i = 0; i < 300; i++)
        code |= carry_send(A, new_port(A), B) == MACH_PORT_NULL;
    return code;
}

static uint64_t
op_create_space(void)
{
    ipc_space_t space = ipc_space_create(&KERNEL_SECURITY_TOKEN,
                                         &KERNEL_AUDIT_TOKEN, &kernel_ledger);

    if (space == IS_NULL)
        return 1;
    ipc_space_shutdown(space);
    while (!ipc_space_clean(space))
        continue;
    ipc_space_release(space);
    return 0;
}

static uint64_t
op_construct(void)
{
    mach_port_options_t options = { .flags = MPO_INSERT_SEND_RIGHT };
    mach_port_name_t name;

    return ipc_port_construct(A->space, &options, 1, &name);
}

static uint64_t
op_allocate_name(void)
{
    return mach_port_allocate_name(A->space, RIGHT(PORT_SET), 0x40003);
}

static uint64_t
op_possible(void)
{
    return request(B, there, MACH_NOTIFY_SEND_POSSIBLE, 1, mine);
}

static uint64_t
op_delayed(void)
{
    return request(B, there, MACH_NOTIFY_SEND_POSSIBLE, 0, mine);
}

static uint64_t
op_space_info(void)
{
    ipc_info_space_t info;
    vm_map_copy_t names, tree;
    mach_msg_type_number_t count;
    kern_return_t kr =
        mach_port_space_info(A->space, &info, &names, &count, &tree, &count);

    if (kr == KERN_SUCCESS)
        vm_map_copy_discard(names);
    return kr;
}

/* Runs the operation with allocation n failing.  Returns false when n is past
 * its last allocation. */
static bool
fail_at(operation_t operation, unsigned long n, bool *good)
{
    bool struck;
    uint64_t code;

    world_begin();
    port = new_port(A);
    there = carry_send(A, port, B);
    mine = new_port(B);
    kalloc_fail_after(n);
    code = operation();
    struck = fake_failed();
    kalloc_fail_after(0);
    *good &= world_sound() && (struck || code == 0);
    *good &= world_end();
    return struck;
}

static const struct {
    operation_t operation;
    const char *text;
} cases[] = {
    { op_allocate_port, "#55: allocate a port" },
    { op_allocate_set, "#55: allocate a set" },
    { op_allocate_dead, "#55: allocate a dead name" },
    { op_names, "#55: list names" },
    { op_dead_name_request, "#55: dead-name request" },
    { op_no_senders_request, "#55: no-senders request" },
    { op_join_set, "#55: move into a set" },
    { op_simple_send, "#55: send a simple message" },
    { op_full_message, "#55: send and receive one with everything in it" },
    { op_call, "#55: call a kernel object" },
    { op_pseudo_receive, "#55: a message that comes back" },
    { op_chosen_name, "#55: a chosen name" },
    { op_many_names, "#55: tables that grow" },
    { op_create_space, "#55: create a space" },
    { op_construct, "#55: construct a port" },
    { op_allocate_name, "#55: allocate a set under a chosen name" },
    { op_possible, "#55: send-possible request" },
    { op_delayed, "#55: delayed send-possible request" },
    { op_space_info, "#55: list all of a space" },
};

/* Rights that end unused are told of, when there is no memory at all. */
static void
test_send_once(void)
{
    mach_port_name_t names[3];

    world_begin();
    port = new_port(A);
    for (unsigned i = 0; i < countof(names); i++)
        names[i] = carry(A, port, MACH_MSG_TYPE_MAKE_SEND_ONCE, B);
    kalloc_fail_after(1);
    for (unsigned i = 0; i < countof(names); i++)
        (void)mach_port_deallocate(B->space, names[i]);
    ok(!fake_failed(), "send-once: three rights end unused, without memory");
    ok(world_sound(), "... and are counted right");
    for (unsigned i = 0; i < countof(names); i++)
        ok(next_id(a, abuf, port) == MACH_NOTIFY_SEND_ONCE,
           "... each is heard of");
    ok(!fake_failed(), "... which needs no memory either");
    kalloc_fail_after(0);
    ok(world_end(), "and nothing is left");
}

int
main(void)
{
    fake_init();
    for (unsigned i = 0; i < countof(cases); i++) {
        unsigned long n = 1;
        bool good = true;

        while (fail_at(cases[i].operation, n, &good))
            n++;
        ok(ALL(good, n > 1), "%s", cases[i].text);
        note("%lu allocations", n - 1);
    }
    test_send_once();
    return tap_done();
}
