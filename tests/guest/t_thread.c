/* SPDX-License-Identifier: MIT */
/*
 * t_thread.c - threads: made, held, ended, asked about, their registers.
 *
 * What happens to a thread in the middle of a wait is in t_thread_wait.c.
 */
#include <mach/mach_vm.h>
#include <mach/thread_info.h>
#include <string.h>

#include "child.h"
#include "tap.h"

#define KILL_LOOPS  1000
#define PATTERN     0x1122334455667788ull
#define RFLAGS_IF   0x200u
#define RFLAGS_TF   0x100u
#define RFLAGS_IOPL 0x3000u
#define RFLAGS_NT   0x4000u
#define RFLAGS_VM   0x20000u
#define USER_CS     0x2b

static volatile int counter, entered, left;

static void
come_and_go(void *argument)
{
    (void)argument;
    entered++;
    left++;
}

static int
suspend_count(mach_port_t thread)
{
    struct thread_basic_info info;
    mach_msg_type_number_t count = THREAD_BASIC_INFO_COUNT;

    if (thread_info(thread, THREAD_BASIC_INFO, (thread_info_t)&info, &count) !=
        KERN_SUCCESS)
        return -1;
    return info.suspend_count;
}

/* ---- thread_create, thread_create_running */

TEST(create)
{
    mach_port_t thread = MACH_PORT_NULL;

    is_kr(thread_create(mach_task_self(), &thread), KERN_SUCCESS,
          "thread_create");
    is(guest_type(thread), MACH_PORT_TYPE_SEND, "... gives a send right");
    is(suspend_count(thread), 1, "... to a thread that is suspended once");
    is_kr(thread_terminate(thread), KERN_SUCCESS,
          "44: one that never ran can be ended");
    is(guest_type(thread), MACH_PORT_TYPE_DEAD_NAME, "... its name is dead");
    is_kr(thread_terminate(thread), MACH_SEND_INVALID_DEST,
          "R54: ended again, nobody is there");
    mach_port_destroy(mach_task_self(), thread);

    thread = guest_thread_suspended(come_and_go, NULL);
    guest_sleep(5);
    is(entered, 0, "a suspended thread does not run");
    is_kr(thread_resume(thread), KERN_SUCCESS, "thread_resume");
    ok(guest_until(&left, 1), "... runs it");
    ok(child_dies(thread), "... until it ends itself");
    is(entered, 1, "... once");
    mach_port_destroy(mach_task_self(), thread);
}

/* Runs without a stack or a block. */
extern const char bare_counter[];
__asm__(".pushsection .text\n"
        "bare_counter:\n"
        "1: lock incl (%rdi)\n"
        "jmp 1b\n"
        ".popsection");

TEST(create_running)
{
    x86_thread_state64_t state;
    mach_port_t thread = MACH_PORT_NULL, none = 0x1234;
    thread_state_t words = (thread_state_t)&state;

    memset(&state, 0, sizeof state);
    state.__rip = (uint64_t)bare_counter;
    state.__rdi = (uint64_t)&counter;
    is_kr(thread_create_running(mach_task_self(), x86_THREAD_STATE64, words,
                                x86_THREAD_STATE64_COUNT, &thread),
          KERN_SUCCESS, "thread_create_running");
    ok(child_moves(SELF, &counter), "... runs it at once");
    is(suspend_count(thread), 0, "... not suspended");
    guest_thread_kill(thread);

    is_kr(thread_create_running(mach_task_self(), x86_THREAD_STATE64, words,
                                x86_THREAD_STATE64_COUNT - 1, &none),
          KERN_INVALID_ARGUMENT, "thread_create_running: short state");
    is_kr(thread_create_running(mach_task_self(), x86_THREAD_STATE64, words, 0,
                                &none),
          KERN_INVALID_ARGUMENT, "thread_create_running: no state");
    is_kr(thread_create_running(mach_task_self(), 99, words,
                                x86_THREAD_STATE64_COUNT, &none),
          KERN_INVALID_ARGUMENT, "thread_create_running: unknown flavor");
    state.__rip = GUEST_KERNEL_ADDRESS;
    is_kr(thread_create_running(mach_task_self(), x86_THREAD_STATE64, words,
                                x86_THREAD_STATE64_COUNT, &none),
          KERN_INVALID_ARGUMENT, "37: thread_create_running in the kernel");
    is_kr(thread_create_running(MACH_PORT_NULL, x86_THREAD_STATE64, words,
                                x86_THREAD_STATE64_COUNT, &none),
          MACH_SEND_INVALID_DEST, "thread_create_running in the null port");
    is(none, 0x1234, "... nothing comes");
}

TEST(create_running_leaves_none)
{
    is(guest_thread_count(mach_task_self()), 1,
       "... and no thread is left behind");
}

/* ---- thread_suspend, thread_resume */

TEST(suspend)
{
    mach_port_t thread = guest_thread(guest_count_up, (void *)&counter);

    ok(child_moves(SELF, &counter),
       "56: a thread that spins leaves us the processor");
    is_kr(thread_resume(thread), KERN_FAILURE,
          "thread_resume of one that is not suspended");
    is_kr(thread_suspend(thread), KERN_SUCCESS, "thread_suspend");
    ok(child_stands(SELF, &counter), "... stops it");
    thread_suspend(thread);
    is(suspend_count(thread), 2, "... counts");
    thread_resume(thread);
    ok(child_stands(SELF, &counter), "one thread_resume is not enough");
    is_kr(thread_resume(thread), KERN_SUCCESS, "the second");
    ok(child_moves(SELF, &counter), "... lets it run");
    is_kr(thread_resume(thread), KERN_FAILURE, "the third is refused");
    thread_suspend(thread);
    is_kr(thread_terminate(thread), KERN_SUCCESS,
          "44: a suspended thread can be ended");
    is(guest_type(thread), MACH_PORT_TYPE_DEAD_NAME, "... its name is dead");
    ok(child_stands(SELF, &counter), "... and it runs no more");
    mach_port_destroy(mach_task_self(), thread);

    thread = guest_thread(guest_count_up, (void *)&counter);
    ok(child_moves(SELF, &counter), "44: a spinning thread");
    thread_terminate(thread);
    ok(child_stands(SELF, &counter), "44: ... can be ended too");
    mach_port_destroy(mach_task_self(), thread);
}

static void
hold_self(void *argument)
{
    mach_port_t self = mach_thread_self();

    (void)argument;
    entered = 1;
    thread_suspend(self);
    entered = 2;
    while (1)
        guest_sleep(1000);
}

TEST(suspend_self)
{
    mach_port_t thread;

    entered = 0;
    thread = guest_thread(hold_self, NULL);
    guest_until(&entered, 1);
    guest_sleep(5);
    is(entered, 1, "a thread that suspends itself stops there");
    is(suspend_count(thread), 1, "... suspended once");
    thread_resume(thread);
    ok(guest_until(&entered, 2), "... and goes on when it is resumed");
    guest_thread_kill(thread);
}

/* ---- thread_get_state, thread_set_state */

TEST(state)
{
    x86_thread_state64_t in, out;
    mach_msg_type_number_t count = x86_THREAD_STATE64_COUNT;
    uint64_t *words = (uint64_t *)&in;
    mach_port_t thread;

    thread_create(mach_task_self(), &thread);
    for (unsigned i = 0; i < sizeof in / sizeof *words; i++)
        words[i] = PATTERN + i;
    in.__rip = 0x400000;
    in.__rsp = 0x7f0000001238;
    in.__rflags = RFLAGS_IF;
    is_kr(thread_put_registers(thread, &in), KERN_SUCCESS,
          "thread_set_state of a suspended thread");
    is_kr(thread_get_state(thread, x86_THREAD_STATE64, (thread_state_t)&out,
                           &count),
          KERN_SUCCESS, "thread_get_state");
    is(count, x86_THREAD_STATE64_COUNT, "... of 42 words");
    ok(memcmp(&in, &out, offsetof(x86_thread_state64_t, __rflags)) == 0,
       "... the registers are those that were set");
    is((long long)out.__cs, USER_CS, "37: ... but CS is ours");
    ok(ALL(out.__fs == 0, out.__gs == 0), "37: ... and FS and GS are none");
    guest_thread_kill(thread);
}

TEST(state_sizes)
{
    x86_thread_state64_t state;
    natural_t words[x86_THREAD_STATE64_COUNT + 1];
    mach_msg_type_number_t count;
    mach_port_t thread;

    thread_create(mach_task_self(), &thread);
    state = thread_registers(thread);
    memset(words, 0xa5, sizeof words);
    count = x86_THREAD_STATE64_COUNT + 1;
    thread_get_state(thread, x86_THREAD_STATE64, words, &count);
    is(count, x86_THREAD_STATE64_COUNT, "thread_get_state: the count shrinks");
    is(words[count], 0xa5a5a5a5, "... and no word more is written");
    count = x86_THREAD_STATE64_COUNT - 1;
    is_kr(thread_get_state(thread, x86_THREAD_STATE64, words, &count),
          KERN_INVALID_ARGUMENT, "thread_get_state: short count");
    count = 0;
    is_kr(thread_get_state(thread, x86_THREAD_STATE64, words, &count),
          KERN_INVALID_ARGUMENT, "thread_get_state: count 0");
    count = x86_THREAD_STATE64_COUNT;
    is_kr(thread_get_state(thread, 99, words, &count), KERN_INVALID_ARGUMENT,
          "thread_get_state: unknown flavor");
    is_kr(thread_set_state(thread, x86_THREAD_STATE64, (thread_state_t)&state,
                           x86_THREAD_STATE64_COUNT - 1),
          KERN_INVALID_ARGUMENT, "thread_set_state: short count");
    is_kr(thread_set_state(thread, 99, (thread_state_t)&state,
                           x86_THREAD_STATE64_COUNT),
          KERN_INVALID_ARGUMENT, "thread_set_state: unknown flavor");
    guest_thread_kill(thread);
}

/* 37, 51: what no thread may have is refused or taken out. */
TEST(state_hostile)
{
    static const uint64_t addresses[] = { GUEST_NON_CANONICAL,
                                          GUEST_PHYSMAP_ADDRESS,
                                          GUEST_KERNEL_ADDRESS, ~0ull };
    x86_thread_state64_t state;
    unsigned refused = 0;
    mach_port_t thread;

    thread_create(mach_task_self(), &thread);
    for (unsigned i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        state = thread_registers(thread);
        state.__rip = addresses[i];
        refused +=
            thread_put_registers(thread, &state) == KERN_INVALID_ARGUMENT;
        state.__rip = 0;
        state.__rsp = addresses[i];
        refused +=
            thread_put_registers(thread, &state) == KERN_INVALID_ARGUMENT;
    }
    is(refused, 8, "51: RIP and RSP outside the user's half are refused");
    state = thread_registers(thread);
    ok(ALL(state.__rip == 0, state.__rsp == 0), "51: ... and change nothing");

    state.__rflags = ~0ull;
    state.__cs = 0x08;
    is_kr(thread_put_registers(thread, &state), KERN_SUCCESS,
          "37: all flags and the kernel's CS can be asked for");
    state = thread_registers(thread);
    is((long long)state.__cs, USER_CS, "37: ... CS stays");
    is((long long)(state.__rflags & (RFLAGS_IOPL | RFLAGS_NT | RFLAGS_VM)), 0,
       "37: ... IOPL, NT and VM are taken out");
    ok(state.__rflags & RFLAGS_IF, "37: ... IF stays");
    state.__rflags = 0;
    thread_put_registers(thread, &state);
    ok(thread_registers(thread).__rflags & RFLAGS_IF,
       "37: IF cannot be taken out either");
    guest_thread_kill(thread);
}

/* A state set while the thread spins or waits holds when it goes on. */
TEST(state_running)
{
    x86_thread_state64_t state;
    mach_port_t thread;

    entered = 0;
    thread = guest_thread(hold_self, NULL);
    guest_until(&entered, 1);
    guest_sleep(5);
    state = thread_registers(thread);
    state.__rip = (uint64_t)bare_counter;
    state.__rdi = (uint64_t)&counter;
    is_kr(thread_put_registers(thread, &state), KERN_SUCCESS,
          "a thread that is held can be sent elsewhere");
    thread_resume(thread);
    ok(child_moves(SELF, &counter), "... and goes on there");
    is(entered, 1, "... not where it was");

    thread_suspend(thread);
    state = thread_registers(thread);
    is((long long)state.__rdi, (long long)&counter,
       "the registers of a thread that was preempted are its own");
    ok(ALL(state.__rip >= (uint64_t)bare_counter,
           state.__rip < (uint64_t)bare_counter + 8),
       "... RIP too");
    guest_thread_kill(thread);
}

/* ---- thread_info, special ports */

TEST(info_flavors)
{
    static const struct {
        const char *name;
        thread_flavor_t flavor;
        mach_msg_type_number_t count;
    } flavors[] = {
        { "THREAD_BASIC_INFO", THREAD_BASIC_INFO, THREAD_BASIC_INFO_COUNT },
        { "THREAD_IDENTIFIER_INFO", THREAD_IDENTIFIER_INFO,
          THREAD_IDENTIFIER_INFO_COUNT },
        { "THREAD_EXTENDED_INFO", THREAD_EXTENDED_INFO,
          THREAD_EXTENDED_INFO_COUNT },
    };
    integer_t info[THREAD_INFO_MAX + 1];
    mach_msg_type_number_t count;
    mach_port_t self = mach_thread_self();

    for (unsigned i = 0; i < sizeof flavors / sizeof *flavors; i++) {
        memset(info, 0xa5, sizeof info);
        count = THREAD_INFO_MAX;
        is_kr(thread_info(self, flavors[i].flavor, info, &count), KERN_SUCCESS,
              "thread_info: %s", flavors[i].name);
        is(count, flavors[i].count, "... gives as many words as it has");
        is(info[count], (integer_t)0xa5a5a5a5, "... and not one more");
        count = flavors[i].count - 1;
        is_kr(thread_info(self, flavors[i].flavor, info, &count),
              KERN_INVALID_ARGUMENT, "... a count too small is refused");
    }
    count = THREAD_INFO_MAX;
    is_kr(thread_info(self, 99, info, &count), KERN_INVALID_ARGUMENT,
          "thread_info: unknown flavor");
    mach_port_deallocate(mach_task_self(), self);
}

TEST(special_port)
{
    mach_port_t self = mach_thread_self(), port = MACH_PORT_NULL;

    is_kr(thread_get_special_port(self, THREAD_KERNEL_PORT, &port),
          KERN_SUCCESS, "thread_get_special_port");
    is(port, self, "... THREAD_KERNEL_PORT is its name");
    is(guest_refs(self, MACH_PORT_RIGHT_SEND), 2, "... with a reference");
    is_kr(thread_get_special_port(self, 99, &port), KERN_INVALID_ARGUMENT,
          "thread_get_special_port: unknown");
    is_kr(thread_set_special_port(self, THREAD_KERNEL_PORT, mach_task_self()),
          KERN_INVALID_ARGUMENT, "a thread's port cannot be set");
    is_kr(thread_set_special_port(self, 99, mach_task_self()),
          KERN_INVALID_ARGUMENT, "thread_set_special_port: unknown");
    is(mach_thread_self(), self, "R51: mach_thread_self is the same name");
    is(guest_refs(self, MACH_PORT_RIGHT_SEND), 3,
       "R51: ... one reference more");
    mach_port_mod_refs(mach_task_self(), self, MACH_PORT_RIGHT_SEND, -3);
}

/* ---- many */

TEST(kill_loop)
{
    unsigned names = guest_names(), ended = 0;
    mach_port_t thread;

    counter = 0;
    for (unsigned i = 0; i < KILL_LOOPS; i++) {
        thread = child_bare_thread(mach_task_self(), bare_counter, 0,
                                   (uint64_t)&counter, 0);
        if (i % 2)
            thread_resume(thread);
        if (i % 16 == 1)
            swtch();
        ended += thread_terminate(thread) == KERN_SUCCESS &&
                 guest_type(thread) == MACH_PORT_TYPE_DEAD_NAME;
        mach_port_deallocate(mach_task_self(), thread);
    }
    is(ended, KILL_LOOPS, "%d threads were made and ended", KILL_LOOPS);
    is(guest_names(), names, "... and leave no name");
    ok(child_stands(SELF, &counter), "... and none runs on");
}
