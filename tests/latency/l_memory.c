/* SPDX-License-Identifier: MIT */
/*
 * l_memory.c - calls on much memory: it is mapped, barred, read, written,
 * sent out of line and inline, and given back.
 */
#include <mach/mach.h>
#include <mach/mach_vm.h>
#include <string.h>

#include "latency.h"

#define SELF mach_task_self()
#define SIZE ((mach_vm_size_t)48 << 20)
#define PART ((mach_vm_size_t)8 << 20)
#define SENT ((mach_msg_size_t)8 << 20)

static mach_vm_address_t
touched(mach_vm_size_t size)
{
    mach_vm_address_t address = 0;

    must(mach_vm_allocate(SELF, &address, size, VM_FLAGS_ANYWHERE));
    memset((void *)address, 1, size);
    return address;
}

static void
protect_and_give_back(void)
{
    mach_vm_address_t address = touched(SIZE);

    must(mach_vm_protect(SELF, address, SIZE, FALSE, VM_PROT_READ));
    must(mach_vm_protect(SELF, address, SIZE, FALSE,
                         VM_PROT_READ | VM_PROT_WRITE));
    must(mach_vm_deallocate(SELF, address, SIZE));
}

static void
read_and_write(void)
{
    mach_vm_address_t address = touched(PART);
    mach_vm_size_t got;
    mach_msg_type_number_t count;
    vm_offset_t copy;

    must(mach_vm_read(SELF, address, PART, &copy, &count));
    must(mach_vm_write(SELF, address, copy, count));
    must(mach_vm_read_overwrite(SELF, address, PART, copy, &got));
    must(mach_vm_deallocate(SELF, copy, count));
    must(mach_vm_deallocate(SELF, address, PART));
}

static struct {
    mach_msg_header_t header;
    mach_msg_body_t body;
    mach_msg_ool_descriptor_t memory;
    mach_msg_trailer_t trailer;
} message;

static void
send_out_of_line(mach_msg_copy_options_t copy)
{
    mach_vm_address_t address = touched(SENT);
    mach_port_t port = guest_port();

    message.header.msgh_bits =
        MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0) | MACH_MSGH_BITS_COMPLEX;
    message.header.msgh_remote_port = port;
    message.header.msgh_local_port = MACH_PORT_NULL;
    message.body.msgh_descriptor_count = 1;
    message.memory = (mach_msg_ool_descriptor_t){
        .address = (void *)address,
        .size = SENT,
        .copy = copy,
        .type = MACH_MSG_OOL_DESCRIPTOR,
    };
    must(mach_msg(&message.header, MACH_SEND_MSG,
                  sizeof message - sizeof message.trailer, 0, MACH_PORT_NULL, 0,
                  MACH_PORT_NULL));
    must(mach_msg(&message.header, MACH_RCV_MSG, 0, sizeof message, port, 0,
                  MACH_PORT_NULL));
    mach_msg_destroy(&message.header);
    must(mach_vm_deallocate(SELF, address, SENT));
    guest_kill(port);
}

/* From memory and to memory that was never touched. */
static void
send_inline(mach_msg_size_t size)
{
    mach_vm_address_t from = 0, to = 0;
    mach_msg_header_t *header;
    mach_port_t port = guest_port();

    must(mach_vm_allocate(SELF, &from, size, VM_FLAGS_ANYWHERE));
    must(mach_vm_allocate(SELF, &to, size + GUEST_PAGE, VM_FLAGS_ANYWHERE));
    header = (mach_msg_header_t *)from;
    header->msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
    header->msgh_remote_port = port;
    must(mach_msg(header, MACH_SEND_MSG, size, 0, MACH_PORT_NULL, 0,
                  MACH_PORT_NULL));
    must(mach_msg((mach_msg_header_t *)to, MACH_RCV_MSG, 0, size + GUEST_PAGE,
                  port, 0, MACH_PORT_NULL));
    must(mach_vm_deallocate(SELF, from, size));
    must(mach_vm_deallocate(SELF, to, size + GUEST_PAGE));
    guest_kill(port);
}

int
main(void)
{
    protect_and_give_back();
    read_and_write();
    send_out_of_line(MACH_MSG_VIRTUAL_COPY);
    send_out_of_line(MACH_MSG_PHYSICAL_COPY);
    send_inline(16u << 10);
    send_inline(1u << 20);
    return 0;
}
