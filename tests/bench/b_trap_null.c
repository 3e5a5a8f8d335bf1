/* SPDX-License-Identifier: MIT */
/* b_trap_null.c - a trap that is not listed, and so refused. */
#include "bench.h"
#include "tests/guest/child.h"

#define UNLISTED 127

static void
call(void)
{
    raw_trap(RAW_MACH(UNLISTED), 0, 0, 0, 0, 0);
}

int
main(void)
{
    bench_run("trap_null", call);
    return 0;
}
