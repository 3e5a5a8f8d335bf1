/* SPDX-License-Identifier: MIT */
/*
 * mig_table.h - which routine a message id calls.
 */
#ifndef OSTIA_IPC_MIG_TABLE_H
#define OSTIA_IPC_MIG_TABLE_H

#include "ipc/mig_kernel.h"

/* The subsystem whose ids include `id`, or NULL. */
const struct mig_subsystem *mig_subsystem_find(mach_msg_id_t id);

#endif
