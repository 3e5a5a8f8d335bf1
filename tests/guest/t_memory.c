/* SPDX-License-Identifier: MIT */
/*
 * t_memory.c - what is behind the calls on memory: pages that come when they
 * are touched, go when they are taken, and belong to one task.
 */
#include <mach/mach_time.h>
#include <mach/mach_vm.h>
#include <mach/task_info.h>
#include <servers/bootstrap.h>
#include <string.h>

#include "child.h"
#include "tap.h"

#define PAGE         ((mach_vm_size_t)GUEST_PAGE)
#define HUGE_SIZE    (64ull << 30)
#define ENTRIES      4000u
#define COPY_SIZE    (2u << 20)
#define TIMEBASE     89
#define INFO_SIZE    8u
#define GREEDY_SIZE  (1ull << 40)
#define GREEDY_SLACK 64u

static kern_return_t
protect(mach_port_t task, uint64_t address, vm_prot_t protection)
{
    return mach_vm_protect(task, address, PAGE, FALSE, protection);
}

/* ---- access that changes under a running thread */

/* Writes to (rdi), and counts each time in (rsi). */
extern const char writer[];
__asm__(".pushsection .text\n"
        "writer:\n"
        "1: movb $1, (%rdi)\n"
        "lock incl (%rsi)\n"
        "jmp 1b\n"
        ".popsection");

static struct {
    mach_port_t task, port;
    uint64_t page, counter;
} scene;

static int
count(void)
{
    int value = 0;

    child_read(scene.task, (const void *)scene.counter, &value, sizeof value);
    return value;
}

static bool
counts_on(void)
{
    int first = count();

    for (unsigned i = 0; i < 2000; i++) {
        if (count() != first)
            return true;
        guest_sleep(1);
    }
    return false;
}

static void
expect_fault(struct caught *caught, int code, const char *why)
{
    ok(ALL(catch_next(scene.port, caught), caught->type == EXC_BAD_ACCESS,
           caught->code == code, (uint64_t)caught->subcode == scene.page),
       "%s: it faults there", why);
}

static void
test_access_changes(void)
{
    struct caught caught;

    scene.task = child_copy();
    scene.port = catch_port(scene.task);
    scene.page = child_pages(scene.task, 1);
    scene.counter = child_pages(scene.task, 1);
    thread_resume(
        child_bare_thread(scene.task, writer, 0, scene.page, scene.counter));
    ok(counts_on(), "a thread writes to a page again and again");

    protect(scene.task, scene.page, VM_PROT_READ);
    expect_fault(&caught, KERN_PROTECTION_FAILURE,
                 "the page becomes read-only");
    protect(scene.task, scene.page, VM_PROT_DEFAULT);
    catch_answer(&caught, KERN_SUCCESS);
    ok(counts_on(), "... writable again, it goes on");

    protect(scene.task, scene.page, VM_PROT_NONE);
    expect_fault(&caught, KERN_PROTECTION_FAILURE, "all access is taken");
    protect(scene.task, scene.page, VM_PROT_DEFAULT);
    catch_answer(&caught, KERN_SUCCESS);
    ok(counts_on(), "... given back, it goes on");

    mach_vm_deallocate(scene.task, scene.page, PAGE);
    expect_fault(&caught, KERN_INVALID_ADDRESS, "the page is unmapped");
    mach_vm_allocate(scene.task, &scene.page, PAGE, VM_FLAGS_FIXED);
    catch_answer(&caught, KERN_SUCCESS);
    ok(counts_on(), "... mapped afresh, it goes on");
    child_end(scene.task);
    mach_port_destroy(mach_task_self(), scene.port);
}

/* ---- the kernel touches for us */

static void
test_kernel_touches(void)
{
    struct mach_timebase_info base, *info;
    char *pages = guest_pages(2);

    mach_timebase_info(&base);
    info = (struct mach_timebase_info *)(pages + PAGE - INFO_SIZE / 2);
    is_kr(mach_timebase_info(info), KERN_SUCCESS,
          "53: a trap writes across two pages that nobody touched");
    ok(memcmp(info, &base, sizeof base) == 0, "53: ... the right bytes");
    is(pages[PAGE - INFO_SIZE / 2 - 1] + pages[PAGE + INFO_SIZE / 2], 0,
       "53: ... and no other");

    memset(pages, 7, 2 * PAGE);
    protect(mach_task_self(), (uint64_t)pages + PAGE, VM_PROT_READ);
    is((long long)raw_trap(RAW_MACH(TIMEBASE), (uint64_t)info, 0, 0, 0, 0),
       KERN_INVALID_ADDRESS, "53: half of it read-only: refused");
    ok(ALL(pages[PAGE - 1] == 7, pages[PAGE] == 7),
       "53: ... nothing is written");
    protect(mach_task_self(), (uint64_t)pages, VM_PROT_NONE);
    is((long long)raw_trap(RAW_MACH(TIMEBASE), (uint64_t)pages, 0, 0, 0, 0),
       KERN_INVALID_ADDRESS, "53: no access, though it was touched: refused");
    mach_vm_deallocate(mach_task_self(), (uint64_t)pages, 2 * PAGE);
}

/* ---- tasks are apart */

static int ours = 1;

static void
write_ours(void *argument)
{
    (void)argument;
    ours = 2;
    while (1)
        guest_sleep(1000);
}

static void
test_apart(void)
{
    mach_port_t task = child_copy();

    child_thread(task, write_ours, NULL);
    ok(child_until(task, &ours, 2), "a child writes to its copy of a variable");
    is(ours, 1, "... ours stays");
    ours = 3;
    ok(child_until(task, &ours, 2), "... and the other way round");
    ours = 1;
    child_end(task);
}

/* Frames that a task leaves behind come to others empty. */
static void
test_frames_are_cleared(void)
{
    mach_port_t task = child_empty();
    mach_vm_address_t theirs = child_pages(task, 256);
    static char full[16 * 4096];
    char *pages;
    bool zero = true;

    memset(full, 0x5a, sizeof full);
    for (unsigned i = 0; i < 16; i++)
        child_write(task, (char *)theirs + i * sizeof full, full, sizeof full);
    child_end(task);
    pages = guest_pages(512);
    for (unsigned i = 0; i < 512 * PAGE; i++)
        zero = zero && pages[i] == 0;
    ok(zero, "20: no byte of a task that ended is in fresh memory");
    mach_vm_deallocate(mach_task_self(), (uint64_t)pages, 512 * PAGE);
}

/* ---- never writable and executable */

static void
test_code(void)
{
    mach_port_t task = child_copy();
    uint64_t code = (uint64_t)writer & ~(PAGE - 1);
    unsigned char byte = 0x90;

    is_kr(mach_vm_write(task, (uint64_t)writer, (vm_offset_t)&byte, 1),
          KERN_INVALID_ADDRESS, "W^X: code cannot be written");
    is_kr(mach_vm_protect(task, code, PAGE, FALSE, VM_PROT_ALL),
          KERN_PROTECTION_FAILURE, "W^X: ... nor made so and stay code");
    is_kr(mach_vm_protect(task, code, PAGE, FALSE,
                          VM_PROT_READ | VM_PROT_WRITE | VM_PROT_COPY),
          KERN_SUCCESS, "W^X: a debugger makes a copy that it can write");
    is_kr(mach_vm_write(task, (uint64_t)writer, (vm_offset_t)&byte, 1),
          KERN_SUCCESS, "W^X: ... and does");
    is_kr(mach_vm_protect(task, code, PAGE, FALSE,
                          VM_PROT_READ | VM_PROT_EXECUTE),
          KERN_SUCCESS, "W^X: ... and makes it code again");
    ok(*(const unsigned char *)writer != byte, "W^X: our own stays");
    child_end(task);
}

/* ---- much */

static long long
virtual_size(mach_port_t task)
{
    struct mach_task_basic_info info;
    mach_msg_type_number_t words = MACH_TASK_BASIC_INFO_COUNT;

    task_info(task, MACH_TASK_BASIC_INFO, (task_info_t)&info, &words);
    return (long long)info.virtual_size;
}

static void
test_huge(void)
{
    long long before = virtual_size(mach_task_self());
    mach_vm_address_t a = 0;
    volatile char *bytes;

    is_kr(mach_vm_allocate(mach_task_self(), &a, HUGE_SIZE, VM_FLAGS_ANYWHERE),
          KERN_SUCCESS, "64 GiB can be mapped, whatever the machine has");
    bytes = (volatile char *)a;
    for (uint64_t at = 0; at < HUGE_SIZE; at += HUGE_SIZE / 8)
        bytes[at] = 1;
    is(bytes[HUGE_SIZE / 2] + bytes[HUGE_SIZE / 2 + 1], 1,
       "... and be touched here and there");
    is_kr(mach_vm_deallocate(mach_task_self(), a, HUGE_SIZE), KERN_SUCCESS,
          "... and be given back");
    is(virtual_size(mach_task_self()), before, "... all of it");
}

/* Every second page is different, so that each is an entry of its own. */
static void
test_many_entries(void)
{
    mach_port_t task = child_empty();
    mach_vm_address_t a = 0;
    unsigned done = 0;

    mach_vm_allocate(task, &a, ENTRIES * PAGE, VM_FLAGS_ANYWHERE);
    for (unsigned i = 0; i < ENTRIES; i += 2)
        done += protect(task, a + i * PAGE, VM_PROT_READ) == KERN_SUCCESS;
    is(done, ENTRIES / 2, "a range of %u entries", ENTRIES);
    is_kr(mach_vm_protect(task, a, ENTRIES * PAGE, FALSE, VM_PROT_READ),
          KERN_SUCCESS, "... is made one again");
    is_kr(mach_vm_deallocate(task, a, ENTRIES * PAGE), KERN_SUCCESS,
          "... and unmapped");
    is(virtual_size(task), 0, "... all of it");
    child_end(task);
}

static void
test_large_copy(void)
{
    mach_vm_address_t a = 0;
    mach_msg_type_number_t got = 0;
    vm_offset_t data = 0;
    uint32_t *words;
    bool same = true;

    mach_vm_allocate(mach_task_self(), &a, COPY_SIZE, VM_FLAGS_ANYWHERE);
    words = (uint32_t *)a;
    for (unsigned i = 0; i < COPY_SIZE / sizeof *words; i++)
        words[i] = i * 2654435761u;
    is_kr(mach_vm_read(mach_task_self(), a, COPY_SIZE, &data, &got),
          KERN_SUCCESS, "mach_vm_read of 2 MiB");
    same = memcmp(words, (void *)data, COPY_SIZE) == 0;
    ok(same, "... every byte");
    memset(words, 0, COPY_SIZE);
    is_kr(mach_vm_write(mach_task_self(), a, data, got), KERN_SUCCESS,
          "mach_vm_write of 2 MiB");
    for (unsigned i = 0; i < COPY_SIZE / sizeof *words; i++)
        same = same && words[i] == i * 2654435761u;
    ok(same, "... every byte");
    mach_vm_deallocate(mach_task_self(), data, got);
    mach_vm_deallocate(mach_task_self(), a, COPY_SIZE);
}

/* ---- 40: a task that takes all it can get */

static void
take_all(void *argument)
{
    mach_vm_address_t a = 0;

    (void)argument;
    mach_vm_allocate(mach_task_self(), &a, GREEDY_SIZE, VM_FLAGS_ANYWHERE);
    for (volatile char *byte = (volatile char *)a;; byte += PAGE)
        *byte = 1;
}

/* Where such a child is told that there is no more; 0 if it is not. */
static int64_t
run_greedy(void)
{
    mach_port_t task = child_apart(), port = catch_port(task), service;
    struct caught caught;

    child_fill(task);
    child_thread(task, take_all, NULL);
    ok(ALL(catch_next(port, &caught), caught.type == EXC_BAD_ACCESS,
           caught.code == KERN_MEMORY_ERROR),
       "40: a task that touches memory for ever is told there is no more");
    is_kr(bootstrap_look_up(bootstrap_port, "nobody", &service),
          BOOTSTRAP_UNKNOWN_SERVICE, "40: ... while others can work");
    catch_answer(&caught, KERN_FAILURE);
    ok(child_dies(task), "40: ... refused, it ends");
    mach_port_deallocate(mach_task_self(), task);
    mach_port_destroy(mach_task_self(), port);
    return caught.subcode;
}

static void
test_greedy(void)
{
    int64_t first = run_greedy(), second = run_greedy();
    char *pages = guest_pages(GREEDY_SLACK);

    ok(ALL(first > 0, second >= first - (int64_t)(GREEDY_SLACK * PAGE)),
       "40: its memory came back: the second found as much");
    for (unsigned i = 0; i < GREEDY_SLACK; i++)
        pages[i * PAGE] = 1;
    ok(true, "40: ... and so do we");
    mach_vm_deallocate(mach_task_self(), (uint64_t)pages, GREEDY_SLACK * PAGE);
}

int
main(void)
{
    test_access_changes();
    test_kernel_touches();
    test_apart();
    test_frames_are_cleared();
    test_code();
    test_huge();
    test_many_entries();
    test_large_copy();
    test_greedy();
    return tap_done();
}
