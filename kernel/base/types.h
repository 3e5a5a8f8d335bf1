/* SPDX-License-Identifier: MIT */
/*
 * types.h - integers, booleans and the address types of the kernel.
 *
 * A user address is a type of its own, so that the compiler refuses to follow
 * it: the one way to the bytes behind it is vm/copyio.h.
 */
#ifndef OSTIA_KERNEL_BASE_TYPES_H
#define OSTIA_KERNEL_BASE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t paddr_t; /* a physical address */
typedef uint64_t vaddr_t; /* a virtual address in some address space */

/* An address that a user task named; nothing about it has been checked.  A sum
 * with it may wrap: copyio refuses what leaves the user half. */
typedef struct user_addr {
    uint64_t ua;
} user_addr_t;

static inline user_addr_t
user_addr(uint64_t address)
{
    return (user_addr_t){ address };
}

#endif
