/* SPDX-License-Identifier: MIT */
/*
 * ipc_listing.h - lists of names for replies, however many there are.
 */
#ifndef OSTIA_IPC_IPC_LISTING_H
#define OSTIA_IPC_IPC_LISTING_H

#include "ipc/ipc_types.h"
#include "vm/vm_copy.h"

typedef enum ipc_listing_kind {
    LIST_NAMES,   /* two arrays: names, and types */
    LIST_INFOS,   /* of ipc_info_name_t */
    LIST_MEMBERS, /* names of the members of a set */
} ipc_listing_kind_t;

struct ipc_listing;

/*
 * ipc_listing_make - list the names of a space, or of the members of a set.
 *
 * `pset` is NULL but for LIST_MEMBERS.  A name that is there all the time is
 * listed once; one that comes or goes meanwhile may be listed or not.
 *
 * Returns   KERN_SUCCESS, with `*count` elements in copy[0], and for
 *           LIST_NAMES in copy[1], which are the caller's; NULL for none
 *           WORK_UNFINISHED         to be called again, by the same request
 *           KERN_INVALID_NAME       the set is another one than at first
 *           KERN_RESOURCE_SHORTAGE
 */
MUSTUSE kern_return_t ipc_listing_make(ipc_listing_kind_t kind,
                                       ipc_space_t space, ipc_pset_t pset,
                                       vm_map_copy_t copy[2], uint32_t *count);
/* Ends a listing that is kept with a request. */
void ipc_listing_free(struct ipc_listing *listing);

#endif
