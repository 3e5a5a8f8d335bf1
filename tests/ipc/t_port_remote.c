/* SPDX-License-Identifier: MIT */
/*
 * t_port_remote.c - the calls on names of another task's space, which go by
 * message (rules R52, R54-R56, adversarial #11, #27, #28).
 */
#include <mach/mach_vm.h>
#include <mach_debug/mach_debug_types.h>

#include "child.h"
#include "rights.h"
#include "tap.h"

static mach_port_t child;

static mach_port_type_t
child_type(mach_port_name_t name)
{
    mach_port_type_t type = 0;

    mach_port_type(child, name, &type);
    return type;
}

static mach_port_name_t
child_make(mach_port_right_t right)
{
    mach_port_name_t name = MACH_PORT_NULL;

    is_kr(mach_port_allocate(child, right, &name), KERN_SUCCESS,
          "allocate in another task: right %u", right);
    is(child_type(name), MACH_PORT_TYPE(right), "... is there, of its type");
    return name;
}

/* ---- Each call, in use ---- */

TEST(names)
{
    mach_port_name_t port = child_make(MACH_PORT_RIGHT_RECEIVE);
    mach_port_name_t set = child_make(MACH_PORT_RIGHT_PORT_SET);
    mach_port_name_t dead = child_make(MACH_PORT_RIGHT_DEAD_NAME);
    mach_port_name_array_t names;
    mach_port_type_array_t types;
    mach_msg_type_number_t count = 0, types_count = 0;

    is_kr(mach_port_names(child, &names, &count, &types, &types_count),
          KERN_SUCCESS, "names of another task (R56)");
    is(count, 3, "... are three");
    is(types_count, 3, "... as are their types");
    for (unsigned i = 0; i < count; i++)
        is(types[i],
           names[i] == port   ? MACH_PORT_TYPE_RECEIVE
           : names[i] == set  ? MACH_PORT_TYPE_PORT_SET
           : names[i] == dead ? MACH_PORT_TYPE_DEAD_NAME
                              : 0,
           "... number %u", i);
    guest_unmap(names, count * sizeof *names);
    guest_unmap(types, count * sizeof *types);
    is_kr(mach_port_insert_member(child, port, set), KERN_SUCCESS,
          "insert_member in another task");
    is_kr(mach_port_get_set_status(child, set, &names, &count), KERN_SUCCESS,
          "get_set_status of another task");
    is(count, 1, "... lists one");
    is(names[0], port, "... its member");
    guest_unmap(names, count * sizeof *names);
    is_kr(mach_port_extract_member(child, port, set), KERN_SUCCESS,
          "extract_member in another task");
    is_kr(mach_port_move_member(child, port, set), KERN_SUCCESS,
          "move_member in another task");
    is_kr(mach_port_destroy(child, port), KERN_SUCCESS, "destroy");
    is_kr(mach_port_deallocate(child, set), KERN_SUCCESS, "deallocate");
    is_kr(mach_port_mod_refs(child, dead, MACH_PORT_RIGHT_DEAD_NAME, -1),
          KERN_SUCCESS, "mod_refs");
    is(child_type(port), 0, "... the port is gone");
    is(child_type(set), 0, "... the set is gone");
    is(child_type(dead), 0, "... the dead name is gone");
}

TEST(attributes)
{
    mach_port_name_t port = child_make(MACH_PORT_RIGHT_RECEIVE);
    mach_port_limits_t limits = { .mpl_qlimit = 9 };
    mach_msg_type_number_t count = MACH_PORT_LIMITS_INFO_COUNT;

    is_kr(mach_port_set_attributes(child, port, MACH_PORT_LIMITS_INFO,
                                   (mach_port_info_t)&limits, count),
          KERN_SUCCESS, "set_attributes in another task");
    limits.mpl_qlimit = 0;
    is_kr(mach_port_get_attributes(child, port, MACH_PORT_LIMITS_INFO,
                                   (mach_port_info_t)&limits, &count),
          KERN_SUCCESS, "get_attributes in another task");
    is(limits.mpl_qlimit, 9, "... what was set");
    mach_port_destroy(child, port);
}

/* ---- Rights, there and back ---- */

TEST(insert_extract)
{
    mach_port_t port = guest_receive(), back = MACH_PORT_NULL;
    mach_msg_type_name_t type = 0;
    mach_port_urefs_t refs = 0;
    const mach_port_name_t name = 0x12303;

    is_kr(mach_port_insert_right(child, name, port, MACH_MSG_TYPE_MAKE_SEND),
          KERN_SUCCESS, "a send right is given to another task");
    is(child_type(name), MACH_PORT_TYPE_SEND, "... under a chosen name");
    is_kr(mach_port_insert_right(child, name, port, MACH_MSG_TYPE_MAKE_SEND),
          KERN_SUCCESS, "... and again");
    mach_port_get_refs(child, name, MACH_PORT_RIGHT_SEND, &refs);
    is(refs, 2, "... is a second reference");
    is_kr(mach_port_insert_right(child, 0x12403, port, MACH_MSG_TYPE_MAKE_SEND),
          KERN_RIGHT_EXISTS, "... but not under a second name");
    is_kr(mach_port_extract_right(child, name, MACH_MSG_TYPE_MOVE_SEND, &back,
                                  &type),
          KERN_SUCCESS, "one is taken back");
    is(back, port, "... to our own name");
    is(type, MACH_MSG_TYPE_PORT_SEND, "... as a send right");
    is(guest_refs(port, MACH_PORT_RIGHT_SEND), 1, "... of one reference");
    is_kr(mach_port_insert_right(child, 0x12503, port,
                                 MACH_MSG_TYPE_MOVE_RECEIVE),
          KERN_RIGHT_EXISTS, "a receive right under a second name");
    is(guest_type(port), MACH_PORT_TYPE_DEAD_NAME,
       "... was sent, and destroyed with the refused request (R57)");
    is(child_type(name), MACH_PORT_TYPE_DEAD_NAME,
       "... as the other task sees");
    mach_port_destroy(mach_task_self(), port);
    mach_port_destroy(child, name);
}

TEST(receive_right)
{
    mach_port_t port = guest_port(), back = MACH_PORT_NULL;
    mach_msg_type_name_t type = 0;

    guest_send(port, MACH_MSG_TYPE_COPY_SEND, 66);
    is_kr(mach_port_insert_right(child, 0x22203, port,
                                 MACH_MSG_TYPE_MOVE_RECEIVE),
          KERN_SUCCESS, "a receive right moves to another task");
    is(guest_type(port), MACH_PORT_TYPE_SEND, "... our send right stays");
    is(child_type(0x22203), MACH_PORT_TYPE_RECEIVE, "... it is there");
    is_kr(mach_port_extract_right(child, 0x22203, MACH_MSG_TYPE_MOVE_RECEIVE,
                                  &back, &type),
          KERN_SUCCESS, "and is taken back");
    is(back, port, "... to the name of our send right (R32)");
    is(guest_next_id(port), 66, "... with its message");
    is(child_type(0x22203), 0, "... and nothing is left there");
    mach_port_destroy(mach_task_self(), port);
}

/* The task whose name it is gets the notification that we ask for. */
TEST(notification)
{
    mach_port_t port = guest_receive(), notify = guest_receive();
    mach_port_t previous = 0x1234;
    struct guest_buffer buffer;

    mach_port_insert_right(child, 0x33303, port, MACH_MSG_TYPE_MAKE_SEND);
    is_kr(mach_port_request_notification(
              child, 0x33303, MACH_NOTIFY_DEAD_NAME, 0, notify,
              MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous),
          KERN_SUCCESS, "a dead-name request on another task's name");
    is(previous, MACH_PORT_NULL, "... is the first");
    guest_kill(port);
    is_kr(guest_poll(notify, &buffer), MACH_MSG_SUCCESS, "... comes to us");
    is(((mach_dead_name_notification_t *)&buffer)->not_port, 0x33303,
       "... with the other task's name");
    mach_port_destroy(child, 0x33303);
    guest_kill(notify);
}

/* ---- Codes by message (R55) ---- */

TEST(codes)
{
    mach_port_t port = guest_receive(), gone = guest_free_name();
    mach_port_t previous;

    is_kr(mach_port_insert_right(child, 0x44403, gone, MACH_MSG_TYPE_MOVE_SEND),
          MACH_SEND_INVALID_RIGHT, "insert_right of a free name (R55)");
    is_kr(mach_port_insert_right(child, 0x44403, port, MACH_MSG_TYPE_MOVE_SEND),
          MACH_SEND_INVALID_RIGHT, "insert_right of what we do not hold (R55)");
    is_kr(mach_port_request_notification(child, 0x44403, MACH_NOTIFY_DEAD_NAME,
                                         0, gone, MACH_MSG_TYPE_MAKE_SEND_ONCE,
                                         &previous),
          MACH_SEND_INVALID_RIGHT, "request_notification to a free name (R55)");
    is_kr(mach_port_insert_right(child, 0x44403, MACH_PORT_NULL,
                                 MACH_MSG_TYPE_MOVE_SEND),
          KERN_INVALID_CAPABILITY, "insert_right of NULL (#27)");
    is_kr(mach_port_insert_right(child, 0x44403, MACH_PORT_DEAD,
                                 MACH_MSG_TYPE_MOVE_SEND),
          KERN_INVALID_CAPABILITY, "insert_right of DEAD (#27)");
    is_kr(mach_port_deallocate(child, 0x44403), KERN_INVALID_NAME,
          "deallocate of a name that is free there");
    is_kr(mach_port_deallocate(child, MACH_PORT_NULL), KERN_SUCCESS,
          "deallocate of NULL (R5)");
    is_kr(mach_port_destroy(child, MACH_PORT_DEAD), KERN_SUCCESS,
          "destroy of DEAD (R5)");
    is_kr(mach_port_mod_refs(child, 0x44403, MACH_PORT_RIGHT_NUMBER, 0),
          KERN_INVALID_VALUE, "mod_refs of right 6 (R1)");
    guest_kill(port);
}

/* ---- What is no task (#28, R54) ---- */

static void
wrong_task(mach_port_t task, kern_return_t want, const char *text)
{
    mach_port_name_t name = 0x1234;
    mach_port_type_t type;
    mach_port_urefs_t refs;

    is_kr(mach_port_allocate(task, MACH_PORT_RIGHT_RECEIVE, &name), want,
          "allocate in %s (R54, #28)", text);
    is(name, 0x1234, "... writes no name");
    is_kr(mach_port_type(task, mach_task_self(), &type), want, "type in %s",
          text);
    is_kr(mach_port_get_refs(task, mach_task_self(), 0, &refs), want,
          "get_refs in %s", text);
    is_kr(mach_port_deallocate(task, mach_task_self()), want,
          "deallocate in %s", text);
    is_kr(mach_port_destroy(task, mach_task_self()), want, "destroy in %s",
          text);
    is_kr(mach_port_mod_refs(task, mach_task_self(), 0, -1), want,
          "mod_refs in %s", text);
    is_kr(mach_port_insert_member(task, 1, 1), want, "insert_member in %s",
          text);
    is_kr(mach_port_move_member(task, 1, 1), want, "move_member in %s", text);
}

TEST(dead_task)
{
    mach_port_t dead_child = child_empty();

    task_terminate(dead_child);
    child_dies(dead_child);
    wrong_task(dead_child, MACH_SEND_INVALID_DEST, "a task that is dead");
    mach_port_deallocate(mach_task_self(), dead_child);
}

TEST(wrong_tasks)
{
    mach_port_t thread = mach_thread_self(), host = mach_host_self();
    mach_port_t dead = guest_dead(), set = guest_set();

    wrong_task(MACH_PORT_NULL, MACH_SEND_INVALID_DEST, "NULL");
    wrong_task(MACH_PORT_DEAD, MACH_SEND_INVALID_DEST, "DEAD");
    wrong_task(guest_free_name(), MACH_SEND_INVALID_DEST, "a free name");
    wrong_task(dead, MACH_SEND_INVALID_DEST, "a dead name");
    wrong_task(set, MACH_SEND_INVALID_DEST, "a port set");
    wrong_task(thread, KERN_INVALID_TASK, "a thread");
    wrong_task(host, KERN_INVALID_TASK, "the host");
    is(guest_refs(mach_task_self(), MACH_PORT_RIGHT_SEND), 1,
       "our task port is untouched by all of that");
    mach_port_deallocate(mach_task_self(), thread);
    mach_port_deallocate(mach_task_self(), host);
    mach_port_destroy(mach_task_self(), dead);
    mach_port_destroy(mach_task_self(), set);
}

/* ---- Many rights between two tasks ---- */

#define MANY 5000u

static mach_port_t
extract_send(mach_port_name_t name)
{
    mach_msg_type_name_t type;
    mach_port_t here = MACH_PORT_NULL;

    mach_port_extract_right(child, name, MACH_MSG_TYPE_MAKE_SEND, &here, &type);
    return here;
}

/* The number of the object behind a name, or 0. */
static natural_t
object_of(mach_port_t task, mach_port_name_t name)
{
    ipc_info_space_t info;
    ipc_info_name_array_t table;
    ipc_info_tree_name_array_t tree;
    mach_msg_type_number_t count, tree_count;
    natural_t object = 0;

    if (mach_port_space_info(task, &info, &table, &count, &tree, &tree_count) !=
        KERN_SUCCESS)
        return 0;
    for (unsigned i = 0; i < count; i++)
        if (table[i].iin_name == name)
            object = table[i].iin_object;
    guest_unmap(table, count * sizeof *table);
    return object;
}

TEST(one_object)
{
    mach_port_name_t there = child_make(MACH_PORT_RIGHT_RECEIVE);
    mach_port_t here = extract_send(there);

    ok(object_of(child, there) != 0, "space_info of another task");
    is(object_of(mach_task_self(), here), object_of(child, there),
       "two names of one port show one object");
    mach_port_destroy(child, there);
    mach_port_destroy(mach_task_self(), here);
}

TEST(many)
{
    static mach_port_t here[MANY], there[MANY];
    bool good = true;

    for (unsigned i = 0; i < MANY; i++) {
        mach_port_allocate(child, MACH_PORT_RIGHT_RECEIVE, &there[i]);
        here[i] = extract_send(there[i]);
    }
    for (unsigned i = 0; i < MANY; i++)
        good = extract_send(there[i]) == here[i] && good;
    ok(good, "5000 send rights are found again by their ports");
    for (unsigned i = 0; i < MANY; i++)
        good = mach_port_destroy(i % 2 == 0 ? child : mach_task_self(),
                                 i % 2 == 0 ? there[i] : here[i]) == 0 &&
               good;
    ok(good, "... half of them end here, half with their ports");
    for (unsigned i = 0; i < MANY; i++)
        good = mach_port_destroy(i % 2 == 0 ? mach_task_self() : child,
                                 i % 2 == 0 ? here[i] : there[i]) == 0 &&
               good;
    ok(good, "... and then the rest");
}

/* ---- A task dies with rights and messages (R52) ---- */

static void
test_death(void)
{
    mach_port_t carried = guest_port(), queue = guest_port();
    mach_port_t notify = guest_receive();
    mach_port_t kept = guest_receive();
    struct port_message message = port_message(
        queue, MACH_MSG_TYPE_COPY_SEND, carried, MACH_MSG_TYPE_MOVE_SEND);

    notify_ask(carried, MACH_NOTIFY_NO_SENDERS, 0, notify);
    notify_ask(queue, MACH_NOTIFY_DEAD_NAME, 0, notify);
    message_send(&message, sizeof message);
    mach_port_insert_right(child, 0x55503, queue, MACH_MSG_TYPE_MOVE_RECEIVE);
    mach_port_insert_right(child, 0x55603, kept, MACH_MSG_TYPE_MAKE_SEND_ONCE);
    is(guest_next_id(notify), -1, "a task has our queue, and a message in it");
    child_end(child);
    ok(guest_status(notify).mps_msgcount == 2, "it dies: two notifications");
    ok((guest_next_id(notify) ^ guest_next_id(notify)) ==
           (MACH_NOTIFY_NO_SENDERS ^ MACH_NOTIFY_DEAD_NAME),
       "... for the queue's death and the right in the message (R52)");
    is(guest_next_id(kept), MACH_NOTIFY_SEND_ONCE,
       "... and its send-once right says so");
    mach_port_destroy(mach_task_self(), carried);
    mach_port_destroy(mach_task_self(), queue);
    guest_kill(kept);
    guest_kill(notify);
}

int
main(void)
{
    unsigned names;

    tap_begin();
    child = child_empty();
    names = guest_names();
    tap_run_tests();
    is(guest_names(), names, "no name is left over");
    test_death();
    return tap_done();
}
