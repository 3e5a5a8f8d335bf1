/* SPDX-License-Identifier: MIT */
/*
 * frames.h - physical frames.
 *
 * A frame is free or in use; the ranges of RAM that were never used are not
 * touched at all, so that a large machine boots as fast as a small one.
 */
#ifndef OSTIA_KERNEL_CORE_FRAMES_H
#define OSTIA_KERNEL_CORE_FRAMES_H

#include "kernel/base/compiler.h"
#include "kernel/base/types.h"

struct ledger;

#define FRAME_NONE ((paddr_t)0) /* frame 0 is never handed out */

/* Takes over the RAM that boot_info tells of; once, at boot. */
void vm_frames_init(void);

/* A frame with undefined contents, counted for the ledger; or FRAME_NONE. */
MUSTUSE paddr_t vm_frame_alloc(struct ledger *ledger);
MUSTUSE paddr_t vm_frame_alloc_zeroed(struct ledger *ledger);
void vm_frame_free(paddr_t frame, struct ledger *ledger);

size_t vm_frames_free(void);
size_t vm_frames_total(void);

#endif
