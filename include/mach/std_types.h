/* SPDX-License-Identifier: MIT */
/*
 * mach/std_types.h - the types that every other Mach header stands on.
 */
#ifndef _MACH_STD_TYPES_H_
#define _MACH_STD_TYPES_H_

#include <mach/boolean.h>
#include <mach/kern_return.h>
#include <mach/machine/vm_types.h>
#include <mach/port.h>
#include <stddef.h>
#include <stdint.h>

#endif
