/* SPDX-License-Identifier: MIT */
/*
 * t_thread_wait.c - a thread in each kind of wait, while others abort it,
 * hold it, send it elsewhere and end it (adversarial 44).
 *
 * Waiters use the traps themselves, past libmach, which would begin a broken
 * wait again.  Each counts how often it came back: never twice.
 */
#include <mach/mach_time.h>
#include <mach/mach_traps.h>
#include <mach/mach_vm.h>
#include <mach/notify.h>
#include <mach/thread_info.h>
#include <ostia/console.h>
#include <string.h>

#include "child.h"
#include "tap.h"

#define MESSAGE_ID 4711
#define PATTERN    0x123456789abcdef
#define FOREVER    (~0ull - 1)

/* One waiter at a time: what it waits on, and what it came back with */
static mach_port_t place, moved;
static volatile int started, returned;
static volatile kern_return_t result;
static struct guest_buffer buffer;

static void
come_back(kern_return_t kr)
{
    result = kr;
    returned++;
    while (1)
        guest_sleep(10000);
}

static void
wait_receive(void *argument)
{
    (void)argument;
    started = 1;
    come_back(mach_msg_trap(&buffer.header, MACH_RCV_MSG, 0, sizeof buffer,
                            place, 0, MACH_PORT_NULL));
}

/* Sends with a reply right, into a queue that is full. */
static void
wait_send(void *argument)
{
    (void)argument;
    buffer.header =
        guest_header(place, MACH_MSG_TYPE_COPY_SEND, moved, MESSAGE_ID);
    started = 1;
    come_back(mach_msg_trap(&buffer.header, MACH_SEND_MSG,
                            sizeof(struct guest_message), 0, MACH_PORT_NULL, 0,
                            MACH_PORT_NULL));
}

static void
wait_clock(void *argument)
{
    (void)argument;
    started = 1;
    come_back(mach_wait_until_trap(FOREVER));
}

static void
wait_switch(void *argument)
{
    (void)argument;
    started = 1;
    come_back(thread_switch(MACH_PORT_NULL, SWITCH_OPTION_WAIT, 100000000));
}

/* Asks the console for what nobody types. */
static void
wait_console(void *argument)
{
    mach_msg_type_number_t count = 16;
    char data[1024];

    (void)argument;
    started = 1;
    come_back(console_read(place, 16, data, &count));
}

/* Starts a waiter, and returns when it waits. */
static mach_port_t
start(guest_function_t function)
{
    mach_port_t thread;

    started = returned = 0;
    result = -1;
    memset(&buffer, 0, sizeof buffer);
    thread = guest_thread(function, NULL);
    guest_until(&started, 1);
    for (unsigned i = 0;
         i < 2000 && guest_run_state(thread) != TH_STATE_WAITING; i++)
        guest_sleep(1);
    return thread;
}

/* A port whose queue is full */
static mach_port_t
full_port(void)
{
    mach_port_t port = guest_port();

    while (guest_send(port, MACH_MSG_TYPE_COPY_SEND, 1) == MACH_MSG_SUCCESS)
        continue;
    return port;
}

/* The waits, what they need, and what an abort makes of them */
static const struct kind {
    const char *name;
    guest_function_t function;
    kern_return_t aborted;
} kinds[] = {
    { "receive", wait_receive, MACH_RCV_INTERRUPTED },
    { "send", wait_send, MACH_SEND_INTERRUPTED },
    { "mach_wait_until", wait_clock, KERN_ABORTED },
    { "thread_switch", wait_switch, KERN_SUCCESS },
};
#define KINDS (sizeof kinds / sizeof *kinds)

static void
set_place(const struct kind *kind)
{
    bool sends = kind->function == wait_send;

    place = sends ? full_port() : guest_port();
    moved = guest_receive();
}

static void
drop_place(void)
{
    mach_port_destroy(mach_task_self(), place);
    mach_port_destroy(mach_task_self(), moved);
}

/* ---- each of them */

static void
test_abort(const struct kind *kind)
{
    mach_port_t thread;

    set_place(kind);
    thread = start(kind->function);
    is(guest_run_state(thread), TH_STATE_WAITING, "%s: it waits", kind->name);
    is(returned, 0, "%s: ... and has not come back", kind->name);
    is_kr(thread_abort(thread), KERN_SUCCESS, "%s: thread_abort", kind->name);
    ok(guest_until(&returned, 1), "%s: ... breaks the wait", kind->name);
    is_kr(result, kind->aborted, "%s: ... with its code", kind->name);
    guest_thread_kill(thread);

    thread = start(kind->function);
    is_kr(thread_abort_safely(thread), KERN_SUCCESS, "%s: thread_abort_safely",
          kind->name);
    ok(guest_until(&returned, 1), "%s: ... breaks the wait too", kind->name);
    guest_thread_kill(thread);
    drop_place();
}

static void
test_abort_held(const struct kind *kind)
{
    mach_port_t thread;

    set_place(kind);
    thread = start(kind->function);
    thread_suspend(thread);
    thread_abort(thread);
    guest_sleep(5);
    is(returned, 0, "%s: suspended and aborted, it does not come back",
       kind->name);
    thread_resume(thread);
    ok(guest_until(&returned, 1), "%s: ... before it is resumed", kind->name);
    is_kr(result, kind->aborted, "%s: ... and then with the abort's code",
          kind->name);
    guest_thread_kill(thread);
    drop_place();
}

static void
test_terminate(const struct kind *kind)
{
    mach_port_t thread;

    set_place(kind);
    thread = start(kind->function);
    is_kr(thread_terminate(thread), KERN_SUCCESS, "%s: thread_terminate",
          kind->name);
    ok(child_dies(thread), "%s: ... its name is dead", kind->name);
    guest_sleep(2);
    is(returned, 0, "%s: ... and it does not come back", kind->name);
    mach_port_destroy(mach_task_self(), thread);

    thread = start(kind->function);
    thread_suspend(thread);
    is_kr(thread_terminate(thread), KERN_SUCCESS,
          "%s: thread_terminate of one suspended in the wait", kind->name);
    guest_sleep(2);
    is(returned, 0, "%s: ... and it does not come back", kind->name);
    mach_port_destroy(mach_task_self(), thread);
    drop_place();
}

/* Thrown out of its wait, it goes where its new registers say. */
static volatile int elsewhere;
static volatile uint64_t rax_there;

static void __attribute__((used)) go_elsewhere(uint64_t rax)
{
    rax_there = rax;
    elsewhere++;
    while (1)
        guest_sleep(10000);
}

extern const char elsewhere_entry[];
__asm__(".pushsection .text\n"
        "elsewhere_entry:\n"
        "movq %rax, %rdi\n"
        "call go_elsewhere\n"
        ".popsection");

static void
test_set_state(const struct kind *kind)
{
    x86_thread_state64_t state;
    mach_port_t thread;

    set_place(kind);
    elsewhere = 0;
    thread = start(kind->function);
    thread_suspend(thread);
    state = thread_registers(thread);
    state.__rip = (uint64_t)elsewhere_entry;
    state.__rax = PATTERN;
    state.__rsp = (uint64_t)guest_pages(2) + 2 * GUEST_PAGE;
    is_kr(thread_put_registers(thread, &state), KERN_SUCCESS,
          "%s: thread_set_state in the wait", kind->name);
    thread_abort(thread);
    thread_resume(thread);
    ok(guest_until(&elsewhere, 1), "%s: ... it goes on elsewhere", kind->name);
    is(returned, 0, "%s: ... not where it was", kind->name);
    is((long long)rax_there, PATTERN,
       "%s: ... with the rax that it was given, not the trap's", kind->name);
    guest_thread_kill(thread);
    drop_place();
}

TEST(kinds)
{
    for (unsigned i = 0; i < KINDS; i++) {
        test_abort(&kinds[i]);
        test_abort_held(&kinds[i]);
        test_terminate(&kinds[i]);
        test_set_state(&kinds[i]);
    }
}

/* ---- what is particular */

/* A message that comes while the receiver is held is delivered once. */
TEST(receive_held)
{
    mach_port_t thread;

    place = guest_port();
    thread = start(wait_receive);
    thread_suspend(thread);
    is(guest_send(place, MACH_MSG_TYPE_COPY_SEND, MESSAGE_ID), MACH_MSG_SUCCESS,
       "a message for a receiver that is held");
    guest_sleep(5);
    is(returned, 0, "... it does not come back with it");
    thread_resume(thread);
    ok(guest_until(&returned, 1), "... before it is resumed");
    is(result, MACH_MSG_SUCCESS, "... with success");
    is(buffer.header.msgh_id, MESSAGE_ID, "... and the message");
    is(guest_next_id(place), -1, "... which is nowhere else");
    guest_thread_kill(thread);
    mach_port_destroy(mach_task_self(), place);
}

/* Handed a message, then ended before it ran: the message is the task's. */
TEST(receive_handed_then_ended)
{
    mach_port_t thread, reply = guest_receive();
    mach_msg_header_t message;

    place = guest_port();
    thread = start(wait_receive);
    thread_suspend(thread);
    message = guest_header(place, MACH_MSG_TYPE_COPY_SEND, reply, 0);
    message.msgh_size = sizeof message;
    is(mach_msg_send(&message), MACH_MSG_SUCCESS,
       "a message with a right for a receiver that is held");
    thread_terminate(thread);
    guest_sleep(5);
    mach_port_destroy(mach_task_self(), place);
    is(returned, 0, "ended there, the receiver never comes back");
    is(guest_type(buffer.header.msgh_remote_port), MACH_PORT_TYPE_SEND_ONCE,
       "... the right in its message is the task's");
    mach_port_deallocate(mach_task_self(), buffer.header.msgh_remote_port);
    is(guest_next_id(reply), MACH_NOTIFY_SEND_ONCE, "... and no other");
    mach_port_destroy(mach_task_self(), thread);
    mach_port_destroy(mach_task_self(), reply);
}

/* R22: an interrupted send gives the message back. */
TEST(send_given_back)
{
    mach_port_t thread;
    unsigned refs;

    place = full_port();
    moved = guest_receive();
    refs = guest_refs(place, MACH_PORT_RIGHT_SEND);
    thread = start(wait_send);
    thread_abort(thread);
    ok(guest_until(&returned, 1), "R22: a send is broken");
    is_kr(result, MACH_SEND_INTERRUPTED, "R22: ... with its code");
    is(buffer.header.msgh_remote_port, place, "R22: ... destination is back");
    is(buffer.header.msgh_id, MESSAGE_ID, "R22: ... and the ID");
    is(guest_type(buffer.header.msgh_local_port), MACH_PORT_TYPE_SEND_ONCE,
       "R22: ... and its send-once right, by a name");
    is(guest_refs(place, MACH_PORT_RIGHT_SEND), refs + 1,
       "R22: ... COPY_SEND leaves a reference more");
    mach_port_destroy(mach_task_self(), buffer.header.msgh_local_port);
    is(guest_next_id(moved), MACH_NOTIFY_SEND_ONCE, "R22: ... which is real");
    guest_thread_kill(thread);
    drop_place();
}

/* Ended in a send, the message is destroyed with its rights. */
TEST(send_ended)
{
    mach_port_t thread;

    place = full_port();
    moved = guest_receive();
    thread = start(wait_send);
    is(guest_next_id(moved), -1, "a blocked send holds its rights");
    thread_terminate(thread);
    guest_sleep(5);
    is(guest_next_id(moved), MACH_NOTIFY_SEND_ONCE,
       "ended, the sender's message is destroyed");
    mach_port_destroy(mach_task_self(), thread);
    drop_place();
}

/* R20: the queue dies under a blocked sender. */
TEST(send_port_dies)
{
    mach_port_t thread;

    place = full_port();
    moved = guest_receive();
    thread = start(wait_send);
    guest_kill(place);
    ok(guest_until(&returned, 1), "R20: the port dies under a blocked sender");
    is(result, MACH_MSG_SUCCESS, "R20: ... which sees success");
    is(guest_next_id(moved), MACH_NOTIFY_SEND_ONCE,
       "R20: ... and its message's rights are destroyed");
    guest_thread_kill(thread);
    drop_place();
}

/* R42: the receive right dies under a waiting receiver. */
TEST(receive_port_dies)
{
    mach_port_t thread;

    place = guest_port();
    thread = start(wait_receive);
    guest_kill(place);
    ok(guest_until(&returned, 1), "R42: the port dies under a receiver");
    is_kr(result, MACH_RCV_PORT_CHANGED, "R42: ... which is told so");
    guest_thread_kill(thread);
    mach_port_destroy(mach_task_self(), place);
}

/* An abort of a thread that does not wait breaks nothing of it. */
static volatile int counter;

TEST(abort_running)
{
    mach_port_t thread = guest_thread(guest_count_up, (void *)&counter);

    guest_sleep(5);
    is_kr(thread_abort(thread), KERN_SUCCESS,
          "thread_abort of a thread that runs");
    ok(child_moves(SELF, &counter), "... it runs on");
    guest_thread_kill(thread);
    is_kr(thread_abort(mach_thread_self()), KERN_SUCCESS,
          "thread_abort of ourselves");
}

TEST(console)
{
    mach_port_t thread;

    place = guest_console();
    thread = start(wait_console);
    is(returned, 0, "console_read: it waits for somebody to type");
    thread_suspend(thread);
    thread_resume(thread);
    is(returned, 0, "console_read: ... suspended and resumed, it still does");
    is_kr(thread_terminate(thread), KERN_SUCCESS,
          "console_read: it can be ended");
    ok(child_dies(thread), "console_read: ... its name is dead");
    is(returned, 0, "console_read: ... and it does not come back");
    mach_port_destroy(mach_task_self(), thread);
}

/* A task with a thread in each wait ends as a whole. */
static void
wait_in_child(void *argument)
{
    const struct kind *kind = argument;

    set_place(kind);
    kind->function(NULL);
}

TEST(task_of_waiters)
{
    mach_port_t task = child_copy();
    unsigned dead = 0;
    mach_port_t threads[KINDS];

    started = 0;
    for (unsigned i = 0; i < KINDS; i++) {
        int zero = 0;

        child_write(task, (void *)&started, &zero, sizeof zero);
        threads[i] = child_thread(task, wait_in_child, (void *)&kinds[i]);
        child_until(task, &started, 1);
    }
    guest_sleep(5);
    is_kr(task_terminate(task), KERN_SUCCESS,
          "task_terminate with a thread in each kind of wait");
    ok(child_dies(task), "... ends the task");
    for (unsigned i = 0; i < KINDS; i++)
        dead += guest_type(threads[i]) == MACH_PORT_TYPE_DEAD_NAME;
    is(dead, KINDS, "... and all of its threads");
}
