/* SPDX-License-Identifier: MIT */
/*
 * t_abuse_quota.c - hostile tasks that take the kernel's objects: adversarial
 * 40, 41, 55; rule T0 for each.
 *
 * Each takes objects of one kind until it is refused, with the right code,
 * while the bystander and the bootstrap server go on; and when it dies,
 * everything comes back.
 */
#include <mach/mach.h>
#include <mach/notify.h>

#include "guest.h"
#include "hostile.h"
#include "rights.h"
#include "t0.h"
#include "tap.h"

#define NO_LIMIT      0xffffffffu
#define LARGE_MESSAGE (60 * 1024u)
#define ARRAY_COUNT   4096u

/* With less memory than this the names that a space may have do not fit */
#define NAMES_MIB 144

static struct hostile_result got;
static hostile_take_t now_taken;

static void
take_and_die(void)
{
    mach_port_t task = hostile_start(now_taken, NO_LIMIT);

    got = hostile_wait();
    t0_goes_on(5);
    hostile_end(task);
}

static void
abuse(const char *name, hostile_take_t take, kern_return_t code)
{
    now_taken = take;
    t0_case(name, take_and_die);
    is_kr(got.code, code, "%s: is refused", name);
    ok(got.taken > 0, "%s: not before it got some", name);
    note("%s: %u", name, got.taken);
}

/* ---- Names and ports ---- */

static kern_return_t
take_port(void)
{
    mach_port_t port;

    return mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port);
}

static kern_return_t
take_set(void)
{
    mach_port_t set;

    return mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_PORT_SET, &set);
}

static kern_return_t
take_dead_name(void)
{
    mach_port_t name;

    return mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_DEAD_NAME,
                              &name);
}

/* A port with each request for a notification that there is */
static kern_return_t
take_requests(void)
{
    static const mach_msg_id_t ids[] = { MACH_NOTIFY_DEAD_NAME,
                                         MACH_NOTIFY_NO_SENDERS,
                                         MACH_NOTIFY_PORT_DESTROYED };
    mach_port_t port, previous;
    kern_return_t kr = take_port();

    if (kr != KERN_SUCCESS)
        return kr;
    kr = mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port);
    for (unsigned i = 0; i < 3 && kr == KERN_SUCCESS; i++)
        kr = mach_port_request_notification(mach_task_self(), port, ids[i], 0,
                                            port, MACH_MSG_TYPE_MAKE_SEND_ONCE,
                                            &previous);
    return kr;
}

/* ---- Tasks and threads ---- */

static kern_return_t
take_thread(void)
{
    mach_port_t thread;

    return thread_create(mach_task_self(), &thread);
}

static kern_return_t
take_task(void)
{
    mach_port_t task;

    return task_create(mach_task_self(), NULL, 0, FALSE, &task);
}

/* ---- Messages ---- */

/* The port that takes the next message: a new one when the last is full */
static mach_port_t
next_queue(void)
{
    static mach_port_t port;
    static unsigned count;

    if (count-- > 0)
        return port;
    count = MACH_PORT_QLIMIT_DEFAULT - 1;
    if (mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port) !=
        KERN_SUCCESS)
        return MACH_PORT_NULL;
    return port;
}

static kern_return_t
send_to_queue(mach_msg_header_t *message, mach_msg_size_t size,
              mach_msg_bits_t bits)
{
    message->msgh_remote_port = next_queue();
    if (message->msgh_remote_port == MACH_PORT_NULL)
        return MACH_SEND_NO_BUFFER; /* memory ran out at the queue's turn */
    message->msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0) | bits;
    return message_send(message, size);
}

static kern_return_t
take_large_message(void)
{
    static union {
        mach_msg_header_t header;
        char bytes[LARGE_MESSAGE];
    } message;

    return send_to_queue(&message.header, sizeof message, 0);
}

static kern_return_t
take_small_message(void)
{
    mach_msg_header_t message = { .msgh_id = 1 };

    return send_to_queue(&message, sizeof message, 0);
}

/* Send rights to a port of its own, out of line */
static kern_return_t
take_array(void)
{
    static mach_port_t names[ARRAY_COUNT];
    struct array_message message;

    if (names[0] == MACH_PORT_NULL) {
        names[0] = guest_port();
        for (unsigned i = 1; i < ARRAY_COUNT; i++)
            names[i] = names[0];
    }
    message = array_message(MACH_PORT_NULL, names, ARRAY_COUNT,
                            MACH_MSG_TYPE_COPY_SEND);
    return send_to_queue(&message.header, sizeof message,
                         MACH_MSGH_BITS_COMPLEX);
}

static unsigned
memory_mib(void)
{
    return (unsigned)(guest_memory() >> 20);
}

int
main(void)
{
    abuse("ports", take_port, KERN_RESOURCE_SHORTAGE);
    abuse("port sets", take_set, KERN_RESOURCE_SHORTAGE);
    abuse("dead names", take_dead_name,
          memory_mib() < NAMES_MIB ? KERN_RESOURCE_SHORTAGE : KERN_NO_SPACE);
    abuse("requests", take_requests, KERN_RESOURCE_SHORTAGE);
    abuse("threads", take_thread, KERN_RESOURCE_SHORTAGE);
    abuse("tasks", take_task, KERN_RESOURCE_SHORTAGE);
    abuse("large messages", take_large_message, MACH_SEND_NO_BUFFER);
    abuse("small messages", take_small_message, MACH_SEND_NO_BUFFER);
    abuse("arrays of rights", take_array, MACH_SEND_NO_BUFFER);
    return tap_done();
}
