/* SPDX-License-Identifier: MIT */
/*
 * ostia/ports.h - what the registered ports of a task are for.
 *
 * mach_ports_lookup gives three slots.  The first task finds all of them
 * filled; it hands the console on to the tasks that it starts.
 */
#ifndef _OSTIA_PORTS_H_
#define _OSTIA_PORTS_H_

#define OSTIA_PORT_HOST_PRIV 0 /* the privileged host port */
#define OSTIA_PORT_BOOTFS    1 /* memory entry: the boot file system, ustar */
#define OSTIA_PORT_CONSOLE   2 /* speaks ostia/console.defs */

#endif
