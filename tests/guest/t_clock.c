/* SPDX-License-Identifier: MIT */
/*
 * t_clock.c - reading the time, waiting for it, and giving the processor up.
 */
#include <mach/mach_time.h>
#include <mach/mach_traps.h>

#include "child.h"
#include "tap.h"

#define NS_PER_MS 1000000ull

static struct mach_timebase_info base;

static uint64_t
ticks(uint64_t nanoseconds)
{
    return nanoseconds * base.denom / base.numer;
}

static void
test_timebase(void)
{
    struct mach_timebase_info again;

    is_kr(mach_timebase_info(&base), KERN_SUCCESS, "mach_timebase_info");
    ok(base.numer > 0 && base.denom > 0, "... is no division by zero");
    mach_timebase_info(&again);
    ok(again.numer == base.numer && again.denom == base.denom,
       "... and does not change");
}

/* 53: every bad place for the answer */
static void
test_timebase_pointers(void)
{
    char *two = guest_pages(2), *readonly = guest_pages(1);
    uint64_t bad[] = {
        0,
        (uint64_t)guest_hole(),
        (uint64_t)readonly,
        (uint64_t)two + GUEST_PAGE - 4,
        GUEST_NON_CANONICAL,
        GUEST_NON_CANONICAL - 4,
        GUEST_PHYSMAP_ADDRESS,
        GUEST_KERNEL_ADDRESS,
        ~0ull,
        ~0ull - 7,
    };

    mach_vm_protect(mach_task_self(), (mach_vm_address_t)readonly, GUEST_PAGE,
                    FALSE, VM_PROT_READ);
    mach_vm_deallocate(mach_task_self(), (mach_vm_address_t)two + GUEST_PAGE,
                       GUEST_PAGE);
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
        is_kr((kern_return_t)raw_trap(RAW_MACH(89), bad[i], 0, 0, 0, 0),
              KERN_INVALID_ADDRESS, "53: mach_timebase_info to %#llx",
              (unsigned long long)bad[i]);
}

static void
test_monotonic(void)
{
    uint64_t last = mach_absolute_time();
    bool forward = true;

    for (unsigned i = 0; i < 10000; i++) {
        uint64_t now = mach_absolute_time();

        forward = forward && now >= last;
        last = now;
    }
    ok(forward, "mach_absolute_time never goes back");
}

static void
test_wait(void)
{
    static const unsigned waits[] = { 0, 1, 5, 20 };
    uint64_t now = mach_absolute_time();

    is_kr(mach_wait_until(0), KERN_SUCCESS, "mach_wait_until: 0 is over");
    is_kr(mach_wait_until(now), KERN_SUCCESS, "mach_wait_until: the past");
    for (unsigned i = 0; i < sizeof waits / sizeof *waits; i++) {
        uint64_t deadline = mach_absolute_time() + ticks(waits[i] * NS_PER_MS);

        is_kr(mach_wait_until(deadline), KERN_SUCCESS,
              "mach_wait_until: %u ms from now", waits[i]);
        ok(mach_absolute_time() >= deadline, "... is not early");
    }
}

/* Waits end in the order of their deadlines. */
static volatile int turn;
static volatile int order[3];
static uint64_t deadlines[3];

static void
wait_turn(void *argument)
{
    int *index = argument;

    mach_wait_until(deadlines[*index]);
    order[turn++] = *index;
}

static void
test_order(void)
{
    static int indexes[] = { 0, 1, 2 };
    uint64_t now = mach_absolute_time();

    deadlines[0] = now + ticks(120 * NS_PER_MS);
    deadlines[1] = now + ticks(80 * NS_PER_MS);
    deadlines[2] = now + ticks(160 * NS_PER_MS);
    for (unsigned i = 0; i < 3; i++)
        guest_thread(wait_turn, &indexes[i]);
    ok(guest_until(&turn, 3), "three threads wait for the clock");
    for (unsigned i = 0; i < 3; i++)
        if (mach_absolute_time() < deadlines[i])
            ok(false, "... one was early");
    ok(order[0] == 1 && order[1] == 0 && order[2] == 2,
       "... and come in the order of their deadlines");
}

/* ---- thread_switch, swtch, swtch_pri */

static void
test_switch(void)
{
    mach_port_t dead = guest_dead(), task = mach_task_self();
    uint64_t before = mach_absolute_time();

    is_kr(thread_switch(MACH_PORT_NULL, SWITCH_OPTION_NONE, 0), KERN_SUCCESS,
          "thread_switch to anyone");
    is_kr(thread_switch(MACH_PORT_NULL, SWITCH_OPTION_DEPRESS, 5), KERN_SUCCESS,
          "thread_switch, depressed");
    is_kr(thread_switch(MACH_PORT_NULL, SWITCH_OPTION_DEPRESS, 0), KERN_SUCCESS,
          "thread_switch, depressed for no time");
    is_kr(thread_switch(MACH_PORT_NULL, SWITCH_OPTION_WAIT, 0), KERN_SUCCESS,
          "thread_switch, waiting for no time");
    before = mach_absolute_time();
    is_kr(thread_switch(MACH_PORT_NULL, SWITCH_OPTION_WAIT, 10), KERN_SUCCESS,
          "thread_switch, waiting");
    ok(mach_absolute_time() - before >= ticks(10 * NS_PER_MS),
       "... is not early");
    is_kr(thread_switch(MACH_PORT_NULL, 3, 0), KERN_INVALID_ARGUMENT,
          "thread_switch: an option that does not exist");
    is_kr(thread_switch(MACH_PORT_NULL, -1, 0), KERN_INVALID_ARGUMENT,
          "thread_switch: option -1");
    thread_switch(dead, SWITCH_OPTION_NONE, 0);
    thread_switch(MACH_PORT_DEAD, SWITCH_OPTION_NONE, 0);
    thread_switch(guest_free_name(), SWITCH_OPTION_NONE, 0);
    thread_switch(task, SWITCH_OPTION_NONE, 0);
    thread_switch(mach_thread_self(), SWITCH_OPTION_NONE, 0);
    ok(true, "thread_switch to what is no other thread does no harm");
    mach_port_deallocate(mach_task_self(), dead);
}

static volatile int counter;

static void
count_up(void *argument)
{
    (void)argument;
    while (1)
        counter++;
}

/* Ready, of our priority: named or not, it runs when we give way. */
static void
test_switch_runs_others(void)
{
    mach_port_t thread = guest_thread_suspended(count_up, NULL);

    counter = 0;
    thread_switch(thread, SWITCH_OPTION_NONE, 0);
    is(counter, 0, "thread_switch to a suspended thread does not run it");
    thread_resume(thread);
    thread_switch(thread, SWITCH_OPTION_NONE, 0);
    ok(counter > 0, "thread_switch to a ready thread runs it");
    counter = 0;
    swtch();
    ok(counter > 0, "swtch runs another");
    counter = 0;
    swtch_pri(0);
    ok(counter > 0, "swtch_pri runs another");
    ok(swtch(), "swtch says that others are ready");
    thread_terminate(thread);
    mach_port_destroy(mach_task_self(), thread);
}

/* 56: threads that spin share the processor, and all get their part. */
static volatile int parts[4];

static void
spin(void *argument)
{
    volatile int *part = argument;

    while (1)
        (*part)++;
}

static void
test_share(void)
{
    mach_port_t threads[4];
    bool all = false;

    for (unsigned i = 0; i < 4; i++)
        threads[i] = guest_thread(spin, (void *)&parts[i]);
    for (unsigned i = 0; i < 2000 && !all; i++) {
        guest_sleep(1);
        all = parts[0] && parts[1] && parts[2] && parts[3];
    }
    ok(all, "56: four threads that spin all run, and so do we");
    for (unsigned i = 0; i < 4; i++) {
        thread_terminate(threads[i]);
        mach_port_destroy(mach_task_self(), threads[i]);
    }
}

int
main(void)
{
    test_timebase();
    test_timebase_pointers();
    test_monotonic();
    test_wait();
    test_order();
    test_switch();
    test_switch_runs_others();
    test_share();
    return tap_done();
}
