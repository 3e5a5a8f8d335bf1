/* SPDX-License-Identifier: MIT */
/*
 * ipc_hash.h - from a port back to the name of its send right in a space.
 */
#ifndef OSTIA_IPC_IPC_HASH_H
#define OSTIA_IPC_IPC_HASH_H

#include "ipc/ipc_table.h"
#include "ipc/ipc_types.h"

/*
 * (H1) exactly the entries of type SEND are in it, each once
 * (H2) an entry with a receive right is found by the port, not here
 */
struct ipc_hash {
    struct ipc_table ih_buckets;
    uint32_t ih_size;  /* buckets in use */
    uint32_t ih_count; /* entries */
};

/* The first buckets.  Returns false if there is no memory. */
MUSTUSE bool ipc_hash_init(ipc_space_t space);
/* Of an empty hash that nothing will look at, frees some buckets; true when all
 * are gone. */
bool ipc_hash_clean(ipc_space_t space);
void ipc_hash_insert(ipc_space_t space, ipc_entry_t entry);
void ipc_hash_remove(ipc_space_t space, ipc_entry_t entry);
/* The entry of type SEND for `port`, or NULL. */
ipc_entry_t ipc_hash_lookup(ipc_space_t space, ipc_port_t port);

#endif
