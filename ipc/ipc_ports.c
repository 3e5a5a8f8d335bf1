/* SPDX-License-Identifier: MIT */
/*
 * ipc_ports.c - arrays of port rights, in pieces that come and go one at a time.
 */
#include "ipc/ipc_ports.h"

#include "kernel/base/string.h"
#include "kernel/core/kalloc.h"
#include "kernel/core/work.h"

/* Instructions, for a piece and for a small array. */
#define FREE_COST 200
#define MOVE_COST 800

ipc_ports_t
ipc_ports_alloc(uint32_t count, struct ledger *ledger)
{
    ipc_ports_t array = kalloc(sizeof(*array), ledger);

    if (array != NULL)
        array->ia_count = count;
    return array;
}

static size_t
piece_size(ipc_ports_t array, uint32_t index)
{
    return ipc_ports_in_piece(array, index) * sizeof(ipc_port_t);
}

bool
ipc_ports_make(ipc_ports_t array, uint32_t index)
{
    return ipc_table_grow(&array->ia_pieces, index / IPC_PORTS_PIECE,
                          piece_size(array, index), zledger(array));
}

void
ipc_ports_free_piece(ipc_ports_t array, uint32_t index)
{
    ipc_table_shrink(&array->ia_pieces, index / IPC_PORTS_PIECE,
                     piece_size(array, index), zledger(array));
}

bool
ipc_ports_free(ipc_ports_t array)
{
    if (array == NULL)
        return true;
    for (uint32_t i = 0; i < array->ia_count; i += IPC_PORTS_PIECE) {
        if (ipc_ports_piece(array, i) == NULL)
            continue;
        ipc_ports_free_piece(array, i);
        if (work_spend(FREE_COST))
            return false;
    }
    ipc_table_free(&array->ia_pieces, zledger(array));
    kfree(array, sizeof(*array), NULL);
    return true;
}

static void
free_small(ipc_ports_t array)
{
    while (!ipc_ports_free(array))
        continue; /* a piece and no more */
}

ipc_ports_t
ipc_ports_move(ipc_ports_t array, struct ledger *ledger)
{
    const void *rights = ipc_ports_piece(array, 0);
    ipc_ports_t moved;

    if (array->ia_count > IPC_PORTS_SMALL || zledger(array) == ledger)
        return array;
    moved = ipc_ports_alloc(array->ia_count, ledger);
    if (moved == NULL)
        return NULL;
    if (rights != NULL && !ipc_ports_make(moved, 0)) {
        free_small(moved);
        return NULL;
    }
    if (rights != NULL)
        memcpy(ipc_ports_piece(moved, 0), rights, piece_size(array, 0));
    free_small(array);
    (void)work_spend(MOVE_COST);
    return moved;
}
