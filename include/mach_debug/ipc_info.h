/* SPDX-License-Identifier: MIT */
/*
 * mach_debug/ipc_info.h - what mach_port_space_info tells of a task's names.
 *
 * Objects are known by numbers: two names with one number mean one object.  The
 * fields that speak of a tree are 0: names are in one table.
 */
#ifndef _MACH_DEBUG_IPC_INFO_H_
#define _MACH_DEBUG_IPC_INFO_H_

#include <mach/machine/vm_types.h>
#include <mach/port.h>

typedef struct ipc_info_space {
    natural_t iis_genno_mask; /* of a name: the bits of its generation */
    natural_t iis_table_size; /* slots of the table, in use or free */
    natural_t iis_table_next; /* the most slots that it may have */
    natural_t iis_tree_size;
    natural_t iis_tree_small;
    natural_t iis_tree_hash;
} ipc_info_space_t;

typedef struct ipc_info_space_basic {
    natural_t iisb_genno_mask;
    natural_t iisb_table_size;
    natural_t iisb_table_next;
    natural_t iisb_table_inuse; /* names that there are */
    natural_t iisb_reserved[2];
} ipc_info_space_basic_t;

typedef struct ipc_info_name {
    mach_port_name_t iin_name;
    integer_t iin_collision; /* 0 */
    mach_port_type_t iin_type;
    mach_port_urefs_t iin_urefs;
    natural_t iin_object; /* number of the port or set; 0: a dead name */
    natural_t iin_next;   /* 1: a request sits on the name */
    natural_t iin_hash;   /* 0 */
} ipc_info_name_t;

typedef ipc_info_name_t *ipc_info_name_array_t;

typedef struct ipc_info_tree_name {
    ipc_info_name_t iitn_name;
    mach_port_name_t iitn_lchild;
    mach_port_name_t iitn_rchild;
} ipc_info_tree_name_t;

typedef ipc_info_tree_name_t *ipc_info_tree_name_array_t;

_Static_assert(sizeof(ipc_info_space_t) == 24, "ipc_info_space_t");
_Static_assert(sizeof(ipc_info_space_basic_t) == 24, "ipc_info_space_basic_t");
_Static_assert(sizeof(ipc_info_name_t) == 28, "ipc_info_name_t");
_Static_assert(sizeof(ipc_info_tree_name_t) == 36, "ipc_info_tree_name_t");

#endif
