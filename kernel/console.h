/* SPDX-License-Identifier: MIT */
/*
 * console.h - the console as an object (D21).
 */
#ifndef OSTIA_KERNEL_CONSOLE_H
#define OSTIA_KERNEL_CONSOLE_H

#include "ipc/ipc_types.h"

#define CONSOLE_CHUNK_MAX 1024 /* bytes, as in console.defs */

/*
 * What machine_output_room must be for a task to write: beside its chunk, room
 * for lines of the kernel's own, which cannot wait.
 */
#define CONSOLE_ROOM (CONSOLE_CHUNK_MAX + 4096)

void console_init(void);
/* A send right to the console. */
ipc_port_t console_port(void);

#endif
