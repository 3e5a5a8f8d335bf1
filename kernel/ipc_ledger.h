/* SPDX-License-Identifier: MIT */
/*
 * ipc_ledger.h - ledgers as ports: who may change them, and who read them.
 *
 * (LP1) le_self and le_read, where they are, hold a reference on the ledger
 *       each, until the last send right has gone
 * (LP2) a ledger that no task can be born for has no reservation
 */
#ifndef OSTIA_KERNEL_IPC_LEDGER_H
#define OSTIA_KERNEL_IPC_LEDGER_H

#include "ipc/ipc_types.h"
#include "kernel/core/ledger.h"

typedef struct ledger *ledger_t;
typedef natural_t ledger_item_t;

/* Borrowed; NULL for what is no ledger, or only to be read. */
ledger_t convert_port_to_ledger(ipc_port_t port);
/* The same, also for what is to be read. */
ledger_t convert_port_to_ledger_read(ipc_port_t port);
ipc_port_t convert_ledger_to_port(ledger_t ledger);
ipc_port_t convert_ledger_read_to_port(ledger_t ledger);

/* A send right to one of its ports has gone (ipc_kobject_ops). */
void ledger_sender_gone(ipc_port_t port);
/* A task of the ledger is gone, and off le_tasks. */
void ledger_task_gone(ledger_t ledger);

#endif
