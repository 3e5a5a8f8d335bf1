/* SPDX-License-Identifier: MIT */
/*
 * t_targets.c - what each routine of a task and of a thread answers when it is
 * sent to what is none, or is none any more (R54, adversarial #11, #28).
 */
#include <mach/mach_vm.h>
#include <mach/task_info.h>
#include <mach/thread_info.h>
#include <mach/vm_map.h>
#include <ostia/ostia.h>

#include "child.h"
#include "tap.h"

#define PAGE      ((mach_vm_size_t)GUEST_PAGE)
#define UNTOUCHED 0x1234

/* What the calls give back: nothing may come. */
static mach_port_t given;
static mach_vm_address_t address;
static mach_vm_size_t size;
static mach_msg_type_number_t count;
static natural_t words[256];
static char byte;

/* clang-format off */
#define CALL(function, expression)                    \
    static kern_return_t function(mach_port_t target) \
    {                                                 \
        return expression;                            \
    }

CALL(create, task_create(target, NULL, 0, FALSE, &given))
CALL(end_task, task_terminate(target))
CALL(stop_task, task_suspend(target))
CALL(run_task, task_resume(target))
CALL(set_name, task_set_name(target, "x"))
CALL(new_thread, thread_create(target, &given))
CALL(tell_task, task_info(target, MACH_TASK_BASIC_INFO, (task_info_t)words, &count))
CALL(allocate, mach_vm_allocate(target, &address, PAGE, VM_FLAGS_ANYWHERE))
CALL(deallocate, mach_vm_deallocate(target, 0, PAGE))
CALL(protect, mach_vm_protect(target, 0, PAGE, FALSE, VM_PROT_READ))
CALL(inherit, mach_vm_inherit(target, 0, PAGE, VM_INHERIT_NONE))
CALL(write_memory, mach_vm_write(target, 0, (vm_offset_t)&byte, 1))
CALL(overwrite, mach_vm_read_overwrite(target, 0, 1, (mach_vm_address_t)&byte, &size))
CALL(map, mach_vm_map(target, &address, PAGE, 0, VM_FLAGS_ANYWHERE, MACH_PORT_NULL,
                      0, FALSE, VM_PROT_READ, VM_PROT_READ, VM_INHERIT_NONE))
CALL(region, mach_vm_region(target, &address, &size, VM_REGION_BASIC_INFO_64,
                            (vm_region_info_t)words, &count, &given))

CALL(end_thread, thread_terminate(target))
CALL(stop_thread, thread_suspend(target))
CALL(run_thread, thread_resume(target))
CALL(abort_thread, thread_abort(target))
CALL(abort_safely, thread_abort_safely(target))
CALL(tell_thread, thread_info(target, THREAD_BASIC_INFO, (thread_info_t)words, &count))
CALL(get_state, thread_get_state(target, x86_THREAD_STATE64, words, &count))
CALL(set_state, thread_set_state(target, x86_THREAD_STATE64, words,
                                 x86_THREAD_STATE64_COUNT))
/* clang-format on */

static kern_return_t
threads(mach_port_t target)
{
    thread_act_array_t list;

    return task_threads(target, &list, &count);
}

static kern_return_t
read_memory(mach_port_t target)
{
    vm_offset_t data;

    return mach_vm_read(target, 0, PAGE, &data, &count);
}

struct routine {
    const char *text;
    kern_return_t (*call)(mach_port_t target);
};

static const struct routine of_tasks[] = {
    { "task_create", create },
    { "task_terminate", end_task },
    { "task_suspend", stop_task },
    { "task_resume", run_task },
    { "task_set_name", set_name },
    { "task_threads", threads },
    { "task_info", tell_task },
    { "thread_create", new_thread },
    { "mach_vm_allocate", allocate },
    { "mach_vm_deallocate", deallocate },
    { "mach_vm_protect", protect },
    { "mach_vm_inherit", inherit },
    { "mach_vm_read", read_memory },
    { "mach_vm_write", write_memory },
    { "mach_vm_read_overwrite", overwrite },
    { "mach_vm_map", map },
    { "mach_vm_region", region },
};

static const struct routine of_threads[] = {
    { "thread_terminate", end_thread },      { "thread_suspend", stop_thread },
    { "thread_resume", run_thread },         { "thread_abort", abort_thread },
    { "thread_abort_safely", abort_safely }, { "thread_info", tell_thread },
    { "thread_get_state", get_state },       { "thread_set_state", set_state },
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

static void
call_all(const struct routine *table, size_t routines, mach_port_t target,
         kern_return_t want, const char *text)
{
    for (size_t i = 0; i < routines; i++) {
        count = COUNT(words);
        is_kr(table[i].call(target), want, "%s of %s (#28)", table[i].text,
              text);
    }
}

static void
call_both(mach_port_t target, const char *text)
{
    call_all(of_tasks, COUNT(of_tasks), target, MACH_SEND_INVALID_DEST, text);
    call_all(of_threads, COUNT(of_threads), target, MACH_SEND_INVALID_DEST,
             text);
}

int
main(void)
{
    mach_port_t thread = mach_thread_self(), host = mach_host_self();
    mach_port_t dead = guest_dead(), receive = guest_receive();
    mach_port_t gone = child_empty();
    unsigned names;

    tap_begin();
    names = guest_names();
    given = UNTOUCHED;
    task_terminate(gone);
    child_dies(gone);
    call_both(MACH_PORT_NULL, "the null port");
    call_both(MACH_PORT_DEAD, "the dead port");
    call_both(dead, "a dead name");
    call_both(guest_free_name(), "no name");
    call_both(receive, "a receive right");
    call_both(gone, "what is gone (R54)");
    call_all(of_tasks, COUNT(of_tasks), thread, KERN_INVALID_ARGUMENT,
             "a thread");
    call_all(of_tasks, COUNT(of_tasks), host, KERN_INVALID_ARGUMENT,
             "the host");
    call_all(of_threads, COUNT(of_threads), mach_task_self(),
             KERN_INVALID_ARGUMENT, "a task");
    call_all(of_threads, COUNT(of_threads), host, KERN_INVALID_ARGUMENT,
             "the host");
    is(given, UNTOUCHED, "no refused call gives a right");
    is((long long)address, 0, "... or an address");
    is(guest_names(), names, "... or leaves a name");
    return tap_done();
}
