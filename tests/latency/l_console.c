/* SPDX-License-Identifier: MIT */
/*
 * l_console.c - as much as one call writes to the console, again and again:
 * to the queue of the serial line, and by its interrupt when that is full.
 */
#include <mach/mach.h>
#include <ostia/console.h>
#include <string.h>

#include "latency.h"

#define TIMES 32

int
main(void)
{
    char data[1024];
    mach_port_t console = guest_console();

    memset(data, '.', sizeof data);
    for (unsigned i = 64; i <= sizeof data; i += 64)
        data[i - 1] = '\n';
    for (unsigned i = 0; i < TIMES; i++)
        must(console_write(console, data, sizeof data));
    return 0;
}
