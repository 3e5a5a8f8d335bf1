/* SPDX-License-Identifier: MIT */
/*
 * t_leak.c - rule T0 for tasks, threads, exceptions and memory: what was made
 * is gone with its task, and a call that is refused leaves nothing (3, 4).
 */
#include <mach/mach_traps.h>
#include <mach/mach_vm.h>
#include <mach/task_info.h>
#include <mach/vm_map.h>
#include <ostia/console.h>
#include <string.h>

#include "child.h"
#include "t0.h"
#include "tap.h"

#define LOOPS 50
#define PAGE  ((mach_vm_size_t)GUEST_PAGE)
#define BEHAVIOR \
    ((exception_behavior_t)(EXCEPTION_DEFAULT | MACH_EXCEPTION_CODES))
#define FOREVER  (~0ull - 1)
#define UD2_SIZE 2

static void
drop(mach_port_t name)
{
    mach_port_deallocate(mach_task_self(), name);
}

/* ---- tasks and threads */

extern const char spin[];
__asm__(".pushsection .text\n"
        "spin: jmp spin\n"
        ".popsection");

T0_CASE(tasks, "tasks")
{
    for (unsigned i = 0; i < LOOPS; i++) {
        mach_port_t task = child_empty(), thread;
        mach_vm_address_t a = child_pages(task, 8);

        child_write(task, (void *)a, "x", 1);
        mach_vm_protect(task, a + PAGE, PAGE, FALSE, VM_PROT_READ);
        thread_create(task, &thread);
        drop(thread);
        child_end(task);
    }
}

T0_CASE(threads, "threads")
{
    for (unsigned i = 0; i < LOOPS; i++) {
        mach_port_t thread = child_bare_thread(mach_task_self(), spin, 0, 0, 0);

        if (i % 2)
            thread_resume(thread);
        if (i % 4 == 1)
            swtch();
        thread_terminate(thread);
        drop(thread);
    }
}

/* Threads that use SSE, and end with their task in the middle of it */
static void
use_sse(void *argument)
{
    (void)argument;
    while (1)
        __asm__ volatile("addps %%xmm0, %%xmm1" : : : "memory");
}

T0_CASE(fpu, "threads that use SSE")
{
    mach_port_t task = child_copy();

    for (unsigned i = 0; i < 5; i++)
        drop(child_thread(task, use_sse, NULL));
    guest_sleep(5);
    child_end(task);
}

/* ---- exceptions */

static volatile int after;

static void
victim(void *argument)
{
    (void)argument;
    __asm__ volatile("ud2");
    after++;
    while (1)
        guest_sleep(1000);
}

enum ending {
    ANSWERED,
    REFUSED,
    DROPPED,
    ABORTED,
    THREAD_ENDED,
    TASK_ENDED,
    PORT_DIES
};

static void
act(enum ending ending, mach_port_t port, struct caught *caught)
{
    x86_thread_state64_t state;

    switch (ending) {
    case ANSWERED:
        state = thread_registers(caught->thread);
        state.__rip += UD2_SIZE;
        thread_put_registers(caught->thread, &state);
        catch_answer(caught, KERN_SUCCESS);
        break;
    case REFUSED:
        catch_answer(caught, KERN_FAILURE);
        break;
    case ABORTED:
        thread_abort(caught->thread);
        break;
    case THREAD_ENDED:
        thread_terminate(caught->thread);
        break;
    case TASK_ENDED:
        task_terminate(caught->task);
        break;
    case PORT_DIES:
        guest_kill(port);
        break;
    case DROPPED:
        break;
    }
}

static void
one_exception(enum ending ending)
{
    mach_port_t task = child_copy(), port = catch_port(task);
    struct caught caught;

    drop(child_thread(task, victim, NULL));
    if (catch_next(port, &caught)) {
        act(ending, port, &caught);
        catch_drop(&caught);
    }
    task_terminate(task);
    child_dies(task);
    drop(task);
    mach_port_destroy(mach_task_self(), port);
}

T0_CASE(exceptions, "44: exceptions that end in each way")
{
    for (int ending = ANSWERED; ending <= PORT_DIES; ending++)
        one_exception((enum ending)ending);
}

/* ---- waits */

static void
wait_receive(void *argument)
{
    struct guest_buffer buffer;

    (void)argument;
    mach_msg_trap(&buffer.header, MACH_RCV_MSG, 0, sizeof buffer,
                  guest_receive(), 0, MACH_PORT_NULL);
    guest_sleep(100000);
}

static void
wait_send(void *argument)
{
    mach_port_t port = guest_port();
    struct guest_message message = {
        .header =
            guest_header(port, MACH_MSG_TYPE_COPY_SEND, guest_receive(), 0),
    };

    (void)argument;
    for (;;)
        mach_msg_trap(&message.header, MACH_SEND_MSG, sizeof message, 0,
                      MACH_PORT_NULL, 0, MACH_PORT_NULL);
}

static void
wait_clock(void *argument)
{
    (void)argument;
    mach_wait_until_trap(FOREVER);
    guest_sleep(100000);
}

static void
wait_console(void *argument)
{
    char data[1024];
    mach_msg_type_number_t count = sizeof data;

    (void)argument;
    console_read(guest_console(), 16, data, &count);
}

static guest_function_t const waits[] = { wait_receive, wait_send, wait_clock,
                                          wait_console };
#define WAITS (sizeof waits / sizeof *waits)

/* Ended as threads, then as a task; half of them aborted before */
T0_CASE(waiters, "44: threads that wait in each way")
{
    mach_port_t task = child_copy(), held[WAITS];

    for (unsigned i = 0; i < WAITS; i++) {
        held[i] = child_thread(task, waits[i], NULL);
        drop(child_thread(task, waits[i], NULL));
    }
    guest_sleep(10);
    for (unsigned i = 0; i < WAITS; i++) {
        if (i % 2)
            thread_abort(held[i]);
        thread_suspend(held[i]);
        thread_terminate(held[i]);
        drop(held[i]);
    }
    guest_sleep(5);
    child_end(task);
}

/* ---- refused calls */

T0_CASE(refused_tasks, "3: refused calls on tasks")
{
    mach_port_t task = child_empty(), port = guest_port(), got;
    mach_port_t thread = mach_thread_self();
    x86_thread_state64_t state = { .__rip = ~0ull };
    thread_state_t words = (thread_state_t)&state;

    for (unsigned i = 0; i < LOOPS; i++) {
        task_create(task, NULL, 0, TRUE, &got);
        task_create(mach_task_self(), &port, 1, TRUE, &got);
        thread_create_running(task, x86_THREAD_STATE64, words,
                              x86_THREAD_STATE64_COUNT, &got);
        thread_create_running(task, 99, words, 3, &got);
        task_get_special_port(task, 77, &got);
        task_set_special_port(task, 77, port);
        task_set_special_port(task, TASK_KERNEL_PORT, port);
        task_set_exception_ports(task, 1u << 31, port, BEHAVIOR, 0);
        task_set_exception_ports(task, EXC_MASK_ALL, port, 0, 0);
        thread_terminate(task);
        thread_suspend(task);
        task_resume(task);
        mach_ports_register(thread, &port, 1);
    }
    child_end(task);
    drop(thread);
    mach_port_destroy(mach_task_self(), port);
}

T0_CASE(refused_memory, "3: refused calls on memory")
{
    mach_port_t task = child_empty(), port = guest_port();
    mach_vm_address_t a = child_pages(task, 3), at;
    mach_msg_type_number_t count;
    vm_offset_t data;
    mach_vm_size_t got;

    mach_vm_deallocate(task, a + PAGE, PAGE);
    for (unsigned i = 0; i < LOOPS; i++) {
        at = a;
        mach_vm_allocate(task, &at, 3 * PAGE, VM_FLAGS_FIXED);
        mach_vm_protect(task, a, 3 * PAGE, FALSE, VM_PROT_READ);
        mach_vm_read(task, a, 3 * PAGE, &data, &count);
        mach_vm_write(task, a, (vm_offset_t)wait_console, 3 * GUEST_PAGE);
        mach_vm_read_overwrite(task, a, PAGE, 0, &got);
        mach_vm_map(task, &at, PAGE, 0, VM_FLAGS_ANYWHERE, port, 0, FALSE, 1, 1,
                    1);
        mach_vm_map(task, &at, PAGE, 0, VM_FLAGS_ANYWHERE, mach_task_self(), 0,
                    TRUE, 1, 1, 1);
    }
    child_end(task);
    mach_port_destroy(mach_task_self(), port);
}

/* The same calls, where they succeed */
T0_CASE(memory, "calls on memory")
{
    mach_port_t task = child_empty();

    for (unsigned i = 0; i < LOOPS; i++) {
        mach_vm_address_t a = child_pages(task, 16);
        mach_msg_type_number_t count;
        vm_offset_t data;

        child_write(task, (void *)(a + PAGE - 1), "across", 6);
        mach_vm_protect(task, a + 2 * PAGE, PAGE, FALSE, VM_PROT_READ);
        mach_vm_inherit(task, a + 4 * PAGE, PAGE, VM_INHERIT_NONE);
        if (mach_vm_read(task, a, 3 * PAGE, &data, &count) == KERN_SUCCESS)
            mach_vm_deallocate(mach_task_self(), data, count);
        mach_vm_allocate(task, &a, 5 * PAGE, VM_FLAGS_OVERWRITE);
        mach_vm_deallocate(task, a + PAGE, 2 * PAGE);
        mach_vm_deallocate(task, a, 16 * PAGE);
    }
    child_end(task);
}

/* What tells much, and keeps nothing */
T0_CASE(questions, "questions")
{
    mach_port_t task = child_copy(), thread;
    mach_port_t got;

    thread = child_thread(task, victim, NULL);
    thread_suspend(thread);
    for (unsigned i = 0; i < LOOPS; i++) {
        guest_thread_count(task);
        if (task_get_special_port(task, TASK_BOOTSTRAP_PORT, &got) ==
            KERN_SUCCESS)
            drop(got);
        if (thread_get_special_port(thread, THREAD_KERNEL_PORT, &got) ==
            KERN_SUCCESS)
            drop(got);
        thread_registers(thread);
    }
    drop(thread);
    child_end(task);
}

/* Ports that the kernel keeps for a task, set again and again (14) */
T0_CASE(kept_ports, "14: ports that the kernel keeps")
{
    mach_port_t task = child_empty(), ports[3];

    for (unsigned i = 0; i < LOOPS; i++) {
        for (unsigned k = 0; k < 3; k++)
            ports[k] = guest_port();
        task_set_special_port(task, TASK_BOOTSTRAP_PORT, ports[0]);
        task_set_special_port(task, TASK_HOST_PORT, ports[1]);
        mach_ports_register(task, ports, 3);
        task_set_exception_ports(task, EXC_MASK_ALL, ports[2], BEHAVIOR,
                                 THREAD_STATE_NONE);
        for (unsigned k = 0; k < 3; k++)
            mach_port_destroy(mach_task_self(), ports[k]);
    }
    child_end(task);
}

/* Messages of several pages, so many that their addresses must be used again:
 * new ones would need page tables. */
T0_CASE(long_messages, "messages of several pages")
{
    static union {
        mach_msg_header_t header;
        unsigned char bytes[12000];
    } message;
    mach_port_t queue = guest_receive();

    for (unsigned i = 0; i < 8 * LOOPS; i++) {
        message.header =
            guest_header(queue, MACH_MSG_TYPE_MAKE_SEND, MACH_PORT_NULL, 0);
        mach_msg_trap(&message.header, MACH_SEND_MSG | MACH_RCV_MSG,
                      sizeof message - 100, sizeof message, queue, 0, 0);
    }
    guest_kill(queue);
}
