/* SPDX-License-Identifier: MIT */
/*
 * mach_debug/zone_info.h - what mach_zone_info tells of the kernel's zones.
 *
 * A zone holds the kernel's objects of one kind, or kalloc's of one size.
 */
#ifndef _MACH_DEBUG_ZONE_INFO_H_
#define _MACH_DEBUG_ZONE_INFO_H_

#include <stdint.h>

#define ZONE_NAME_MAX_LEN      80
#define MACH_ZONE_NAME_MAX_LEN 80

typedef struct mach_zone_name {
    char mzn_name[ZONE_NAME_MAX_LEN];
} mach_zone_name_t;

typedef mach_zone_name_t *mach_zone_name_array_t;

/* All sizes are in bytes. */
typedef struct mach_zone_info_data {
    uint64_t mzi_count;       /* elements in use */
    uint64_t mzi_cur_size;    /* memory that the zone holds */
    uint64_t mzi_max_size;    /* the most it may hold; 0: no limit */
    uint64_t mzi_elem_size;   /* of one element; 0: of all sizes */
    uint64_t mzi_alloc_size;  /* what it takes at a time */
    uint64_t mzi_sum_size;    /* of all elements ever; 0: not counted */
    uint64_t mzi_exhaustible; /* 1: may run empty with an error */
    uint64_t mzi_collectable; /* 1: gives memory back */
} mach_zone_info_t;

typedef mach_zone_info_t *mach_zone_info_array_t;

#endif
