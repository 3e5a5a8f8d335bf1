/* SPDX-License-Identifier: MIT */
/*
 * mach/machine/thread_state.h - size limit of a thread state on this machine.
 */
#ifndef _MACH_MACHINE_THREAD_STATE_H_
#define _MACH_MACHINE_THREAD_STATE_H_

#include <mach/i386/thread_state.h>

#endif
