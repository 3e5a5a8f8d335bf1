/* SPDX-License-Identifier: MIT */
/*
 * t_vm_abuse.c - the calls on memory, used as they are not meant.
 *
 * Adversarial 21, 27, 28, 33, 53: names, sizes that wrap, pointers.
 */
#include <mach/mach_traps.h>
#include <mach/mach_vm.h>
#include <mach/task_info.h>
#include <mach/vm_map.h>
#include <ostia/ports.h>
#include <string.h>

#include "child.h"
#include "tap.h"

#define PAGE      ((uint64_t)GUEST_PAGE)
#define MAP_TOP   0x7f8000000000ull
#define ALLOCATE  10
#define MAP_TRAP  15
#define COUNT(a)  (sizeof(a) / sizeof *(a))
#define BAD_FLAGS 0x00000002 /* VM_FLAGS_PURGABLE: not offered */

/* ---- arguments */

TEST(allocate_arguments)
{
    static const struct {
        const char *text;
        uint64_t address, size;
        int flags;
        kern_return_t want;
    } cases[] = {
        { "size -1", 0, ~0ull, VM_FLAGS_ANYWHERE, KERN_INVALID_ARGUMENT },
        { "size -PAGE", 0, -PAGE, VM_FLAGS_ANYWHERE, KERN_NO_SPACE },
        { "size 2^63", 0, 1ull << 63, VM_FLAGS_ANYWHERE, KERN_NO_SPACE },
        { "size of all the user's half", 0, MAP_TOP, VM_FLAGS_ANYWHERE,
          KERN_NO_SPACE },
        { "an unknown flag", 0, PAGE, BAD_FLAGS, KERN_INVALID_ARGUMENT },
        { "all flags", 0, PAGE, -1, KERN_INVALID_ARGUMENT },
        { "page 0", 0, PAGE, VM_FLAGS_FIXED, KERN_INVALID_ADDRESS },
        { "page 0 by OVERWRITE", 0, PAGE, VM_FLAGS_FIXED | VM_FLAGS_OVERWRITE,
          KERN_INVALID_ADDRESS },
        { "the top", MAP_TOP, PAGE, VM_FLAGS_FIXED, KERN_INVALID_ADDRESS },
        { "across the top", MAP_TOP - PAGE, 2 * PAGE, VM_FLAGS_FIXED,
          KERN_INVALID_ADDRESS },
        { "non-canonical", GUEST_NON_CANONICAL, PAGE, VM_FLAGS_FIXED,
          KERN_INVALID_ADDRESS },
        { "the map of all memory", GUEST_PHYSMAP_ADDRESS, PAGE, VM_FLAGS_FIXED,
          KERN_INVALID_ADDRESS },
        { "the kernel", GUEST_KERNEL_ADDRESS, PAGE,
          VM_FLAGS_FIXED | VM_FLAGS_OVERWRITE, KERN_INVALID_ADDRESS },
        { "the last page of all", -PAGE, PAGE, VM_FLAGS_FIXED,
          KERN_INVALID_ADDRESS },
        { "address and size that wrap to 0", -PAGE, 2 * PAGE, VM_FLAGS_FIXED,
          KERN_INVALID_ADDRESS },
        { "address -1", ~0ull, 1, VM_FLAGS_FIXED, KERN_INVALID_ADDRESS },
    };

    for (unsigned i = 0; i < COUNT(cases); i++) {
        mach_vm_address_t address = cases[i].address;

        is_kr(mach_vm_allocate(mach_task_self(), &address, cases[i].size,
                               cases[i].flags),
              cases[i].want, "33: mach_vm_allocate: %s", cases[i].text);
        is((long long)address, (long long)cases[i].address,
           "33: ... leaves the address as it was");
    }
}

TEST(protect_arguments)
{
    mach_vm_address_t a = (mach_vm_address_t)guest_pages(3);

    mach_vm_deallocate(mach_task_self(), a + PAGE, PAGE);
    is_kr(mach_vm_protect(mach_task_self(), a, 3 * PAGE, FALSE, VM_PROT_READ),
          KERN_INVALID_ADDRESS, "mach_vm_protect over a hole");
    *(volatile char *)a = 1;
    ok(true, "... changes nothing before it");
    is_kr(mach_vm_protect(mach_task_self(), a, PAGE, FALSE, 0x77),
          KERN_INVALID_ARGUMENT, "mach_vm_protect: unknown bits");
    is_kr(mach_vm_protect(mach_task_self(), a, PAGE, FALSE, -1),
          KERN_INVALID_ARGUMENT, "mach_vm_protect: all bits");
    is_kr(mach_vm_protect(mach_task_self(), a, PAGE, FALSE,
                          VM_PROT_WRITE | VM_PROT_EXECUTE),
          KERN_PROTECTION_FAILURE, "mach_vm_protect: write and execute");
    is_kr(mach_vm_protect(mach_task_self(), a, ~0ull, FALSE, VM_PROT_READ),
          KERN_INVALID_ARGUMENT, "33: mach_vm_protect: size -1");
    is_kr(mach_vm_protect(mach_task_self(), GUEST_KERNEL_ADDRESS, PAGE, FALSE,
                          VM_PROT_READ),
          KERN_INVALID_ADDRESS, "mach_vm_protect of the kernel");
    is_kr(mach_vm_inherit(mach_task_self(), a, PAGE, 3), KERN_INVALID_ARGUMENT,
          "mach_vm_inherit: unknown");
    is_kr(mach_vm_inherit(mach_task_self(), a, PAGE, ~0u),
          KERN_INVALID_ARGUMENT, "mach_vm_inherit: -1");
    is_kr(mach_vm_deallocate(mach_task_self(), a, ~0ull), KERN_INVALID_ARGUMENT,
          "33: mach_vm_deallocate: size -1");
    is_kr(mach_vm_deallocate(mach_task_self(), GUEST_KERNEL_ADDRESS, PAGE),
          KERN_SUCCESS, "mach_vm_deallocate of the kernel touches nothing");
    is_kr(mach_vm_deallocate(mach_task_self(), a, 3 * PAGE), KERN_SUCCESS,
          "mach_vm_deallocate over a hole");
}

/* From two pages on a page without the right is told from a hole. */
TEST(two_pages)
{
    static const char bytes[2 * PAGE];
    mach_vm_address_t a = (mach_vm_address_t)guest_pages(2);
    mach_msg_type_number_t count;
    mach_vm_size_t got;
    vm_offset_t data;

    mach_vm_protect(mach_task_self(), a, PAGE, FALSE, VM_PROT_NONE);
    is_kr(mach_vm_read(mach_task_self(), a, 2 * PAGE - 1, &data, &count),
          KERN_INVALID_ADDRESS, "R62: mach_vm_read of almost two pages");
    is_kr(mach_vm_read(mach_task_self(), a, 2 * PAGE, &data, &count),
          KERN_PROTECTION_FAILURE, "R62: ... of two pages");
    is_kr(mach_vm_write(mach_task_self(), a, (vm_offset_t)bytes, 2 * PAGE - 1),
          KERN_INVALID_ADDRESS, "R63: mach_vm_write of almost two pages");
    is_kr(mach_vm_write(mach_task_self(), a, (vm_offset_t)bytes, 2 * PAGE),
          KERN_PROTECTION_FAILURE, "R63: ... of two pages");
    is_kr(mach_vm_read_overwrite(mach_task_self(), (mach_vm_address_t)bytes,
                                 2 * PAGE, a, &got),
          KERN_PROTECTION_FAILURE, "R63: ... by mach_vm_read_overwrite");
    mach_vm_deallocate(mach_task_self(), a, 2 * PAGE);
}

TEST(read_arguments)
{
    mach_vm_address_t a = (mach_vm_address_t)guest_pages(3);
    mach_msg_type_number_t count = 0x1234;
    vm_offset_t data = 0x1234;
    mach_vm_size_t got = 0;
    char byte = 0;

    mach_vm_deallocate(mach_task_self(), a + PAGE, PAGE);
    mach_vm_protect(mach_task_self(), a + 2 * PAGE, PAGE, FALSE, VM_PROT_NONE);
    is_kr(mach_vm_read(mach_task_self(), a, 2 * PAGE, &data, &count),
          KERN_INVALID_ADDRESS, "R62: mach_vm_read with a hole at its end");
    is_kr(mach_vm_read(mach_task_self(), a + PAGE, 1, &data, &count),
          KERN_INVALID_ADDRESS, "R62: mach_vm_read of a hole");
    is_kr(mach_vm_read(mach_task_self(), a + 2 * PAGE, 1, &data, &count),
          KERN_INVALID_ADDRESS, "R62: mach_vm_read of a byte without access");
    is_kr(mach_vm_read(mach_task_self(), 0, 8, &data, &count),
          KERN_INVALID_ADDRESS, "mach_vm_read of address 0");
    is_kr(
        mach_vm_read(mach_task_self(), GUEST_KERNEL_ADDRESS, 8, &data, &count),
        KERN_INVALID_ADDRESS, "53: mach_vm_read of the kernel");
    is_kr(
        mach_vm_read(mach_task_self(), GUEST_PHYSMAP_ADDRESS, 8, &data, &count),
        KERN_INVALID_ADDRESS, "53: mach_vm_read of all memory");
    is_kr(mach_vm_read(mach_task_self(), MAP_TOP - 4, 8, &data, &count),
          KERN_INVALID_ADDRESS, "53: mach_vm_read across the top");
    ok(mach_vm_read(mach_task_self(), a, ~0ull, &data, &count) != KERN_SUCCESS,
       "21: mach_vm_read of -1 bytes");
    ok(mach_vm_read(mach_task_self(), a, 1ull << 32, &data, &count) !=
           KERN_SUCCESS,
       "21: mach_vm_read of 2^32 bytes");
    ok(ALL(data == 0x1234, count == 0x1234), "... none of them gives anything");

    is_kr(mach_vm_read_overwrite(mach_task_self(), a, 8, a + PAGE, &got),
          KERN_INVALID_ADDRESS, "mach_vm_read_overwrite into a hole");
    is_kr(mach_vm_read_overwrite(mach_task_self(), a, 8, GUEST_KERNEL_ADDRESS,
                                 &got),
          KERN_INVALID_ADDRESS, "53: mach_vm_read_overwrite into the kernel");
    is_kr(mach_vm_read_overwrite(mach_task_self(), a, 8, a + 2 * PAGE, &got),
          KERN_INVALID_ADDRESS,
          "mach_vm_read_overwrite of 8 bytes into what has no access");
    is_kr(mach_vm_write(mach_task_self(), a + PAGE, (vm_offset_t)&byte, 1),
          KERN_INVALID_ADDRESS, "mach_vm_write into a hole");
    is_kr(mach_vm_write(mach_task_self(), GUEST_KERNEL_ADDRESS,
                        (vm_offset_t)&byte, 1),
          KERN_INVALID_ADDRESS, "53: mach_vm_write into the kernel");
    is_kr(mach_vm_write(mach_task_self(), ~0ull, (vm_offset_t)&byte, 1),
          KERN_INVALID_ADDRESS, "33: mach_vm_write at -1");
    is_kr(mach_vm_write(mach_task_self(), a, a + PAGE, 8),
          MACH_SEND_INVALID_MEMORY, "mach_vm_write from a hole");
    is_kr(mach_vm_write(mach_task_self(), a, (vm_offset_t)GUEST_KERNEL_ADDRESS,
                        8),
          MACH_SEND_INVALID_MEMORY, "53: mach_vm_write from the kernel");
    mach_vm_deallocate(mach_task_self(), a, 3 * PAGE);
}

TEST(region_arguments)
{
    vm_region_basic_info_data_64_t info;
    mach_vm_address_t address = 0;
    mach_vm_size_t size;
    mach_msg_type_number_t count = VM_REGION_BASIC_INFO_COUNT_64 - 1;
    mach_port_t object;

    is_kr(mach_vm_region(mach_task_self(), &address, &size,
                         VM_REGION_BASIC_INFO_64, (vm_region_info_t)&info,
                         &count, &object),
          KERN_INVALID_ARGUMENT, "mach_vm_region: count too small");
    count = VM_REGION_BASIC_INFO_COUNT_64;
    is_kr(mach_vm_region(mach_task_self(), &address, &size, 99,
                         (vm_region_info_t)&info, &count, &object),
          KERN_INVALID_ARGUMENT, "mach_vm_region: unknown flavor");
    address = GUEST_KERNEL_ADDRESS;
    is_kr(mach_vm_region(mach_task_self(), &address, &size,
                         VM_REGION_BASIC_INFO_64, (vm_region_info_t)&info,
                         &count, &object),
          KERN_INVALID_ADDRESS, "mach_vm_region of the kernel");
    address = ~0ull;
    is_kr(mach_vm_region(mach_task_self(), &address, &size,
                         VM_REGION_BASIC_INFO_64, (vm_region_info_t)&info,
                         &count, &object),
          KERN_INVALID_ADDRESS, "mach_vm_region at -1");
}

static kern_return_t
map(uint64_t size, uint64_t mask, mach_port_t object, uint64_t offset,
    vm_prot_t prot, vm_prot_t max, vm_inherit_t inheritance)
{
    mach_vm_address_t address = 0;
    kern_return_t kr =
        mach_vm_map(mach_task_self(), &address, size, mask, VM_FLAGS_ANYWHERE,
                    object, offset, FALSE, prot, max, inheritance);

    if (kr == KERN_SUCCESS)
        mach_vm_deallocate(mach_task_self(), address, size);
    return kr;
}

TEST(map_arguments)
{
    mach_port_t port = guest_port(), dead = guest_port();
    unsigned names = guest_names();

    guest_kill(dead);
    is_kr(map(PAGE, 0, port, 0, 1, 1, 0), KERN_INVALID_OBJECT,
          "17: mach_vm_map of a port that is no memory");
    is_kr(map(PAGE, 0, mach_task_self(), 0, 1, 1, 0), KERN_INVALID_OBJECT,
          "17: ... of a task");
    is_kr(map(PAGE, 0, dead, 0, 1, 1, 0), KERN_INVALID_OBJECT,
          "17: ... of a dead port");
    is(guest_status(port).mps_srights, 1, "... and keeps no right to it");
    is_kr(map(PAGE, 0, MACH_PORT_NULL, 0, 7, 7, 1), KERN_PROTECTION_FAILURE,
          "mach_vm_map: write and execute");
    is_kr(map(PAGE, 0, MACH_PORT_NULL, 0, 3, 1, 1), KERN_INVALID_ARGUMENT,
          "mach_vm_map: more than the maximum");
    is_kr(map(PAGE, 0, MACH_PORT_NULL, 0, 1, 0x70, 1), KERN_INVALID_ARGUMENT,
          "mach_vm_map: unknown bits");
    is_kr(map(PAGE, 0, MACH_PORT_NULL, 0, 1, 1, 3), KERN_INVALID_ARGUMENT,
          "mach_vm_map: unknown inheritance");
    is_kr(map(~0ull, 0, MACH_PORT_NULL, 0, 1, 1, 1), KERN_INVALID_ARGUMENT,
          "R66: mach_vm_map: a size that rounds up to 0");
    is_kr(map(PAGE, ~0ull, MACH_PORT_NULL, 0, 1, 1, 1), KERN_NO_SPACE,
          "33: mach_vm_map: mask -1");
    is(guest_names(), names, "... none of them leaves a name");
    mach_port_destroy(mach_task_self(), port);
    mach_port_destroy(mach_task_self(), dead);
}

/* ---- 33: the exhaustive product */

/* Every call with every address and size: a code, or success and no harm. */
TEST(product)
{
    static const uint64_t values[] = { 0,
                                       1,
                                       PAGE - 1,
                                       PAGE,
                                       1ull << 32,
                                       1ull << 46,
                                       MAP_TOP - PAGE,
                                       MAP_TOP,
                                       1ull << 47,
                                       1ull << 63,
                                       GUEST_PHYSMAP_ADDRESS,
                                       GUEST_KERNEL_ADDRESS,
                                       -PAGE,
                                       ~0ull };
    mach_port_t task = child_empty();
    unsigned calls = 0;

    for (unsigned i = 0; i < COUNT(values); i++)
        for (unsigned k = 0; k < COUNT(values); k++) {
            mach_vm_address_t address = values[i];
            mach_msg_type_number_t count = 0;
            vm_offset_t data = 0;

            mach_vm_protect(task, values[i], values[k], FALSE, VM_PROT_READ);
            mach_vm_inherit(task, values[i], values[k], VM_INHERIT_NONE);
            if (mach_vm_read(task, values[i], values[k], &data, &count) ==
                    KERN_SUCCESS &&
                count > 0)
                mach_vm_deallocate(mach_task_self(), data, count);
            mach_vm_map(task, &address, values[k], values[i], VM_FLAGS_ANYWHERE,
                        MACH_PORT_NULL, 0, FALSE, VM_PROT_READ, VM_PROT_READ,
                        VM_INHERIT_NONE);
            address = values[i];
            mach_vm_allocate(task, &address, values[k], VM_FLAGS_FIXED);
            mach_vm_deallocate(task, values[i], values[k]);
            calls += 6;
        }
    is(calls, 6 * COUNT(values) * COUNT(values),
       "33: calls with all pairs of odd addresses and sizes come back");
    child_end(task);
}

/* ---- 53: pointers of the traps */

TEST(trap_pointers)
{
    char *two = guest_pages(2), *readonly = guest_pages(1);
    uint64_t bad[] = { 0,
                       (uint64_t)guest_hole(),
                       (uint64_t)readonly,
                       (uint64_t)two + GUEST_PAGE - 4,
                       MAP_TOP,
                       GUEST_NON_CANONICAL - 4,
                       GUEST_NON_CANONICAL,
                       GUEST_PHYSMAP_ADDRESS,
                       GUEST_KERNEL_ADDRESS,
                       ~0ull - 7,
                       ~0ull };
    long long size;

    mach_vm_protect(mach_task_self(), (mach_vm_address_t)readonly, GUEST_PAGE,
                    FALSE, VM_PROT_READ);
    mach_vm_deallocate(mach_task_self(), (mach_vm_address_t)two + GUEST_PAGE,
                       GUEST_PAGE);
    size = guest_size(mach_task_self());
    for (unsigned i = 0; i < COUNT(bad); i++) {
        ok(raw_trap(RAW_MACH(ALLOCATE), mach_task_self(), bad[i], PAGE,
                    VM_FLAGS_ANYWHERE, 0) != KERN_SUCCESS,
           "53: mach_vm_allocate with the address at %#llx",
           (unsigned long long)bad[i]);
        ok(raw_trap(RAW_MACH(MAP_TRAP), mach_task_self(), bad[i], PAGE, 0,
                    VM_FLAGS_ANYWHERE) != KERN_SUCCESS,
           "53: mach_vm_map with it there");
    }
    is(guest_size(mach_task_self()), size, "53: ... none leaves memory behind");
}
