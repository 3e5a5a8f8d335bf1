/* SPDX-License-Identifier: MIT */
/*
 * ipc_ports.h - arrays of port rights, in pieces that come and go one at a time.
 *
 *      chunk 0 of ia_pieces --> [ right | right | . . . | right ]   a page
 *      chunk 1              --> [ right | right | right ]           the rest
 *
 * On its way in and out an element is a name.  Those that are yet to become
 * rights lie in the upper half of their piece, those that were rights in the
 * lower: a right is written after its name was read, and the other way round.
 */
#ifndef OSTIA_IPC_IPC_PORTS_H
#define OSTIA_IPC_IPC_PORTS_H

#include "ipc/ipc_table.h"
#include "ipc/ipc_types.h"

#define IPC_PORTS_PIECE 512u /* elements */
#define IPC_PORTS_SMALL 64u

struct ipc_ports {
    uint32_t ia_count;
    struct ipc_table ia_pieces; /* a hole: not made yet, or freed */
};

/* Room for `count` rights, without pieces, that `ledger` pays for; NULL if there
 * is no memory. */
MUSTUSE ipc_ports_t ipc_ports_alloc(uint32_t count, struct ledger *ledger);
/* Makes the piece of element `index` exist; false if there is no memory. */
MUSTUSE bool ipc_ports_make(ipc_ports_t array, uint32_t index);
void ipc_ports_free_piece(ipc_ports_t array, uint32_t index);
/* Frees some of the array, which has no rights any more; NULL is allowed.
 * Returns  true when all of it is gone */
bool ipc_ports_free(ipc_ports_t array);

/*
 * The same array in memory of another ledger; one of more than IPC_PORTS_SMALL
 * stays where it is.  NULL, with nothing changed, if there is no memory.
 */
MUSTUSE ipc_ports_t ipc_ports_move(ipc_ports_t array, struct ledger *ledger);

/* Elements of the piece that has element `index`. */
static inline uint32_t
ipc_ports_in_piece(ipc_ports_t array, uint32_t index)
{
    return min(array->ia_count - index / IPC_PORTS_PIECE * IPC_PORTS_PIECE,
               IPC_PORTS_PIECE);
}

/* The piece that has element `index`; NULL: it is not there. */
static inline void *
ipc_ports_piece(ipc_ports_t array, uint32_t index)
{
    return ipc_table_chunk(&array->ia_pieces, index / IPC_PORTS_PIECE);
}

/* The rest requires that the piece is there. */
static inline ipc_port_t *
ipc_ports_at(ipc_ports_t array, uint32_t index)
{
    return (ipc_port_t *)ipc_ports_piece(array, index) +
           index % IPC_PORTS_PIECE;
}

/* The name that element `index` has become. */
static inline mach_port_name_t *
ipc_ports_name_after(ipc_ports_t array, uint32_t index)
{
    return (mach_port_name_t *)ipc_ports_piece(array, index) +
           index % IPC_PORTS_PIECE;
}

/* The name that is to become element `index`. */
static inline mach_port_name_t *
ipc_ports_name_before(ipc_ports_t array, uint32_t index)
{
    return ipc_ports_name_after(array, index) +
           ipc_ports_in_piece(array, index);
}

#endif
