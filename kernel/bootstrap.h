/* SPDX-License-Identifier: MIT */
/*
 * bootstrap.h - the first user task (D10).
 */
#ifndef OSTIA_KERNEL_BOOTSTRAP_H
#define OSTIA_KERNEL_BOOTSTRAP_H

#include "kernel/task.h"

extern task_t bootstrap_task; /* holds a reference */

/* Makes it out of the boot file system and starts it; panics if it cannot. */
void bootstrap_init(void);
/* Without it nobody can start, find or stop anything: the run has failed. */
NORETURN void bootstrap_ended(void);

#endif
