/* SPDX-License-Identifier: MIT */
/*
 * guest.c - what the guest tests share: see guest.h.
 *
 * A helper that cannot do its work aborts: then the test is wrong, or more is
 * broken than it is about.
 */
#include "guest.h"

#include <mach/mach_vm.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

int
guest_run(void)
{
    unsigned names;

    tap_begin();
    names = guest_names();
    tap_run_tests();
    is(guest_names(), names, "no name is left over");
    return tap_done();
}

void
guest_must(kern_return_t kr)
{
    if (kr != KERN_SUCCESS)
        abort();
}

/* ---- Rights ---- */

mach_port_t
guest_receive(void)
{
    mach_port_t port;

    guest_must(
        mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port));
    return port;
}

mach_port_t
guest_port(void)
{
    mach_port_t port = guest_receive();

    guest_must(mach_port_insert_right(mach_task_self(), port, port,
                                      MACH_MSG_TYPE_MAKE_SEND));
    return port;
}

mach_port_t
guest_set(void)
{
    mach_port_t set;

    guest_must(
        mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_PORT_SET, &set));
    return set;
}

mach_port_t
guest_dead(void)
{
    mach_port_t name;

    guest_must(
        mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_DEAD_NAME, &name));
    return name;
}

mach_port_t
guest_send_once(mach_port_t port)
{
    mach_msg_type_name_t type;
    mach_port_t name;

    guest_must(mach_port_extract_right(
        mach_task_self(), port, MACH_MSG_TYPE_MAKE_SEND_ONCE, &name, &type));
    return name;
}

mach_port_t
guest_free_name(void)
{
    mach_port_t port = guest_receive();

    guest_kill(port);
    return port;
}

void
guest_kill(mach_port_t port)
{
    guest_must(mach_port_mod_refs(mach_task_self(), port,
                                  MACH_PORT_RIGHT_RECEIVE, -1));
}

mach_port_type_t
guest_type(mach_port_t name)
{
    mach_port_type_t type = 0;

    return mach_port_type(mach_task_self(), name, &type) == KERN_SUCCESS ? type
                                                                         : 0;
}

unsigned
guest_refs(mach_port_t name, mach_port_right_t right)
{
    mach_port_urefs_t refs = 0;

    if (mach_port_get_refs(mach_task_self(), name, right, &refs) !=
        KERN_SUCCESS)
        return ~0u;
    return refs;
}

mach_port_status_t
guest_status(mach_port_t port)
{
    mach_port_status_t status;
    mach_msg_type_number_t count = MACH_PORT_RECEIVE_STATUS_COUNT;

    guest_must(mach_port_get_attributes(mach_task_self(), port,
                                        MACH_PORT_RECEIVE_STATUS,
                                        (mach_port_info_t)&status, &count));
    return status;
}

void
guest_limit(mach_port_t port, unsigned limit)
{
    mach_port_limits_t limits = { .mpl_qlimit = limit };

    guest_must(mach_port_set_attributes(
        mach_task_self(), port, MACH_PORT_LIMITS_INFO,
        (mach_port_info_t)&limits, MACH_PORT_LIMITS_INFO_COUNT));
}

mach_port_t
guest_full(void)
{
    mach_port_t port = guest_port();

    guest_limit(port, 1);
    guest_must(guest_send(port, MACH_MSG_TYPE_COPY_SEND, 1));
    return port;
}

unsigned
guest_names(void)
{
    mach_port_name_array_t names;
    mach_port_type_array_t types;
    mach_msg_type_number_t names_count, types_count;

    guest_must(mach_port_names(mach_task_self(), &names, &names_count, &types,
                               &types_count));
    guest_must(mach_vm_deallocate(mach_task_self(), (mach_vm_address_t)names,
                                  names_count * sizeof *names));
    guest_must(mach_vm_deallocate(mach_task_self(), (mach_vm_address_t)types,
                                  types_count * sizeof *types));
    return names_count;
}

/* ---- Messages ---- */

mach_msg_header_t
guest_header(mach_port_t dest, mach_msg_type_name_t how, mach_port_t reply,
             mach_msg_id_t id)
{
    return (mach_msg_header_t){
        .msgh_bits = MACH_MSGH_BITS(
            how, reply == MACH_PORT_NULL ? 0 : MACH_MSG_TYPE_MAKE_SEND_ONCE),
        .msgh_remote_port = dest,
        .msgh_local_port = reply,
        .msgh_id = id,
    };
}

mach_msg_port_descriptor_t
guest_right(mach_port_t name, mach_msg_type_name_t disposition)
{
    return (mach_msg_port_descriptor_t){
        .name = name,
        .disposition = disposition,
        .type = MACH_MSG_PORT_DESCRIPTOR,
    };
}

mach_msg_return_t
guest_send(mach_port_t port, mach_msg_type_name_t how, mach_msg_id_t id)
{
    struct guest_message message = {
        .header = guest_header(port, how, MACH_PORT_NULL, id),
    };

    return mach_msg(&message.header, MACH_SEND_MSG | MACH_SEND_TIMEOUT,
                    sizeof message, 0, MACH_PORT_NULL, 0, MACH_PORT_NULL);
}

mach_msg_return_t
guest_wait(mach_port_t port, struct guest_buffer *buffer, unsigned timeout)
{
    return mach_msg(&buffer->header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
                    sizeof *buffer, port, timeout, MACH_PORT_NULL);
}

mach_msg_return_t
guest_poll(mach_port_t port, struct guest_buffer *buffer)
{
    return guest_wait(port, buffer, 0);
}

mach_msg_id_t
guest_next_id(mach_port_t port)
{
    struct guest_buffer buffer;

    if (guest_poll(port, &buffer) != MACH_MSG_SUCCESS)
        return -1;
    mach_msg_destroy(&buffer.header);
    return buffer.header.msgh_id;
}

/* ---- Waiting ---- */

void
guest_sleep(unsigned milliseconds)
{
    thread_switch(MACH_PORT_NULL, SWITCH_OPTION_WAIT, milliseconds);
}

bool
guest_until(volatile int *flag, int wanted)
{
    for (unsigned i = 0; i < 2000; i++) {
        if (*flag == wanted)
            return true;
        guest_sleep(1);
    }
    return *flag == wanted;
}

/* ---- Memory ---- */

void *
guest_pages(unsigned count)
{
    mach_vm_address_t address = 0;

    guest_must(mach_vm_allocate(mach_task_self(), &address, count * GUEST_PAGE,
                                VM_FLAGS_ANYWHERE));
    return (void *)address;
}

void *
guest_hole(void)
{
    void *page = guest_pages(1);

    guest_unmap(page, GUEST_PAGE);
    return page;
}

void
guest_unmap(const volatile void *address, mach_vm_size_t size)
{
    guest_must(
        mach_vm_deallocate(mach_task_self(), (mach_vm_address_t)address, size));
}

long long
guest_size(mach_port_t task)
{
    struct mach_task_basic_info info;
    mach_msg_type_number_t count = MACH_TASK_BASIC_INFO_COUNT;

    guest_must(
        task_info(task, MACH_TASK_BASIC_INFO, (task_info_t)&info, &count));
    return (long long)info.virtual_size;
}

uint64_t
guest_memory(void)
{
    host_basic_info_data_t info = { 0 };
    mach_msg_type_number_t count = HOST_BASIC_INFO_COUNT;
    mach_port_t host = mach_host_self();

    guest_must(host_info(host, HOST_BASIC_INFO, (host_info_t)&info, &count));
    mach_port_deallocate(mach_task_self(), host);
    return info.max_mem;
}
