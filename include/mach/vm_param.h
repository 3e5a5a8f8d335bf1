/* SPDX-License-Identifier: MIT */
/*
 * mach/vm_param.h - page arithmetic.
 */
#ifndef _MACH_VM_PARAM_H_
#define _MACH_VM_PARAM_H_

#include <mach/machine/vm_param.h>
#include <mach/vm_types.h>

#define BYTE_SIZE 8

#define mach_vm_round_page(x) \
    (((mach_vm_offset_t)(x) + PAGE_MASK) & ~((mach_vm_offset_t)PAGE_MASK))
#define mach_vm_trunc_page(x) \
    ((mach_vm_offset_t)(x) & ~((mach_vm_offset_t)PAGE_MASK))

#define round_page(x) \
    (((vm_offset_t)(x) + PAGE_MASK) & ~((vm_offset_t)PAGE_MASK))
#define trunc_page(x) ((vm_offset_t)(x) & ~((vm_offset_t)PAGE_MASK))

#define page_aligned(x) (((x)&PAGE_MASK) == 0)
#define atop(x)         ((vm_offset_t)(x) >> PAGE_SHIFT)
#define ptoa(x)         ((vm_offset_t)(x) << PAGE_SHIFT)

#endif
