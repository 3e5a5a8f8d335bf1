/* SPDX-License-Identifier: MIT */
/*
 * l_overwrite.c - much memory, and very many entries, are replaced by a mapping
 * of their addresses; and memory is touched while the kernel still frees what
 * was given back before.
 */
#include <mach/mach.h>
#include <mach/mach_vm.h>
#include <string.h>

#include "latency.h"

#define SELF    mach_task_self()
#define SIZE    ((mach_vm_size_t)32 << 20)
#define ENTRIES 8000u
#define ROUNDS  6

static mach_vm_address_t
touched(void)
{
    mach_vm_address_t address = 0;

    must(mach_vm_allocate(SELF, &address, SIZE, VM_FLAGS_ANYWHERE));
    memset((void *)address, 1, SIZE);
    return address;
}

static void
replace(mach_vm_address_t address, mach_vm_size_t size)
{
    must(mach_vm_map(SELF, &address, size, 0,
                     VM_FLAGS_FIXED | VM_FLAGS_OVERWRITE, MACH_PORT_NULL, 0,
                     FALSE, VM_PROT_READ, VM_PROT_ALL, VM_INHERIT_NONE));
}

static void
memory(void)
{
    mach_vm_address_t address = touched();

    replace(address, SIZE);
    if (*(volatile char *)(address + SIZE / 2) != 0)
        must(KERN_FAILURE);
    must(mach_vm_deallocate(SELF, address, SIZE));
}

static void
entries(void)
{
    mach_vm_size_t size = (mach_vm_size_t)ENTRIES * GUEST_PAGE;
    mach_vm_address_t address = 0;

    must(mach_vm_allocate(SELF, &address, size, VM_FLAGS_ANYWHERE));
    for (unsigned i = 0; i < ENTRIES; i += 2)
        must(mach_vm_protect(SELF, address + i * GUEST_PAGE, GUEST_PAGE, FALSE,
                             VM_PROT_READ));
    replace(address, size);
    must(mach_vm_deallocate(SELF, address, size));
}

/* More than a task may have, but for what it gives back. */
static void
give_back_and_touch(void)
{
    for (unsigned i = 0; i < ROUNDS; i++)
        must(mach_vm_deallocate(SELF, touched(), SIZE));
}

int
main(void)
{
    memory();
    entries();
    give_back_and_touch();
    return 0;
}
