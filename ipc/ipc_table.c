/* SPDX-License-Identifier: MIT */
/*
 * ipc_table.c - arrays that grow in small steps and never move.
 */
#include "ipc/ipc_table.h"

#include "kernel/base/assert.h"
#include "kernel/base/string.h"
#include "kernel/core/kalloc.h"

#define DIRECTORY_MIN 4u

/* A part of holes, which is never written. */
static void *holes[IPC_TABLE_PART];

/* Slots up to `number`: more in the first part, then parts of holes. */
static bool
grow_directory(struct ipc_table *table, uint32_t number, struct ledger *ledger)
{
    uint32_t before = table->it_length;

    if (before < IPC_TABLE_PART) {
        uint32_t slots = max(2 * before, DIRECTORY_MIN);
        void **bigger;

        while (slots <= number && slots < IPC_TABLE_PART)
            slots *= 2;
        bigger = kalloc(slots * sizeof(void *), ledger);
        if (bigger == NULL)
            return false;
        if (before != 0)
            memcpy(bigger, table->it_parts[0], before * sizeof(void *));
        kfree(table->it_parts[0], before * sizeof(void *), ledger);
        table->it_parts[0] = bigger;
        table->it_length = slots;
    }
    for (; table->it_length <= number; table->it_length += IPC_TABLE_PART)
        table->it_parts[table->it_length / IPC_TABLE_PART] = holes;
    return true;
}

bool
ipc_table_grow(struct ipc_table *table, uint32_t number, size_t chunk_size,
               struct ledger *ledger)
{
    void **part;

    assert(number < IPC_TABLE_PART * IPC_TABLE_PARTS);
    if (number >= table->it_length && !grow_directory(table, number, ledger))
        return false;

    part = table->it_parts[number / IPC_TABLE_PART];
    if (part == holes)
        part = kalloc(sizeof(holes), ledger);
    if (part == NULL)
        return false;
    table->it_parts[number / IPC_TABLE_PART] = part;
    part += number % IPC_TABLE_PART;
    if (*part == NULL)
        *part = kalloc(chunk_size, ledger);
    return *part != NULL;
}

void
ipc_table_shrink(struct ipc_table *table, uint32_t number, size_t chunk_size,
                 struct ledger *ledger)
{
    void *chunk = ipc_table_chunk(table, number);

    if (chunk == NULL)
        return;
    kfree(chunk, chunk_size, ledger);
    table->it_parts[number / IPC_TABLE_PART][number % IPC_TABLE_PART] = NULL;
}

void
ipc_table_free(struct ipc_table *table, struct ledger *ledger)
{
    for (uint32_t i = 0; i * IPC_TABLE_PART < table->it_length; i++)
        if (table->it_parts[i] != holes)
            kfree(table->it_parts[i],
                  min(table->it_length, IPC_TABLE_PART) * sizeof(void *),
                  ledger);
    *table = (struct ipc_table){ .it_length = 0 };
}
