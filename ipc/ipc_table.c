/* SPDX-License-Identifier: MIT */
/*
 * ipc_table.c - arrays that grow in small steps and never move.
 */
#include "ipc/ipc_table.h"

#include "kernel/base/assert.h"
#include "kernel/base/string.h"
#include "kernel/core/kalloc.h"

#define DIRECTORY_MIN 4u

/* Twice as many slots in the first part of the directory, or the next part. */
static bool
grow_directory(struct ipc_table *table, struct ledger *ledger)
{
    uint32_t before = table->it_length;
    bool first = before < IPC_TABLE_PART;
    uint32_t slots = first ? max(2 * before, DIRECTORY_MIN) : IPC_TABLE_PART;
    void ***part = &table->it_parts[before / IPC_TABLE_PART];
    void **bigger = kalloc(slots * sizeof(void *), ledger);

    if (bigger == NULL)
        return false;
    if (first && before != 0) {
        memcpy(bigger, *part, before * sizeof(void *));
        kfree(*part, before * sizeof(void *), ledger);
    }
    *part = bigger;
    table->it_length = first ? slots : before + slots;
    return true;
}

bool
ipc_table_grow(struct ipc_table *table, uint32_t number, size_t chunk_size,
               struct ledger *ledger)
{
    void **slot;

    assert(number < IPC_TABLE_PART * IPC_TABLE_PARTS);
    while (number >= table->it_length)
        if (!grow_directory(table, ledger))
            return false;
    slot = ipc_table_slot(table, number);
    if (*slot == NULL)
        *slot = kalloc(chunk_size, ledger);
    return *slot != NULL;
}

void
ipc_table_shrink(struct ipc_table *table, uint32_t number, size_t chunk_size,
                 struct ledger *ledger)
{
    if (ipc_table_chunk(table, number) == NULL)
        return;
    kfree(*ipc_table_slot(table, number), chunk_size, ledger);
    *ipc_table_slot(table, number) = NULL;
}

void
ipc_table_free(struct ipc_table *table, struct ledger *ledger)
{
    for (uint32_t i = 0; i < IPC_TABLE_PARTS; i++)
        kfree(table->it_parts[i],
              min(table->it_length, IPC_TABLE_PART) * sizeof(void *), ledger);
    *table = (struct ipc_table){ .it_length = 0 };
}
