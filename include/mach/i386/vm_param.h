/* SPDX-License-Identifier: MIT */
/*
 * mach/i386/vm_param.h - page size, and where user memory begins and ends.
 */
#ifndef _MACH_I386_VM_PARAM_H_
#define _MACH_I386_VM_PARAM_H_

#define I386_PGBYTES 4096
#define I386_PGSHIFT 12

#define PAGE_SHIFT I386_PGSHIFT
#define PAGE_SIZE  I386_PGBYTES
#define PAGE_MASK  (PAGE_SIZE - 1)

#define PAGE_MIN_SHIFT PAGE_SHIFT
#define PAGE_MIN_SIZE  PAGE_SIZE
#define PAGE_MAX_SHIFT PAGE_SHIFT
#define PAGE_MAX_SIZE  PAGE_SIZE

/*
 * The first 64 KiB are never mapped, so that null pointers fault.  Beyond the
 * end there is the kernel's page alone (<ostia/comm_page.h>).
 */
#define VM_MIN_ADDRESS      ((vm_offset_t)0x10000)
#define VM_MAX_ADDRESS      ((vm_offset_t)0x7f8000000000)
#define MACH_VM_MIN_ADDRESS ((mach_vm_offset_t)0x10000)
#define MACH_VM_MAX_ADDRESS ((mach_vm_offset_t)0x7f8000000000)

#endif
