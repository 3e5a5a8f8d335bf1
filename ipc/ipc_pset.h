/* SPDX-License-Identifier: MIT */
/*
 * ipc_pset.h - port sets: one place to wait for many ports.
 */
#ifndef OSTIA_IPC_IPC_PSET_H
#define OSTIA_IPC_IPC_PSET_H

#include "ipc/ipc_object.h"
#include "ipc/ipc_types.h"
#include "kernel/base/queue.h"

/* A port may be in so many sets: each message looks through them. */
#define IPC_PSETS_OF_PORT 64

/* ips_ready holds the members that have messages, in the order of their turn.
 */
struct ipc_pset {
    struct ipc_object ips_object; /* first */
    queue_head_t ips_members;     /* by il_set_link */
    queue_head_t ips_ready;       /* by il_ready_link */
    uint32_t ips_count;           /* members */
};

/*
 * One port's membership in one set; or, without a port and on ips_members
 * alone, the mark of a listing that goes through them.
 *
 * (L1) the port is received by the space that has the set, until the set dies
 * (L2) on ips_ready exactly if the port's queue is not empty
 */
struct ipc_link {
    queue_chain_t il_port_link;
    queue_chain_t il_set_link;
    queue_chain_t il_ready_link;
    ipc_port_t il_port; /* borrowed: the link goes before the port does */
    ipc_pset_t il_set;  /* borrowed likewise */
};

/* A set with one reference, or NULL. */
MUSTUSE ipc_pset_t ipc_pset_alloc(struct ledger *ledger);
/* The set ends.  Consumes its name's reference. */
void ipc_pset_destroy(ipc_pset_t pset);
/* One piece of taking a dead set apart; true when it has no member left. */
bool ipc_pset_end_step(ipc_pset_t pset);

MUSTUSE kern_return_t ipc_pset_insert(ipc_pset_t pset, ipc_port_t port);
MUSTUSE kern_return_t ipc_pset_remove(ipc_pset_t pset, ipc_port_t port);
/* Takes the port out of all sets.  Returns false if it was in none. */
bool ipc_pset_remove_all(ipc_port_t port);
MUSTUSE kern_return_t ipc_pset_move(ipc_pset_t pset, ipc_port_t port);
/* Is the port a member of a living set? */
bool ipc_pset_has_set(ipc_port_t port);

/* The port's queue has a message, or none any more: its sets are told. */
void ipc_pset_ready(ipc_port_t port);
void ipc_pset_unready(ipc_port_t port);
/* The member whose turn it is to give a message, or IP_NULL. */
ipc_port_t ipc_pset_next_ready(ipc_pset_t pset);
/* The member, who was the next, has had its turn. */
void ipc_pset_rotate(ipc_pset_t pset, ipc_port_t port);

#endif
