/* SPDX-License-Identifier: MIT */
/*
 * t_abuse_ipc_unread.c - what a client may do to a server by never reading its
 * answers, and what ports weigh that are on their way: adversarial 40, 41;
 * rule T0 for each.
 *
 * An answer over a send-once right is paid for by the job of who made the right,
 * once it lies in a queue; when that may have no more, a send-once notification
 * comes instead.  The server does not notice.
 */
#include <mach/mach.h>
#include <mach/notify.h>
#include <servers/bootstrap.h>

#include "guest.h"
#include "hostile.h"
#include "rights.h"
#include "t0.h"
#include "tap.h"

#define ECHO    "org.ostia.echo"
#define NO_SUCH 999  /* a request that is answered MIG_BAD_ID */
#define WHILE   1000 /* milliseconds */

#define SHARE        4    /* of memory: what the hostile task may have */
#define ANSWER_BYTES 512u /* an answer weighs more than this */

static struct hostile_result got;
static hostile_take_t now_taken;
static unsigned most;

static void
others_are_answered(void)
{
    mach_port_t echo = MACH_PORT_NULL;

    is_kr(bootstrap_look_up(bootstrap_port, ECHO, &echo), KERN_SUCCESS,
          "41: the bootstrap server answers others");
    mach_port_deallocate(mach_task_self(), echo);
}

static void
take_and_die(void)
{
    mach_port_t task = hostile_start(now_taken, most);

    got = hostile_wait();
    others_are_answered();
    hostile_end(task);
}

/* Takes for a while: nothing can be read of a task that has all it may. */
static void
take_and_be_killed(void)
{
    mach_port_t task = hostile_start(now_taken, most);

    guest_sleep(WHILE);
    others_are_answered();
    hostile_end(task);
}

/* In the hostile task */
static mach_port_t server, queue;
static unsigned asked;

static void
begin(void)
{
    (void)task_get_bootstrap_port(mach_task_self(), &server);
    queue = guest_receive();
}

static kern_return_t
ask(mach_msg_type_name_t how)
{
    mach_msg_header_t request = {
        .msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, how),
        .msgh_size = sizeof request,
        .msgh_remote_port = server,
        .msgh_local_port = queue,
        .msgh_id = NO_SUCH,
    };

    asked++;
    return mach_msg_send(&request);
}

static kern_return_t
take_answer(void)
{
    if (server == MACH_PORT_NULL)
        begin();
    return ask(MACH_MSG_TYPE_MAKE_SEND_ONCE);
}

/* The receive right is in a message to ourselves: nobody receives. */
static kern_return_t
hide_queue(void)
{
    struct port_message message =
        port_message(guest_receive(), MACH_MSG_TYPE_MAKE_SEND, queue,
                     MACH_MSG_TYPE_MOVE_RECEIVE);

    return message_send(&message, sizeof message);
}

#define RIGHTS_AT_ONCE 512u

/* Many requests wait at the server when the queue goes on its way. */
static kern_return_t
take_hidden(void)
{
    kern_return_t kr = KERN_SUCCESS;

    begin();
    for (unsigned i = 0; kr == KERN_SUCCESS && i < RIGHTS_AT_ONCE; i++)
        kr = ask(MACH_MSG_TYPE_MAKE_SEND_ONCE);
    return kr == KERN_SUCCESS ? hide_queue() : kr;
}

/* By send rights, as many as a queue takes. */
static kern_return_t
take_by_send(void)
{
    if (asked % MACH_PORT_QLIMIT_MAX == 0) {
        begin();
        guest_limit(queue, MACH_PORT_QLIMIT_MAX);
    }
    return ask(MACH_MSG_TYPE_MAKE_SEND);
}

/* ---- Arrays that the kernel makes ---- */

#define PORT_NAMES 3200 /* mach_port_names */
#define NAMES      2000u

static kern_return_t
take_names(void)
{
    mach_msg_header_t request;

    if (queue == MACH_PORT_NULL) {
        begin();
        for (unsigned i = 0; i < NAMES; i++)
            (void)guest_dead();
    }
    request = guest_header(mach_task_self(), MACH_MSG_TYPE_COPY_SEND, queue,
                           PORT_NAMES);
    request.msgh_size = sizeof request;
    return mach_msg_send(&request);
}

/* More answers than its memory holds */
static unsigned
too_many(void)
{
    return (unsigned)(guest_memory() / SHARE / ANSWER_BYTES);
}

int
main(void)
{
    most = too_many();
    now_taken = take_answer;
    t0_case("answers that nobody reads", take_and_die);
    is_kr(got.code, MACH_SEND_NO_BUFFER,
          "41: who does not read them pays for them");
    now_taken = take_by_send;
    t0_case("answers by send rights", take_and_die);
    most /= RIGHTS_AT_ONCE;
    now_taken = take_hidden;
    t0_case("answers to ports on their way", take_and_die);
    most = too_many();
    now_taken = take_names;
    t0_case("arrays of the kernel that nobody reads", take_and_be_killed);
    return tap_done();
}
