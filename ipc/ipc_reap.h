/* SPDX-License-Identifier: MIT */
/*
 * ipc_reap.h - taking apart what is dead, without recursion.
 */
#ifndef OSTIA_IPC_IPC_REAP_H
#define OSTIA_IPC_IPC_REAP_H

#include "ipc/ipc_types.h"

/* Has a dead object emptied.  Consumes one reference. */
void ipc_reap_object(ipc_object_t object);
/* Has what a message carries destroyed, and then the message.  Consumes. */
void ipc_reap_kmsg(ipc_kmsg_t kmsg);

#endif
