/* SPDX-License-Identifier: MIT */
/*
 * ipc_check.h - the invariants of ipc/ as code.
 */
#ifndef OSTIA_IPC_IPC_CHECK_H
#define OSTIA_IPC_IPC_CHECK_H

#include "ipc/ipc_types.h"

/* What is counted in ports but lies in no space, queue or request: what the
 * kernel itself, or a thread that is not blocked in a send, holds. */
struct ipc_audit {
    unsigned long ia_ports;
    unsigned long ia_srights;
    unsigned long ia_sorights;
    unsigned long ia_references;
};

/*
 * Debug builds: a trap looks `name` up in `space`; and when the next trap
 * begins, what the last one touched is checked, and sometimes everything.
 */
void ipc_check_touch(ipc_space_t space, mach_port_name_t name);
void ipc_check_trap(void);

/* Checks everything, recounting all rights; panics on a violation. */
struct ipc_audit ipc_check_all(void);

#endif
