/* SPDX-License-Identifier: MIT */
/*
 * l_entries.c - calls on a range with very many map entries: all of them
 * inherit otherwise, become one entry, are taken away.
 */
#include <mach/mach.h>
#include <mach/mach_vm.h>

#include "latency.h"

#define SELF    mach_task_self()
#define ENTRIES 30000u
#define APART   ((mach_vm_address_t)0x200000000000)
#define JOINED  ((mach_vm_address_t)0x300000000000)

/* Every other page, so that no entry can be joined to the next. */
static void
entries_apart(void)
{
    mach_vm_size_t size = 2ull * ENTRIES * GUEST_PAGE;

    for (unsigned i = 0; i < ENTRIES; i++) {
        mach_vm_address_t address = APART + 2ull * i * GUEST_PAGE;

        must(mach_vm_allocate(SELF, &address, GUEST_PAGE, VM_FLAGS_FIXED));
    }
    must(mach_vm_inherit(SELF, APART, size, VM_INHERIT_NONE));
    must(mach_vm_deallocate(SELF, APART, size));
}

/* Entries of two protections in turn, which then all get the same. */
static void
entries_joined(void)
{
    mach_vm_address_t address = JOINED;
    mach_vm_size_t size = (mach_vm_size_t)ENTRIES * GUEST_PAGE;

    must(mach_vm_allocate(SELF, &address, size, VM_FLAGS_FIXED));
    for (unsigned i = 0; i < ENTRIES; i += 2)
        must(mach_vm_protect(SELF, JOINED + (mach_vm_size_t)i * GUEST_PAGE,
                             GUEST_PAGE, FALSE, VM_PROT_READ));
    must(mach_vm_protect(SELF, JOINED, size, FALSE, VM_PROT_READ));
    must(mach_vm_deallocate(SELF, JOINED, size));
}

int
main(void)
{
    entries_apart();
    entries_joined();
    return 0;
}
