/* SPDX-License-Identifier: MIT */
/*
 * console.h - the console as an object (D21).
 */
#ifndef OSTIA_KERNEL_CONSOLE_H
#define OSTIA_KERNEL_CONSOLE_H

#include "ipc/ipc_types.h"

void console_init(void);
/* A send right to the console. */
ipc_port_t console_port(void);

#endif
