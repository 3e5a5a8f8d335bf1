/* SPDX-License-Identifier: MIT */
/* b_port_alloc_destroy.c - a receive right is made and destroyed, by the traps
 * that mach_port_allocate and mach_port_mod_refs try first. */
#include <mach/mach.h>
#include <mach/mach_traps.h>
#include <stdlib.h>

#include "bench.h"

static void
call(void)
{
    mach_port_name_t name;

    if (_kernelrpc_mach_port_allocate_trap(
            mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &name) != KERN_SUCCESS ||
        _kernelrpc_mach_port_mod_refs_trap(mach_task_self(), name,
                                           MACH_PORT_RIGHT_RECEIVE,
                                           -1) != KERN_SUCCESS)
        abort();
}

int
main(void)
{
    bench_run("port_alloc_destroy", call);
    return 0;
}
