/* SPDX-License-Identifier: MIT */
/*
 * malloc_pages.c - pages from the kernel, and the end of a broken heap.
 */
#include "malloc_pages.h"

#include <mach/mach.h>
#include <stdio.h>
#include <stdlib.h>

void *
malloc_pages(size_t size)
{
    mach_vm_address_t address = 0;

    if (mach_vm_allocate(mach_task_self(), &address, size, VM_FLAGS_ANYWHERE) !=
        KERN_SUCCESS)
        return NULL;

    return (void *)(uintptr_t)address;
}

void
malloc_free_pages(void *pages, size_t size)
{
    (void)mach_vm_deallocate(mach_task_self(),
                             (mach_vm_address_t)(uintptr_t)pages, size);
}

/* fprintf allocates nothing, so it works with a heap that does not. */
void
malloc_fail(const char *reason, const void *block)
{
    fprintf(stderr, "malloc: %s: %p\n", reason, block);
    abort();
}
