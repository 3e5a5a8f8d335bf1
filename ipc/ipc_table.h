/* SPDX-License-Identifier: MIT */
/*
 * ipc_table.h - arrays that grow in small steps and never move.
 *
 *      it_parts[0] --> [ * | * | . | * ]    the directory; '.' is a hole
 *      it_parts[1]       |   |       |
 *      ...               v   v       v
 *                       [..][..]    [..]    chunks of equal size
 *
 * The directory's first part doubles until it has IPC_TABLE_PART slots, a page
 * of them; further parts are there where chunks are.  One ledger pays for all
 * of a table.
 */
#ifndef OSTIA_IPC_IPC_TABLE_H
#define OSTIA_IPC_IPC_TABLE_H

#include "kernel/base/compiler.h"
#include "kernel/base/types.h"

struct ledger;

#define IPC_TABLE_PART  512u
#define IPC_TABLE_PARTS 17u

struct ipc_table {
    void **it_parts[IPC_TABLE_PARTS];
    uint32_t it_length; /* slots of the directory */
};

/* Chunk `number`, or NULL where there is none. */
static inline void *
ipc_table_chunk(const struct ipc_table *table, uint32_t number)
{
    return number < table->it_length ? table->it_parts[number / IPC_TABLE_PART]
                                                      [number % IPC_TABLE_PART]
                                     : NULL;
}

/*
 * Makes chunk `number` exist.  Returns false if there is no memory.
 *
 * Requires  number < IPC_TABLE_PART * IPC_TABLE_PARTS.
 */
MUSTUSE bool ipc_table_grow(struct ipc_table *table, uint32_t number,
                            size_t chunk_size, struct ledger *ledger);
/* Frees one chunk; a hole is allowed. */
void ipc_table_shrink(struct ipc_table *table, uint32_t number,
                      size_t chunk_size, struct ledger *ledger);
/* Frees the directory.  Requires  no chunk is left. */
void ipc_table_free(struct ipc_table *table, struct ledger *ledger);

#endif
