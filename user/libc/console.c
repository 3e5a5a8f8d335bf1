/* SPDX-License-Identifier: MIT */
/*
 * console.c - the console port, and bytes through it.
 *
 * The port is one of the registered ports that a task inherits.  It is looked
 * up when it is first needed, so that a program which prints nothing costs
 * nothing; a task that has none is not asked again.
 */
#include "console.h"

#include <errno.h>
#include <mach/mach.h>
#include <ostia/console.h>
#include <ostia/ports.h>
#include <stdbool.h>

#include "lock.h"

/* What one message holds. */
#define CHUNK 1024

/* Too many wait to write: when we ask again. */
#define AGAIN_MS 10

static lock_t lock;
static bool is_looked_up;
static mach_port_t console_port;

/* The array's one right that we want; the others go. */
static mach_port_t
take_port(mach_port_array_t ports, mach_msg_type_number_t count)
{
    mach_port_t wanted = MACH_PORT_NULL;

    for (mach_msg_type_number_t i = 0; i < count; i++) {
        if (i == OSTIA_PORT_CONSOLE)
            wanted = ports[i];
        else if (MACH_PORT_VALID(ports[i]))
            (void)mach_port_deallocate(mach_task_self(), ports[i]);
    }

    (void)mach_vm_deallocate(mach_task_self(),
                             (mach_vm_address_t)(uintptr_t)ports,
                             count * sizeof *ports);
    return wanted;
}

/* Returns   the port, or MACH_PORT_NULL with errno set. */
static mach_port_t
get_port(void)
{
    mach_port_array_t ports;
    mach_msg_type_number_t count;

    lock_acquire(&lock);
    if (!is_looked_up) {
        is_looked_up = true;
        if (mach_ports_lookup(mach_task_self(), &ports, &count) == KERN_SUCCESS)
            console_port = take_port(ports, count);
    }
    lock_release(&lock);

    if (!MACH_PORT_VALID(console_port)) {
        errno = EBADF;
        return MACH_PORT_NULL;
    }

    return console_port;
}

int
console_send(const char *bytes, size_t count)
{
    mach_port_t port = get_port();

    if (port == MACH_PORT_NULL)
        return -1;

    while (count > 0) {
        mach_msg_type_number_t some = count < CHUNK ? count : CHUNK;
        kern_return_t kr = console_write(port, bytes, some);

        if (kr == KERN_RESOURCE_SHORTAGE) {
            thread_switch(MACH_PORT_NULL, SWITCH_OPTION_WAIT, AGAIN_MS);
            continue;
        }

        if (kr != KERN_SUCCESS) {
            errno = EIO;
            return -1;
        }

        bytes += some;
        count -= some;
    }

    return 0;
}

int
console_receive(char *to, size_t size)
{
    mach_port_t port = get_port();
    mach_msg_type_number_t count = CHUNK;
    char chunk[CHUNK];

    if (port == MACH_PORT_NULL)
        return -1;

    if (size > CHUNK)
        size = CHUNK;

    if (console_read(port, (int)size, chunk, &count) != KERN_SUCCESS ||
        count > size) {
        errno = EIO;
        return -1;
    }

    for (mach_msg_type_number_t i = 0; i < count; i++)
        to[i] = chunk[i];

    return (int)count;
}
