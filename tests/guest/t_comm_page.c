/* SPDX-License-Identifier: MIT */
/*
 * t_comm_page.c - the kernel's page that every task reads: it is there in each,
 * says nothing but the time, and no task changes it or takes it away.
 */
#include <mach/mach_time.h>
#include <mach/mach_vm.h>
#include <mach/vm_statistics.h>
#include <ostia/comm_page.h>
#include <string.h>

#include "child.h"
#include "tap.h"

#define COMM ((mach_vm_address_t)(uintptr_t)OSTIA_COMM_PAGE)

static void
test_contents(void)
{
    const struct ostia_comm_page *page = OSTIA_COMM_PAGE;
    bool zero = true;

    is(sizeof(*page), GUEST_PAGE, "it is one page");
    ok(page->cp_tsc_factor != 0, "it has a factor");
    for (unsigned i = 0; i < sizeof page->cp_reserved / 8; i++)
        zero = zero && page->cp_reserved[i] == 0;
    ok(zero, "... and zeros behind it");
}

/* ---- calls of memory do not know it */

static void
test_calls(void)
{
    mach_port_t self = mach_task_self();
    struct ostia_comm_page copy = *OSTIA_COMM_PAGE;
    mach_vm_address_t at = COMM;
    mach_vm_size_t size = GUEST_PAGE;
    vm_region_basic_info_data_64_t info;
    mach_msg_type_number_t count = VM_REGION_BASIC_INFO_COUNT_64;
    mach_port_t object;
    vm_offset_t data;

    is_kr(mach_vm_region(self, &at, &size, VM_REGION_BASIC_INFO_64,
                         (vm_region_info_t)&info, &count, &object),
          KERN_INVALID_ADDRESS, "mach_vm_region finds nothing there");
    is_kr(mach_vm_allocate(self, &at, GUEST_PAGE,
                           VM_FLAGS_FIXED | VM_FLAGS_OVERWRITE),
          KERN_INVALID_ADDRESS, "mach_vm_allocate cannot take its place");
    is_kr(mach_vm_protect(self, COMM, GUEST_PAGE, FALSE,
                          VM_PROT_READ | VM_PROT_WRITE),
          KERN_INVALID_ADDRESS, "mach_vm_protect cannot make it writable");
    is_kr(mach_vm_protect(self, COMM, GUEST_PAGE, FALSE, VM_PROT_NONE),
          KERN_INVALID_ADDRESS, "... or take it away");
    is_kr(mach_vm_write(self, COMM, (vm_offset_t)&copy, 8),
          KERN_INVALID_ADDRESS, "mach_vm_write cannot change it");
    is_kr(mach_vm_read(self, COMM, 8, &data, &count), KERN_INVALID_ADDRESS,
          "mach_vm_read cannot read it");
    is_kr(mach_vm_inherit(self, COMM, GUEST_PAGE, VM_INHERIT_NONE),
          KERN_SUCCESS, "mach_vm_inherit means nothing there");
    is_kr((kern_return_t)raw_trap(RAW_MACH(89), COMM, 0, 0, 0, 0),
          KERN_INVALID_ADDRESS, "a trap cannot write there");
    is_kr(mach_vm_deallocate(self, COMM, GUEST_PAGE), KERN_SUCCESS,
          "mach_vm_deallocate of what no call has mapped");
    is_kr(mach_vm_deallocate(self, MACH_VM_MAX_ADDRESS - GUEST_PAGE,
                             (1ull << 47) - MACH_VM_MAX_ADDRESS + GUEST_PAGE),
          KERN_SUCCESS, "... or of all that is up there");
    is(memcmp(&copy, OSTIA_COMM_PAGE, sizeof copy), 0, "it is as it was");
}

/* ---- instructions but reads fault, and the fault is the thread's own */

static void
poke(void *at)
{
    *(volatile char *)at = 1;
}

static void
jump(void *at)
{
    ((void (*)(void))(uintptr_t)at)();
}

static void
faults(guest_function_t function, mach_vm_address_t at, const char *text)
{
    mach_port_t task = child_copy(), port = catch_port(task), thread;
    struct caught caught;

    thread = child_thread(task, function, (void *)(uintptr_t)at);
    if (ok(catch_next(port, &caught), "%s faults", text)) {
        ok(ALL(caught.type == EXC_BAD_ACCESS,
               caught.code == KERN_INVALID_ADDRESS,
               (mach_vm_address_t)caught.subcode == at),
           "... there, as what is not mapped");
        thread_terminate(thread);
        catch_drop(&caught);
    }
    mach_port_deallocate(mach_task_self(), thread);
    child_end(task);
    mach_port_destroy(mach_task_self(), port);
}

/* ---- children */

static volatile uint64_t childs_time;

static void
tell_time(void *argument)
{
    (void)argument;
    childs_time = mach_absolute_time();
}

static void
test_child(void)
{
    mach_port_t task = child_copy(), thread;
    uint64_t before = mach_absolute_time(), theirs = 0;

    thread = child_thread(task, tell_time, NULL);
    for (unsigned i = 0; i < CHILD_PATIENCE && theirs == 0; i++) {
        guest_sleep(1);
        child_read(task, (const void *)&childs_time, &theirs, sizeof theirs);
    }
    ok(ALL(theirs >= before, theirs <= mach_absolute_time()),
       "a new task sees the same time");
    mach_port_deallocate(mach_task_self(), thread);
    child_end(task);
}

static void
test_costs_nothing(void)
{
    mach_port_t task = child_empty();
    struct mach_task_basic_info info;
    mach_msg_type_number_t count = MACH_TASK_BASIC_INFO_COUNT;

    task_info(task, MACH_TASK_BASIC_INFO, (task_info_t)&info, &count);
    ok(ALL(info.resident_size == 0, info.virtual_size == 0),
       "it counts for nobody's memory");
    child_end(task);
}

int
main(void)
{
    test_contents();
    test_calls();
    faults(poke, COMM, "a write");
    faults(jump, COMM, "a jump");
    faults(poke, COMM + GUEST_PAGE, "a write behind it");
    faults(poke, COMM - 1, "a write before it");
    faults(poke, MACH_VM_MAX_ADDRESS, "a write at the end of user memory");
    test_child();
    test_costs_nothing();
    test_contents();
    return tap_done();
}
