/* SPDX-License-Identifier: MIT */
/*
 * ipc_right.h - what a task may do with one right of its own.
 *
 * All functions work on an entry that means something now, in a space that
 * is active, but for ipc_right_destroy: a dying space ends its names by it.
 */
#ifndef OSTIA_IPC_IPC_RIGHT_H
#define OSTIA_IPC_IPC_RIGHT_H

#include "ipc/ipc_entry.h"
#include "ipc/ipc_port.h"

/* The entry of a name that holds one of these rights. */
MUSTUSE kern_return_t ipc_right_lookup(ipc_space_t space, mach_port_name_t name,
                                       mach_port_type_t types,
                                       ipc_entry_t *entry);
/* The port that `name` is the receive right of. */
MUSTUSE kern_return_t ipc_right_receive(ipc_space_t space,
                                        mach_port_name_t name,
                                        ipc_port_t *port);
/* Turns a right whose port has died into the dead name that it is (R8). */
void ipc_right_check(ipc_space_t space, ipc_entry_t entry);

MUSTUSE kern_return_t ipc_right_dealloc(ipc_space_t space, ipc_entry_t entry);
void ipc_right_destroy(ipc_space_t space, ipc_entry_t entry);
MUSTUSE kern_return_t ipc_right_delta(ipc_space_t space, ipc_entry_t entry,
                                      mach_port_right_t right,
                                      mach_port_delta_t delta);
/* May a name with the receive right of a guarded port not just be ended? */
bool ipc_right_guarded(ipc_entry_t entry);
MUSTUSE kern_return_t ipc_right_destruct(ipc_space_t space, ipc_entry_t entry,
                                         mach_port_delta_t srdelta,
                                         mach_port_context_t guard);

/* ---- Rights on their way out of a space, and into one ---- */

/* By disposition: the entries that it takes from, and the type that arrives. */
struct ipc_disposition {
    mach_port_type_t id_source;
    mach_msg_type_name_t id_moved;
};
#define IPC_DISPOSITIONS (MACH_MSG_TYPE_MAKE_SEND_ONCE + 1u)
extern const struct ipc_disposition ipc_dispositions[];

/* The type in which a disposition arrives: MOVE_SEND gives PORT_SEND; 0 if the
 * disposition is invalid. */
mach_msg_type_name_t ipc_right_type_moved(mach_msg_type_name_t disposition);

/* May the right be taken so?  With `dead_ok` a dead name gives IP_DEAD. */
MUSTUSE bool ipc_right_copyin_check(ipc_space_t space, ipc_entry_t entry,
                                    mach_msg_type_name_t disposition,
                                    bool dead_ok);
/* Takes it. */
ipc_port_t ipc_right_copyin(ipc_space_t space, ipc_entry_t entry,
                            mach_msg_type_name_t disposition);
/* Checks and takes what a name stands for. */
MUSTUSE kern_return_t ipc_right_take(ipc_space_t space, mach_port_name_t name,
                                     mach_msg_type_name_t disposition,
                                     ipc_port_t *right);
/* Gives a right a name; *name is MACH_PORT_NULL, or what the user chose. */
MUSTUSE kern_return_t ipc_right_copyout(ipc_space_t space, ipc_port_t right,
                                        mach_msg_type_name_t type,
                                        mach_port_name_t *name);
/* Gives a right a name, or ends it. */
MUSTUSE kern_return_t ipc_right_put(ipc_space_t space, ipc_port_t right,
                                    mach_msg_type_name_t type,
                                    mach_port_name_t *name);

#endif
