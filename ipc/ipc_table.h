/* SPDX-License-Identifier: MIT */
/*
 * ipc_table.h - arrays that grow in small steps and never move.
 *
 *      it_chunks --> [ * | * | . | * ]      the directory; '.' is a hole
 *                      |   |       |
 *                      v   v       v
 *                     [..][..]    [..]      chunks of equal size
 *
 * Only the directory is copied when it doubles, and it is short.
 */
#ifndef OSTIA_IPC_IPC_TABLE_H
#define OSTIA_IPC_IPC_TABLE_H

#include "kernel/base/compiler.h"
#include "kernel/base/types.h"

struct ipc_table {
    void **it_chunks;
    uint32_t it_length; /* slots of the directory */
};

/* Chunk `number`, or NULL where there is none. */
static inline void *
ipc_table_chunk(const struct ipc_table *table, uint32_t number)
{
    return number < table->it_length ? table->it_chunks[number] : NULL;
}

/* Makes chunk `number` exist.  Returns false if there is no memory. */
MUSTUSE bool ipc_table_grow(struct ipc_table *table, uint32_t number,
                            size_t chunk_size);
/* Frees one chunk; a hole is allowed. */
void ipc_table_shrink(struct ipc_table *table, uint32_t number,
                      size_t chunk_size);
/* Frees the directory.  Requires  no chunk is left. */
void ipc_table_free(struct ipc_table *table);

#endif
