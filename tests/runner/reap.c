/* SPDX-License-Identifier: MIT */
/*
 * reap.c - a root job of fair.t: how long it takes until its tasks are gone.
 *
 *     COUNT PLACE
 *
 * So many tasks with a large map end themselves at the same time as the other
 * jobs' of the run, and leave the rest to the reaper.  The job of the highest
 * place is there until all others have printed.
 */
#include <mach/mach.h>
#include <mach/mach_time.h>
#include <mach/mach_vm.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/guest/child.h"

#define MS        1000000ull
#define BEGIN     (20000 * MS) /* on the machine's clock */
#define ENTRIES   16000u
#define TASKS_MAX 16u

static void
end(void *unused)
{
    (void)unused;
    mach_wait_until(BEGIN);
    task_terminate(mach_task_self());
}

/* Every other page, so that each is an entry of its own */
static void
fill(mach_port_t task)
{
    mach_vm_address_t base = 0, page;
    mach_vm_size_t size = 2 * ENTRIES * GUEST_PAGE;

    guest_must(mach_vm_allocate(task, &base, size, VM_FLAGS_ANYWHERE));
    for (page = base; page < base + size; page += 2 * GUEST_PAGE)
        guest_must(mach_vm_deallocate(task, page, GUEST_PAGE));
}

int
main(int argc, char **argv)
{
    unsigned count = argc > 1 ? (unsigned)atoi(argv[1]) : 1;
    unsigned place = argc > 2 ? (unsigned)atoi(argv[2]) : 1;
    mach_port_t tasks[TASKS_MAX];

    for (unsigned i = 0; i < count; i++) {
        tasks[i] = child_copy();
        fill(tasks[i]);
        child_thread(tasks[i], end, NULL);
    }
    if (mach_absolute_time() >= BEGIN)
        printf("late\n");
    mach_wait_until(BEGIN);
    for (unsigned i = 0; i < count; i++)
        child_dies(tasks[i]);
    printf("gone %u: %u\n", count,
           (unsigned)((mach_absolute_time() - BEGIN) / 1000));
    mach_wait_until(BEGIN + 2000 * place * MS);
    return 0;
}
