/* SPDX-License-Identifier: MIT */
/*
 * vm_copy.h - memory on its way between address spaces (part of the ipc seam).
 *
 * A vm_map_copy is a snapshot of bytes that belongs to whoever holds the
 * pointer: a message, or a kernel routine.  ipc/ never looks inside.
 */
#ifndef OSTIA_VM_VM_COPY_H
#define OSTIA_VM_VM_COPY_H

#include <mach/kern_return.h>

#include "kernel/base/compiler.h"
#include "kernel/base/types.h"

struct ledger;

typedef struct vm_map *vm_map_t;
typedef struct vm_map_copy *vm_map_copy_t;
#define VM_MAP_COPY_NULL ((vm_map_copy_t)NULL)
#define VM_MAP_NULL      ((vm_map_t)NULL)

/* The map of the running thread's task (borrowed). */
vm_map_t vm_map_current(void);

/*
 * vm_map_copyin - take a copy of [address, address + size) of `map`; with
 * `destroy`, the whole pages of the range are unmapped afterwards.
 *
 * Requires *copy is NULL at first.  Pages that another thread writes meanwhile
 *          may be copied as they were before or after.
 * Returns  KERN_SUCCESS             *copy is the caller's; NULL if size is 0
 *          KERN_INVALID_ADDRESS     a hole, or outside the user half; not
 *                                   readable, below two pages
 *          KERN_PROTECTION_FAILURE  not readable
 *          KERN_RESOURCE_SHORTAGE   no memory; nothing changed
 *          WORK_UNFINISHED          to be called again, with the same *copy, or
 *                                   that is to be discarded
 */
MUSTUSE kern_return_t vm_map_copyin(vm_map_t map, uint64_t address,
                                    uint64_t size, bool destroy,
                                    vm_map_copy_t *copy);
/*
 * vm_map_copyout - map the copy somewhere in `map`, readable and writable.
 *
 * Consumes  the copy, on KERN_SUCCESS alone.
 * Returns   KERN_SUCCESS, with *address; 0 for a NULL copy
 *           KERN_NO_SPACE            no room in the address space
 *           KERN_RESOURCE_SHORTAGE   no memory
 */
MUSTUSE kern_return_t vm_map_copyout(vm_map_t map, vm_map_copy_t copy,
                                     uint64_t *address);
/* Frees a copy; NULL is allowed. */
void vm_map_copy_discard(vm_map_copy_t copy);
/* Bytes in the copy; 0 for NULL. */
uint64_t vm_map_copy_size(vm_map_copy_t copy);

/* A copy of kernel bytes, for the task that runs; *copy is NULL if size is 0. */
MUSTUSE kern_return_t vm_map_copy_from_kernel(const void *bytes, uint64_t size,
                                              vm_map_copy_t *copy);
/*
 * Memory that the kernel fills piece by piece: a copy of `size` zeros (*copy
 * is NULL if size is 0), which take memory of `ledger` where something is
 * written.
 */
MUSTUSE kern_return_t vm_map_copy_create(uint64_t size, struct ledger *ledger,
                                         vm_map_copy_t *copy);
/* `ledger` pays for the copy's bytes from now on; KERN_RESOURCE_SHORTAGE, with
 * nothing changed: it may not have so much. */
MUSTUSE kern_return_t vm_map_copy_charge(vm_map_copy_t copy,
                                         struct ledger *ledger);
/* Requires  offset + size <= vm_map_copy_size(copy). */
MUSTUSE kern_return_t vm_map_copy_write(vm_map_copy_t copy, uint64_t offset,
                                        const void *bytes, uint64_t size);
/*
 * vm_map_copy_at - where the byte at `offset` lies, and with it those behind
 * it in its page.  A page where nothing is written yet is made, of zeros.
 *
 * Requires  offset < vm_map_copy_size(copy).
 * Returns   the address, good until the copy is consumed, and *size, how many
 *           of the copy's bytes lie from there on; NULL if memory is short
 */
MUSTUSE void *vm_map_copy_at(vm_map_copy_t copy, uint64_t offset,
                             uint64_t *size);
/* Truncates the copy to `size` bytes; no byte behind them may have been written.
 * Consumes the copy.  Returns it, or NULL if size is 0. */
vm_map_copy_t vm_map_copy_cut(vm_map_copy_t copy, uint64_t size);
/*
 * vm_map_copy_read - bytes of the copy, into kernel memory.
 *
 * Requires  offset + size <= vm_map_copy_size(copy).
 */
void vm_map_copy_read(vm_map_copy_t copy, uint64_t offset, void *to,
                      uint64_t size);

/* Unmaps the whole pages that touch the range; holes are fine, and a range that
 * leaves the user half is no error, but is left alone.  WORK_UNFINISHED: to be
 * called again by this thread. */
MUSTUSE kern_return_t vm_map_remove_range(vm_map_t map, uint64_t address,
                                          uint64_t size);

#endif
