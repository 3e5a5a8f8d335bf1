/* SPDX-License-Identifier: MIT */
/*
 * t_fpu.c - x87 and SSE registers belong to a thread.
 *
 * They start clean, and are kept over traps, faults, preemption and switches
 * to threads of this task and another, which use them as well.
 */
#include <mach/mach_traps.h>
#include <mach/mach_vm.h>
#include <string.h>

#include "child.h"
#include "tap.h"

#define ROUNDS        300
#define SPIN          100000
#define FCW_INITIAL   0x37f
#define MXCSR_INITIAL 0x1f80
#define MXCSR_ROUND   0x6000

struct registers {
    uint64_t xmm[16][2];
    uint64_t x87; /* what FISTP stores of st(0) */
    uint32_t mxcsr;
    uint16_t fcw;
} __attribute__((aligned(16)));

#define EACH_XMM(do)                                                     \
    do                                                                   \
    (0) do(1) do(2) do(3) do(4) do(5) do(6) do(7) do(8) do(9) do(10) do( \
        11) do(12) do(13) do(14) do(15)

static void
load(const struct registers *r)
{
#define LOAD(n) "movdqu " #n "*16(%0), %%xmm" #n "\n"
    __asm__ volatile(EACH_XMM(LOAD) "fninit\nfildq 256(%0)\n"
                                    "ldmxcsr 264(%0)"
                     :
                     : "r"(r)
                     : "memory");
}

static void
store(struct registers *r)
{
#define STORE(n) "movdqu %%xmm" #n ", " #n "*16(%0)\n"
    __asm__ volatile(EACH_XMM(STORE) "fistpq 256(%0)\nstmxcsr 264(%0)\n"
                                     "fnstcw 268(%0)"
                     :
                     : "r"(r)
                     : "memory");
}

/* Different in every register, and for each seed */
static void
fill(struct registers *r, uint64_t seed)
{
    memset(r, 0, sizeof *r);
    for (unsigned i = 0; i < 16; i++) {
        r->xmm[i][0] = seed * 0x9e3779b97f4a7c15ull + i;
        r->xmm[i][1] = ~r->xmm[i][0] * seed;
    }
    r->x87 = seed * 1000003;
    r->mxcsr = MXCSR_INITIAL | (seed % 2 ? MXCSR_ROUND : 0);
    r->fcw = FCW_INITIAL;
}

/* ---- two tasks, two threads each, and the processor taken at all points */

static volatile int finished, wrong;

/*
 * Loads, lets others run, stores, compares.  What lies between load and store
 * is assembly, so that the compiler uses none of the registers.
 */
static bool
keeps(uint64_t seed, unsigned round)
{
    struct registers want, got;
    uint64_t rax = RAW_MACH(60);

    fill(&want, seed + round);
    memset(&got, 0, sizeof got);
    load(&want);
    if (round % 3 == 0)
        __asm__ volatile("syscall" : "+a"(rax) : : "rcx", "r11", "memory");
    else
        for (volatile int i = 0; i < SPIN; i++)
            continue;
    store(&got);
    return memcmp(&want, &got, sizeof want) == 0;
}

static void
hammer(void *argument)
{
    uint64_t seed = (uint64_t)argument;

    for (unsigned i = 0; i < ROUNDS; i++)
        if (!keeps(seed, i * 7))
            __sync_fetch_and_add(&wrong, 1);
    __sync_fetch_and_add(&finished, 1);
}

TEST(kept)
{
    mach_port_t task = child_copy();
    int theirs = 0;

    child_thread(task, hammer, (void *)101);
    child_thread(task, hammer, (void *)202);
    guest_thread(hammer, (void *)303);
    guest_thread(hammer, (void *)404);
    hammer((void *)505);
    ok(child_until(task, &finished, 2), "two threads of another task used SSE");
    for (unsigned i = 0; i < CHILD_PATIENCE && finished < 3; i++)
        guest_sleep(1);
    is(finished, 3, "... and three of this");
    is(wrong, 0, "D19: the registers of ours are kept");
    child_read(task, (const void *)&wrong, &theirs, sizeof theirs);
    is(theirs, 0, "D19: ... and theirs");
    child_end(task);
}

/* ---- a thread that never used them */

static struct registers first;
static volatile int looked;

static void
look(void *argument)
{
    (void)argument;
#define STORE_FIRST(n) "movdqu %%xmm" #n ", " #n "*16(%0)\n"
    __asm__ volatile(EACH_XMM(STORE_FIRST) "stmxcsr 264(%0)\n"
                                           "fnstcw 268(%0)"
                     :
                     : "r"(&first)
                     : "memory");
    looked = 1;
}

static bool
is_clean(const struct registers *r)
{
    for (unsigned i = 0; i < 16; i++)
        if (r->xmm[i][0] != 0 || r->xmm[i][1] != 0)
            return false;
    return r->mxcsr == MXCSR_INITIAL && r->fcw == FCW_INITIAL;
}

TEST(clean)
{
    mach_port_t task = child_copy();
    struct registers full;

    fill(&full, 77);
    load(&full);
    memset(&first, 0xa5, sizeof first);
    guest_thread(look, NULL);
    guest_until(&looked, 1);
    ok(is_clean(&first), "20: a new thread's registers are clean");

    load(&full);
    child_thread(task, look, NULL);
    child_until(task, &looked, 1);
    child_read(task, &first, &first, sizeof first);
    ok(is_clean(&first), "20: ... and those of a thread of another task");
    child_end(task);
}

/* A thread that died leaves nothing to one that takes its memory. */
static void
dirty(void *argument)
{
    struct registers full;

    (void)argument;
    fill(&full, 99);
    load(&full);
}

TEST(reused)
{
    unsigned clean = 0;

    for (unsigned i = 0; i < 20; i++) {
        mach_port_t thread = guest_thread(dirty, NULL);

        child_dies(thread);
        looked = 0;
        memset(&first, 0xa5, sizeof first);
        guest_thread(look, NULL);
        guest_until(&looked, 1);
        clean += is_clean(&first);
        mach_port_destroy(mach_task_self(), thread);
    }
    is(clean, 20, "20: ... also when others died before it");
}

/* ---- faults */

TEST(page_fault)
{
    struct registers want, got;
    volatile char *page = guest_pages(1);

    fill(&want, 55);
    memset(&got, 0, sizeof got);
    load(&want);
    *page = 1;
    store(&got);
    ok(memcmp(&want, &got, sizeof want) == 0, "kept over a page fault");
}

/* A child's thread faults with its registers full, and is set on. */
static volatile int kept;

static void
fault(void *argument)
{
    struct registers want, got;

    (void)argument;
    fill(&want, 66);
    memset(&got, 0, sizeof got);
    load(&want);
    __asm__ volatile("ud2");
    store(&got);
    kept = memcmp(&want, &got, sizeof want) == 0 ? 1 : 2;
    while (1)
        guest_sleep(1000);
}

TEST(exception)
{
    mach_port_t task = child_copy(), port = catch_port(task);
    x86_thread_state64_t state;
    struct caught caught;
    struct registers ours;

    child_thread(task, fault, NULL);
    ok(catch_next(port, &caught), "a thread with full registers faults");
    fill(&ours, 88);
    load(&ours);
    state = thread_registers(caught.thread);
    state.__rip += 2;
    thread_put_registers(caught.thread, &state);
    catch_answer(&caught, KERN_SUCCESS);
    ok(child_until(task, &kept, 1), "... and finds them after the answer");
    child_end(task);
}
