/* SPDX-License-Identifier: MIT */
/*
 * vm_user.c - the kernel routines of mach_vm.defs and vm_map.defs.
 *
 * The target map comes with the request's port, and need not be the running
 * one.
 */
#include <mach/vm_behavior.h>
#include <mach/vm_region.h>
#include <mach/vm_statistics.h>

#include "kernel/base/string.h"
#include "kernel/core/work.h"
#include "mig/mach_vm_server.h"
#include "vm/vm_map_internal.h"

#define CHECK_ENTRIES_MAX 64

/* The end of a call that changes a map, or a rest before it is made again.
 * Debug builds look at the whole map, unless it is huge. */
static kern_return_t
checked(vm_map_t map, kern_return_t kr)
{
    if (kr != WORK_UNFINISHED)
        work_progress_end();
    if (DEBUG && map->map_active && map->map_entry_count <= CHECK_ENTRIES_MAX)
        vm_map_check(map);
    return kr;
}

/*
 * mach_vm_allocate - fresh zero-fill memory.
 *
 * Returns   KERN_SUCCESS            with *address; 0 for size 0
 *           KERN_INVALID_ARGUMENT   a flag is not offered, whatever the size;
 *                                   the size is too large to round up; the map
 *                                   is shut down
 *           KERN_INVALID_ADDRESS    a fixed range outside the user half
 *           KERN_NO_SPACE           the fixed range is taken, or no hole fits
 *           KERN_RESOURCE_SHORTAGE  no memory
 */
kern_return_t
mach_vm_allocate(vm_map_t map, mach_vm_address_t *address, mach_vm_size_t size,
                 int flags)
{
    if (!map->map_active || (flags & ~VM_MAP_FLAGS) != 0)
        return KERN_INVALID_ARGUMENT;
    if (size == 0) {
        *address = 0;
        return KERN_SUCCESS;
    }
    if (flags & VM_FLAGS_ANYWHERE)
        *address = 0;
    return checked(map, vm_map_enter(map, address, size, 0, flags,
                                     VM_OBJECT_NULL, 0, false, VM_PROT_DEFAULT,
                                     VM_PROT_ALL, VM_INHERIT_DEFAULT));
}

/*
 * mach_vm_deallocate - unmap the pages that touch a range; holes are fine.
 *
 * Returns   KERN_SUCCESS, also for size 0, and for a range that leaves the
 *           user half, of which nothing is unmapped
 *           KERN_INVALID_ARGUMENT   the range wraps, or the map is shut down
 *           KERN_RESOURCE_SHORTAGE  no memory to part an entry
 */
kern_return_t
mach_vm_deallocate(vm_map_t map, mach_vm_address_t address, mach_vm_size_t size)
{
    return checked(map, vm_map_remove_range(map, address, size));
}

/* mach_vm_protect - see vm_map_protect. */
kern_return_t
mach_vm_protect(vm_map_t map, mach_vm_address_t address, mach_vm_size_t size,
                boolean_t set_maximum, vm_prot_t new_protection)
{
    return checked(map, vm_map_protect(map, address, size, new_protection,
                                       set_maximum != 0));
}

/* mach_vm_inherit - see vm_map_inherit. */
kern_return_t
mach_vm_inherit(vm_map_t map, mach_vm_address_t address, mach_vm_size_t size,
                vm_inherit_t new_inheritance)
{
    return checked(map, vm_map_inherit(map, address, size, new_inheritance));
}

/*
 * mach_vm_read - a copy of a range, as out-of-line memory.
 *
 * Returns   KERN_SUCCESS             with the copy; NULL for size 0
 *           KERN_INVALID_ARGUMENT    more than a message can say, or the map
 *                                    is shut down
 *           KERN_INVALID_ADDRESS, KERN_PROTECTION_FAILURE,
 *           KERN_RESOURCE_SHORTAGE   as vm_map_copyin
 */
kern_return_t
mach_vm_read(vm_map_t map, mach_vm_address_t address, mach_vm_size_t size,
             vm_map_copy_t *data, mach_msg_type_number_t *count)
{
    struct progress *progress = work_progress(map);
    kern_return_t kr = KERN_INVALID_ARGUMENT;

    if (map->map_active && size <= UINT32_MAX)
        kr = vm_map_copyin(map, address, size, false, &progress->pr_copy);
    if (kr == KERN_SUCCESS) {
        *data = progress->pr_copy;
        *count = (mach_msg_type_number_t)size;
        progress->pr_copy = VM_MAP_COPY_NULL;
    }
    return checked(map, kr);
}

/*
 * mach_vm_write - write out-of-line memory over a range.
 *
 * Consumes  the copy, on KERN_SUCCESS.
 * Returns   KERN_INVALID_ARGUMENT when the map is shut down, or the codes of
 *           vm_map_copy_overwrite
 */
kern_return_t
mach_vm_write(vm_map_t map, mach_vm_address_t address, vm_map_copy_t data,
              UNUSED mach_msg_type_number_t count)
{
    kern_return_t kr;

    if (!map->map_active)
        return KERN_INVALID_ARGUMENT;
    kr = vm_map_copy_overwrite(map, address, data, work_progress(map));
    if (kr == KERN_SUCCESS)
        vm_map_copy_discard(data);
    return checked(map, kr);
}

/*
 * mach_vm_read_overwrite - copy a range of `map` over memory of the caller.
 *
 * Returns   the codes of mach_vm_read and vm_map_copy_overwrite
 */
kern_return_t
mach_vm_read_overwrite(vm_map_t map, mach_vm_address_t address,
                       mach_vm_size_t size, mach_vm_address_t data,
                       mach_vm_size_t *outsize)
{
    struct progress *progress = work_progress(map);
    vm_map_t own = vm_map_current();
    kern_return_t kr = KERN_INVALID_ARGUMENT;

    if (map->map_active && own->map_active && size <= UINT32_MAX)
        kr = vm_map_copyin(map, address, size, false, &progress->pr_copy);
    if (kr == KERN_SUCCESS)
        kr = vm_map_copy_overwrite(own, data, progress->pr_copy, progress);
    *outsize = size;
    return checked(map, kr);
}

/*
 * mach_vm_region - tell of the first entry at or above an address.
 *
 * Returns   KERN_SUCCESS           with its address, size and information; the
 *                                  object's name is always null
 *           KERN_INVALID_ADDRESS   there is none
 *           KERN_INVALID_ARGUMENT  another flavor than BASIC_INFO_64, too
 *                                  little room for it, or a map shut down
 */
kern_return_t
mach_vm_region(vm_map_t map, mach_vm_address_t *address, mach_vm_size_t *size,
               vm_region_flavor_t flavor, vm_region_info_t info,
               mach_msg_type_number_t *count, ipc_port_t *object_name)
{
    vm_region_basic_info_64_t basic = (vm_region_basic_info_64_t)info;
    vm_map_entry_t entry;

    if (!map->map_active || flavor != VM_REGION_BASIC_INFO_64 ||
        *count < VM_REGION_BASIC_INFO_COUNT_64)
        return KERN_INVALID_ARGUMENT;
    entry = vm_map_lookup_from(map, *address);
    if (entry == VM_MAP_ENTRY_NULL)
        return KERN_INVALID_ADDRESS;

    *address = entry->vme_start;
    *size = entry->vme_end - entry->vme_start;
    *count = VM_REGION_BASIC_INFO_COUNT_64;
    *object_name = IP_NULL;
    memset(basic, 0, sizeof(*basic)); /* its padding goes to the caller too */
    basic->protection = entry->vme_prot;
    basic->max_protection = entry->vme_max_prot;
    basic->inheritance = entry->vme_inheritance;
    basic->shared = !entry->vme_object->vo_private;
    basic->offset = entry->vme_offset;
    basic->behavior = VM_BEHAVIOR_DEFAULT;
    return KERN_SUCCESS;
}
