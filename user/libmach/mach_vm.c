/* SPDX-License-Identifier: MIT */
/*
 * mach_vm.c - the size of a page, and the call on memory that tools/mig does not
 * make.
 */
#include <mach/mach.h>

vm_size_t vm_page_size = PAGE_SIZE;
vm_size_t vm_page_mask = PAGE_MASK;
int vm_page_shift = PAGE_SHIFT;
vm_size_t vm_kernel_page_size = PAGE_SIZE;
vm_size_t vm_kernel_page_mask = PAGE_MASK;
int vm_kernel_page_shift = PAGE_SHIFT;

/* The trap maps fresh memory, with one maximum protection and inheritance. */
kern_return_t
mach_vm_map(vm_map_t target_task, mach_vm_address_t *address,
            mach_vm_size_t size, mach_vm_offset_t mask, int flags,
            mem_entry_name_port_t object, memory_object_offset_t offset,
            boolean_t copy, vm_prot_t cur_protection, vm_prot_t max_protection,
            vm_inherit_t inheritance)
{
    kern_return_t kr = MACH_SEND_INVALID_DEST;

    if (object == MEMORY_OBJECT_NULL && max_protection == VM_PROT_ALL &&
        inheritance == VM_INHERIT_DEFAULT)
        kr = _kernelrpc_mach_vm_map_trap(target_task, address, size, mask,
                                         flags, cur_protection);

    if (kr == MACH_SEND_INVALID_DEST)
        kr = _kernelrpc_mach_vm_map(target_task, address, size, mask, flags,
                                    object, offset, copy, cur_protection,
                                    max_protection, inheritance);

    return kr;
}
