/* SPDX-License-Identifier: MIT */
/*
 * printf.h - formatted text for the kernel's log and for small buffers.
 *
 * Conversions: %d %u %x %c %s %p %%, with l, ll, z, a width, a
 * precision for %s, the flags 0 and -, and '#' for %x.
 */
#ifndef OSTIA_KERNEL_BASE_PRINTF_H
#define OSTIA_KERNEL_BASE_PRINTF_H

#include <stdarg.h>

#include "kernel/base/compiler.h"
#include "kernel/base/types.h"

/*
 * kprintf - one piece of kernel log.
 *
 * A line of the log begins with "# " by itself and reaches the serial line
 * whole, when its newline is given.
 */
void kprintf(const char *format, ...) PRINTF_LIKE(1, 2);

/* As C's snprintf: always terminated, returns the length wanted. */
int ksnprintf(char *buffer, size_t size, const char *format, ...)
    PRINTF_LIKE(3, 4);
int kvsnprintf(char *buffer, size_t size, const char *format, va_list args);

#endif
