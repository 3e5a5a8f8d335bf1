/* SPDX-License-Identifier: MIT */
/*
 * t_abuse_memory.c - hostile tasks that take memory: adversarial 35, 40, 41;
 * rule T0 for each.
 *
 * Each takes one kind of memory until it is refused, with the right code,
 * while the bystander and the bootstrap server go on; and when it dies,
 * everything comes back.
 */
#include <mach/mach.h>
#include <mach/mach_vm.h>
#include <string.h>

#include "guest.h"
#include "hostile.h"
#include "rights.h"
#include "t0.h"
#include "tap.h"

#define CHUNK_PAGES 128u
#define NO_LIMIT    0xffffffffu

/* What the case that runs now got; read by its checks */
static struct hostile_result got;

static hostile_take_t now_taken;
static unsigned most;

/* Lets a hostile task take all, and ends it. */
static void
take_and_die(void)
{
    mach_port_t task = hostile_start(now_taken, most);

    got = hostile_wait();
    t0_goes_on(5);
    hostile_end(task);
}

static void
abuse(const char *name, hostile_take_t take, unsigned limit, kern_return_t code)
{
    now_taken = take;
    most = limit;
    t0_case(name, take_and_die);
    is_kr(got.code, code, "%s: is refused", name);
    ok(got.taken > 0, "%s: not before it got some", name);
    note("%s: %u", name, got.taken);
}

/* ---- What they take ---- */

static char bytes[CHUNK_PAGES * GUEST_PAGE];

/* Address space that nobody touches */
static kern_return_t
take_space(void)
{
    mach_vm_address_t address = 0;

    return mach_vm_allocate(mach_task_self(), &address, 1ull << 36,
                            VM_FLAGS_ANYWHERE);
}

/* Entries of the map: every other page, so that none can be joined */
static kern_return_t
take_entries(void)
{
    static mach_vm_address_t address = 0x1000000000ull;
    kern_return_t kr;

    kr = mach_vm_allocate(mach_task_self(), &address, GUEST_PAGE,
                          VM_FLAGS_FIXED);
    address += 2 * GUEST_PAGE;
    return kr;
}

/*
 * Pages: written from the kernel's side, where a shortage is a code (a store
 * of ours would be an exception).
 */
static kern_return_t
take_pages(void)
{
    mach_vm_address_t address = 0;
    kern_return_t kr;

    kr = mach_vm_allocate(mach_task_self(), &address, sizeof bytes,
                          VM_FLAGS_ANYWHERE);
    if (kr == KERN_SUCCESS)
        kr = mach_vm_write(mach_task_self(), address, (vm_offset_t)bytes,
                           sizeof bytes);
    return kr;
}

/* Page tables: one page in each of their spans, which the kernel writes */
static kern_return_t
take_tables(void)
{
    static mach_vm_address_t address = 0x1000000000ull;
    mach_vm_address_t page = address;
    kern_return_t kr;

    address += 1ull << 30;
    kr = mach_vm_allocate(mach_task_self(), &page, GUEST_PAGE, VM_FLAGS_FIXED);
    if (kr == KERN_SUCCESS)
        kr = mach_timebase_info((mach_timebase_info_t)page);
    return kr;
}

/* Out-of-line memory in messages that nobody receives */
static kern_return_t
take_messages_of_memory(void)
{
    static mach_port_t port;
    struct memory_message message;

    bytes[0] = 1;
    if (port == MACH_PORT_NULL ||
        guest_status(port).mps_msgcount >= guest_status(port).mps_qlimit)
        if (mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE,
                               &port) != KERN_SUCCESS)
            return KERN_FAILURE;
    message = memory_message(port, bytes, sizeof bytes, false);
    message.header.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND_ONCE, 0) |
                               MACH_MSGH_BITS_COMPLEX;
    return message_send(&message, sizeof message);
}

/* ---- All at once ---- */

static kern_return_t
take_port(void)
{
    mach_port_t port;

    return mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port);
}

static kern_return_t
take_thread(void)
{
    mach_port_t thread;

    return thread_create(mach_task_self(), &thread);
}

#define SWARM 8

/*
 * Together they want more than there is.  We cannot ask them how far they got,
 * since that takes memory; the bystander needs next to none.
 */
static void
swarm(void)
{
    static const hostile_take_t takes[SWARM] = {
        take_pages,  take_pages,   take_pages,  take_port,
        take_thread, take_entries, take_tables, take_messages_of_memory,
    };
    mach_port_t tasks[SWARM], threads[SWARM];

    for (unsigned i = 0; i < SWARM; i++)
        tasks[i] = hostile_make(takes[i], NO_LIMIT, &threads[i]);
    for (unsigned i = 0; i < SWARM; i++) {
        thread_resume(threads[i]);
        mach_port_deallocate(mach_task_self(), threads[i]);
    }
    t0_goes_on(100);
    for (unsigned i = 0; i < SWARM; i++)
        hostile_end(tasks[i]);
}

int
main(void)
{
    abuse("address space", take_space, NO_LIMIT, KERN_NO_SPACE);
    abuse("map entries", take_entries, NO_LIMIT, KERN_RESOURCE_SHORTAGE);
    abuse("pages", take_pages, NO_LIMIT, KERN_RESOURCE_SHORTAGE);
    abuse("page tables", take_tables, NO_LIMIT, KERN_INVALID_ADDRESS);
    abuse("memory in messages", take_messages_of_memory, NO_LIMIT,
          MACH_SEND_INVALID_MEMORY | MACH_MSG_VM_KERNEL);
    t0_case("a swarm", swarm);
    return tap_done();
}
