/* SPDX-License-Identifier: MIT */
/*
 * ipc_table.c - arrays that grow in small steps and never move.
 */
#include "ipc/ipc_table.h"

#include "kernel/base/string.h"
#include "kernel/core/kalloc.h"

#define DIRECTORY_MIN 4

static bool
grow_directory(struct ipc_table *table, uint32_t number)
{
    uint32_t length = table->it_length != 0 ? table->it_length : DIRECTORY_MIN;
    void **chunks;

    while (length <= number)
        length *= 2;
    chunks = kalloc(length * sizeof(void *));
    if (chunks == NULL)
        return false;

    if (table->it_length != 0)
        memcpy(chunks, table->it_chunks, table->it_length * sizeof(void *));
    ipc_table_free(table);
    table->it_chunks = chunks;
    table->it_length = length;
    return true;
}

bool
ipc_table_grow(struct ipc_table *table, uint32_t number, size_t chunk_size)
{
    if (number >= table->it_length && !grow_directory(table, number))
        return false;
    if (table->it_chunks[number] == NULL)
        table->it_chunks[number] = kalloc(chunk_size);
    return table->it_chunks[number] != NULL;
}

void
ipc_table_shrink(struct ipc_table *table, uint32_t number, size_t chunk_size)
{
    if (ipc_table_chunk(table, number) == NULL)
        return;
    kfree(table->it_chunks[number], chunk_size);
    table->it_chunks[number] = NULL;
}

void
ipc_table_free(struct ipc_table *table)
{
    kfree(table->it_chunks, table->it_length * sizeof(void *));
    table->it_chunks = NULL;
    table->it_length = 0;
}
