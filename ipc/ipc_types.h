/* SPDX-License-Identifier: MIT */
/*
 * ipc_types.h - the names of the ipc objects, for headers that only point.
 */
#ifndef OSTIA_IPC_IPC_TYPES_H
#define OSTIA_IPC_IPC_TYPES_H

#include <mach/kern_return.h>
#include <mach/message.h>
#include <mach/port.h>

#include "kernel/base/compiler.h"
#include "kernel/base/types.h"

typedef struct ipc_object *ipc_object_t; /* a port or a port set */
typedef struct ipc_port *ipc_port_t;
typedef struct ipc_pset *ipc_pset_t;
typedef struct ipc_space *ipc_space_t;
typedef struct ipc_entry *ipc_entry_t;
struct ledger;

typedef struct ipc_kmsg *ipc_kmsg_t;
typedef struct ipc_ports *ipc_ports_t; /* an array of rights */
typedef struct ipc_thread *ipc_thread_t;

#define IP_NULL        ((ipc_port_t)NULL)
#define IP_DEAD        ((ipc_port_t) ~(uintptr_t)0)
#define IP_VALID(port) ((port) != IP_NULL && (port) != IP_DEAD)
#define IS_NULL        ((ipc_space_t)NULL)
#define IKM_NULL       ((ipc_kmsg_t)NULL)

#endif
