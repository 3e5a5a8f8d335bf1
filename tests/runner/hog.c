/* SPDX-License-Identifier: MIT */
/*
 * hog.c - a root job of ledgers.t that takes as much of one thing as it gets.
 *
 *     KIND PLACE
 *
 * When it is refused it registers `org.ostia.test.hog.PLACE`, and holds all of
 * it until the run ends.  As `KIND sit` it is one of the jobs that it starts.
 */
#include <mach/mach.h>
#include <mach/mach_vm.h>
#include <ostia/job.h>
#include <servers/bootstrap.h>
#include <stdio.h>
#include <string.h>

#include "tests/guest/guest.h"

#define CHUNK_PAGES 32u
#define FIRST_ENTRY 0x100000000ull
#define LARGE       (60 * 1024u)
#define NAMES       16u /* that a job may register */
#define SPARE_PAGES 16u

static const char *program;

/* Written by the kernel, so that a shortage is a code and no exception */
static kern_return_t
take_memory(void)
{
    static const char bytes[CHUNK_PAGES * GUEST_PAGE];
    static unsigned size = sizeof bytes;
    mach_vm_address_t address = 0;
    kern_return_t kr;

    kr = mach_vm_allocate(mach_task_self(), &address, size, VM_FLAGS_ANYWHERE);
    if (kr == KERN_SUCCESS)
        kr = mach_vm_write(mach_task_self(), address, (vm_offset_t)bytes, size);
    if (kr == KERN_SUCCESS || size == GUEST_PAGE)
        return kr;
    size /= 2;
    return KERN_SUCCESS;
}

/* Ranges that cannot be merged */
static kern_return_t
take_entry(void)
{
    static mach_vm_address_t next = FIRST_ENTRY;
    mach_vm_address_t address = next;

    next += 2 * GUEST_PAGE;
    return mach_vm_allocate(mach_task_self(), &address, GUEST_PAGE,
                            VM_FLAGS_FIXED);
}

static kern_return_t
take_port(void)
{
    mach_port_t port;

    return mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port);
}

static kern_return_t
take_task(void)
{
    mach_port_t task;

    return task_create(mach_task_self(), NULL, 0, FALSE, &task);
}

static kern_return_t
take_thread(void)
{
    mach_port_t thread;

    return thread_create(mach_task_self(), &thread);
}

static kern_return_t
take_message(void)
{
    static char bytes[LARGE];
    static mach_port_t port;
    mach_msg_header_t *message = (void *)bytes;

    if (port == MACH_PORT_NULL ||
        guest_status(port).mps_msgcount == guest_status(port).mps_qlimit) {
        if (take_port() != KERN_SUCCESS)
            return KERN_RESOURCE_SHORTAGE;
        port = guest_receive();
    }
    message->msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0);
    message->msgh_remote_port = port;
    return mach_msg(message, MACH_SEND_MSG, sizeof bytes, 0, MACH_PORT_NULL, 0,
                    MACH_PORT_NULL);
}

static kern_return_t
take_reader(void)
{
    mach_port_t reply = guest_receive();

    guest_must(guest_console_ask(guest_console(), reply));
    return guest_next_id(reply) == -1 ? KERN_SUCCESS : KERN_RESOURCE_SHORTAGE;
}

/* Jobs that do the same: so the tree of them is as large as it gets. */
static kern_return_t
take_job(void)
{
    static const char words[] = "jobs\0sit";
    int job;

    return job_spawn(bootstrap_port, program, words, sizeof words, &job);
}

/* All the names that this job may have */
static void
take_names(void)
{
    char name[128];

    for (unsigned i = 0; i < NAMES; i++) {
        snprintf(name, sizeof name, "org.ostia.test.%x.%u", mach_task_self(),
                 i);
        (void)bootstrap_register(bootstrap_port, name, guest_port());
    }
}

static const struct kind {
    const char *name;
    kern_return_t (*take)(void);
} kinds[] = {
    { "memory", take_memory },  { "entries", take_entry },
    { "ports", take_port },     { "tasks", take_task },
    { "threads", take_thread }, { "messages", take_message },
    { "jobs", take_job },       { "readers", take_reader },
};

/* Says so, and registers a name, if it is one, for which some pages are given
   back if need be; called before anything is taken too, since pages that are
   touched for the first time are not to be had later. */
static void
tell(const char *name, mach_port_t service, const char *kind, unsigned count,
     kern_return_t kr)
{
    static char *spare;

    if (spare == NULL)
        spare = memset(guest_pages(SPARE_PAGES), 1, SPARE_PAGES * GUEST_PAGE);
    printf("hog %s: %u, then %s\n", kind, count, mach_error_string(kr));
    fflush(stdout);
    while (bootstrap_register(bootstrap_port, name, service) ==
           MACH_SEND_NO_BUFFER) {
        guest_unmap(spare, GUEST_PAGE);
        spare += GUEST_PAGE;
    }
}

int
main(int argc, char **argv)
{
    const char *kind = argc > 2 ? argv[1] : "",
               *place = argc > 2 ? argv[2] : "";
    mach_port_t service = guest_port();
    kern_return_t kr = KERN_SUCCESS;
    unsigned count = 0;
    char name[128];

    program = argv[0];
    snprintf(name, sizeof name, "org.ostia.test.hog.%s", place);
    tell("", service, "begins", 0, kr);
    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        while (strcmp(kind, kinds[i].name) == 0 &&
               (kr = kinds[i].take()) == KERN_SUCCESS)
            count++;
    if (strcmp(place, "sit") == 0)
        take_names();
    else
        tell(name, service, kind, count, kr);
    for (;;)
        guest_sleep(1000);
}
