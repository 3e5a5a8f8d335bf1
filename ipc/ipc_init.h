/* SPDX-License-Identifier: MIT */
/*
 * ipc_init.h - all that ipc/ remembers besides the objects themselves.
 *
 * There is no other variable in ipc/, but what mach_msg_fast.c counts and has on
 * its way, and all memory comes from the zones
 * below and from kalloc, so that a test can copy the whole state (D23).
 */
#ifndef OSTIA_IPC_IPC_INIT_H
#define OSTIA_IPC_IPC_INIT_H

#include "ipc/ipc_types.h"
#include "kernel/core/kalloc.h"

#define IPC_TOUCHED 16u

struct ipc_state {
    struct zone is_port_zone;
    struct zone is_pset_zone;
    struct zone is_link_zone;
    struct zone is_kmsg_zone;
    struct zone is_space_zone;
    struct zone is_request_zone;

    queue_head_t is_objects; /* all ports and sets, by io_link */
    queue_head_t is_spaces;  /* all spaces, by is_link */
    uint32_t is_last_id;     /* given to a port or set */
    ipc_kmsg_t is_request;   /* what ipc_kobject.c has a routine do */
    ipc_kmsg_t is_spare_request,
        is_spare_reply; /* ipc_kobject_ask's, or NULL */

    /* Of debug builds: the names that the last trap looked up (ipc_check.c). */
    struct ipc_touched {
        ipc_space_t it_space; /* borrowed; it may be gone */
        mach_port_name_t it_name;
    } is_touched[IPC_TOUCHED];
    uint32_t is_touch_count;
    uint32_t is_trap_count;
};

extern struct ipc_state ipc_state;

/* Requires  kalloc works.  Before any other function of ipc/. */
void ipc_init(void);

#endif
