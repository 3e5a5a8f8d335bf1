/* SPDX-License-Identifier: MIT */
/*
 * t_exc_answer.c - how an exception ends: answered, refused, dropped, broken
 * off, or with nobody there.  The task may end, the machine never does.
 *
 * Adversarial 7, 37, 44; R58, R59.
 */
#include <string.h>

#include "child.h"
#include "tap.h"

#define UD2_LENGTH 2
#define REPLY_ID   2505

static volatile int before, after; /* the child's copies count */
static volatile int in_handler;

static void
victim(void *argument)
{
    (void)argument;
    before++;
    __asm__ volatile("ud2");
    after++;
    while (1)
        guest_sleep(1000);
}

/* A child with a thread that waits for the answer to its exception */
struct scene {
    mach_port_t task, port, thread;
    struct caught caught;
};

static struct scene
set_scene(void)
{
    struct scene scene = { .task = child_copy() };

    scene.port = catch_port(scene.task);
    scene.thread = child_thread(scene.task, victim, NULL);
    if (!catch_next(scene.port, &scene.caught))
        ok(false, "the victim's exception comes");
    return scene;
}

/* Drops the names of a child that has ended. */
static void
forget(struct scene *scene)
{
    catch_drop(&scene->caught);
    mach_port_deallocate(mach_task_self(), scene->task);
    mach_port_deallocate(mach_task_self(), scene->thread);
    mach_port_destroy(mach_task_self(), scene->port);
}

static void
end_scene(struct scene *scene)
{
    task_terminate(scene->task);
    ok(child_dies(scene->task), "the child can be ended afterwards");
    forget(scene);
}

/* Sets the thread on behind its UD2. */
static void
skip(mach_port_t thread)
{
    x86_thread_state64_t state = thread_registers(thread);

    state.__rip += UD2_LENGTH;
    thread_put_registers(thread, &state);
}

/* ---- answers */

TEST(again)
{
    struct scene scene = set_scene();
    uint64_t rip = thread_registers(scene.thread).__rip;

    catch_answer(&scene.caught, KERN_SUCCESS);
    ok(catch_next(scene.port, &scene.caught),
       "answered without a change, the instruction faults again");
    ok(thread_registers(scene.thread).__rip == rip, "... at the same place");
    is(child_value(scene.task, &before), 1,
       "... and nothing before it ran twice");

    skip(scene.thread);
    catch_answer(&scene.caught, KERN_SUCCESS);
    ok(child_until(scene.task, &after, 1), "set on, it goes on");
    end_scene(&scene);
}

TEST(refused)
{
    struct scene scene = set_scene();

    catch_answer(&scene.caught, KERN_FAILURE);
    ok(child_dies(scene.task), "refused: the task ends");
    is(guest_type(scene.thread), MACH_PORT_TYPE_DEAD_NAME,
       "... and its thread's name is dead");
    forget(&scene);
}

TEST(reply_dropped)
{
    struct scene scene = set_scene();

    catch_drop(&scene.caught);
    ok(child_dies(scene.task), "reply right dropped: the task ends");
    forget(&scene);
}

TEST(port_dies_unread)
{
    mach_port_t task = child_copy();
    mach_port_t port = catch_port(task);
    mach_port_t thread = child_thread(task, victim, NULL);

    child_until(task, &before, 1);
    guest_sleep(20);
    mach_port_destroy(mach_task_self(), port);
    ok(child_dies(task),
       "exception port destroyed with the message: the task ends");
    mach_port_deallocate(mach_task_self(), task);
    mach_port_deallocate(mach_task_self(), thread);
}

TEST(port_dies_read)
{
    struct scene scene = set_scene();

    mach_port_destroy(mach_task_self(), scene.port);
    scene.port = MACH_PORT_NULL;
    skip(scene.thread);
    catch_answer(&scene.caught, KERN_SUCCESS);
    ok(child_until(scene.task, &after, 1),
       "exception port destroyed, message read: the answer still counts");
    end_scene(&scene);
}

TEST(no_port)
{
    mach_port_t task = child_copy();
    kern_return_t kr =
        task_set_exception_ports(task, EXC_MASK_ALL, MACH_PORT_NULL, 0, 0);

    is_kr(kr, KERN_SUCCESS, "a task can be left without exception ports");
    child_thread(task, victim, NULL);
    ok(child_dies(task), "no exception port: the task ends");
}

TEST(kernel_handler)
{
    mach_port_t task = child_copy();
    kern_return_t kr = task_set_exception_ports(
        task, EXC_MASK_ALL, mach_task_self(),
        (exception_behavior_t)(EXCEPTION_DEFAULT | MACH_EXCEPTION_CODES),
        THREAD_STATE_NONE);

    is_kr(kr, KERN_SUCCESS, "a kernel object can be the exception port");
    child_thread(task, victim, NULL);
    ok(child_dies(task), "... it refuses, and the task ends");
}

/* ---- odd answers */

#pragma pack(push, 4)
struct odd {
    mach_msg_header_t header;
    mach_msg_body_t body;
    NDR_record_t ndr;
    kern_return_t code;
    int more[8];
};
#pragma pack(pop)

/* Uses the reply right up. */
static mach_msg_return_t
send_odd(struct scene *scene, struct odd *odd, mach_msg_size_t size)
{
    mach_msg_return_t mr;

    odd->header.msgh_bits |= MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND_ONCE, 0);
    odd->header.msgh_remote_port = scene->caught.reply;
    mr = mach_msg(&odd->header, MACH_SEND_MSG, size, 0, MACH_PORT_NULL, 0,
                  MACH_PORT_NULL);
    scene->caught.reply = MACH_PORT_NULL;
    return mr;
}

TEST(odd_refusals)
{
    struct odd odd;
    struct scene scene = set_scene();

    memset(&odd, 0, sizeof odd);
    odd.header.msgh_id = REPLY_ID + 1;
    is(send_odd(&scene, &odd, sizeof odd), MACH_MSG_SUCCESS,
       "an answer with another ID can be sent");
    ok(child_dies(scene.task), "... and is a refusal");
    forget(&scene);

    scene = set_scene();
    memset(&odd, 0, sizeof odd);
    odd.header.msgh_id = REPLY_ID;
    is(send_odd(&scene, &odd, sizeof odd.header), MACH_MSG_SUCCESS,
       "an answer that is a header alone can be sent");
    ok(child_dies(scene.task), "... and is a refusal");
    forget(&scene);
}

/* R58: whatever else it carries, right ID and code 0 are a yes. */
TEST(odd_yes)
{
    struct scene scene = set_scene();
    mach_port_t port = guest_receive();
    struct odd odd;

    memset(&odd, 0, sizeof odd);
    odd.header.msgh_id = REPLY_ID;
    odd.header.msgh_bits =
        MACH_MSGH_BITS_COMPLEX | MACH_MSGH_BITS(0, MACH_MSG_TYPE_MAKE_SEND);
    odd.header.msgh_local_port = port;
    skip(scene.thread);
    is(send_odd(&scene, &odd, sizeof odd), MACH_MSG_SUCCESS,
       "R58: an answer with a right and an empty body can be sent");
    ok(child_until(scene.task, &after, 1), "R58: ... and is a yes");
    is(guest_status(port).mps_srights, 0, "R58: its right is destroyed");
    mach_port_destroy(mach_task_self(), port);
    end_scene(&scene);
}

TEST(two_victims)
{
    struct scene scene = set_scene();
    mach_port_t other = child_thread(scene.task, victim, NULL);
    struct caught second;

    ok(catch_next(scene.port, &second), "two threads of a task may fault");
    is(second.thread, other, "... each with its own message");
    catch_answer(&second, KERN_FAILURE);
    ok(child_dies(scene.task), "one is refused: all of the task ends");
    catch_answer(&scene.caught, KERN_SUCCESS);
    ok(true, "the answer to the other does no harm afterwards");
    mach_port_deallocate(mach_task_self(), other);
    forget(&scene);
}

/* ---- 44: other calls on a thread that waits for an answer */

TEST(abort)
{
    struct scene scene = set_scene();
    struct caught again;

    is_kr(thread_abort_safely(scene.thread), KERN_SUCCESS,
          "44: thread_abort_safely of an exception");
    guest_sleep(5);
    ok(!catch_poll(scene.port), "44: ... leaves it as it is");

    is_kr(thread_abort(scene.thread), KERN_SUCCESS,
          "44: thread_abort of an exception");
    ok(catch_next(scene.port, &again), "44: ... raises it again");
    catch_answer(&scene.caught, KERN_SUCCESS);
    guest_sleep(5);
    ok(!catch_poll(scene.port), "44: the old answer resumes nobody");
    is(child_value(scene.task, &after), 0, "44: ... and nothing ran");

    skip(scene.thread);
    catch_answer(&again, KERN_SUCCESS);
    ok(child_until(scene.task, &after, 1), "44: the new answer does");
    end_scene(&scene);
}

TEST(suspended)
{
    struct scene scene = set_scene();

    is(guest_run_state(scene.thread), TH_STATE_WAITING,
       "44: it waits, as thread_info says");
    thread_suspend(scene.thread);
    skip(scene.thread);
    catch_answer(&scene.caught, KERN_SUCCESS);
    guest_sleep(5);
    is(child_value(scene.task, &after), 0,
       "44: suspended, the answer alone is no help");
    is(guest_run_state(scene.thread), TH_STATE_STOPPED, "44: it is stopped");
    is_kr(thread_resume(scene.thread), KERN_SUCCESS, "44: resumed");
    ok(child_until(scene.task, &after, 1), "44: ... it goes on");
    is(child_value(scene.task, &after), 1, "44: ... once");
    end_scene(&scene);
}

TEST(terminated)
{
    struct scene scene = set_scene();
    mach_port_t other;

    is_kr(thread_terminate(scene.thread), KERN_SUCCESS,
          "44: thread_terminate of an exception");
    is(guest_type(scene.thread), MACH_PORT_TYPE_DEAD_NAME,
       "44: ... its name is dead");
    catch_answer(&scene.caught, KERN_SUCCESS);
    is(child_value(scene.task, &after), 0,
       "44: the late answer resumes nobody");

    other = child_thread(scene.task, victim, NULL);
    ok(catch_next(scene.port, &scene.caught), "44: the task lives on");
    is(scene.caught.thread, other, "44: ... with other threads");
    mach_port_deallocate(mach_task_self(), other);
    end_scene(&scene);
}

TEST(answer_after_end)
{
    struct scene scene = set_scene();

    is_kr(task_terminate(scene.task), KERN_SUCCESS,
          "task_terminate during an exception");
    ok(child_dies(scene.task), "... ends the task");
    catch_answer(&scene.caught, KERN_SUCCESS);
    ok(true, "the late answer does no harm");
    forget(&scene);
}

/* ---- a handler that faults itself */

static void
faulty_handler(void *argument)
{
    mach_port_t port = catch_port(mach_task_self());
    struct caught caught;

    (void)argument;
    child_bare_thread(mach_task_self(), (const void *)victim,
                      (uint64_t)guest_pages(1) + GUEST_PAGE - 8, 0, 0);
    in_handler = 1;
    if (catch_next(port, &caught))
        in_handler = 2;
    __asm__ volatile("ud2");
    in_handler = 3;
}

TEST(nested)
{
    mach_port_t task = child_copy();
    thread_act_array_t threads = NULL;
    mach_msg_type_number_t count = 0;

    child_thread(task, faulty_handler, NULL);
    ok(child_until(task, &in_handler, 1), "a task handles its own exceptions");
    task_threads(task, &threads, &count);
    is(count, 2, "... one thread those of the other");
    for (unsigned i = 0; i < count; i++)
        thread_resume(threads[i]);
    ok(child_until(task, &in_handler, 2), "... it gets the message");
    guest_sleep(20);
    ok(child_until(task, &in_handler, 2),
       "a handler that faults waits for itself");
    is_kr(task_terminate(task), KERN_SUCCESS, "... and can be ended");
    ok(child_dies(task), "... with its task");
}
