/* SPDX-License-Identifier: MIT */
/*
 * mach/mach_error.h - the text behind a code.
 */
#ifndef _MACH_MACH_ERROR_H_
#define _MACH_MACH_ERROR_H_

#include <mach/error.h>
#include <mach/kern_return.h>

/* Which part of the system the code comes from: "(ipc/send)" and the like. */
extern char *mach_error_type(mach_error_t code);

/* Type and text of the code, or a text that says how much of it is unknown; NULL
   where its system is. */
extern char *mach_error_string(mach_error_t code);

/* Prints "message (type) text" to stderr, and behind it the code in hexadecimal
   where it is unknown. */
extern void mach_error(const char *message, mach_error_t code);

#endif
