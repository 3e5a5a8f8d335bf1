/* SPDX-License-Identifier: MIT */
/*
 * mach/machine/vm_types.h - integers, addresses and sizes of this machine.
 */
#ifndef _MACH_MACHINE_VM_TYPES_H_
#define _MACH_MACHINE_VM_TYPES_H_

#include <mach/i386/vm_types.h>

#endif
