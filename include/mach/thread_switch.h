/* SPDX-License-Identifier: MIT */
/*
 * mach/thread_switch.h - giving the processor up.
 */
#ifndef _MACH_THREAD_SWITCH_H_
#define _MACH_THREAD_SWITCH_H_

#include <mach/kern_return.h>
#include <mach/mach_traps.h>
#include <mach/message.h>
#include <mach/port.h>

/* SWITCH_OPTION_ for thread_switch: */
#define SWITCH_OPTION_NONE    0 /* let others run */
#define SWITCH_OPTION_DEPRESS 1 /* run last for `option_time` milliseconds */
#define SWITCH_OPTION_WAIT    2 /* wait for `option_time` milliseconds */

#define valid_switch_option(opt) (0 <= (opt) && (opt) <= 2)

#endif
