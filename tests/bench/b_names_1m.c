/* SPDX-License-Identifier: MIT */
/* b_names_1m.c - an empty call to a server that has a million names. */
#define ROW   "names_1m"
#define BEGIN fill
#define NAMES 1000000u

static void fill(void);

#include "rpc.h"

static void
fill(void)
{
    mach_port_t name;

    for (unsigned i = 0; i < NAMES; i++)
        guest_must(mach_port_allocate(mach_task_self(),
                                      MACH_PORT_RIGHT_DEAD_NAME, &name));
}
