/* SPDX-License-Identifier: MIT */
/*
 * mach/memory_object_types.h - memory entries, and ports that stand for memory.
 */
#ifndef _MACH_MEMORY_OBJECT_TYPES_H_
#define _MACH_MEMORY_OBJECT_TYPES_H_

#include <mach/port.h>
#include <mach/vm_types.h>

/* mach_make_memory_entry_64: or-ed into the protection */
#define MAP_MEM_LEDGER_TAGGED        0x002000
#define MAP_MEM_PURGABLE_KERNEL_ONLY 0x004000
#define MAP_MEM_GRAB_SECLUDED        0x008000
#define MAP_MEM_ONLY                 0x010000
#define MAP_MEM_NAMED_CREATE         0x020000
#define MAP_MEM_PURGABLE             0x040000
#define MAP_MEM_NAMED_REUSE          0x080000
#define MAP_MEM_USE_DATA_ADDR        0x100000
#define MAP_MEM_VM_COPY              0x200000
#define MAP_MEM_VM_SHARE             0x400000
#define MAP_MEM_4K_DATA_ADDR         0x800000

#endif
