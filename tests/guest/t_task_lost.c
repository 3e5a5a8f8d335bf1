/* SPDX-License-Identifier: MIT */
/*
 * t_task_lost.c - adversarial 40: a task without a thread, which nobody else
 * has a right to, is lost to everyone; so it ends, and all that it had is
 * there again.  One that somebody has a right to lives, with threads or not.
 */
#include <mach/mach_vm.h>
#include <string.h>

#include "child.h"
#include "rights.h"
#include "t0.h"
#include "tap.h"

#define OWN_NAME 0x5003u
#define TASKS    50u
#define MANY     3000u /* names */

/* A task is taken down by the kernel: its port's names die. */
static bool
ends(mach_port_t task, void (*lose)(mach_port_t task))
{
    mach_port_t port = guest_port();
    mach_port_t theirs = 0x6003;
    struct guest_buffer buffer;
    bool ended;

    /* A port of ours whose receive right it has: it dies with the task. */
    mach_port_insert_right(task, theirs, port, MACH_MSG_TYPE_MOVE_RECEIVE);
    theirs = guest_receive();
    notify_ask(port, MACH_NOTIFY_DEAD_NAME, 1, theirs);
    lose(task);
    ended = guest_wait(theirs, &buffer, 2000) == MACH_MSG_SUCCESS &&
            buffer.header.msgh_id == MACH_NOTIFY_DEAD_NAME;
    guest_kill(theirs);
    mach_port_destroy(mach_task_self(), port);
    return ended;
}

static void
drop_right(mach_port_t task)
{
    mach_port_deallocate(mach_task_self(), task);
}

static mach_port_t
with_own_right(void)
{
    mach_port_t task = child_empty();

    mach_port_insert_right(task, OWN_NAME, task, MACH_MSG_TYPE_COPY_SEND);
    return task;
}

TEST(own_names)
{
    ok(ends(child_empty(), drop_right),
       "40: without threads, a task ends with the last right to it");
    ok(ends(with_own_right(), drop_right),
       "40: ... and a right of its own does not keep it");
}

/* A send right to itself in each of its slots */
static mach_port_t
with_own_slots(void)
{
    mach_port_t task = with_own_right();
    mach_port_t registered[3] = { task, task, task };

    task_set_special_port(task, TASK_BOOTSTRAP_PORT, task);
    mach_ports_register(task, registered, 3);
    task_set_exception_ports(
        task, EXC_MASK_ALL, task,
        (exception_behavior_t)(EXCEPTION_DEFAULT | MACH_EXCEPTION_CODES),
        THREAD_STATE_NONE);
    return task;
}

TEST(own_slots)
{
    ok(ends(with_own_slots(), drop_right),
       "40: ... nor do its special, registered and exception ports");
}

static volatile int told;

static void
take_own(void *argument)
{
    (void)argument; /* mach_task_self_ is a right to it already */
    told = 1;
}

static void
run_then_drop(mach_port_t task)
{
    mach_port_t thread = child_thread(task, take_own, NULL);

    (void)child_dies(thread);
    mach_port_deallocate(mach_task_self(), thread);
    mach_port_deallocate(mach_task_self(), task);
}

static void
drop_then_run(mach_port_t task)
{
    mach_port_t thread = child_thread_suspended(task, take_own, NULL);

    mach_port_deallocate(mach_task_self(), task);
    guest_sleep(5);
    thread_resume(thread);
    mach_port_deallocate(mach_task_self(), thread);
}

TEST(threads)
{
    ok(ends(child_copy(), run_then_drop),
       "40: its thread is gone, then our right: it ends");
    ok(ends(child_copy(), drop_then_run),
       "40: our right is gone, then its thread: it ends");
}

TEST(held)
{
    mach_port_t task = with_own_right();
    mach_vm_address_t address = 0;
    mach_port_t thread;

    guest_sleep(5);
    is_kr(mach_vm_allocate(task, &address, GUEST_PAGE, VM_FLAGS_ANYWHERE),
          KERN_SUCCESS, "a task without threads lives as long as we hold it");
    mach_port_deallocate(task, OWN_NAME);
    guest_sleep(5);
    is_kr(mach_vm_deallocate(task, address, GUEST_PAGE), KERN_SUCCESS,
          "... when its own right goes too");
    child_end(task);

    task = child_copy();
    thread = child_thread(task, take_own, NULL);
    ok(child_dies(thread), "the only thread of a task ends");
    mach_port_deallocate(mach_task_self(), thread);
    is_kr(mach_vm_allocate(task, &address, GUEST_PAGE, VM_FLAGS_ANYWHERE),
          KERN_SUCCESS, "... it lives, since we hold it");
    told = 0;
    thread = child_thread(task, take_own, NULL);
    ok(child_dies(thread), "... and another thread can run there");
    mach_port_deallocate(mach_task_self(), thread);
    child_end(task);
}

/* Names that take long to end, between two whose end we are told of. */
static void
fill(mach_port_t task, mach_port_t ports[2], mach_port_t told_at)
{
    for (unsigned i = 0; i < 2; i++) {
        mach_port_t port = guest_port();

        mach_port_insert_right(task, i == 0 ? 0x103 : (MANY + 2) << 8 | 3, port,
                               MACH_MSG_TYPE_MOVE_RECEIVE);
        notify_ask(port, MACH_NOTIFY_DEAD_NAME, 1, told_at);
        ports[i] = port;
        for (unsigned n = 0; i == 0 && n < MANY; n++) {
            mach_port_name_t name;

            guest_must(
                mach_port_allocate(task, MACH_PORT_RIGHT_DEAD_NAME, &name));
        }
    }
}

/* The dead names that `port` is told of next */
static mach_port_name_t
dead_name(mach_port_t port)
{
    struct guest_buffer buffer;

    if (guest_wait(port, &buffer, 2000) != MACH_MSG_SUCCESS ||
        buffer.header.msgh_id != MACH_NOTIFY_DEAD_NAME)
        return MACH_PORT_NULL;
    return ((mach_dead_name_notification_t *)&buffer)->not_port;
}

/* A small task ends that alone has a right to another, which has much. */
TEST(with_its_cause)
{
    mach_port_t cause = child_empty(), lost = child_empty();
    mach_port_t told_at = guest_receive(), ports[2];
    mach_port_name_t first, second;

    fill(lost, ports, told_at);
    notify_ask(cause, MACH_NOTIFY_DEAD_NAME, 1, told_at);
    is_kr(
        mach_port_insert_right(cause, OWN_NAME, lost, MACH_MSG_TYPE_COPY_SEND),
        KERN_SUCCESS, "a task has a right to a large one");
    mach_port_deallocate(mach_task_self(), lost);
    is_kr(task_terminate(cause), KERN_SUCCESS, "... and ends");
    first = dead_name(told_at);
    second = dead_name(told_at);
    ok(ALL(first == ports[0] || first == ports[1],
           second == ports[0] || second == ports[1], first != second),
       "40: the large one is lost then, and gone first");
    is(dead_name(told_at), cause, "40: ... then the one that had the right");
    for (unsigned i = 0; i < 2; i++)
        mach_port_deallocate(mach_task_self(), ports[i]);
    mach_port_deallocate(mach_task_self(), cause);
    guest_kill(told_at);
}

/* A right in a message is somebody's. */
TEST(in_message)
{
    mach_port_t task = with_own_right(), port = guest_receive();
#pragma pack(push, 4)
    struct {
        mach_msg_header_t header;
        mach_msg_body_t body;
        mach_msg_port_descriptor_t right;
        char trailer[68];
    } message = {
        .header = { .msgh_bits = MACH_MSGH_BITS_COMPLEX |
                                 MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0),
                    .msgh_size = offsetof(typeof(message), trailer),
                    .msgh_remote_port = port },
        .body = { 1 },
        .right = { .name = task,
                   .disposition = MACH_MSG_TYPE_MOVE_SEND,
                   .type = MACH_MSG_PORT_DESCRIPTOR },
    };
#pragma pack(pop)

    is(mach_msg_send(&message.header), MACH_MSG_SUCCESS,
       "the right to a task without threads goes into a message");
    guest_sleep(5);
    is(mach_msg(&message.header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
                sizeof message, port, 0, MACH_PORT_NULL),
       MACH_MSG_SUCCESS, "... and comes out of it");
    is(guest_type(message.right.name), MACH_PORT_TYPE_SEND,
       "... while the task lives");
    child_end(message.right.name);
    guest_kill(port);
}

T0_CASE(lost_tasks, "40: tasks that hold themselves")
{
    for (unsigned i = 0; i < TASKS; i++)
        drop_right(with_own_slots());
}
