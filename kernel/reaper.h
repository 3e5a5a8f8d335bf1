/* SPDX-License-Identifier: MIT */
/*
 * reaper.h - the kernel's one thread of its own (D17); reaper_add() is in
 * kernel/wait.h, since ipc/ gives it work too.
 */
#ifndef OSTIA_KERNEL_REAPER_H
#define OSTIA_KERNEL_REAPER_H

void reaper_init(void);

#endif
