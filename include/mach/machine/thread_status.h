/* SPDX-License-Identifier: MIT */
/*
 * mach/machine/thread_status.h - thread state flavors of this machine.
 */
#ifndef _MACH_MACHINE_THREAD_STATUS_H_
#define _MACH_MACHINE_THREAD_STATUS_H_

#include <mach/i386/thread_status.h>

#endif
