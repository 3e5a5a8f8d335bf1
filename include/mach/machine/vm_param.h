/* SPDX-License-Identifier: MIT */
/*
 * mach/machine/vm_param.h - page size and address range of this machine.
 */
#ifndef _MACH_MACHINE_VM_PARAM_H_
#define _MACH_MACHINE_VM_PARAM_H_

#include <mach/i386/vm_param.h>

#endif
