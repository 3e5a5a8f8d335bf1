/* SPDX-License-Identifier: MIT */
/*
 * t_ledger.c - adversarial 40: how much memory one task may have, and a job
 * with all the tasks that it has made.
 *
 * A task that takes all that it gets leaves room for those beside it; many of
 * them leave room for other jobs.
 */
#include <mach/mach_vm.h>
#include <ostia/job.h>

#include "child.h"
#include "hostile.h"
#include "t0.h"
#include "tap.h"

#define CHUNK_PAGES 32u
#define TASKS       5u
#define NO_LIMIT    0xffffffffu

static char chunk[CHUNK_PAGES * GUEST_PAGE];

/* Written by the kernel, so that a shortage is a code and no exception */
static kern_return_t
take_chunk(void)
{
    mach_vm_address_t address = 0;
    kern_return_t kr;

    kr = mach_vm_allocate(mach_task_self(), &address, sizeof chunk,
                          VM_FLAGS_ANYWHERE);
    if (kr == KERN_SUCCESS)
        kr = mach_vm_write(mach_task_self(), address, (vm_offset_t)chunk,
                           sizeof chunk);
    return kr;
}

static unsigned
machine_pages(void)
{
    return (unsigned)(guest_memory() / GUEST_PAGE);
}

static void
test_one(void)
{
    mach_port_t greedy = hostile_start(take_chunk, NO_LIMIT);
    struct hostile_result got = hostile_wait(greedy), other;
    mach_port_t sibling;
    unsigned pages = got.taken * CHUNK_PAGES;

    note("one task got %u of %u pages", pages, machine_pages());
    is_kr(got.code, KERN_RESOURCE_SHORTAGE, "40: a task is refused memory");
    ok(ALL(pages > machine_pages() / 8, pages <= machine_pages() / 4),
       "40: ... at a quarter of all");
    is_kr(take_chunk(), KERN_SUCCESS, "40: its parent gets memory");
    sibling = hostile_start(take_chunk, 8);
    other = hostile_wait(sibling);
    is(other.taken, 8, "40: its sibling gets memory");
    hostile_end(sibling);
    hostile_end(greedy);
}

static bool
another_job_runs(void)
{
    char how[128] = "";
    int job, status = -1;

    return job_spawn(bootstrap_port, "hello", "", 0, &job) == KERN_SUCCESS &&
           job_wait(bootstrap_port, job, &status, how) == KERN_SUCCESS &&
           status == 0;
}

static unsigned taken;
static bool others;

static void
take_together(void)
{
    mach_port_t tasks[TASKS], threads[TASKS];

    for (unsigned i = 0; i < TASKS; i++)
        tasks[i] = hostile_make(take_chunk, NO_LIMIT, &threads[i]);
    for (unsigned i = 0; i < TASKS; i++) {
        thread_resume(threads[i]);
        mach_port_deallocate(mach_task_self(), threads[i]);
    }
    taken = 0;
    for (unsigned i = 0; i < TASKS; i++)
        taken += hostile_wait(tasks[i]).taken;
    others = another_job_runs();
    for (unsigned i = 0; i < TASKS; i++)
        hostile_end(tasks[i]);
}

static void
test_together(void)
{
    unsigned pages;

    t0_case("40: tasks that take all memory of their job", take_together);
    pages = taken * CHUNK_PAGES;
    note("%u tasks got %u of %u pages", TASKS, pages, machine_pages());
    ok(ALL(pages > machine_pages() / 8, pages <= machine_pages() / 2),
       "40: all tasks of a job get half of memory at most");
    ok(others, "40: ... while another job runs");
    is_kr(take_chunk(), KERN_SUCCESS, "40: when they ended, there is more");
}

/* A greedy task's memory is its job's no longer once it has ended. */
static void
test_again(void)
{
    unsigned first = 0;

    for (unsigned i = 0; i < 3; i++) {
        mach_port_t task = hostile_start(take_chunk, NO_LIMIT);
        unsigned got = hostile_wait(task).taken;

        if (i == 0)
            first = got;
        is(got, first, "40: each of several in turn gets as much");
        hostile_end(task);
    }
}

int
main(void)
{
    test_one();
    test_together();
    test_again();
    return tap_done();
}
