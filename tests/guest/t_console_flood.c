/* SPDX-License-Identifier: MIT */
/*
 * t_console_flood.c - several tasks write more than the console's queue holds.
 *
 * runner/console reads what comes of it, first not at all for a while: all
 * lines of the two that wait for their answers must be there, in order.
 */
#include <mach/mach_vm.h>
#include <ostia/console.h>
#include <ostia/ports.h>
#include <stdio.h>
#include <string.h>

#include "child.h"
#include "tap.h"

#define LINES    400
#define FLOOD    200
#define CRASHES  30
#define THREADS  MACH_PORT_QLIMIT_DEFAULT
#define WRITE_ID 900200
#define REPLY_ID (WRITE_ID + 100)

static volatile int done; /* in each child: what it has done */
static char names[2][2] = { "A", "B" };

/* Writes the lines of `name`, each in one piece. */
static void
write_lines(void *name)
{
    mach_port_t console = guest_console();
    char line[80];

    for (int i = 0; i < LINES;) {
        int count = snprintf(line, sizeof line, "# writer %s %d %050d\n",
                             (const char *)name, i, i);
        kern_return_t kr = console_write(console, line, (unsigned)count);

        if (kr == KERN_RESOURCE_SHORTAGE)
            guest_sleep(5);
        else if (kr == KERN_SUCCESS)
            done = ++i;
        else
            return;
    }
    guest_sleep(1000000);
}

/* Asks to write, and takes the answer later. */
static void
ask(mach_port_t console, mach_port_t reply)
{
#pragma pack(push, 4)
    struct {
        mach_msg_header_t header;
        NDR_record_t ndr;
        mach_msg_type_number_t count;
        char data[64];
    } request = {
        .header =
            guest_header(console, MACH_MSG_TYPE_COPY_SEND, reply, WRITE_ID),
        .ndr = NDR_record,
        .count = sizeof request.data,
    };
#pragma pack(pop)

    request.header.msgh_size = sizeof request;
    memset(request.data, '.', sizeof request.data);
    memcpy(request.data, "# flood", 7);
    request.data[sizeof request.data - 1] = '\n';
    (void)mach_msg_send(&request.header);
}

/* Does not wait for answers, as far as its port holds them. */
static void
flood(void *unused)
{
    mach_port_t console = guest_console(), reply = guest_receive();
    struct guest_buffer buffer;
    int answers = 0;

    (void)unused;
    guest_limit(reply, FLOOD);
    for (int i = 0; i < FLOOD; i++)
        ask(console, reply);
    while (guest_wait(reply, &buffer, CHILD_PATIENCE) == MACH_MSG_SUCCESS &&
           buffer.header.msgh_id == REPLY_ID)
        done = ++answers;
    guest_sleep(1000000);
}

static void
crash(void *unused)
{
    (void)unused;
    __asm__ volatile("movl $1, 0x10");
}

/* Nobody handles it. */
static void
crash_one(void)
{
    mach_port_t task = child_copy();

    task_set_exception_ports(task, EXC_MASK_ALL, MACH_PORT_NULL, 0, 0);
    child_thread(task, crash, NULL);
    if (child_dies(task))
        mach_port_deallocate(mach_task_self(), task);
}

/* Several threads of one task wait for a handler, which then dies. */
static void
crash_many(void)
{
    mach_port_t task = child_copy(), port = catch_port(task);

    for (unsigned i = 0; i < THREADS; i++)
        child_thread(task, crash, NULL);
    while (guest_status(port).mps_msgcount < THREADS)
        guest_sleep(1);
    guest_kill(port);
    ok(child_dies(task), "a task ends with the handler of its exceptions");
    mach_port_deallocate(mach_task_self(), task);
}

int
main(void)
{
    mach_port_t a = child_copy(), b = child_copy(), c = child_copy();

    child_thread(c, flood, NULL);
    child_thread(a, write_lines, names[0]);
    child_thread(b, write_lines, names[1]);
    for (unsigned i = 0; i < CRASHES; i++)
        crash_one();

    ok(child_until(a, &done, LINES), "a task writes all of its lines");
    ok(child_until(b, &done, LINES), "... another too");
    ok(child_until(c, &done, FLOOD),
       "... while each request of a third is answered");
    crash_one();
    crash_many();
    child_end(a);
    child_end(b);
    child_end(c);
    return tap_done();
}
