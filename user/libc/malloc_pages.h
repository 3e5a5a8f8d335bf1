/* SPDX-License-Identifier: MIT */
/*
 * malloc_pages.h - where malloc gets its memory from: whole pages.
 */
#ifndef OSTIA_LIBC_MALLOC_PAGES_H
#define OSTIA_LIBC_MALLOC_PAGES_H

#include <stddef.h>

/* Zeroed pages, or NULL.  `size` is a multiple of the page size. */
void *malloc_pages(size_t size);

void malloc_free_pages(void *pages, size_t size);

/* Says what is wrong with the memory at `block`, and aborts. */
void malloc_fail(const char *reason, const void *block)
    __attribute__((noreturn));

#endif
