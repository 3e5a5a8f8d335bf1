/* SPDX-License-Identifier: MIT */
/*
 * t_port_debug.c - a look into ports: counters, peeking, kernel objects and
 * the list of all names (R10, adversarial #20).
 */
#include <mach/mach_port.h>
#include <mach_debug/mach_debug_types.h>
#include <stdio.h>
#include <string.h>

#include "guest.h"
#include "rights.h"
#include "tap.h"

#define AUDIT MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT)

/* Of ports made one after the other the numbers are so close, the places in
 * the kernel's memory not. */
#define NEIGHBOURS 64
#define NUMBERS    (UINT64_C(1) << 32)

TEST(counters)
{
    mach_port_t port = guest_port();
    mach_port_rights_t srights = 0;
    unsigned total, used;

    is_kr(mach_port_set_mscount(SELF, port, 70), KERN_SUCCESS, "set_mscount");
    is(guest_status(port).mps_mscount, 70, "... is what it is");
    mach_port_insert_right(SELF, port, port, MACH_MSG_TYPE_MAKE_SEND);
    is(guest_status(port).mps_mscount, 71, "R10: ... and counts on");
    is_kr(mach_port_set_seqno(SELF, port, 0xffffffff), KERN_SUCCESS,
          "set_seqno");
    is(guest_status(port).mps_seqno, 0xffffffff, "... is what it is");
    is_kr(mach_port_get_srights(SELF, port, &srights), KERN_SUCCESS,
          "get_srights");
    is(srights, 1, "... counts names, and not user references");
    is_kr(mach_port_dnrequest_info(SELF, port, &total, &used), KERN_SUCCESS,
          "dnrequest_info");
    is(total, 0, "... no room for requests yet");
    is(used, 0, "... and no request");
    notify_ask(port, MACH_NOTIFY_DEAD_NAME, 0, port);
    is_kr(mach_port_dnrequest_info(SELF, port, &total, &used), KERN_SUCCESS,
          "dnrequest_info");
    is(total, 1, "... has room for one request");
    is(used, 1, "... and counts it");
    mach_port_destroy(SELF, port);
}

/* ---- Peek ---- */

static mach_port_seqno_t seqno;
static mach_msg_size_t size;
static mach_msg_id_t id;
static char trailer[MAX_TRAILER_SIZE];
static mach_msg_type_number_t count;

static kern_return_t
peek(mach_port_t port, mach_port_seqno_t which, mach_msg_trailer_type_t type,
     unsigned room)
{
    seqno = which;
    count = room;
    memset(trailer, 0xa5, sizeof trailer);
    return mach_port_peek(SELF, port, type, &seqno, &size, &id, trailer,
                          &count);
}

TEST(peek)
{
    mach_port_t port = guest_port();
    mach_msg_audit_trailer_t *audit = (void *)trailer;

    is_kr(peek(port, 0, 0, 68), KERN_FAILURE, "peek: nothing there");
    mach_port_set_seqno(SELF, port, 20);
    guest_send(port, MACH_MSG_TYPE_COPY_SEND, 1);
    mach_port_deallocate(SELF, guest_send_once(port));
    mach_port_deallocate(SELF, guest_send_once(port));
    guest_send(port, MACH_MSG_TYPE_COPY_SEND, 2);
    is_kr(peek(port, 0, 0, 68), KERN_SUCCESS, "peek: the first");
    is(seqno, 20, "... its number");
    is(id, 1, "... its id");
    is(size, sizeof(struct guest_message) + 8,
       "... 8 bytes more, as on Darwin");
    is(count, sizeof(mach_msg_trailer_t), "... the shortest trailer");
    for (unsigned owed = 21; owed <= 22; owed++) {
        is_kr(peek(port, owed, 0, 68), KERN_SUCCESS,
              "peek: a notification that is owed, number %u", owed);
        is(id, MACH_NOTIFY_SEND_ONCE, "... is one of send-once");
    }
    is_kr(peek(port, 23, AUDIT, 68), KERN_SUCCESS, "peek: the last");
    is(id, 2, "... its id");
    is(count, sizeof *audit, "... a long trailer");
    is(audit->msgh_trailer_size, sizeof *audit, "... which says so");
    is(audit->msgh_seqno, 23, "... with the number");
    is(trailer[sizeof *audit], (char)0xa5, "... and no byte beyond");
    is_kr(peek(port, 24, 0, 68), KERN_FAILURE, "peek: no such number");
    is_kr(peek(port, 19, 0, 68), KERN_FAILURE, "peek: one that is past");
    is_kr(peek(port, 0, MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_CTX), 68),
          KERN_INVALID_VALUE, "peek: no context");
    is_kr(peek(port, 0, AUDIT, 51), KERN_INVALID_VALUE, "peek: no room");
    is_kr(peek(MACH_PORT_NULL, 0, 0, 68), KERN_INVALID_RIGHT, "peek: NULL");
    is_kr(peek(MACH_PORT_DEAD, 0, AUDIT, 1), KERN_INVALID_RIGHT,
          "peek: DEAD, which is judged before the trailer");
    is_kr(peek(guest_free_name(), 0, AUDIT, 1), KERN_INVALID_VALUE,
          "peek: the trailer is judged before other names");
    is(guest_status(port).mps_msgcount, 4, "peek: takes nothing");
    is(guest_next_id(port), 1, "... the first is still the first");
    mach_port_destroy(SELF, port);
}

/* ---- Kernel objects ---- */

#define IKOT_THREAD 1
#define IKOT_TASK   2
#define IKOT_HOST   3

static void
kobject(mach_port_t port, natural_t want, const char *want_text)
{
    natural_t type = 99, same_type = 99;
    mach_vm_address_t object = 0, same = 1;
    kobject_description_t text;
    unsigned short_type, short_object;

    is_kr(mach_port_kobject(SELF, port, &type, &object), KERN_SUCCESS,
          "kobject: %s", want_text);
    is(type, want, "... has its type");
    is(object != 0, want != 0, "... and a number, if it is the kernel's");
    ok(object < NUMBERS, "#20: ... that is too small for an address");
    mach_port_kobject_description(SELF, port, &same_type, &same, text);
    is(same_type, type, "... described, it has the same type");
    is((long long)same, (long long)object, "... and the same number");
    is_string(text, want_text, "... and a description");
    is_kr(mach_port_kernel_object(SELF, port, &short_type, &short_object),
          KERN_SUCCESS, "kernel_object");
    is(short_type, type, "... says the same type");
    is(short_object, (long long)object, "... and number");
}

TEST(kobject)
{
    mach_port_t port = guest_port(), set = guest_set(), host = mach_host_self();
    mach_port_t thread = mach_thread_self(), dead = guest_dead();
    natural_t type;
    mach_vm_address_t object;

    kobject(SELF, IKOT_TASK, "task");
    kobject(thread, IKOT_THREAD, "thread");
    kobject(host, IKOT_HOST, "host");
    kobject(port, 0, "");
    is_kr(mach_port_kobject(SELF, set, &type, &object), KERN_INVALID_RIGHT,
          "kobject: a port set");
    is_kr(mach_port_kobject(SELF, dead, &type, &object), KERN_INVALID_RIGHT,
          "kobject: a dead name");
    mach_port_deallocate(SELF, dead);
    is_kr(mach_port_kobject(SELF, MACH_PORT_NULL, &type, &object),
          KERN_INVALID_NAME, "kobject: MACH_PORT_NULL");
    mach_port_destroy(SELF, port);
    mach_port_destroy(SELF, set);
    mach_port_deallocate(SELF, host);
    mach_port_deallocate(SELF, thread);
}

/* ---- All names ---- */

/* What space_info says of a name; iin_name 0: nothing. */
static ipc_info_name_t
listed(mach_port_t name, unsigned *names)
{
    ipc_info_name_t found = { .iin_name = MACH_PORT_NULL };
    ipc_info_space_t info;
    ipc_info_name_array_t table;
    ipc_info_tree_name_array_t tree;
    mach_msg_type_number_t tree_count;

    if (mach_port_space_info(SELF, &info, &table, names, &tree, &tree_count) !=
        KERN_SUCCESS)
        return found;
    for (unsigned i = 0; i < *names; i++)
        if (table[i].iin_name == name)
            found = table[i];
    guest_unmap(table, *names * sizeof *table);
    return found;
}

TEST(space_info)
{
    mach_port_t port = guest_port(), next = guest_port(), dead = guest_dead();
    ipc_info_space_basic_t basic;
    ipc_info_name_t entry;
    natural_t object;
    unsigned names = 0;

    entry = listed(port, &names);
    is(entry.iin_type, MACH_PORT_TYPE_SEND_RECEIVE, "space_info: a port");
    is(entry.iin_urefs, 1, "... its references");
    ok(entry.iin_object != 0, "... and a number for it");
    object = entry.iin_object;
    entry = listed(next, &names);
    ok(entry.iin_object - object < NEIGHBOURS,
       "#20: ... no address: the next port lies further away than that");
    is(names, guest_names(), "... lists as many as mach_port_names");
    entry = listed(dead, &names);
    is(entry.iin_type, MACH_PORT_TYPE_DEAD_NAME, "space_info: a dead name");
    is(entry.iin_object, 0, "... has no object");
    is_kr(mach_port_space_basic_info(SELF, &basic), KERN_SUCCESS,
          "space_basic_info");
    is(basic.iisb_table_inuse, names, "... counts the same names");
    ok(basic.iisb_table_size >= names, "... in a table that holds them");
    is(basic.iisb_genno_mask, 0xff, "... with generations of eight bits");
    is(basic.iisb_reserved[0], 0, "... and nothing reserved is used");
    is(basic.iisb_reserved[1], 0, "... nor the second");
    mach_port_destroy(SELF, port);
    mach_port_destroy(SELF, next);
    mach_port_deallocate(SELF, dead);
}

int
main(void)
{
    return guest_run();
}
