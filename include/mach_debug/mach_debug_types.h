/* SPDX-License-Identifier: MIT */
/*
 * mach_debug/mach_debug_types.h - all types of the calls that look inside.
 */
#ifndef _MACH_DEBUG_MACH_DEBUG_TYPES_H_
#define _MACH_DEBUG_MACH_DEBUG_TYPES_H_

#include <mach_debug/ipc_info.h>
#include <mach_debug/zone_info.h>

#define KOBJECT_DESCRIPTION_LENGTH 512

typedef char kobject_description_t[KOBJECT_DESCRIPTION_LENGTH];

#endif
