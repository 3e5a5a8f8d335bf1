/* SPDX-License-Identifier: MIT */
/*
 * t_gone.c - what is gone when task_terminate is answered (D25): the task's
 * memory, the rights in its queues, and every notification of these was sent.
 *
 * Nothing here waits after the answer: what is not gone by then is a failure.
 */
#include <mach/mach_vm.h>

#include "child.h"
#include "rights.h"
#include "tap.h"

#define PAGES       12000u /* far more than one step of any work frees */
#define PAGES_SLACK 16u    /* the machine's other tasks go on meanwhile */
#define MESSAGES    300u
#define RIGHTS      500u /* in each message */

static unsigned
pages_active(void)
{
    vm_statistics64_data_t info;
    mach_msg_type_number_t count = HOST_VM_INFO64_COUNT;

    host_statistics64(mach_host_self(), HOST_VM_INFO64, (host_info64_t)&info,
                      &count);
    return info.active_count;
}

static void
fill(mach_port_t task, unsigned pages)
{
    mach_vm_address_t to = child_pages(task, pages);
    static const char page[GUEST_PAGE] = { 1 };

    for (unsigned i = 0; i < pages; i++)
        mach_vm_write(task, to + i * GUEST_PAGE, (vm_offset_t)page,
                      sizeof page);
}

TEST(memory)
{
    mach_port_t task = child_empty();
    unsigned before = pages_active();

    fill(task, PAGES);
    ok(pages_active() >= before + PAGES, "a task has %u pages", PAGES);
    is_kr(task_terminate(task), KERN_SUCCESS, "it is ended");
    ok(pages_active() <= before + PAGES_SLACK,
       "when that is answered its pages are free");
    mach_port_deallocate(mach_task_self(), task);
}

/* A queue with many rights to `port`, received by the task. */
static mach_port_t
fill_queue(mach_port_t task, mach_port_t port)
{
    static mach_port_name_t names[RIGHTS];
    mach_port_t queue = guest_receive();

    guest_limit(queue, MESSAGES);
    for (unsigned i = 0; i < RIGHTS; i++)
        names[i] = port;
    for (unsigned i = 0; i < MESSAGES; i++) {
        struct array_message message =
            array_message(queue, names, RIGHTS, MACH_MSG_TYPE_COPY_SEND);

        message_send(&message, sizeof message);
    }
    mach_port_insert_right(task, 0x1003, queue, MACH_MSG_TYPE_MOVE_RECEIVE);
    return queue;
}

static unsigned
send_rights(mach_port_t port)
{
    mach_port_rights_t rights = 0;

    mach_port_get_srights(mach_task_self(), port, &rights);
    return rights;
}

TEST(rights)
{
    mach_port_t task = child_empty(), port = guest_port();
    mach_port_t notify = guest_receive();

    fill_queue(task, port);
    is(send_rights(port), MESSAGES * RIGHTS + 1,
       "a task has 150,000 of our rights in a queue");
    notify_ask(port, MACH_NOTIFY_NO_SENDERS, 0, notify);
    notify_ask(task, MACH_NOTIFY_DEAD_NAME, 1, notify);
    mach_port_deallocate(mach_task_self(), port);
    is_kr(task_terminate(task), KERN_SUCCESS, "it is ended");
    is(send_rights(port), 0, "when that is answered the rights are gone");
    is(guest_next_id(notify), MACH_NOTIFY_NO_SENDERS,
       "... no-senders has come, before the task's own death");
    is(guest_next_id(notify), MACH_NOTIFY_DEAD_NAME,
       "... and that has come, before the answer");
    mach_port_destroy(mach_task_self(), task);
    guest_kill(port);
    guest_kill(notify);
}

/* Receive rights within messages within queues, one in the other. */
TEST(chain)
{
    mach_port_t task = child_empty(), last = guest_port();
    mach_port_t inner = last, watch = guest_receive();

    notify_ask(last, MACH_NOTIFY_DEAD_NAME, 1, watch);
    for (unsigned i = 0; i < 500; i++) {
        mach_port_t outer = guest_receive();
        struct port_message message = port_message(
            outer, MACH_MSG_TYPE_MAKE_SEND, inner, MACH_MSG_TYPE_MOVE_RECEIVE);

        message_send(&message, sizeof message);
        inner = outer;
    }
    mach_port_insert_right(task, 0x1003, inner, MACH_MSG_TYPE_MOVE_RECEIVE);
    is(guest_next_id(watch), -1, "a task has a chain of 500 queues");
    is_kr(task_terminate(task), KERN_SUCCESS, "it is ended");
    is(guest_next_id(watch), MACH_NOTIFY_DEAD_NAME,
       "when that is answered the last port of the chain is dead");
    mach_port_destroy(mach_task_self(), last);
    mach_port_destroy(mach_task_self(), task);
    guest_kill(watch);
}

/* A thread of the task was in the middle of such work itself. */
static volatile int begun;

static void
end_much(void *argument)
{
    mach_port_name_t name = (mach_port_name_t)(uintptr_t)argument;

    begun = 1;
    for (;;)
        mach_port_destroy(mach_task_self(), name);
}

TEST(own_work)
{
    mach_port_t task = child_copy(), port = guest_port();

    fill_queue(task, port);
    child_thread(task, end_much, (void *)(uintptr_t)0x1003);
    child_until(task, &begun, 1);
    is_kr(task_terminate(task), KERN_SUCCESS,
          "a task is ended whose thread takes a queue apart");
    is(send_rights(port), 1, "when that is answered the queue is gone");
    mach_port_destroy(mach_task_self(), task);
    mach_port_destroy(mach_task_self(), port);
}
