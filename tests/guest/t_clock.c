/* SPDX-License-Identifier: MIT */
/*
 * t_clock.c - reading the time, waiting for it, and giving the processor up.
 */
#include <mach/mach_time.h>
#include <mach/mach_traps.h>
#include <mach/thread_info.h>

#include "child.h"
#include "tap.h"

#define NS_PER_MS 1000000ull

TEST(timebase)
{
    struct mach_timebase_info base = { 0, 0 }, trap = { 0, 0 };

    is_kr(mach_timebase_info(&base), KERN_SUCCESS, "mach_timebase_info");
    ok(ALL(base.numer == 1, base.denom == 1), "... a unit is a nanosecond");
    is_kr((kern_return_t)raw_trap(RAW_MACH(89), (uint64_t)&trap, 0, 0, 0, 0),
          KERN_SUCCESS, "trap 89");
    ok(ALL(trap.numer == 1, trap.denom == 1), "... says the same");
}

/* 53: every bad place for the answer */
TEST(timebase_pointers)
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

TEST(monotonic)
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

/* Two threads, and the traps of one, see one time. */
static volatile uint64_t seen;
static volatile int backwards, goes_on;

static void
look_at_time(void)
{
    uint64_t before = seen, now = mach_absolute_time();

    if (now < before)
        backwards = 1;
    seen = now;
}

static void
keep_looking(void *argument)
{
    (void)argument;
    for (goes_on = 1; goes_on;)
        look_at_time();
    goes_on = 2;
}

TEST(monotonic_everywhere)
{
    uint64_t end = mach_absolute_time() + 50 * NS_PER_MS;

    guest_thread(keep_looking, NULL);
    while (mach_absolute_time() < end) {
        look_at_time();
        swtch();
        look_at_time();
        mach_wait_until(seen + 1);
    }
    ok(guest_until(&goes_on, 1), "another thread looks at the time too");
    goes_on = 0;
    ok(guest_until(&goes_on, 2), "... to its end");
    ok(!backwards, "time never goes back over traps and switches");
}

/* What the kernel has charged us with, up to the last switch */
static uint64_t
charged(void)
{
    struct thread_extended_info info = { 0 };
    mach_msg_type_number_t count = THREAD_EXTENDED_INFO_COUNT;
    mach_port_t self = mach_thread_self();

    thread_switch(MACH_PORT_NULL, SWITCH_OPTION_WAIT, 1);
    thread_info(self, THREAD_EXTENDED_INFO, (thread_info_t)&info, &count);
    mach_port_deallocate(mach_task_self(), self);
    return info.pth_user_time;
}

TEST(one_unit)
{
    uint64_t start = mach_absolute_time(), before = charged();
    uint64_t spun = mach_absolute_time() + 50 * NS_PER_MS, took;

    while (mach_absolute_time() < spun)
        continue;
    took = charged() - before;
    ok(ALL(took <= mach_absolute_time() - start, took >= NS_PER_MS),
       "the kernel and the page count alike: %llu us charged",
       (unsigned long long)took / 1000);
}

TEST(wait)
{
    static const unsigned waits[] = { 0, 1, 5, 20 };
    uint64_t now = mach_absolute_time();

    is_kr(mach_wait_until(0), KERN_SUCCESS, "mach_wait_until: 0 is over");
    is_kr(mach_wait_until(now), KERN_SUCCESS, "mach_wait_until: the past");
    for (unsigned i = 0; i < sizeof waits / sizeof *waits; i++) {
        uint64_t deadline = mach_absolute_time() + waits[i] * NS_PER_MS;

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

TEST(order)
{
    static int indexes[] = { 0, 1, 2 };
    uint64_t now = mach_absolute_time();

    deadlines[0] = now + 120 * NS_PER_MS;
    deadlines[1] = now + 80 * NS_PER_MS;
    deadlines[2] = now + 160 * NS_PER_MS;
    for (unsigned i = 0; i < 3; i++)
        guest_thread(wait_turn, &indexes[i]);
    ok(guest_until(&turn, 3), "three threads wait for the clock");
    for (unsigned i = 0; i < 3; i++)
        if (mach_absolute_time() < deadlines[i])
            ok(false, "... one was early");
    ok(ALL(order[0] == 1, order[1] == 0, order[2] == 2),
       "... and come in the order of their deadlines");
}

/* ---- thread_switch, swtch, swtch_pri */

TEST(switch)
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
    ok(mach_absolute_time() - before >= 10 * NS_PER_MS, "... is not early");
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

/* Ready, of our priority: named or not, it runs when we give way. */
TEST(switch_runs_others)
{
    mach_port_t thread =
        guest_thread_suspended(guest_count_up, (void *)&counter);

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
    guest_thread_kill(thread);
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

TEST(share)
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
