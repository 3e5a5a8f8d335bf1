/* SPDX-License-Identifier: MIT */
/*
 * t_console.c - the console's port: writing, and readers that come and go.
 *
 * Nobody types in a test, so a reader that is answered does not occur here;
 * the prompt's test types.
 */
#include <mach/mach_vm.h>
#include <mach/notify.h>
#include <ostia/console.h>
#include <ostia/ports.h>
#include <string.h>

#include "child.h"
#include "tap.h"

#define CHUNK       1024u
#define WRITE_ID    900200
#define READERS     200 /* more than the kernel keeps */
#define READERS_MAX 8   /* what it keeps of one root job */

static mach_port_t console;

/* The kernel's port: nothing that is a receiver's can be done with it. */
TEST(port)
{
    is(guest_type(console), MACH_PORT_TYPE_SEND, "the console is a send right");
    is_kr(mach_port_mod_refs(mach_task_self(), console, MACH_PORT_RIGHT_RECEIVE,
                             -1),
          KERN_INVALID_RIGHT, "... and no receive right");
}

TEST(write)
{
    static const char line[] = "# written by console_write\n";
    char large[CHUNK];

    is_kr(console_write(console, line, sizeof line - 1), KERN_SUCCESS,
          "console_write");
    is_kr(console_write(console, line, 0), KERN_SUCCESS,
          "console_write of nothing");
    memset(large, ' ', sizeof large);
    large[0] = '#';
    large[CHUNK - 1] = '\n';
    is_kr(console_write(console, large, CHUNK), KERN_SUCCESS,
          "console_write of all that fits");
    ok(console_write(console, large, CHUNK + 1) != KERN_SUCCESS,
       "21: console_write of one byte more is refused");
    ok(console_write(console, large, ~0u) != KERN_SUCCESS,
       "21: ... and of 2^32 - 1");
}

TEST(wrong_port)
{
    mach_port_t thread = mach_thread_self(), dead = guest_dead();
    mach_msg_type_number_t count = CHUNK;
    char data[CHUNK];

    is_kr(console_write(mach_task_self(), "x", 1), KERN_INVALID_ARGUMENT,
          "console_write to a task");
    is_kr(console_write(MACH_PORT_NULL, "x", 1), MACH_SEND_INVALID_DEST,
          "console_write to the null port");
    is_kr(console_write(dead, "x", 1), MACH_SEND_INVALID_DEST,
          "console_write to a dead name");
    is_kr(console_read(thread, 1, data, &count), KERN_INVALID_ARGUMENT,
          "console_read from a thread");
    mach_port_deallocate(mach_task_self(), thread);
    mach_port_deallocate(mach_task_self(), dead);
}

TEST(read_sizes)
{
    mach_msg_type_number_t count = CHUNK;
    char data[CHUNK];

    is_kr(console_read(console, 0, data, &count), KERN_INVALID_ARGUMENT,
          "console_read of nothing");
    count = CHUNK;
    is_kr(console_read(console, -1, data, &count), KERN_INVALID_ARGUMENT,
          "console_read of -1 bytes");
}

/* 40, 45: readers that died make room for others. */
TEST(dead_readers)
{
    unsigned asked = 0, early = 0;

    for (unsigned i = 0; i < READERS; i++) {
        mach_port_t reply = guest_receive();

        asked += guest_console_ask(console, reply) == MACH_MSG_SUCCESS;
        early += guest_next_id(reply) != -1;
        guest_kill(reply);
    }
    is(asked, READERS, "45: readers ask the console, and die");
    is(early, 0, "45: ... nothing was there for them to read");
}

static volatile int childs_answer; /* 1: it was refused, 2: it waits */

static void
ask_once(void *argument)
{
    mach_port_t reply = guest_receive();

    (void)argument;
    console = guest_console(); /* our name means nothing in the child */
    guest_console_ask(console, reply);
    childs_answer = guest_next_id(reply) == -1 ? 2 : 1;
    while (1)
        guest_sleep(1000);
}

/* Is another task of ours refused? */
static bool
another_is_refused(void)
{
    mach_port_t task = child_copy();
    bool refused;

    child_thread(task, ask_once, NULL);
    refused = child_until(task, &childs_answer, 1);
    child_end(task);
    return refused;
}

/* 40: one that floods it is refused, and the console goes on. */
TEST(many_readers)
{
    mach_port_t reply[READERS_MAX + 8];
    unsigned waiting = 0, refused = 0;

    for (unsigned i = 0; i < READERS_MAX + 8; i++) {
        reply[i] = guest_receive();
        guest_console_ask(console, reply[i]);
        if (guest_next_id(reply[i]) == -1)
            waiting++;
        else
            refused++;
    }
    ok(ALL(waiting == READERS_MAX, refused == 8),
       "40: too many readers are refused (%u wait, %u refused)", waiting,
       refused);
    ok(another_is_refused(), "40: ... by whatever task of the job");
    for (unsigned i = 0; i < READERS_MAX + 8; i++)
        guest_kill(reply[i]);
    reply[0] = guest_receive();
    guest_console_ask(console, reply[0]);
    is(guest_next_id(reply[0]), -1, "40: when they died, there is room again");
    guest_kill(reply[0]);
}

TEST(no_reply)
{
    is(guest_console_ask(console, MACH_PORT_NULL), MACH_MSG_SUCCESS,
       "R57: console_read without a reply port is sent");
    is_kr(console_write(console, "", 0), KERN_SUCCESS,
          "R57: ... and does no harm");
}

int
main(void)
{
    console = guest_console();
    if (!ok(console != MACH_PORT_NULL, "the console is a registered port"))
        return tap_done();
    return tap_run();
}
