/* SPDX-License-Identifier: MIT */
/*
 * t_ends.c - an end waits for nobody's turn.
 *
 * Threads of another task spin all the time.  In whatever state a thread is,
 * it comes to its end beside them: by thread_terminate, by task_terminate, and
 * when its task ends itself.
 */
#include <mach/mach_time.h>
#include <mach/mach_traps.h>

#include "child.h"
#include "tap.h"

#define SPINNERS       2
#define NAMES          3000
#define MANY           500
#define FOREVER_MS     0x7fffffffu
#define ABSOLUTE_END   UINT64_MAX
#define TASK_TERMINATE 3401

/* ---- what the thread does that is to end; in a copy of our memory */

static volatile int begun;

static void
spin(void *argument)
{
    (void)argument;
    begun = 1;
    while (1)
        continue;
}

static void
depress(void *argument)
{
    (void)argument;
    begun = 1;
    while (1)
        thread_switch(MACH_PORT_NULL, SWITCH_OPTION_DEPRESS, FOREVER_MS);
}

static void
depress_for_a_slice(void *argument)
{
    (void)argument;
    begun = 1;
    while (1)
        swtch_pri(0);
}

static void
receive(void *argument)
{
    struct guest_buffer buffer;
    mach_port_t port = guest_receive();

    (void)argument;
    begun = 1;
    guest_wait(port, &buffer, FOREVER_MS);
}

static void
send_to_full(void *argument)
{
    struct guest_message message = { .number = 0 };
    mach_port_t port = guest_port();

    (void)argument;
    begun = 1;
    while (1) {
        message.header =
            guest_header(port, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0);
        message.header.msgh_size = sizeof message;
        mach_msg_send(&message.header);
    }
}

static void
sleep_on(void *argument)
{
    (void)argument;
    begun = 1;
    mach_wait_until(ABSOLUTE_END);
}

/* Nobody answers for it. */
static void
fault(void *argument)
{
    (void)argument;
    begun = 1;
    __asm__ volatile("ud2");
}

/* In a routine that gives way and goes on later */
static void
list_names(void *argument)
{
    (void)argument;
    for (unsigned i = 0; i < NAMES; i++)
        guest_receive();
    begun = 1;
    while (1)
        guest_names();
}

static void
end_task(void *argument)
{
    (void)argument;
    task_terminate(mach_task_self());
}

enum hold {
    FREE,
    SUSPENDED,
    TASK_SUSPENDED,
    NEVER_RUN
};

static const struct state {
    const char *text;
    guest_function_t function;
    enum hold hold;
} states[] = {
    { "spins", spin, FREE },
    { "is depressed for ever", depress, FREE },
    { "is depressed again and again", depress_for_a_slice, FREE },
    { "receives", receive, FREE },
    { "waits for room in a queue", send_to_full, FREE },
    { "sleeps", sleep_on, FREE },
    { "waits for an exception's answer", fault, FREE },
    { "is in long work", list_names, FREE },
    { "spins, suspended", spin, SUSPENDED },
    { "is depressed, suspended", depress, SUSPENDED },
    { "receives, suspended", receive, SUSPENDED },
    { "spins in a suspended task", spin, TASK_SUSPENDED },
    { "is depressed in a suspended task", depress, TASK_SUSPENDED },
    { "receives in a suspended task", receive, TASK_SUSPENDED },
    { "has never run", spin, NEVER_RUN },
};

#define STATES (sizeof states / sizeof *states)

/* ---- the task of one thread */

static struct victim {
    mach_port_t task, thread;
    mach_port_t faults; /* gets the task's exceptions */
} victim;

/* A task with one thread, which has come to the state or is about to. */
static bool
begin(const struct state *state)
{
    begun = 0;
    victim.task = child_copy();
    victim.faults = catch_port(victim.task);
    victim.thread = child_thread_suspended(victim.task, state->function, NULL);
    if (state->hold == NEVER_RUN)
        return true;
    thread_resume(victim.thread);
    if (!child_until(victim.task, &begun, 1))
        return false;
    guest_sleep(1);
    if (state->hold == SUSPENDED)
        thread_suspend(victim.thread);
    if (state->hold == TASK_SUSPENDED)
        task_suspend(victim.task);
    return true;
}

static void
forget_victim(void)
{
    mach_port_deallocate(mach_task_self(), victim.thread);
    mach_port_deallocate(mach_task_self(), victim.task);
    mach_port_destroy(mach_task_self(), victim.faults);
}

/* ---- three ways to end it */

/*
 * When its last thread has gone, a task to which nobody has a right ends, and
 * what it could receive from is dead (TK3).
 */
static void
test_thread_terminate(const struct state *state)
{
    mach_port_name_t name = MACH_PORT_NULL;
    mach_port_t port = MACH_PORT_NULL;
    mach_msg_type_name_t type;
    bool ready = begin(state);

    mach_port_allocate(victim.task, MACH_PORT_RIGHT_RECEIVE, &name);
    mach_port_extract_right(victim.task, name, MACH_MSG_TYPE_MAKE_SEND, &port,
                            &type);
    thread_terminate(victim.thread);
    forget_victim();
    ok(ALL(ready, child_dies(port)), "thread_terminate ends one that %s",
       state->text);
    mach_port_deallocate(mach_task_self(), port);
}

/* Without waiting for the answer */
static void
ask_to_end(mach_port_t task)
{
    mach_msg_header_t request = guest_header(task, MACH_MSG_TYPE_COPY_SEND,
                                             MACH_PORT_NULL, TASK_TERMINATE);

    request.msgh_size = sizeof request;
    mach_msg_send(&request);
}

static void
test_task_terminate(const struct state *state)
{
    bool ready = begin(state);

    ask_to_end(victim.task);
    ok(ALL(ready, child_dies(victim.task)),
       "task_terminate ends the task of one that %s", state->text);
    forget_victim();
}

static void
test_exit(const struct state *state)
{
    bool ready = begin(state);

    child_thread(victim.task, end_task, NULL);
    ok(ALL(ready, child_dies(victim.task)),
       "a task ends itself beside one that %s", state->text);
    forget_victim();
}

/* ---- many at once */

extern const char bare_depressed[];
__asm__(".pushsection .text\n"
        "bare_depressed: movl $0x100003d, %eax\n"
        "xorl %edi, %edi\nmovl $1, %esi\nmovl $0x7fffffff, %edx\n"
        "syscall\njmp bare_depressed\n.popsection");

static void
test_many(void)
{
    mach_port_t task = child_copy();

    for (unsigned i = 0; i < MANY; i++) {
        mach_port_t thread = child_bare_thread(task, bare_depressed, 0, 0, 0);

        thread_resume(thread);
        mach_port_deallocate(mach_task_self(), thread);
    }
    guest_sleep(1);
    ask_to_end(task);
    ok(child_dies(task), "a task of %d depressed threads ends", MANY);
    mach_port_deallocate(mach_task_self(), task);
}

int
main(void)
{
    mach_port_t spinning = child_copy();

    for (unsigned i = 0; i < SPINNERS; i++)
        child_thread(spinning, spin, NULL);
    for (unsigned i = 0; i < STATES; i++) {
        test_thread_terminate(&states[i]);
        test_task_terminate(&states[i]);
        if (states[i].hold != TASK_SUSPENDED)
            test_exit(&states[i]);
    }
    test_many();
    child_end(spinning);
    return tap_done();
}
