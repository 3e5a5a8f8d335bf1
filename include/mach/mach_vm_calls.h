/* SPDX-License-Identifier: MIT */
/*
 * mach/mach_vm_calls.h - the call on memory that tools/mig does not make.
 *
 * Included by <mach/mach_vm.h>.
 */
#ifndef _MACH_MACH_VM_CALLS_H_
#define _MACH_MACH_VM_CALLS_H_

#include <mach/mach_types.h>

extern kern_return_t mach_vm_map(
    vm_map_t target_task, mach_vm_address_t *address, mach_vm_size_t size,
    mach_vm_offset_t mask, int flags, mem_entry_name_port_t object,
    memory_object_offset_t offset, boolean_t copy, vm_prot_t cur_protection,
    vm_prot_t max_protection, vm_inherit_t inheritance);

#endif
