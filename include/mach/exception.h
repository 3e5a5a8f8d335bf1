/* SPDX-License-Identifier: MIT */
/*
 * mach/exception.h - exceptions, by their older include name.
 */
#ifndef _MACH_EXCEPTION_H_
#define _MACH_EXCEPTION_H_

#include <mach/exception_types.h>

#endif
