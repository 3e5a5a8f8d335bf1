/* SPDX-License-Identifier: MIT */
/*
 * exc_names.h - the names of exceptions and of their codes, for reports.
 */
#ifndef OSTIA_KERNEL_BASE_EXC_NAMES_H
#define OSTIA_KERNEL_BASE_EXC_NAMES_H

#include <stdint.h>

/* "EXC_BAD_ACCESS"; "EXC_?" for what is no exception. */
const char *exc_name(int type);
/* "KERN_INVALID_ADDRESS"; NULL: this code of that exception has no name. */
const char *exc_code_name(int type, int64_t code);

#endif
