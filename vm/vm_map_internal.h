/* SPDX-License-Identifier: MIT */
/*
 * vm_map_internal.h - the structure of an address space, for vm/ alone.
 */
#ifndef OSTIA_VM_VM_MAP_INTERNAL_H
#define OSTIA_VM_VM_MAP_INTERNAL_H

#include <mach/vm_inherit.h>

#include "kernel/base/tree.h"
#include "kernel/core/work.h"
#include "vm/vm_map.h"
#include "vm/vm_object.h"

typedef struct vm_map_entry *vm_map_entry_t;

#define VM_MAP_ENTRY_NULL ((vm_map_entry_t)NULL)

/*
 * One range of a map that has one object behind it and one access.
 *
 * (V1) start < end, both page borders within [VM_MIN_ADDRESS, VM_MAX_ADDRESS).
 * (V2) The object reaches from vme_offset for the length of the entry; the
 *      entry holds a reference on it.
 * (V3) vme_prot is part of vme_max_prot, and never write and execute at once.
 */
struct vm_map_entry {
    struct tree_node vme_node; /* in map_entries, by vme_start */
    vaddr_t vme_start;
    vaddr_t vme_end;
    vm_object_t vme_object;
    uint64_t vme_offset;
    vm_prot_t vme_prot;
    vm_prot_t vme_max_prot;
    vm_inherit_t vme_inheritance;

    /* Of the subtree below vme_node: first and last byte, widest hole. */
    vaddr_t vme_sub_start;
    vaddr_t vme_sub_end;
    uint64_t vme_sub_gap;
};

/*
 * (V4) Entries do not overlap; the tree has them in order.
 * (V5) map_size is the sum of their lengths, map_entry_count their number.
 * (V6) Every page that the pmap maps is the resident page of an entry's
 *      object, with no more access than vme_prot.
 */
struct vm_map {
    unsigned long map_refs;
    bool map_active; /* until vm_map_shutdown */
    struct tree map_entries;
    vm_map_entry_t map_hint; /* the entry found last, or NULL */
    size_t map_entry_count;
    uint64_t map_size;
    pmap_t map_pmap;
};

#define entry_of(node) tree_element(node, struct vm_map_entry, vme_node)

/* Where the page at `address`, which the entry has, lies in its object. */
static inline uint64_t
vm_map_entry_offset(vm_map_entry_t entry, vaddr_t address)
{
    return entry->vme_offset + (trunc_page(address) - entry->vme_start);
}

/* ---- vm_map_entry.c: the entries of a map */

void vm_map_entries_init(vm_map_t map);
/* The entry that has `address`, or NULL. */
vm_map_entry_t vm_map_lookup(vm_map_t map, vaddr_t address);
/* The entry that has `address`, or the first above, or NULL. */
vm_map_entry_t vm_map_lookup_from(vm_map_t map, vaddr_t address);
vm_map_entry_t vm_map_entry_next(vm_map_entry_t entry);
/* A new entry like another, in no map yet; NULL if there is no memory. */
MUSTUSE vm_map_entry_t vm_map_entry_create(vm_map_t map,
                                           const struct vm_map_entry *like);
void vm_map_entry_destroy(vm_map_entry_t entry); /* one that is in no map */
void vm_map_entry_insert(vm_map_t map, vm_map_entry_t entry);
/* Out of the map and freed, with the entry's reference on its object. */
void vm_map_entry_delete(vm_map_t map, vm_map_entry_t entry);
/* Moves the start of an entry up: what lies below is not in the map any more. */
void vm_map_entry_trim(vm_map_t map, vm_map_entry_t entry, vaddr_t start);
/* Moves the end of an entry; its object reaches as far. */
void vm_map_entry_extend(vm_map_t map, vm_map_entry_t entry, vaddr_t end);
/* Whether `next` goes on where `entry` ends, with everything alike. */
bool vm_map_entry_goes_on(const struct vm_map_entry *entry,
                          const struct vm_map_entry *next);
/* Whether its object is its own, ends where it does, and may grow; not if it is
 * NULL. */
bool vm_map_entry_grows(vm_map_t map, vm_map_entry_t entry);
/* Makes `address` a border between entries, if it is inside one. */
MUSTUSE kern_return_t vm_map_clip(vm_map_t map, vaddr_t address);
/* The same for both ends of a range. */
MUSTUSE kern_return_t vm_map_clip_range(vm_map_t map, vaddr_t start,
                                        vaddr_t end);
/* Joins entries of [start, end] that clipping parted, where they are alike. */
void vm_map_simplify(vm_map_t map, vaddr_t start, vaddr_t end);
/* The lowest hole of `size` bytes at or above `start`; 0 if there is none. */
vaddr_t vm_map_find_space(vm_map_t map, vaddr_t start, uint64_t size);

/* ---- vm_map.c */

/*
 * vm_map_remove - take [*start, end), page borders, out of the map, upwards.
 *
 * Returns   KERN_SUCCESS            holes are fine
 *           KERN_RESOURCE_SHORTAGE  an entry had to be parted; none is removed
 *           WORK_UNFINISHED         the part below the new *start is
 */
MUSTUSE kern_return_t vm_map_remove(vm_map_t map, vaddr_t *start, vaddr_t end);

/*
 * Looks at the entries of [*start, end): KERN_INVALID_ADDRESS for the first
 * hole, KERN_PROTECTION_FAILURE for the first entry that has not all of `prot`,
 * or may not have all of `max_prot`; WORK_UNFINISHED if only the part below the
 * new *start was looked at.
 */
MUSTUSE kern_return_t vm_map_check_range(vm_map_t map, vaddr_t *start,
                                         vaddr_t end, vm_prot_t prot,
                                         vm_prot_t max_prot);

/* ---- vm_map_protect.c */

MUSTUSE kern_return_t vm_map_protect(vm_map_t map, uint64_t address,
                                     uint64_t size, vm_prot_t prot,
                                     bool set_max);
MUSTUSE kern_return_t vm_map_inherit(vm_map_t map, uint64_t address,
                                     uint64_t size, vm_inherit_t inheritance);

/* ---- vm_fault.c */

/* As vm_fault, but does not map the page: gives its frame, and in *prot all the
 * access that its entry has. */
MUSTUSE kern_return_t vm_fault_page(vm_map_t map, vaddr_t address,
                                    vm_prot_t *prot, paddr_t *frame);

/* ---- vm_copy.c */

/*
 * Goes on to copy a part of an object, for a call on the map; *to is a private
 * object with the bytes, with a reference.  KERN_RESOURCE_SHORTAGE,
 * WORK_UNFINISHED as vm_object_copy.
 */
MUSTUSE kern_return_t vm_map_copy_object(vm_map_t map, vm_object_t from,
                                         uint64_t offset, uint64_t size,
                                         vm_object_t *to);
/* Writes the copy over [address, …), all of which must be writable. */
MUSTUSE kern_return_t vm_map_copy_overwrite(vm_map_t map, uint64_t address,
                                            vm_map_copy_t copy,
                                            struct progress *progress);

/* ---- vm_check.c */

/* Panics if an invariant of the map does not hold. */
void vm_map_check(vm_map_t map);

#endif
