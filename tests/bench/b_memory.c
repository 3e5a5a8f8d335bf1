/* SPDX-License-Identifier: MIT */
/*
 * b_memory.c - bytes of the machine's memory for a receive right with its name, a
 * thread that waits with its port, an empty task, and an empty message in a queue:
 * the pages that many of them take.
 */
#include <mach/mach.h>
#include <mach/mach_host.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/guest/child.h"
#include "tests/guest/guest.h"

#define PORTS    10000u
#define THREADS  2000u
#define TASKS    500u
#define QUEUES   10u
#define MESSAGES 1000u /* in each queue */

static unsigned long
pages_free(void)
{
    vm_statistics64_data_t info;
    mach_msg_type_number_t count = HOST_VM_INFO64_COUNT;

    guest_must(host_statistics64(mach_host_self(), HOST_VM_INFO64,
                                 (host_info64_t)&info, &count));
    return info.free_count;
}

static void
row(const char *name, unsigned long before, unsigned count)
{
    printf("bench %s %lu bytes\n", name,
           (before - pages_free()) * GUEST_PAGE / count);
}

static void
ports(void)
{
    unsigned long before = pages_free();

    for (unsigned i = 0; i < PORTS; i++)
        (void)guest_receive();
    row("mem_port", before, PORTS);
}

/* It has no stack: suspended, it never runs.  Our names are counted with it. */
static void
threads(void)
{
    unsigned long before = pages_free();
    thread_act_t thread;

    for (unsigned i = 0; i < THREADS; i++)
        guest_must(thread_create(mach_task_self(), &thread));
    row("mem_thread", before, THREADS);
}

static void
tasks(void)
{
    unsigned long before = pages_free();

    for (unsigned i = 0; i < TASKS; i++)
        (void)child_empty();
    row("mem_task", before, TASKS);
}

static void
messages(void)
{
    unsigned long before;
    mach_port_t port[QUEUES];

    for (unsigned i = 0; i < QUEUES; i++) {
        port[i] = guest_port();
        guest_limit(port[i], MESSAGES);
    }
    before = pages_free();
    for (unsigned i = 0; i < QUEUES * MESSAGES; i++) {
        mach_msg_header_t header = {
            .msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0),
            .msgh_size = sizeof header,
            .msgh_remote_port = port[i / MESSAGES],
        };

        if (mach_msg(&header, MACH_SEND_MSG, sizeof header, 0, MACH_PORT_NULL,
                     0, MACH_PORT_NULL) != MACH_MSG_SUCCESS)
            abort();
    }
    row("mem_message", before, QUEUES * MESSAGES);
}

int
main(void)
{
    ports();
    threads();
    tasks();
    messages();
    return 0;
}
