/* SPDX-License-Identifier: MIT */
/*
 * t_abuse_ipc_death.c - adversarial #40, #41, #45: servers that die with
 * requests, tasks that fill all they can and die, and a bystander.
 */
#include <mach/mach_vm.h>

#include "child.h"
#include "rights.h"
#include "tap.h"

#define KILLS 300u

/* ---- A bystander that answers all the time ---- */

static mach_port_t echo_port;

static void
echo(void *argument)
{
    struct guest_buffer buffer;

    (void)argument;
    while (guest_wait(echo_port, &buffer, 60000) == MACH_MSG_SUCCESS) {
        buffer.header.msgh_bits =
            MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND_ONCE, 0);
        buffer.header.msgh_local_port = MACH_PORT_NULL;
        message_send(&buffer, sizeof(struct guest_message));
    }
}

static bool
bystander_answers(void)
{
    mach_port_t reply = guest_receive();
    struct guest_buffer buffer = {
        .header = guest_header(echo_port, MACH_MSG_TYPE_MAKE_SEND, reply, 7),
    };
    bool good = mach_msg(&buffer.header,
                         MACH_SEND_MSG | MACH_RCV_MSG | MACH_RCV_TIMEOUT,
                         sizeof(struct guest_message), sizeof buffer, reply,
                         CHILD_PATIENCE, MACH_PORT_NULL) == MACH_MSG_SUCCESS &&
                buffer.header.msgh_id == 7;

    guest_kill(reply);
    return good;
}

/* ---- Servers that die (#45) ---- */

/* A request lies in the queue of a task that ends. */
static bool
request_to_the_dying(mach_port_t reply)
{
    mach_port_t task = child_empty();
    mach_port_t service = guest_port();
    struct guest_message request = {
        .header = guest_header(service, MACH_MSG_TYPE_MOVE_SEND, reply, 0),
    };
    struct guest_buffer buffer;

    mach_port_insert_right(task, 0x10003, service, MACH_MSG_TYPE_MOVE_RECEIVE);
    message_send(&request, sizeof request);
    task_terminate(task);
    mach_port_deallocate(mach_task_self(), task);
    return guest_wait(reply, &buffer, CHILD_PATIENCE) == MACH_MSG_SUCCESS &&
           buffer.header.msgh_id == MACH_NOTIFY_SEND_ONCE;
}

TEST(kills)
{
    mach_port_t reply = guest_receive();
    unsigned names = guest_names();
    bool good = true;

    for (unsigned i = 0; i < KILLS; i++)
        good = request_to_the_dying(reply) && good;
    ok(good, "%u servers die with a request: each client is told (#45)", KILLS);
    is(guest_names(), names, "... and no name is left");
    guest_kill(reply);
}

/* ---- A task that takes what it can get (#40) ---- */

#define PORTS 20000u

/* In the child: allocates until it is refused, or has very many. */
static void
hoard(void *argument)
{
    mach_port_t name;

    (void)argument;
    for (unsigned i = 0; i < PORTS; i++)
        if (mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE,
                               &name) != KERN_SUCCESS ||
            mach_port_insert_right(mach_task_self(), name, name,
                                   MACH_MSG_TYPE_MAKE_SEND) != KERN_SUCCESS)
            break;
}

/* In the child: sends itself memory until it is refused. */
static void
flood(void *argument)
{
    mach_port_t port = guest_receive();
    void *pages = guest_pages(16);

    (void)argument;
    for (unsigned i = 0; i < 2000; i++) {
        struct memory_message message =
            memory_message(port, pages, 16 * GUEST_PAGE, false);

        if (message_send(&message, sizeof message) != MACH_MSG_SUCCESS &&
            mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE,
                               &port) != KERN_SUCCESS)
            break;
    }
}

static volatile int child_finished;

/* It can send no more messages, not even to the kernel: it uses a trap. */
static void
say_and_wait(void)
{
    child_finished = 1;
    for (;;)
        guest_sleep(1000);
}

static void
hoard_and_say(void *argument)
{
    (void)argument;
    hoard(NULL);
    say_and_wait();
}

static void
flood_and_say(void *argument)
{
    (void)argument;
    flood(NULL);
    say_and_wait();
}

static void
test_greedy(guest_function_t function, const char *text)
{
    mach_port_t task = child_copy(), thread;

    child_finished = 0;
    child_write(task, (void *)&child_finished, (void *)&child_finished,
                sizeof child_finished);
    thread = child_thread(task, function, NULL);
    ok(bystander_answers(), "a task %s: a bystander is answered (#41)", text);
    ok(child_until(task, &child_finished, 1), "... it comes to its end");
    ok(bystander_answers(), "... while it holds all that: answered (#40)");
    mach_port_deallocate(mach_task_self(), thread);
    child_end(task);
    ok(bystander_answers(), "... and when it is gone");
}

/* Again and again: what it took comes back each time. */
TEST(greedy_again)
{
    for (unsigned i = 0; i < 3; i++) {
        test_greedy(hoard_and_say, "hoards ports");
        test_greedy(flood_and_say, "fills queues with memory");
    }
}

int
main(void)
{
    echo_port = guest_receive();
    mach_port_deallocate(mach_task_self(), guest_thread(echo, NULL));
    ok(bystander_answers(), "a bystander answers");
    return tap_run();
}
