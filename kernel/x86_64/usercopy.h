/* SPDX-License-Identifier: MIT */
/*
 * usercopy.h - the two routines that touch user memory (usercopy.asm).
 */
#ifndef OSTIA_KERNEL_X86_64_USERCOPY_H
#define OSTIA_KERNEL_X86_64_USERCOPY_H

#include "kernel/base/compiler.h"
#include "kernel/base/types.h"

/* Whether CR4.SMAP is on: then user memory is opened for the copy. */
extern bool usercopy_smap;

/*
 * usercopy - copy between kernel and user memory of the loaded address space.
 *
 * Requires  the user side lies in the user half.
 * Returns   false if a page fault stopped it, with a part copied.
 */
MUSTUSE bool usercopy(void *to, const void *from, size_t length);

/*
 * userprobe - may a byte of user memory be read, or written, as it is mapped?
 *
 * The byte keeps its value.
 *
 * Requires  the address lies in the user half.
 * Returns   false if the access would cause a page fault
 */
MUSTUSE bool userprobe(void *byte, bool write);

#endif
