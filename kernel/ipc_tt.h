/* SPDX-License-Identifier: MIT */
/*
 * ipc_tt.h - tasks, threads and hosts as ports, and back.
 *
 * The converters of the .defs files.  A convert_port_to_… gives a reference
 * or NULL; a convert_…_to_port consumes one and gives a send right.
 */
#ifndef OSTIA_KERNEL_IPC_TT_H
#define OSTIA_KERNEL_IPC_TT_H

#include "ipc/ipc_space.h"
#include "ipc/ipc_types.h"
#include "kernel/ipc_ledger.h"
#include "kernel/task.h"
#include "kernel/thread.h"
#include "vm/vm_map.h"

typedef struct host *host_t;
typedef struct host *host_priv_t;
typedef struct console *console_t;
#define HOST_NULL ((host_t)NULL)

task_t convert_port_to_task(ipc_port_t port);
ipc_port_t convert_task_to_port(task_t task);
thread_t convert_port_to_thread(ipc_port_t port);
ipc_port_t convert_thread_to_port(thread_t thread);
ipc_space_t convert_port_to_space(ipc_port_t port);
vm_map_t convert_port_to_map(ipc_port_t port);
host_t convert_port_to_host(ipc_port_t port);
host_priv_t convert_port_to_host_priv(ipc_port_t port);
console_t convert_port_to_console(ipc_port_t port);
/* Borrowed, valid while the port right is. */
struct vm_named_entry *convert_port_to_named_entry(ipc_port_t port);
/*
 * The port that `name` gives a send right to, borrowed; IP_NULL if it gives
 * none.  The traps name their targets so.
 */
ipc_port_t name_to_port(ipc_space_t space, mach_port_name_t name);

#endif
