/* SPDX-License-Identifier: MIT */
/*
 * mach/host_info.h - what host_info and host_statistics tell of the machine,
 * flavor by flavor.
 */
#ifndef _MACH_HOST_INFO_H_
#define _MACH_HOST_INFO_H_

#include <mach/machine.h>
#include <mach/machine/vm_types.h>
#include <mach/message.h>
#include <mach/vm_statistics.h>
#include <stdint.h>

typedef integer_t *host_info_t;
typedef integer_t *host_info64_t;
typedef integer_t host_flavor_t;

#define HOST_INFO_MAX (1024)
typedef integer_t host_info_data_t[HOST_INFO_MAX];

#define KERNEL_VERSION_MAX (512)
typedef char kernel_version_t[KERNEL_VERSION_MAX];

#define KERNEL_BOOT_INFO_MAX (4096)
typedef char kernel_boot_info_t[KERNEL_BOOT_INFO_MAX];

#define HOST_BASIC_INFO     1
#define HOST_SCHED_INFO     3
#define HOST_RESOURCE_SIZES 4
#define HOST_PRIORITY_INFO  5

#pragma pack(push, 4)

struct host_basic_info {
    integer_t max_cpus;
    integer_t avail_cpus;
    natural_t memory_size; /* bytes, as far as they fit */
    cpu_type_t cpu_type;
    cpu_subtype_t cpu_subtype;
    cpu_threadtype_t cpu_threadtype;
    integer_t physical_cpu;
    integer_t physical_cpu_max;
    integer_t logical_cpu;
    integer_t logical_cpu_max;
    uint64_t max_mem; /* bytes */
};

typedef struct host_basic_info host_basic_info_data_t;
typedef struct host_basic_info *host_basic_info_t;

#define HOST_BASIC_INFO_COUNT                                  \
    ((mach_msg_type_number_t)(sizeof(host_basic_info_data_t) / \
                              sizeof(integer_t)))

struct host_sched_info {
    integer_t min_timeout; /* milliseconds */
    integer_t min_quantum;
};

typedef struct host_sched_info host_sched_info_data_t;
typedef struct host_sched_info *host_sched_info_t;

#define HOST_SCHED_INFO_COUNT                                  \
    ((mach_msg_type_number_t)(sizeof(host_sched_info_data_t) / \
                              sizeof(integer_t)))

struct host_priority_info {
    integer_t kernel_priority;
    integer_t system_priority;
    integer_t server_priority;
    integer_t user_priority;
    integer_t depress_priority;
    integer_t idle_priority;
    integer_t minimum_priority;
    integer_t maximum_priority;
};

typedef struct host_priority_info host_priority_info_data_t;
typedef struct host_priority_info *host_priority_info_t;

#define HOST_PRIORITY_INFO_COUNT                                  \
    ((mach_msg_type_number_t)(sizeof(host_priority_info_data_t) / \
                              sizeof(integer_t)))

#pragma pack(pop)

/* ---- host_statistics, host_statistics64 */

#define HOST_LOAD_INFO         1
#define HOST_VM_INFO           2
#define HOST_CPU_LOAD_INFO     3
#define HOST_VM_INFO64         4
#define HOST_EXTMOD_INFO64     5
#define HOST_EXPIRED_TASK_INFO 6

#define HOST_VM_INFO_COUNT \
    ((mach_msg_type_number_t)(sizeof(vm_statistics_data_t) / sizeof(integer_t)))
#define HOST_VM_INFO64_COUNT                                   \
    ((mach_msg_type_number_t)(sizeof(vm_statistics64_data_t) / \
                              sizeof(integer_t)))

/* As many words as the first callers had room for. */
#define HOST_VM_INFO_REV0_COUNT   12
#define HOST_VM_INFO_REV1_COUNT   14
#define HOST_VM_INFO_REV2_COUNT   HOST_VM_INFO_COUNT
#define HOST_VM_INFO64_REV0_COUNT 24
#define HOST_VM_INFO64_REV1_COUNT HOST_VM_INFO64_COUNT

_Static_assert(HOST_VM_INFO_COUNT == 15, "HOST_VM_INFO");
_Static_assert(HOST_VM_INFO64_COUNT == 38, "HOST_VM_INFO64");
_Static_assert(HOST_BASIC_INFO_COUNT == 12, "HOST_BASIC_INFO");

#endif
