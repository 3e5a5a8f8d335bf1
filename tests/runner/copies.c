/* SPDX-License-Identifier: MIT */
/*
 * copies.c - what copies.t boots in place of the bootstrap server, since nobody
 * else has the boot files: copies of them, by mach_vm_map and by VM_PROT_COPY.
 */
#include <mach/host_priv.h>
#include <mach/host_reboot.h>
#include <mach/mach.h>
#include <mach/mach_vm.h>
#include <ostia/ports.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tests/guest/tap.h"

#define SELF mach_task_self()
#define PAGE ((mach_vm_size_t)4096)

static mach_port_t entry;
static mach_vm_size_t size; /* of whole pages of the boot files */
static char *files;

static kern_return_t
map(mach_vm_address_t *address, int flags, boolean_t copy, vm_prot_t prot)
{
    return mach_vm_map(SELF, address, size, 0, flags, entry, 0, copy, prot,
                       prot, VM_INHERIT_NONE);
}

static char *
shared(void)
{
    mach_vm_address_t address = 0;

    is_kr(map(&address, VM_FLAGS_ANYWHERE, FALSE, VM_PROT_READ), KERN_SUCCESS,
          "the boot files are mapped");
    return (char *)address;
}

static unsigned
regions(const char *start)
{
    mach_vm_address_t at = (mach_vm_address_t)start, end = at + size;
    unsigned found = 0;

    while (at < end) {
        vm_region_basic_info_data_64_t info;
        mach_msg_type_number_t words = VM_REGION_BASIC_INFO_COUNT_64;
        mach_vm_size_t length;
        mach_port_t object;

        if (mach_vm_region(SELF, &at, &length, VM_REGION_BASIC_INFO_64,
                           (vm_region_info_t)&info, &words,
                           &object) != KERN_SUCCESS)
            break;
        found++;
        at += length;
    }
    return found;
}

static void
test_map(void)
{
    mach_vm_address_t at = 0;
    char *copy;

    is_kr(map(&at, VM_FLAGS_ANYWHERE, TRUE, VM_PROT_DEFAULT), KERN_SUCCESS,
          "mach_vm_map with `copy`");
    copy = (char *)at;
    ok(memcmp(copy, files, size) == 0, "... has the bytes");
    memset(copy, 1, size);
    ok(memcmp(copy, files, size) != 0, "... and is written alone");
    is_kr(map(&at, VM_FLAGS_FIXED | VM_FLAGS_OVERWRITE, TRUE, VM_PROT_DEFAULT),
          KERN_SUCCESS, "mach_vm_map with `copy` over much memory");
    ok(memcmp(copy, files, size) == 0, "... has the bytes");
    mach_vm_deallocate(SELF, at, size);
}

/* The pages in the middle were a copy before, and written. */
static void
test_protect(void)
{
    char *copy = shared();
    char *middle = copy + size / PAGE / 2 * PAGE;
    mach_vm_address_t at = (mach_vm_address_t)copy;
    vm_prot_t prot = VM_PROT_READ | VM_PROT_WRITE | VM_PROT_COPY;

    ok(memcmp(copy, files, size) == 0, "... and touched");
    is_kr(
        mach_vm_protect(SELF, (mach_vm_address_t)middle, 2 * PAGE, FALSE, prot),
        KERN_SUCCESS, "VM_PROT_COPY of two pages");
    memset(middle, 1, 2 * PAGE);
    is_kr(mach_vm_protect(SELF, at, size, FALSE, prot), KERN_SUCCESS,
          "VM_PROT_COPY of all of them");
    is(middle[PAGE], 1, "... leaves what was a copy before");
    memcpy(middle, files + (middle - copy), 2 * PAGE);
    ok(memcmp(copy, files, size) == 0, "... has the bytes");
    ok(regions(copy) <= 3, "... in few regions");
    memset(copy, 2, size);
    ok(memcmp(copy, files, size) != 0, "... and is written alone");
    mach_vm_deallocate(SELF, at, size);
}

int
main(void)
{
    mach_port_array_t ports;
    mach_msg_type_number_t count;
    const char *text = getenv("BOOTFS_SIZE");

    mach_ports_lookup(SELF, &ports, &count);
    entry = ports[OSTIA_PORT_BOOTFS];
    size = strtoul(text != NULL ? text : "", NULL, 10) / PAGE * PAGE;
    files = shared();
    test_map();
    test_protect();
    tap_done();
    host_reboot(ports[OSTIA_PORT_HOST_PRIV], HOST_REBOOT_HALT);
    return 1;
}
