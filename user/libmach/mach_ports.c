/* SPDX-License-Identifier: MIT */
/*
 * mach_ports.c - registered ports as arrays; the messages carry three slots.
 */
#include <mach/mach.h>

kern_return_t
mach_ports_register(task_t target, mach_port_array_t init_port_set,
                    mach_msg_type_number_t count)
{
    mach_port_t slots[TASK_PORT_REGISTER_MAX] = { MACH_PORT_NULL };

    if (count > TASK_PORT_REGISTER_MAX)
        return KERN_INVALID_ARGUMENT;

    for (mach_msg_type_number_t i = 0; i < count; i++)
        slots[i] = init_port_set[i];

    return mach_ports_register3(target, slots[0], slots[1], slots[2]);
}

kern_return_t
mach_ports_lookup(task_t target, mach_port_array_t *init_port_set,
                  mach_msg_type_number_t *count)
{
    const mach_vm_size_t size = TASK_PORT_REGISTER_MAX * sizeof(mach_port_t);
    mach_vm_address_t memory = 0;
    mach_port_t *slots;
    kern_return_t kr;

    kr = mach_vm_allocate(mach_task_self(), &memory, size, VM_FLAGS_ANYWHERE);
    if (kr != KERN_SUCCESS)
        return kr;

    slots = (mach_port_t *)(uintptr_t)memory;
    kr = mach_ports_lookup3(target, &slots[0], &slots[1], &slots[2]);
    if (kr != KERN_SUCCESS) {
        (void)mach_vm_deallocate(mach_task_self(), memory, size);
        return kr;
    }

    *init_port_set = slots;
    *count = TASK_PORT_REGISTER_MAX;
    return KERN_SUCCESS;
}
