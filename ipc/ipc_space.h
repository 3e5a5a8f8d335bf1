/* SPDX-License-Identifier: MIT */
/*
 * ipc_space.h - what the names of one task mean.
 */
#ifndef OSTIA_IPC_IPC_SPACE_H
#define OSTIA_IPC_IPC_SPACE_H

#include "ipc/ipc_hash.h"
#include "ipc/ipc_table.h"
#include "ipc/ipc_types.h"
#include "kernel/base/assert.h"
#include "kernel/base/queue.h"

/* A million names fit, and a space is refused more (D23). */
#define IPC_SPACE_INDEX_MAX ((1u << 20) + (1u << 14))
/* So many names that were freed last do not come back. */
#define IS_RING 64u

/*
 * (S1) index 0 is never a name
 * (S2) each slot that the table has is in use, in the ring, or on the list of
 *      the free; below is_fresh it has all.  Places of the ring are 0 or the
 *      indices of free slots, from is_ring_next on in the order of their ends
 * (S3) is_names counts the entries in use
 */
struct ipc_space {
    uint32_t is_references;
    bool is_active;

    /* The names: ipc_entry.c. */
    uint32_t is_names;
    uint32_t is_free_first; /* 0: none */
    uint32_t is_fresh;
    uint32_t is_ring_next;
    ipc_entry_t is_first; /* the first piece of them, or one of zeros */
    uint32_t is_ring[IS_RING];
    struct ipc_table is_entries;
    struct ipc_hash is_hash;
    queue_chain_t is_link; /* all spaces */

    ipc_port_t is_task; /* the task's port, which holds us; NULL: it ends */

    uint32_t is_cleaned; /* indices below are gone: ipc_space_clean */

    security_token_t is_security;
    audit_token_t is_audit;
};

/* An empty space with one reference, or IS_NULL.  The tokens go into the
 * trailers of what the task sends; `ledger` pays for names, and for ports and
 * messages that it makes. */
MUSTUSE ipc_space_t ipc_space_create(const security_token_t *security,
                                     const audit_token_t *audit,
                                     struct ledger *ledger);
void ipc_space_free(ipc_space_t space);
/* No right goes in any more; ipc_space_clean then takes it apart. */
void ipc_space_shutdown(ipc_space_t space);
/* One bounded step; true when empty. */
bool ipc_space_clean(ipc_space_t space);

MUSTUSE static inline ipc_space_t
ipc_space_reference(ipc_space_t space)
{
    assert(space->is_references != 0 && space->is_references != UINT32_MAX);

    space->is_references++;
    return space;
}

/* IS_NULL is allowed. */
static inline void
ipc_space_release(ipc_space_t space)
{
    if (space == IS_NULL)
        return;
    assert(space->is_references != 0);

    if (--space->is_references == 0)
        ipc_space_free(space);
}

/*
 * ipc_port_copyout_send - give a send right that the kernel holds a name.
 *
 * Consumes  the right, also when there is no room.
 * Returns   the name; MACH_PORT_NULL or _DEAD for IP_NULL or IP_DEAD, NULL
 *           if the space is dead or has no room.
 */
mach_port_name_t ipc_port_copyout_send(ipc_port_t right, ipc_space_t space);

/*
 * ipc_port_name_again - the same for a send right that is made from `port`, which
 * had the name *known there before, or 0: if it has it still, nothing is searched.
 */
mach_port_name_t ipc_port_name_again(ipc_port_t port, ipc_space_t space,
                                     mach_port_name_t *known);

/*
 * The space behind a task's port, with a reference; IS_NULL for any other
 * port.  The kernel core has it (kernel/ipc_tt.h).
 */
ipc_space_t convert_port_to_space(ipc_port_t port);

#endif
