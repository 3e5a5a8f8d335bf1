/* SPDX-License-Identifier: MIT */
/*
 * memory_entry.c - named memory entries, and mapping what they name.
 *
 * An entry lives as long as somebody can name it: the last send right takes
 * the port, the entry and its reference on the object along.  What is mapped
 * by then stays mapped.
 */
#include "kernel/memory_entry.h"

#include <mach/vm_inherit.h>

#include "ipc/ipc_kobject.h"
#include "ipc/ipc_port.h"
#include "ipc/mig_trap.h"
#include "kernel/base/assert.h"
#include "kernel/core/kalloc.h"
#include "kernel/core/vm_param.h"
#include "kernel/ipc_tt.h"
#include "mig/mach_vm_server.h"

static struct zone entry_zone =
    ZONE_INIT("memory entries", struct vm_named_entry);

ipc_port_t
memory_entry_create(struct vm_object *object, uint64_t size,
                    vm_prot_t protection)
{
    struct vm_named_entry *entry = zalloc(&entry_zone, &kernel_ledger);
    ipc_port_t port;

    if (entry == NULL)
        return IP_NULL;
    port = ipc_kobject_alloc(entry, IKOT_NAMED_ENTRY, &kernel_ledger);
    if (port == IP_NULL) {
        zfree(&entry_zone, entry);
        return IP_NULL;
    }
    entry->ne_object = object;
    entry->ne_size = size;
    entry->ne_protection = protection;
    return ipc_port_make_send(port);
}

void
memory_entry_sender_gone(ipc_port_t port)
{
    struct vm_named_entry *entry = convert_port_to_named_entry(port);

    assert(entry != NULL);
    if (port->ip_srights > 0)
        return;

    ipc_kobject_destroy(port);
    vm_object_deallocate(entry->ne_object);
    zfree(&entry_zone, entry);
}

/* The object that `port` lets the caller map, or why it does not. */
static kern_return_t
find_object(ipc_port_t port, uint64_t offset, uint64_t size, vm_prot_t max,
            struct vm_object **object)
{
    struct vm_named_entry *entry;

    *object = NULL;
    if (port == IP_NULL)
        return KERN_SUCCESS;
    entry = IP_VALID(port) ? convert_port_to_named_entry(port) : NULL;
    if (entry == NULL)
        return KERN_INVALID_OBJECT;
    if (offset > entry->ne_size ||
        size > round_page(entry->ne_size) - trunc_page(offset))
        return KERN_INVALID_ARGUMENT;
    if (max & ~entry->ne_protection)
        return KERN_INVALID_RIGHT;
    *object = vm_object_reference(entry->ne_object);
    return KERN_SUCCESS;
}

/*
 * mach_vm_map - map a memory entry, or fresh memory if `port` is null.
 *
 * Consumes  the right `port`, on KERN_SUCCESS.
 * Returns   KERN_SUCCESS, with *address
 *           KERN_INVALID_OBJECT  `port` is no memory entry
 *           KERN_INVALID_RIGHT   the entry does not allow so much
 *           the codes of vm_map_enter
 */
kern_return_t
mach_vm_map(vm_map_t map, mach_vm_address_t *address, mach_vm_size_t size,
            mach_vm_offset_t mask, int flags, ipc_port_t port,
            memory_object_offset_t offset, boolean_t copy, vm_prot_t prot,
            vm_prot_t max_prot, vm_inherit_t inheritance)
{
    struct vm_object *object;
    kern_return_t kr;

    if ((flags & ~VM_MAP_FLAGS) || (port != IP_NULL && (offset & PAGE_MASK)))
        return KERN_INVALID_ARGUMENT;
    kr = find_object(port, offset, size, copy ? VM_PROT_READ : max_prot,
                     &object);
    if (kr != KERN_SUCCESS)
        return kr;

    kr = vm_map_enter(map, address, size, mask, flags, object, offset,
                      copy != 0, prot, max_prot, (int)inheritance);
    if (kr == KERN_SUCCESS)
        ipc_port_release_send(port);
    else if (object != NULL)
        vm_object_deallocate(object);
    return kr;
}

/* The trap maps fresh memory: it has no argument for a memory entry. */
uint64_t
_kernelrpc_mach_vm_map_trap(ipc_thread_t self, const struct trap_args *args)
{
    mach_vm_address_t address;
    kern_return_t kr;

    if (mig_trap_target(self, args) == IP_NULL)
        return MACH_SEND_INVALID_DEST;
    kr = mig_trap_fetch(args->arg[1], &address, sizeof(address));
    if (kr == KERN_SUCCESS)
        kr = mach_vm_map(task_current()->task_map, &address, args->arg[2],
                         args->arg[3], (int)args->arg[4], IP_NULL, 0, 0,
                         (vm_prot_t)args->arg[5], VM_PROT_ALL,
                         VM_INHERIT_DEFAULT);
    if (kr == KERN_SUCCESS)
        kr = mig_trap_put(args->arg[1], &address, sizeof(address));
    return kr;
}
