/* SPDX-License-Identifier: MIT */
/* b_trap_self.c - task_self_trap, whose name the task has already. */
#include <mach/mach.h>
#include <mach/mach_traps.h>

#include "bench.h"

static void
call(void)
{
    (void)task_self_trap();
}

int
main(void)
{
    bench_run("trap_self", call);
    return 0;
}
