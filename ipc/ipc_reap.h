/* SPDX-License-Identifier: MIT */
/*
 * ipc_reap.h - long work in small steps: taking apart what is dead, without
 * recursion, and going on with what is many.
 */
#ifndef OSTIA_IPC_IPC_REAP_H
#define OSTIA_IPC_IPC_REAP_H

#include "ipc/ipc_types.h"

/* Has a dead object emptied.  Consumes one reference. */
void ipc_reap_object(ipc_object_t object);
/* Has a living port's queue looked at again and again (ipc_mqueue_step). */
void ipc_reap_queue(ipc_port_t port);
/* Has all who wait to receive from the object told that it has changed. */
void ipc_reap_receivers(ipc_object_t object);
/* Has what a message carries destroyed, and then the message.  Consumes. */
void ipc_reap_kmsg(ipc_kmsg_t kmsg);

#endif
