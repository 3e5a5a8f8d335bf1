/* SPDX-License-Identifier: MIT */
/*
 * mach/machine/exception.h - exception codes of this machine.
 */
#ifndef _MACH_MACHINE_EXCEPTION_H_
#define _MACH_MACHINE_EXCEPTION_H_

#include <mach/i386/exception.h>

#endif
