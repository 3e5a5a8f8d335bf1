/* SPDX-License-Identifier: MIT */
/*
 * t_ipc_info.c - the calls that look closely: counters, a peek at the queue,
 * kernel objects, all names of a task; and allocation failures of the newer
 * calls (adversarial case 55).
 */
#include "ipc/ipc_kobject.h"
#include "ipc/mach_port_construct.h"
#include "ipc_world.h"
#include "vm/vm_copy.h"

#define AUDIT MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT)

static mach_port_name_t port, there; /* A receives, B may send */

static void
begin(void)
{
    world_begin();
    port = new_port(A);
    there = carry_send(A, port, B);
}

static void
test_counters(void)
{
    mach_port_rights_t srights = 99;
    unsigned total = 99, used = 99;

    ok(mach_port_set_mscount(A->space, port, 7) == KERN_SUCCESS &&
           status(A, port).mps_mscount == 7,
       "set_mscount");
    ok(mach_port_set_seqno(A->space, port, 8) == KERN_SUCCESS &&
           status(A, port).mps_seqno == 8,
       "set_seqno");
    add_send(A, port);
    ok(mach_port_get_srights(A->space, port, &srights) == KERN_SUCCESS &&
           srights == 2,
       "get_srights: an entry is one right");
    ok(mach_port_dnrequest_info(A->space, port, &total, &used) ==
               KERN_SUCCESS &&
           total == 0 && used == 0,
       "dnrequest_info: none");
    (void)request(B, there, MACH_NOTIFY_DEAD_NAME, 0, new_port(B));
    ok(mach_port_dnrequest_info(A->space, port, &total, &used) ==
               KERN_SUCCESS &&
           total == 1 && used == 1,
       "dnrequest_info: one");
    ok(mach_port_set_mscount(B->space, there, 1) == KERN_INVALID_RIGHT &&
           mach_port_set_seqno(B->space, there, 1) == KERN_INVALID_RIGHT &&
           mach_port_get_srights(B->space, 0x7703, &srights) ==
               KERN_INVALID_NAME,
       "counters: only of a receive right");
}

/* ---- Peek ---- */

static mach_port_seqno_t seqno;
static mach_msg_size_t size;
static mach_msg_id_t id;
static mach_msg_max_trailer_t trailer;
static mach_msg_type_number_t count;

static kern_return_t
peek(mach_port_seqno_t which, mach_msg_trailer_type_t type, unsigned room)
{
    seqno = which;
    count = room;
    return mach_port_peek(A->space, port, type, &seqno, &size, &id,
                          (char *)&trailer, &count);
}

static void
test_peek(void)
{
    ok(peek(0, 0, 68) == KERN_FAILURE, "peek: nothing there");
    (void)mach_port_set_seqno(A->space, port, 10);
    (void)send_to(b, bbuf, there, 1);
    (void)mach_port_deallocate(B->space,
                               carry(A, port, MACH_MSG_TYPE_MAKE_SEND_ONCE, B));
    (void)mach_port_deallocate(B->space,
                               carry(A, port, MACH_MSG_TYPE_MAKE_SEND_ONCE, B));
    (void)send_to(b, bbuf, there, 2);
    ok(peek(0, 0, 68) == KERN_SUCCESS && seqno == 10 && id == 1 && size == 32 &&
           count == 8,
       "peek: 0 is the first, and says its number");
    ok(peek(11, 0, 68) == KERN_SUCCESS && id == MACH_NOTIFY_SEND_ONCE &&
           peek(12, 0, 68) == KERN_SUCCESS && id == MACH_NOTIFY_SEND_ONCE,
       "peek: notifications that are owed, each with its number");
    ok(peek(13, AUDIT, 68) == KERN_SUCCESS && id == 2 && count == 52 &&
           trailer.msgh_trailer_size == 52 && trailer.msgh_seqno == 13,
       "peek: a later one, with its trailer");
    ok(peek(14, 0, 68) == KERN_FAILURE && peek(9, 0, 68) == KERN_FAILURE,
       "peek: numbers that no message has");
    ok(peek(0, MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_CTX), 68) ==
               KERN_INVALID_VALUE &&
           peek(0, AUDIT, 51) == KERN_INVALID_VALUE,
       "peek: no context, and no short buffers");
    ok(status(A, port).mps_msgcount == 4 && next_id(a, abuf, port) == 1 &&
           next_id(a, abuf, port) == MACH_NOTIFY_SEND_ONCE,
       "peek: takes nothing");
}

/* ---- Kernel objects ---- */

static void
test_kobject(void)
{
    kobject_description_t text;
    natural_t type = 99, again = 99;
    mach_vm_address_t object = 0, same = 1;

    ok(mach_port_kobject(A->space, port, &type, &object) == KERN_SUCCESS &&
           type == IKOT_NONE && object == 0,
       "kobject: a task's own port is none");
    ok(mach_port_kobject(A->space, A->self_name, &type, &object) ==
               KERN_SUCCESS &&
           type == IKOT_TASK && object != 0 && object < 1 << 20,
       "kobject: a task, by a number that is no address");
    ok(mach_port_kobject_description(A->space, A->self_name, &again, &same,
                                     text) == KERN_SUCCESS &&
           again == type && same == object && strcmp(text, "task") == 0,
       "kobject_description: the same in words");
    ok(mach_port_kobject(A->space, new_right(A, RIGHT(PORT_SET)), &type,
                         &object) == KERN_INVALID_RIGHT &&
           mach_port_kobject(A->space, new_right(A, RIGHT(DEAD_NAME)), &type,
                             &object) == KERN_INVALID_RIGHT &&
           mach_port_kobject(A->space, 0, &type, &object) == KERN_INVALID_NAME,
       "kobject: of other rights");
}

/* ---- All names ---- */

static ipc_info_name_t table[64];

/* Fills `table`.  Returns how many, or 0. */
static unsigned
list(struct fake_task *task)
{
    ipc_info_space_t info;
    vm_map_copy_t names, tree;
    mach_msg_type_number_t names_count, tree_count;

    if (mach_port_space_info(task->space, &info, &names, &names_count, &tree,
                             &tree_count) != KERN_SUCCESS ||
        tree_count != 0 || names_count > countof(table) ||
        info.iis_table_size < names_count)
        return 0;
    vm_map_copy_read(names, 0, table, names_count * sizeof(*table));
    vm_map_copy_discard(names);
    return names_count;
}

static const ipc_info_name_t *
info(struct fake_task *task, mach_port_name_t name)
{
    unsigned n = list(task);

    for (unsigned i = 0; i < n; i++)
        if (table[i].iin_name == name)
            return &table[i];
    return NULL;
}

static void
test_names(void)
{
    mach_port_name_t dead = new_right(A, RIGHT(DEAD_NAME));
    ipc_info_space_basic_t basic;
    const ipc_info_name_t *entry;
    natural_t object;

    add_send(A, port);
    ok(mach_port_space_basic_info(A->space, &basic) == KERN_SUCCESS &&
           basic.iisb_table_inuse == list(A) &&
           basic.iisb_table_size >= basic.iisb_table_inuse &&
           basic.iisb_genno_mask == 0xff,
       "space_basic_info: as many as space_info lists");
    entry = info(A, port);
    ok(entry != NULL && entry->iin_type == TYPE(SEND_RECEIVE) &&
           entry->iin_urefs == 1 && entry->iin_object != 0,
       "space_info: a port");
    object = entry == NULL ? 0 : entry->iin_object;
    entry = info(B, there);
    ok(entry != NULL && entry->iin_type == TYPE(SEND) &&
           entry->iin_object == object,
       "space_info: two names of one port show one object");
    entry = info(A, dead);
    ok(entry != NULL && entry->iin_type == TYPE(DEAD_NAME) &&
           entry->iin_object == 0,
       "space_info: a dead name has no object");
}

/* ---- Failures ---- */

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
    return request(B, there, MACH_NOTIFY_SEND_POSSIBLE, 1, new_port(B));
}

static uint64_t
op_delayed(void)
{
    return request(B, there, MACH_NOTIFY_SEND_POSSIBLE, 0, new_port(B));
}

static uint64_t
op_space_info(void)
{
    return list(A) == 0 ? KERN_RESOURCE_SHORTAGE : KERN_SUCCESS;
}

static void
test_failures(void)
{
    uint64_t (*const operations[])(void) = {
        op_construct, op_allocate_name, op_possible, op_delayed, op_space_info,
    };
    bool sound = true;

    for (unsigned i = 0; i < countof(operations); i++) {
        uint64_t kr = KERN_RESOURCE_SHORTAGE;

        for (unsigned n = 1; n < 50 && kr != KERN_SUCCESS; n++) {
            kalloc_fail_after(n);
            kr = operations[i]();
            kalloc_fail_after(0);
            sound &= world_sound();
        }
        sound &= kr == KERN_SUCCESS;
    }
    ok(sound, "#55: the newer calls fail without a trace at each allocation");
}

int
main(void)
{
    static void (*const tests[])(void) = {
        test_counters, test_peek, test_kobject, test_names, test_failures,
    };

    fake_init();
    for (unsigned i = 0; i < countof(tests); i++) {
        begin();
        tests[i]();
        ok(world_end(), "and nothing is left");
    }
    return tap_done();
}
