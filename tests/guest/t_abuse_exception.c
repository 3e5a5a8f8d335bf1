/* SPDX-License-Identifier: MIT */
/*
 * t_abuse_exception.c - adversarial 40, 44: exceptions that nobody receives.
 *
 * A thread has one message in a queue at most: broken off, it is taken back.
 */
#include <string.h>

#include "child.h"
#include "t0.h"
#include "tap.h"

#define ABORTS 2000u

static volatile int ready;

static void
fault(void *argument)
{
    (void)argument;
    ready = 1;
    __asm__ volatile("ud2");
}

/* Until so many messages wait at the port; false if it does not come to it. */
static bool
until_queued(mach_port_t port, unsigned count)
{
    for (unsigned i = 0; i < CHILD_PATIENCE; i++) {
        if (guest_status(port).mps_msgcount == count)
            return true;
        guest_sleep(1);
    }
    return false;
}

static mach_port_t scene_task, scene_port, scene_thread;

static void
set_scene(void)
{
    scene_task = child_copy();
    scene_port = catch_port(scene_task);
    scene_thread = child_thread(scene_task, fault, NULL);
    (void)until_queued(scene_port, 1);
}

static void
end_scene(void)
{
    child_end(scene_task);
    mach_port_destroy(mach_task_self(), scene_port);
    mach_port_deallocate(mach_task_self(), scene_thread);
}

static unsigned most;

static void
abort_again_and_again(void)
{
    set_scene();
    most = 0;
    for (unsigned i = 0; i < ABORTS; i++) {
        unsigned count;

        thread_abort(scene_thread);
        swtch_pri(0);
        count = guest_status(scene_port).mps_msgcount;
        most = count > most ? count : most;
    }
    end_scene();
}

TEST(flood)
{
    t0_case("44: exceptions broken off", abort_again_and_again);
    is(most, 1, "44: a thread has one message in the queue at most");
}

/* The last message is no ghost: its answer is what the thread waits for. */
TEST(answer)
{
    struct caught caught;

    set_scene();
    for (unsigned i = 0; i < 3; i++) {
        thread_abort(scene_thread);
        guest_sleep(2);
    }
    ok(until_queued(scene_port, 1), "44: aborted, it raises it again");
    ok(catch_next(scene_port, &caught), "44: ... and that can be received");
    catch_answer(&caught, KERN_FAILURE);
    ok(child_dies(scene_task), "44: ... and answered");
    mach_port_destroy(mach_task_self(), scene_port);
    mach_port_deallocate(mach_task_self(), scene_thread);
    mach_port_deallocate(mach_task_self(), scene_task);
}

/* A message that was received stays with its receiver. */
TEST(received)
{
    struct caught caught;

    set_scene();
    ok(catch_next(scene_port, &caught), "44: an exception is received");
    thread_abort(scene_thread);
    ok(until_queued(scene_port, 1), "44: ... broken off and raised again");
    is_kr(thread_abort(caught.thread), KERN_SUCCESS,
          "44: the rights that came with the first are good");
    catch_drop(&caught);
    ok(until_queued(scene_port, 1), "44: ... there is one message again");
    end_scene();
}

/* Threads that end while their exceptions wait leave none behind. */
static void
end_threads(void)
{
    set_scene();
    for (unsigned i = 0; i < 50; i++) {
        mach_port_t thread = child_thread(scene_task, fault, NULL);

        (void)until_queued(scene_port, 2);
        thread_terminate(thread);
        mach_port_deallocate(mach_task_self(), thread);
        (void)until_queued(scene_port, 1);
    }
    most = guest_status(scene_port).mps_msgcount;
    child_end(scene_task);
    is(guest_status(scene_port).mps_msgcount, 0,
       "44: a task that ends leaves none of its exceptions behind");
    mach_port_destroy(mach_task_self(), scene_port);
    mach_port_deallocate(mach_task_self(), scene_thread);
}

TEST(threads)
{
    t0_case("44: threads end with exceptions unread", end_threads);
    is(most, 1, "44: what ended threads raised is taken back");
}

/* Room that the message leaves behind is a blocked sender's. */
TEST(room)
{
    mach_port_t port;
    struct guest_message message = {
        .header = { .msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0),
                    .msgh_size = sizeof message,
                    .msgh_id = 1 },
    };
    unsigned sent = 0;

    set_scene();
    port = scene_port;
    thread_suspend(scene_thread);
    while (guest_send(port, MACH_MSG_TYPE_MAKE_SEND, 7) == MACH_MSG_SUCCESS)
        sent++;
    is(sent + 1, guest_status(port).mps_qlimit,
       "an exception takes one place in the queue");
    thread_abort(scene_thread);
    thread_terminate(scene_thread);
    ok(until_queued(port, sent), "... which it leaves when it is taken back");
    message.header.msgh_remote_port = port;
    is(mach_msg(&message.header, MACH_SEND_MSG | MACH_SEND_TIMEOUT,
                sizeof message, 0, MACH_PORT_NULL, 0, MACH_PORT_NULL),
       MACH_MSG_SUCCESS, "... to the next sender");
    for (unsigned i = 0; i < sent; i++)
        is(guest_next_id(port), 7, "what stood behind it is in order");
    is(guest_next_id(port), 1, "... to the last");
    end_scene();
}
