/* SPDX-License-Identifier: MIT */
/*
 * host_statistics.c - how much memory is used, and by what.
 *
 * Every page of RAM is one of
 *
 *     free     a frame that nobody has
 *     active   a resident page of a memory object: what tasks have
 *     wired    all else: the kernel's image, the boot file system, zones,
 *              page tables, kernel stacks
 *
 * so that the three make up host_basic_info's max_mem.  Nothing is paged out,
 * and events are not counted: those fields are 0.
 */
#include <mach/host_info.h>
#include <mach_debug/zone_info.h>

#include "kernel/base/assert.h"
#include "kernel/base/string.h"
#include "kernel/core/boot_info.h"
#include "kernel/core/frames.h"
#include "kernel/core/kalloc.h"
#include "kernel/core/vm_param.h"
#include "kernel/info.h"
#include "kernel/ipc_host.h"
#include "mig/mach_host_server.h"
#include "vm/vm_object.h"

#define ZONES_MAX 96

/* ---- memory */

static natural_t
wired_pages(void)
{
    return (natural_t)(boot_info.reserved / PAGE_SIZE + vm_frames_total() -
                       vm_frames_free() - vm_object_pages());
}

/*
 * host_statistics - one flavor of counts.
 *
 * Returns  KERN_SUCCESS, with *count words in `out`
 *          KERN_INVALID_ARGUMENT  another flavor than HOST_VM_INFO
 *          KERN_FAILURE           *count is too small, as on XNU
 */
kern_return_t
host_statistics(host_t host UNUSED, host_flavor_t flavor, host_info_t out,
                mach_msg_type_number_t *count)
{
    vm_statistics_data_t info = {
        .free_count = (natural_t)vm_frames_free(),
        .active_count = (natural_t)vm_object_pages(),
        .wire_count = wired_pages(),
    };

    if (flavor != HOST_VM_INFO)
        return KERN_INVALID_ARGUMENT;
    return info_give(&info, HOST_VM_INFO_REV0_COUNT, HOST_VM_INFO_COUNT, out,
                     count, KERN_FAILURE);
}

/*
 * host_statistics64 - HOST_VM_INFO64, or a flavor of host_statistics.
 *
 * Returns  as host_statistics.
 */
kern_return_t
host_statistics64(host_t host, host_flavor_t flavor, host_info64_t out,
                  mach_msg_type_number_t *count)
{
    vm_statistics64_data_t info = {
        .free_count = (natural_t)vm_frames_free(),
        .active_count = (natural_t)vm_object_pages(),
        .wire_count = wired_pages(),
        .internal_page_count = (natural_t)vm_object_pages(),
    };

    if (flavor != HOST_VM_INFO64)
        return host_statistics(host, flavor, out, count);
    return info_give(&info, HOST_VM_INFO64_REV0_COUNT, HOST_VM_INFO64_COUNT,
                     out, count, KERN_FAILURE);
}

/* ---- zones */

/* Taken before the answer itself needs memory, so that it does not count. */
static struct zone_snapshot {
    mach_zone_name_t names[ZONES_MAX];
    mach_zone_info_t info[ZONES_MAX];
} snapshot;

static mach_zone_info_t
zone_info(const struct zone *zone)
{
    return (mach_zone_info_t){
        .mzi_count = zone->z_count,
        .mzi_cur_size = zone->z_pages * PAGE_SIZE,
        .mzi_elem_size = zone->z_size,
        .mzi_alloc_size = zone->z_size != 0 ? round_page(zone->z_size) : 0,
        .mzi_exhaustible = true,
        .mzi_collectable = true,
    };
}

/* Returns  how many zones there are. */
static mach_msg_type_number_t
take_snapshot(void)
{
    mach_msg_type_number_t count = 0;

    for (const struct zone *zone = kalloc_zones(); zone != NULL;
         zone = zone->z_next) {
        assert(count < ZONES_MAX);
        memset(&snapshot.names[count], 0, sizeof(snapshot.names[count]));
        (void)strlcpy(snapshot.names[count].mzn_name, zone->z_name,
                      ZONE_NAME_MAX_LEN);
        snapshot.info[count] = zone_info(zone);
        count++;
    }
    return count;
}

/*
 * mach_zone_info - the names of all zones, and what is in them, in the same
 * order.
 *
 * A zone is there from the first use of it on.  The memory of the answer is
 * not counted, the message that asked is.
 *
 * Returns  KERN_SUCCESS
 *          KERN_RESOURCE_SHORTAGE  no memory for the answer
 */
kern_return_t
mach_zone_info(host_t host UNUSED, vm_map_copy_t *names,
               mach_msg_type_number_t *names_count, vm_map_copy_t *info,
               mach_msg_type_number_t *info_count)
{
    mach_msg_type_number_t count;
    kern_return_t kr;

    count = take_snapshot();
    kr = vm_map_copy_from_kernel(snapshot.names,
                                 count * sizeof(*snapshot.names), names);
    if (kr != KERN_SUCCESS)
        return kr;
    kr = vm_map_copy_from_kernel(snapshot.info, count * sizeof(*snapshot.info),
                                 info);
    if (kr != KERN_SUCCESS) {
        vm_map_copy_discard(*names);
        return kr;
    }
    *names_count = count;
    *info_count = count;
    return KERN_SUCCESS;
}
