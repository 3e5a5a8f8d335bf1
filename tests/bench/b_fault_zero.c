/* SPDX-License-Identifier: MIT */
/* b_fault_zero.c - the first touch of a page, which the fault clears. */
#include <mach/mach.h>
#include <mach/mach_vm.h>

#include "bench.h"
#include "tests/guest/guest.h"

#define PAGES 65536u /* of 256 MiB of addresses, of which few are touched */

static volatile char *next;

static void
touch(void)
{
    *next = 0;
    next += GUEST_PAGE;
}

int
main(void)
{
    mach_vm_address_t start = 0;

    guest_must(mach_vm_allocate(mach_task_self(), &start,
                                (mach_vm_size_t)PAGES * 4 * GUEST_PAGE,
                                VM_FLAGS_ANYWHERE));
    next = (volatile char *)start;
    bench_run("fault_zero", touch);
    return 0;
}
