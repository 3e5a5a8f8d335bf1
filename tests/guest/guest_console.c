/* SPDX-License-Identifier: MIT */
/*
 * guest_console.c - the console, for tests of it: see guest.h.
 */
#include <ostia/ports.h>

#include "guest.h"

mach_port_t
guest_console(void)
{
    mach_port_array_t ports = NULL;
    mach_msg_type_number_t count = 0;

    if (mach_ports_lookup(mach_task_self(), &ports, &count) != KERN_SUCCESS ||
        count <= OSTIA_PORT_CONSOLE)
        return MACH_PORT_NULL;
    return ports[OSTIA_PORT_CONSOLE];
}
