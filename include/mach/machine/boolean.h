/* SPDX-License-Identifier: MIT */
/*
 * mach/machine/boolean.h - the type of a truth value in messages.
 */
#ifndef _MACH_MACHINE_BOOLEAN_H_
#define _MACH_MACHINE_BOOLEAN_H_

typedef unsigned int boolean_t;

#endif
