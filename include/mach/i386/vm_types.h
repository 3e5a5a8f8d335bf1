/* SPDX-License-Identifier: MIT */
/*
 * mach/i386/vm_types.h - the machine's integers, addresses and sizes.
 *
 * natural_t and integer_t are what ports, counts and message fields are made
 * of: 32 bits, on 64-bit machines too.  vm_ types are as wide as a pointer of
 * the task that uses them; mach_vm_ types are 64 bits wide in every task.
 */
#ifndef _MACH_I386_VM_TYPES_H_
#define _MACH_I386_VM_TYPES_H_

#include <stdint.h>

typedef unsigned int natural_t;
typedef int integer_t;

typedef uintptr_t vm_offset_t;
typedef uintptr_t vm_size_t;

typedef uint64_t mach_vm_address_t;
typedef uint64_t mach_vm_offset_t;
typedef uint64_t mach_vm_size_t;

typedef uint64_t vm_map_offset_t;
typedef uint64_t vm_map_address_t;
typedef uint64_t vm_map_size_t;

/* What a port's owner may hang on it: wide enough for a pointer. */
typedef vm_offset_t mach_port_context_t;

#endif
