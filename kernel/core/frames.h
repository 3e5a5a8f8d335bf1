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

#define FRAME_NONE ((paddr_t)0) /* frame 0 is never handed out */

#define VM_PAGE_RANGES_MAX 1024 /* of free RAM, at boot */

/* Once, at boot: the RAM that is free, range by range. */
void vm_page_add(paddr_t start, paddr_t end);

/* A frame with undefined contents, or FRAME_NONE. */
MUSTUSE paddr_t vm_frame_alloc(void);
MUSTUSE paddr_t vm_frame_alloc_zeroed(void);
void vm_frame_free(paddr_t frame);

/*
 * As vm_frame_alloc, for the memory of tasks: says no while some frames are
 * left, which are the kernel's own.
 */
MUSTUSE paddr_t vm_frame_alloc_user(void);

/* Only the kernel's own frames are left, or fewer. */
bool vm_frames_scarce(void);

size_t vm_frames_free(void);
size_t vm_frames_total(void);

#endif
