/* SPDX-License-Identifier: MIT */
/*
 * memory_entry.h - memory as an object: what mach_vm_map maps.
 */
#ifndef OSTIA_KERNEL_MEMORY_ENTRY_H
#define OSTIA_KERNEL_MEMORY_ENTRY_H

#include "ipc/ipc_types.h"
#include "vm/vm_map.h"

/*
 * memory_entry_create - a send right to a new entry for `object`, or IP_NULL.
 *
 * Consumes  one reference on the object, if it succeeds.
 */
MUSTUSE ipc_port_t memory_entry_create(struct vm_object *object, uint64_t size,
                                       vm_prot_t protection);
/* The last send right has gone (ipc_kobject_ops). */
void memory_entry_sender_gone(ipc_port_t port);

#endif
