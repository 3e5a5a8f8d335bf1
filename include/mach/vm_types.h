/* SPDX-License-Identifier: MIT */
/*
 * mach/vm_types.h - addresses, sizes and object offsets of virtual memory.
 *
 * The types are plain numbers, so that the kernel may use them too; what is a
 * port (vm_map_t and its kin) stands in mach_types.h.
 */
#ifndef _MACH_VM_TYPES_H_
#define _MACH_VM_TYPES_H_

#include <mach/machine/vm_types.h>
#include <mach/port.h>

typedef vm_offset_t pointer_t;
typedef vm_offset_t vm_address_t;

typedef uint64_t addr64_t;

/* A position in a memory object, and a length of one */
typedef unsigned long long memory_object_offset_t;
typedef unsigned long long memory_object_size_t;
typedef uint64_t vm_object_offset_t;
typedef uint64_t vm_object_size_t;

typedef natural_t mem_entry_name_t;

#endif
