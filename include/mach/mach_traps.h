/* SPDX-License-Identifier: MIT */
/*
 * mach/mach_traps.h - the traps as C functions, out of traps.def.
 *
 * Most programs want the functions of mach_port.h, mach_vm.h and message.h,
 * which use these where they can.  (The kernel does not include this header:
 * its handlers have the same names and other parameters.)
 */
#ifndef _MACH_MACH_TRAPS_H_
#define _MACH_MACH_TRAPS_H_

#include <mach/boolean.h>
#include <mach/kern_return.h>
#include <mach/mach_time.h>
#include <mach/message.h>
#include <mach/port.h>
#include <mach/vm_prot.h>
#include <mach/vm_types.h>
#include <stdint.h>

#define TRAP(number, type, name, parameters) extern type name parameters;
#define MACHDEP_TRAP(number, type, name, parameters) \
    extern type name parameters;
#include <mach/traps.def>

#endif
