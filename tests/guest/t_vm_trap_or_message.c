/* SPDX-License-Identifier: MIT */
/*
 * t_vm_trap_or_message.c - calls on memory that are a trap and a message: both
 * ways answer alike (facts M1, M6, M7, M11, M13, M16).
 */
#include <mach/mach_traps.h>
#include <mach/mach_vm.h>

#include "guest.h"
#include "tap.h"

#define PAGE 4096ull

#define OK  KERN_SUCCESS
#define ARG KERN_INVALID_ARGUMENT

static bool by_trap; /* or by message: which way BOTH goes */

#define BOTH(routine, ...)                                    \
    (by_trap ? _kernelrpc_##routine##_trap(SELF, __VA_ARGS__) \
             : _kernelrpc_##routine(SELF, __VA_ARGS__))

static const char *
way(void)
{
    return by_trap ? "trap" : "message";
}

static kern_return_t
vm_allocate_way(mach_vm_address_t address, mach_vm_size_t size, int flags)
{
    return BOTH(mach_vm_allocate, &address, size, flags);
}

/* Where the trap has no argument for it, the message says the same. */
static kern_return_t
vm_map_way(mach_vm_address_t address, mach_vm_size_t size, int flags)
{
    if (by_trap)
        return _kernelrpc_mach_vm_map_trap(SELF, &address, size, 0, flags,
                                           VM_PROT_DEFAULT);
    return _kernelrpc_mach_vm_map(SELF, &address, size, 0, flags,
                                  MACH_PORT_NULL, 0, FALSE, VM_PROT_DEFAULT,
                                  VM_PROT_ALL, VM_INHERIT_DEFAULT);
}

/* The order of checks, and ranges at the borders */
static void
test_memory(void)
{
    mach_vm_address_t a = (mach_vm_address_t)guest_pages(2);

    is_kr(vm_allocate_way(0, 0, VM_FLAGS_ANYWHERE), OK, "%s: vm_allocate of 0",
          way());
    is_kr(vm_allocate_way(0, 0, 0x100 | VM_FLAGS_ANYWHERE), ARG,
          "%s: vm_allocate of 0 with a bad flag (flags first)", way());
    is_kr(vm_allocate_way(0, PAGE, VM_FLAGS_PURGABLE | VM_FLAGS_ANYWHERE), ARG,
          "%s: vm_allocate with a flag that is not offered", way());
    is_kr(vm_allocate_way(a, PAGE, VM_FLAGS_FIXED), KERN_NO_SPACE,
          "%s: vm_allocate over what is there", way());
    is_kr(vm_allocate_way(PAGE, -2 * PAGE + 1, VM_FLAGS_FIXED),
          KERN_INVALID_ADDRESS, "%s: vm_allocate: an end that rounds to 2^64",
          way());
    is_kr(vm_map_way(0, 0, VM_FLAGS_ANYWHERE), ARG, "%s: vm_map of 0", way());
    is_kr(vm_map_way(a, PAGE, VM_FLAGS_FIXED), KERN_NO_SPACE,
          "%s: vm_map over what is there", way());
    is_kr(BOTH(mach_vm_deallocate, a, ~0ull), ARG,
          "%s: vm_deallocate: a range that wraps", way());
    is_kr(BOTH(mach_vm_deallocate, PAGE, ~0ull - PAGE), OK,
          "%s: vm_deallocate: an end that rounds to 2^64", way());
    is_kr(BOTH(mach_vm_deallocate, a, GUEST_NON_CANONICAL), OK,
          "%s: vm_deallocate: an end above the map", way());
    is_kr(BOTH(mach_vm_deallocate, 0, a + PAGE), OK,
          "%s: vm_deallocate: a start below the map", way());
    *(volatile char *)a = 1;
    ok(true, "... of none of these anything is unmapped");
    is_kr(BOTH(mach_vm_protect, a, 0, FALSE, 0x77), OK,
          "%s: vm_protect: size 0 first", way());
    is_kr(BOTH(mach_vm_protect, a, PAGE, FALSE, 0x77), ARG,
          "%s: vm_protect: bits that are none", way());
    is_kr(BOTH(mach_vm_protect, a, ~0ull - a, FALSE, VM_PROT_READ), ARG,
          "%s: vm_protect: an end that rounds to 2^64", way());
    is_kr(BOTH(mach_vm_protect, GUEST_NON_CANONICAL, PAGE, FALSE, VM_PROT_READ),
          KERN_INVALID_ADDRESS, "%s: vm_protect: above the map", way());
    mach_vm_deallocate(SELF, a, 2 * PAGE);
}

int
main(void)
{
    by_trap = true;
    test_memory();
    by_trap = false;
    test_memory();
    return tap_done();
}
