/* SPDX-License-Identifier: MIT */
/*
 * mig.c - what the generated stubs call: reply ports, strings, memory.
 *
 * A reply port belongs to one thread and serves one call at a time.  When a
 * call fails in a way that lets a late reply come, the port is thrown away,
 * so that no later call takes that reply for its own.
 */
#include <mach/mach.h>
#include <mach/mig.h>
#include <string.h>

/* Little endian, ASCII, IEEE */
NDR_record_t NDR_record = {
    .mig_vers = NDR_PROTOCOL_2_0,
    .if_vers = NDR_PROTOCOL_2_0,
    .mig_encoding = NDR_PROTOCOL_2_0,
    .int_rep = NDR_INT_LITTLE_ENDIAN,
    .char_rep = NDR_CHAR_ASCII,
    .float_rep = NDR_FLOAT_IEEE,
};

mach_port_t
mig_get_reply_port(void)
{
    struct mach_thread_block *block = _mach_thread_block();

    if (block->mtb_reply_port == MACH_PORT_NULL)
        block->mtb_reply_port = mach_reply_port();

    return block->mtb_reply_port;
}

void
mig_put_reply_port(mach_port_t port)
{
    (void)port;
}

void
mig_dealloc_reply_port(mach_port_t port)
{
    struct mach_thread_block *block = _mach_thread_block();
    mach_port_t reply = block->mtb_reply_port;

    (void)port;
    block->mtb_reply_port = MACH_PORT_NULL;

    /* The trap, since a message would ask for a reply port. */
    if (reply != MACH_PORT_NULL)
        (void)_kernelrpc_mach_port_mod_refs_trap(mach_task_self(), reply,
                                                 MACH_PORT_RIGHT_RECEIVE, -1);
}

int
mig_strncpy(char *dest, const char *src, int len)
{
    size_t length;

    if (len <= 0)
        return 0;

    length = strnlen(src, (size_t)len - 1);
    memcpy(dest, src, length);
    dest[length] = '\0';
    return (int)length + 1;
}

int
mig_strncpy_zerofill(char *dest, const char *src, int len)
{
    int used = mig_strncpy(dest, src, len);

    if (used < len)
        memset(dest + used, 0, (size_t)(len - used));

    return used;
}

void
mig_allocate(vm_address_t *address, vm_size_t size)
{
    mach_vm_address_t where = 0;

    if (mach_vm_allocate(mach_task_self(), &where, size, VM_FLAGS_ANYWHERE) !=
        KERN_SUCCESS)
        where = 0;

    *address = where;
}

void
mig_deallocate(vm_address_t address, vm_size_t size)
{
    (void)mach_vm_deallocate(mach_task_self(), address, size);
}
