/* SPDX-License-Identifier: MIT */
/*
 * neighbour.c - a root job of ledgers.t that needs little, beside hogs.
 *
 *     HOGS NAME
 *
 * When so many hogs have all that they get it takes what is reserved for a job:
 * memory, ports, a thread, a task, a service's answer, a job of its own, a name,
 * a place among those that wait for input.
 */
#include <mach/mach.h>
#include <mach/mach_vm.h>
#include <ostia/job.h>
#include <servers/bootstrap.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/guest/guest.h"

#define PAGES 64u
#define PORTS 100u
#define ECHO  "org.ostia.echo"

static int harmed;

static void
need(const char *what, kern_return_t kr)
{
    printf("neighbour: %s: %s\n", what, mach_error_string(kr));
    harmed |= kr != KERN_SUCCESS;
}

/* Waits until all hogs have registered. */
static void
wait_for(int hogs)
{
    char name[128];
    mach_port_t hog;

    for (int i = 1; i <= hogs; i++) {
        snprintf(name, sizeof name, "org.ostia.test.hog.%d", i);
        while (bootstrap_look_up(bootstrap_port, name, &hog) != KERN_SUCCESS)
            guest_sleep(20);
    }
}

static kern_return_t
take_ports(void)
{
    kern_return_t kr = KERN_SUCCESS;
    mach_port_t port;

    for (unsigned i = 0; i < PORTS && kr == KERN_SUCCESS; i++)
        kr = mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE,
                                &port);
    return kr;
}

static kern_return_t
ask(mach_port_t echo)
{
    struct guest_buffer buffer = {
        .header = { .msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
                                                MACH_MSG_TYPE_MAKE_SEND_ONCE),
                    .msgh_remote_port = echo,
                    .msgh_local_port = mach_reply_port(),
                    .msgh_id = 1000 },
    };

    return mach_msg(&buffer.header, MACH_SEND_MSG | MACH_RCV_MSG,
                    sizeof buffer.header + sizeof buffer.number, sizeof buffer,
                    buffer.header.msgh_local_port, MACH_MSG_TIMEOUT_NONE,
                    MACH_PORT_NULL);
}

static kern_return_t
run_job(void)
{
    char how[128];
    int job, status = -1;
    kern_return_t kr = job_spawn(bootstrap_port, "hello", "", 0, &job);

    if (kr == KERN_SUCCESS)
        kr = job_wait(bootstrap_port, job, &status, how);
    return kr == KERN_SUCCESS && status != 0 ? KERN_FAILURE : kr;
}

/* Waits, or gets some; no matter which. */
static kern_return_t
ask_for_input(void)
{
    mach_port_t reply = guest_receive();
    mach_msg_return_t mr = guest_console_ask(guest_console(), reply);
    struct guest_buffer answer;

    if (mr != MACH_MSG_SUCCESS ||
        guest_poll(reply, &answer) != MACH_MSG_SUCCESS)
        return mr;
    return ((mig_reply_error_t *)&answer)->RetCode;
}

int
main(int argc, char **argv)
{
    mach_port_t echo = MACH_PORT_NULL, thread, task;
    volatile char *memory = guest_pages(PAGES);

    wait_for(argc > 1 ? atoi(argv[1]) : 1);
    for (unsigned i = 0; i < PAGES; i++)
        memory[i * GUEST_PAGE] = 1;
    printf("neighbour: touched %u pages\n", PAGES);
    need("ports", take_ports());
    need("a thread", thread_create(mach_task_self(), &thread));
    need("a task", task_create(mach_task_self(), NULL, 0, FALSE, &task));
    need("a look-up", bootstrap_look_up(bootstrap_port, ECHO, &echo));
    need("an answer", ask(echo));
    need("a job", run_job());
    need("a name", bootstrap_register(bootstrap_port, argc > 2 ? argv[2] : "",
                                      guest_port()));
    need("input", ask_for_input());
    return harmed;
}
