/* SPDX-License-Identifier: MIT */
/*
 * child.c - tasks out of nothing: see child.h.
 *
 * A helper that cannot do its work aborts, as in guest.c.
 */
#include "child.h"

#include <mach/mach_vm.h>
#include <mach/notify.h>
#include <ostia/job.h>
#include <servers/bootstrap.h>
#include <stdlib.h>
#include <string.h>

#define STACK_PAGES      8u
#define MOVES_WITHIN     500 /* ms */
#define STANDS_FOR       30  /* ms */
#define RFLAGS_INITIAL   0x202u
#define NO_GUARD_ADDRESS 0x10000u

/* ---- Tasks ---- */

/* The same bytes at the same place with the same protection */
static void
copy_region(mach_port_t task, mach_vm_address_t address, mach_vm_size_t size,
            vm_prot_t protection)
{
    mach_vm_address_t to = address;
    mach_msg_type_number_t count;
    vm_offset_t data;

    guest_must(mach_vm_read(mach_task_self(), address, size, &data, &count));
    guest_must(mach_vm_allocate(task, &to, size, VM_FLAGS_FIXED));
    guest_must(mach_vm_write(task, to, data, count));
    guest_must(mach_vm_protect(task, to, size, FALSE, protection));
    guest_must(mach_vm_deallocate(mach_task_self(), data, count));
}

void
child_fill(mach_port_t task)
{
    mach_vm_address_t address = NO_GUARD_ADDRESS;
    vm_region_basic_info_data_64_t info;
    mach_msg_type_number_t count;
    mach_vm_size_t size;
    mach_port_t object;

    for (;;) {
        count = VM_REGION_BASIC_INFO_COUNT_64;
        if (mach_vm_region(mach_task_self(), &address, &size,
                           VM_REGION_BASIC_INFO_64, (vm_region_info_t)&info,
                           &count, &object) != KERN_SUCCESS)
            return;
        if (info.protection & VM_PROT_READ)
            copy_region(task, address, size, info.protection);
        address += size;
    }
}

mach_port_t
child_apart(void)
{
    ledger_t ours, ledger;
    mach_port_t task;

    guest_must(job_get_ledger(bootstrap_port, JOB_SELF, &ours));
    guest_must(
        ledger_create(ours, MACH_PORT_NULL, &ledger, LEDGER_ITEM_INFINITY));
    guest_must(task_create(mach_task_self(), &ledger, 1, FALSE, &task));
    guest_must(mach_port_deallocate(mach_task_self(), ledger));
    guest_must(mach_port_deallocate(mach_task_self(), ours));
    return task;
}

mach_port_t
child_copy(void)
{
    mach_port_t task = child_empty();

    child_fill(task);
    return task;
}

mach_vm_address_t
child_pages(mach_port_t task, unsigned count)
{
    mach_vm_address_t address = 0;

    guest_must(mach_vm_allocate(task, &address, count * GUEST_PAGE,
                                VM_FLAGS_ANYWHERE));
    return address;
}

void
child_read(mach_port_t task, const void *from, void *to, size_t size)
{
    mach_vm_size_t got = 0;

    guest_must(mach_vm_read_overwrite(task, (mach_vm_address_t)from, size,
                                      (mach_vm_address_t)to, &got));
}

void
child_write(mach_port_t task, void *to, const void *from, size_t size)
{
    guest_must(mach_vm_write(task, (mach_vm_address_t)to, (vm_offset_t)from,
                             (mach_msg_type_number_t)size));
}

int
child_value(mach_port_t task, const volatile int *variable)
{
    int value;

    child_read(task, (const void *)variable, &value, sizeof value);
    return value;
}

bool
child_until(mach_port_t task, const volatile int *flag, int wanted)
{
    for (unsigned i = 0; i < CHILD_PATIENCE; i++) {
        if (child_value(task, flag) == wanted)
            return true;
        guest_sleep(1);
    }
    return false;
}

bool
child_moves(mach_port_t task, const volatile int *counter)
{
    int first = child_value(task, counter);

    for (unsigned i = 0; i < MOVES_WITHIN; i++) {
        if (child_value(task, counter) != first)
            return true;
        guest_sleep(1);
    }
    return false;
}

bool
child_stands(mach_port_t task, const volatile int *counter)
{
    int first = child_value(task, counter);

    guest_sleep(STANDS_FOR);
    return child_value(task, counter) == first;
}

/* ---- Threads ---- */

/* At the lower end of a thread's stack */
struct child_start {
    struct mach_thread_block block;
    guest_function_t function;
    void *argument;
};

static void
begin(struct child_start *start)
{
    _mach_thread_init(&start->block);
    mach_task_self_ = task_self_trap();
    guest_must(task_get_special_port(mach_task_self(), TASK_BOOTSTRAP_PORT,
                                     &bootstrap_port));
    start->function(start->argument);
    guest_thread_end();
}

mach_port_t
child_bare_thread(mach_port_t task, const void *rip, uint64_t rsp, uint64_t rdi,
                  uint64_t rsi)
{
    x86_thread_state64_t state;
    mach_port_t thread;

    memset(&state, 0, sizeof state);
    state.__rip = (uint64_t)rip;
    state.__rsp = rsp;
    state.__rdi = rdi;
    state.__rsi = rsi;
    state.__rflags = RFLAGS_INITIAL;
    guest_must(thread_create(task, &thread));
    guest_must(thread_put_registers(thread, &state));
    return thread;
}

mach_port_t
child_thread_suspended(mach_port_t task, guest_function_t function,
                       void *argument)
{
    mach_vm_address_t stack = child_pages(task, STACK_PAGES);
    struct child_start start = { .function = function, .argument = argument };

    child_write(task, (void *)stack, &start, sizeof start);
    return child_bare_thread(task, (const void *)begin,
                             stack + STACK_PAGES * GUEST_PAGE - 8, stack, 0);
}

mach_port_t
child_thread(mach_port_t task, guest_function_t function, void *argument)
{
    mach_port_t thread = child_thread_suspended(task, function, argument);

    guest_must(thread_resume(thread));
    return thread;
}

x86_thread_state64_t
thread_registers(mach_port_t thread)
{
    x86_thread_state64_t state;
    mach_msg_type_number_t count = x86_THREAD_STATE64_COUNT;

    memset(&state, 0, sizeof state);
    guest_must(thread_get_state(thread, x86_THREAD_STATE64,
                                (thread_state_t)&state, &count));
    return state;
}

kern_return_t
thread_put_registers(mach_port_t thread, const x86_thread_state64_t *state)
{
    x86_thread_state64_t copy = *state;

    return thread_set_state(thread, x86_THREAD_STATE64, (thread_state_t)&copy,
                            x86_THREAD_STATE64_COUNT);
}

/* ---- Exceptions ---- */

#pragma pack(push, 4)
struct raise_message {
    mach_msg_header_t header;
    mach_msg_body_t body;
    mach_msg_port_descriptor_t thread;
    mach_msg_port_descriptor_t task;
    NDR_record_t ndr;
    exception_type_t exception;
    mach_msg_type_number_t code_count;
    int64_t code[2];
    char trailer[68];
};
#pragma pack(pop)

#define RAISE_ID 2405

mach_port_t
catch_port(mach_port_t task)
{
    mach_port_t port = guest_port();

    guest_must(task_set_exception_ports(
        task, EXC_MASK_ALL, port,
        (exception_behavior_t)(EXCEPTION_DEFAULT | MACH_EXCEPTION_CODES),
        THREAD_STATE_NONE));
    return port;
}

bool
catch_within(mach_port_t port, struct caught *caught, unsigned patience)
{
    struct raise_message message;

    memset(&message, 0, sizeof message);
    if (mach_msg(&message.header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
                 sizeof message, port, patience,
                 MACH_PORT_NULL) != MACH_MSG_SUCCESS)
        return false;
    if (message.header.msgh_id != RAISE_ID || message.code_count != 2)
        return false;
    *caught = (struct caught){
        .type = message.exception,
        .code = message.code[0],
        .subcode = message.code[1],
        .thread = message.thread.name,
        .task = message.task.name,
        .reply = message.header.msgh_remote_port,
    };
    return true;
}

bool
catch_next(mach_port_t port, struct caught *caught)
{
    memset(caught, 0, sizeof *caught);
    return catch_within(port, caught, CHILD_PATIENCE);
}

bool
catch_poll(mach_port_t port)
{
    struct caught caught;

    if (!catch_within(port, &caught, 0))
        return false;
    catch_drop(&caught);
    return true;
}

static void
drop(mach_port_t *name)
{
    mach_port_deallocate(mach_task_self(), *name);
    *name = MACH_PORT_NULL;
}

void
catch_drop(struct caught *caught)
{
    drop(&caught->thread);
    drop(&caught->task);
    drop(&caught->reply);
}

void
catch_answer(struct caught *caught, kern_return_t code)
{
    mig_reply_error_t reply = {
        .Head = { .msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND_ONCE, 0),
                  .msgh_size = sizeof reply,
                  .msgh_remote_port = caught->reply,
                  .msgh_id = RAISE_ID + 100 },
        .NDR = NDR_record,
        .RetCode = code,
    };

    if (mach_msg_send(&reply.Head) == MACH_MSG_SUCCESS)
        caught->reply = MACH_PORT_NULL;
    catch_drop(caught);
}
