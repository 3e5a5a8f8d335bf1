/* SPDX-License-Identifier: MIT */
/*
 * mig_table.c - the routines of all .defs files that the kernel serves.
 *
 * A file of its own, so that a test of ipc/ can have other routines.
 */
#include "ipc/mig_kernel.h"

#include "mig/subsystems.h"

const struct mig_subsystem *
mig_subsystem_find(mach_msg_id_t id)
{
    for (size_t i = 0; i < countof(mig_subsystems); i++)
        if (id < mig_subsystems[i]->ms_end)
            return id >= mig_subsystems[i]->ms_start ? mig_subsystems[i] : NULL;
    return NULL;
}
