/* SPDX-License-Identifier: MIT */
/*
 * mach/vm_statistics.h - how memory is placed (VM_FLAGS_), and memory counts.
 */
#ifndef _MACH_VM_STATISTICS_H_
#define _MACH_VM_STATISTICS_H_

#include <mach/machine/vm_types.h>
#include <stdint.h>

#define VM_FLAGS_FIXED               0x00000000
#define VM_FLAGS_ANYWHERE            0x00000001
#define VM_FLAGS_PURGABLE            0x00000002
#define VM_FLAGS_4GB_CHUNK           0x00000004
#define VM_FLAGS_RANDOM_ADDR         0x00000008
#define VM_FLAGS_NO_CACHE            0x00000010
#define VM_FLAGS_RESILIENT_CODESIGN  0x00000020
#define VM_FLAGS_RESILIENT_MEDIA     0x00000040
#define VM_FLAGS_PERMANENT           0x00000080
#define VM_FLAGS_TPRO                0x00001000
#define VM_FLAGS_OVERWRITE           0x00004000
#define VM_FLAGS_SUPERPAGE_MASK      0x00070000
#define VM_FLAGS_RETURN_DATA_ADDR    0x00100000
#define VM_FLAGS_RETURN_4K_DATA_ADDR 0x00800000
#define VM_FLAGS_ALIAS_MASK          0xff000000

/* The top byte of the flags is a tag that says what the memory is for. */
#define VM_GET_FLAGS_ALIAS(flags, alias) \
    ((alias) = (int)(((flags)&VM_FLAGS_ALIAS_MASK) >> 24))
#define VM_SET_FLAGS_ALIAS(flags, alias)                          \
    ((flags) = (int)(((unsigned)(flags) & ~VM_FLAGS_ALIAS_MASK) | \
                     (((unsigned)(alias)&0xffu) << 24)))
#define VM_MAKE_TAG(tag) ((int)(((unsigned)(tag)) << 24))

#define VM_MEMORY_MALLOC                  1
#define VM_MEMORY_MACH_MSG                20
#define VM_MEMORY_STACK                   30
#define VM_MEMORY_APPLICATION_SPECIFIC_1  240
#define VM_MEMORY_APPLICATION_SPECIFIC_16 255

/* Counts of pages, or of events since boot */
struct vm_statistics {
    natural_t free_count;
    natural_t active_count;
    natural_t inactive_count;
    natural_t wire_count;
    natural_t zero_fill_count;
    natural_t reactivations;
    natural_t pageins;
    natural_t pageouts;
    natural_t faults;
    natural_t cow_faults;
    natural_t lookups;
    natural_t hits;
    natural_t purgeable_count;
    natural_t purges;
    natural_t speculative_count;
};

typedef struct vm_statistics *vm_statistics_t;
typedef struct vm_statistics vm_statistics_data_t;

/* The same with wider counts of events; what Ostia does not count is 0. */
struct vm_statistics64 {
    natural_t free_count;
    natural_t active_count;   /* pages that tasks have written or read */
    natural_t inactive_count; /* 0: nothing is paged out */
    natural_t wire_count;     /* the kernel with all that it keeps */
    uint64_t zero_fill_count;
    uint64_t reactivations;
    uint64_t pageins;
    uint64_t pageouts;
    uint64_t faults;
    uint64_t cow_faults;
    uint64_t lookups;
    uint64_t hits;
    uint64_t purges;
    natural_t purgeable_count;
    natural_t speculative_count;
    uint64_t decompressions;
    uint64_t compressions;
    uint64_t swapins;
    uint64_t swapouts;
    natural_t compressor_page_count;
    natural_t throttled_count;
    natural_t external_page_count;
    natural_t internal_page_count;
    uint64_t total_uncompressed_pages_in_compressor;
} __attribute__((aligned(8)));

typedef struct vm_statistics64 *vm_statistics64_t;
typedef struct vm_statistics64 vm_statistics64_data_t;

#endif
