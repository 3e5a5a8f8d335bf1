/* SPDX-License-Identifier: MIT */
/*
 * mach/machine/kern_return.h - the type of a kernel routine's answer.
 */
#ifndef _MACH_MACHINE_KERN_RETURN_H_
#define _MACH_MACHINE_KERN_RETURN_H_

typedef int kern_return_t;

#endif
