/* SPDX-License-Identifier: MIT */
/*
 * ipc_ports.c - arrays of port rights, in pieces that come and go one at a time.
 */
#include "ipc/ipc_ports.h"

#include "kernel/core/kalloc.h"
#include "kernel/core/work.h"

#define FREE_COST 200 /* instructions, for a piece */

static uint32_t
pieces_of(uint32_t count)
{
    return (count + IPC_PORTS_PIECE - 1) / IPC_PORTS_PIECE;
}

static size_t
size_of(uint32_t count)
{
    return sizeof(struct ipc_ports) + pieces_of(count) * sizeof(ipc_port_t *);
}

ipc_ports_t
ipc_ports_alloc(uint32_t count)
{
    ipc_ports_t array = kalloc(size_of(count), ledger_current());

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
    ipc_port_t **piece = &array->ia_pieces[index / IPC_PORTS_PIECE];

    if (*piece == NULL)
        *piece = kalloc(piece_size(array, index), zledger(array));
    return *piece != NULL;
}

void
ipc_ports_free_piece(ipc_ports_t array, uint32_t index)
{
    ipc_port_t **piece = &array->ia_pieces[index / IPC_PORTS_PIECE];

    kfree(*piece, piece_size(array, index), zledger(array));
    *piece = NULL;
}

bool
ipc_ports_free(ipc_ports_t array)
{
    if (array == NULL)
        return true;
    for (uint32_t i = 0; i < array->ia_count; i += IPC_PORTS_PIECE) {
        if (array->ia_pieces[i / IPC_PORTS_PIECE] == NULL)
            continue;
        ipc_ports_free_piece(array, i);
        if (work_spend(FREE_COST))
            return false;
    }
    kfree(array, size_of(array->ia_count), NULL);
    return true;
}
