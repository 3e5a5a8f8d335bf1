/* SPDX-License-Identifier: MIT */
/*
 * mach/mach.h - all of Mach for a user program.
 */
#ifndef _MACH_MACH_H_
#define _MACH_MACH_H_

#include <mach/exception.h>
#include <mach/mach_error.h>
#include <mach/mach_init.h>
#include <mach/mach_interface.h>
#include <mach/mach_time.h>
#include <mach/mach_traps.h>
#include <mach/mach_types.h>
#include <mach/mig.h>
#include <mach/mig_errors.h>
#include <mach/notify.h>
#include <mach/std_types.h>
#include <mach/thread_switch.h>
#include <mach/vm_param.h>

#endif
