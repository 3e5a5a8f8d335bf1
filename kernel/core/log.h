/* SPDX-License-Identifier: MIT */
/*
 * log.h - the kernel's log, beside kprintf (kernel/base/printf.h).
 */
#ifndef OSTIA_KERNEL_CORE_LOG_H
#define OSTIA_KERNEL_CORE_LOG_H

/* Ends the line that was begun, if there is one. */
void log_end_line(void);

#endif
