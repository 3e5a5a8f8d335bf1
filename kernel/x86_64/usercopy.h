/* SPDX-License-Identifier: MIT */
/*
 * usercopy.h - the routines that touch user memory (usercopy.asm).
 */
#ifndef OSTIA_KERNEL_X86_64_USERCOPY_H
#define OSTIA_KERNEL_X86_64_USERCOPY_H

#include "kernel/base/compiler.h"
#include "kernel/base/types.h"

/* Addresses of the STACs and CLACs in the kernel, of three bytes each. */
extern const uint64_t smap_table_start[], smap_table_end[];

/*
 * usercopy - copy between kernel and user memory of the loaded address space.
 *
 * Requires  the user side lies in the user half.
 * Returns   false if a page fault stopped it, with a part copied.
 */
MUSTUSE bool usercopy(void *to, const void *from, size_t length);

/*
 * usercopy_words - the same for up to WORDS_MAX words of 64 bits.
 */
#define WORDS_MAX 31
MUSTUSE bool usercopy_words(void *to, const void *from, size_t words);

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
