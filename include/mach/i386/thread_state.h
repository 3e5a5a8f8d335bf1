/* SPDX-License-Identifier: MIT */
/*
 * mach/i386/thread_state.h - how large a thread state may be, in ints.
 */
#ifndef _MACH_I386_THREAD_STATE_H_
#define _MACH_I386_THREAD_STATE_H_

#define I386_THREAD_STATE_MAX (1296)

#define THREAD_STATE_MAX I386_THREAD_STATE_MAX

#endif
