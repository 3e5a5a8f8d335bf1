/* SPDX-License-Identifier: MIT */
/*
 * t_msg_shortage.c - messages for a task that has no room for what they carry
 * (rule R38): what can be delivered is, the rest is destroyed, and the code
 * says what ran short.
 */
#include <mach/mach_traps.h>
#include <mach/mach_vm.h>
#include <string.h>

#include "child.h"
#include "rights.h"
#include "tap.h"

#pragma pack(push, 4)
struct mixed_message {
    mach_msg_header_t header;
    mach_msg_body_t body;
    mach_msg_port_descriptor_t first;
    mach_msg_ool_descriptor_t memory;
    mach_msg_port_descriptor_t last;
};
#pragma pack(pop)

union mixed_any {
    mach_msg_header_t header;
    struct mixed_message message;
    unsigned char bytes[256];
};

static struct mixed_message
mixed(mach_port_t dest, mach_msg_type_name_t how, mach_port_t carried,
      void *page)
{
    struct port_message one =
        port_message(dest, how, carried, MACH_MSG_TYPE_MAKE_SEND);
    struct memory_message memory =
        memory_message(dest, page, GUEST_PAGE, false);

    return (struct mixed_message){
        .header = one.header,
        .body = { .msgh_descriptor_count = 3 },
        .first = one.port,
        .memory = memory.memory,
        .last = one.port,
    };
}

/* ---- No address space ---- */

/* Takes all of it, by traps alone: a reply could need memory itself. */
static void
fill_addresses(void)
{
    for (mach_vm_size_t size = 1ull << 46; size >= GUEST_PAGE; size /= 2) {
        mach_vm_offset_t address = 0;

        while (_kernelrpc_mach_vm_allocate_trap(mach_task_self(), &address,
                                                size, VM_FLAGS_ANYWHERE) ==
               KERN_SUCCESS)
            address = 0;
    }
}

/* In a child: results for the parent to read */
static volatile int finished;
static mach_msg_return_t results[4];
static union mixed_any got[4];
static unsigned refused; /* how many names it had when it got no more */

#define QUEUE_NAME 0x10003u

static void
receive(unsigned i)
{
    results[i] = mach_msg(&got[i].header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
                          sizeof got[i], QUEUE_NAME, 0, MACH_PORT_NULL);
}

static void
say_and_wait(void)
{
    finished = 1;
    for (;;)
        guest_sleep(1000);
}

static void
without_addresses(void *argument)
{
    (void)argument;
    fill_addresses();
    receive(0);
    say_and_wait();
}

#define MOST_NAMES 4000000u

static void
without_names(void *argument)
{
    mach_port_name_t name;

    (void)argument;
    for (refused = 0; refused < MOST_NAMES; refused++)
        if (_kernelrpc_mach_port_allocate_trap(mach_task_self(),
                                               MACH_PORT_RIGHT_DEAD_NAME,
                                               &name) != KERN_SUCCESS)
            break;
    receive(0);
    receive(1);
    say_and_wait();
}

/* A child with a queue of messages in it; results are read from it. */
static mach_port_t
run_child(guest_function_t function, mach_port_t queue)
{
    mach_port_t task, thread;

    finished = 0;
    memset(results, 0x5a, sizeof results);
    task = child_copy();
    mach_port_insert_right(task, QUEUE_NAME, queue, MACH_MSG_TYPE_MOVE_RECEIVE);
    thread = child_thread(task, function, NULL);
    ok(child_until(task, &finished, 1), "the child has received");
    child_read(task, results, results, sizeof results);
    child_read(task, got, got, sizeof got);
    child_read(task, &refused, &refused, sizeof refused);
    mach_port_deallocate(mach_task_self(), thread);
    return task;
}

TEST(addresses)
{
    mach_port_t queue = guest_port(), carried = guest_receive();
    void *page = guest_pages(1);
    struct mixed_message message =
        mixed(queue, MACH_MSG_TYPE_MOVE_SEND, carried, page);
    mach_port_t task;

    message_send(&message, sizeof message);
    task = run_child(without_addresses, queue);
    is_kr(results[0], MACH_RCV_BODY_ERROR | MACH_MSG_VM_SPACE,
          "no room for memory: BODY_ERROR with VM_SPACE (R38)");
    is(got[0].header.msgh_size, sizeof message, "... the header is complete");
    ok(MACH_PORT_VALID(got[0].message.first.name),
       "... the right before it is delivered");
    ok(got[0].message.memory.address == NULL, "... the memory is NULL");
    is(got[0].message.last.name, got[0].message.first.name,
       "... the right after it is delivered");
    child_end(task);
    is(guest_status(carried).mps_srights, 0, "and all goes with the task");
    guest_kill(carried);
    guest_unmap(page, GUEST_PAGE);
}

/* ---- No names ---- */

TEST(names)
{
    mach_port_t queue = guest_port(), carried = guest_receive();
    mach_port_t reply = guest_receive();
    void *page = guest_pages(1);
    struct mixed_message message =
        mixed(queue, MACH_MSG_TYPE_COPY_SEND, carried, page);
    mach_port_t task;
    mach_msg_return_t code;

    message_send(&message, sizeof message);
    message = mixed(queue, MACH_MSG_TYPE_MOVE_SEND, carried, page);
    message.header.msgh_bits |= MACH_MSGH_BITS(0, MACH_MSG_TYPE_MAKE_SEND_ONCE);
    message.header.msgh_local_port = reply;
    message_send(&message, sizeof message);
    task = run_child(without_names, queue);
    note("the child was refused after %u names", refused);
    code = results[0];
    ok(code == (MACH_RCV_BODY_ERROR | MACH_MSG_IPC_SPACE) ||
           code == (MACH_RCV_BODY_ERROR | MACH_MSG_IPC_KERNEL) ||
           code ==
               (MACH_RCV_BODY_ERROR | MACH_MSG_IPC_KERNEL | MACH_MSG_VM_KERNEL),
       "no room for a name in the body: BODY_ERROR, %#x (R38)", code);
    is(got[0].message.first.name, MACH_PORT_NULL, "... the right is NULL");
    is(got[0].message.last.name, MACH_PORT_NULL, "... and so is the other");
    code = results[1];
    ok(code == (MACH_RCV_HEADER_ERROR | MACH_MSG_IPC_SPACE) ||
           code == (MACH_RCV_HEADER_ERROR | MACH_MSG_IPC_KERNEL),
       "no room for the reply right: HEADER_ERROR, %#x (R38)", code);
    is(got[1].header.msgh_local_port, QUEUE_NAME,
       "... the destination is named");
    is(got[1].header.msgh_remote_port, MACH_PORT_NULL, "... the reply is not");
    is(got[1].header.msgh_size, sizeof(mach_msg_header_t),
       "... and nothing else is there");
    is(guest_next_id(reply), MACH_NOTIFY_SEND_ONCE,
       "... the client is told at once");
    is(guest_status(carried).mps_srights, 0, "... and no right is kept");
    child_end(task);
    guest_kill(carried);
    guest_kill(reply);
    guest_unmap(page, GUEST_PAGE);
}
