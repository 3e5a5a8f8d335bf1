/* SPDX-License-Identifier: MIT */
/*
 * ipc_tt.c - from a port to the object behind it, and back.
 *
 * The stubs of the .defs files call these around every routine.  A port whose
 * object is ending stands for nothing any more, so that what comes out here is
 * active, and stays so as long as the routine runs.
 */
#include "kernel/ipc_tt.h"

#include "ipc/ipc_entry.h"
#include "ipc/ipc_kobject.h"
#include "ipc/ipc_port.h"
#include "ipc/ipc_space.h"
#include "vm/vm_map.h"

task_t
convert_port_to_task(ipc_port_t port)
{
    struct task *task = ipc_kobject_get(port, IKOT_TASK);

    return task == NULL ? TASK_NULL : task_reference(task);
}

/* Consumes  the reference; NULL gives IP_NULL. */
ipc_port_t
convert_task_to_port(task_t task)
{
    ipc_port_t right;

    if (task == TASK_NULL)
        return IP_NULL;
    right = ipc_port_make_send(task->itk_self);
    task_deallocate(task);
    return right;
}

thread_t
convert_port_to_thread(ipc_port_t port)
{
    struct thread *thread = ipc_kobject_get(port, IKOT_THREAD);

    return thread == NULL ? THREAD_NULL : thread_reference(thread);
}

/* Consumes  the reference; NULL, or a thread that ends, gives IP_NULL. */
ipc_port_t
convert_thread_to_port(thread_t thread)
{
    ipc_port_t right;

    if (thread == THREAD_NULL)
        return IP_NULL;
    right = ipc_port_make_send(thread->th_self);
    thread_deallocate(thread);
    return right;
}

ipc_space_t
convert_port_to_space(ipc_port_t port)
{
    struct task *task = ipc_kobject_get(port, IKOT_TASK);

    return task == NULL ? IS_NULL : ipc_space_reference(task->task_space);
}

vm_map_t
convert_port_to_map(ipc_port_t port)
{
    struct task *task = ipc_kobject_get(port, IKOT_TASK);

    return task == NULL ? VM_MAP_NULL : vm_map_reference(task->task_map);
}

/* The privileged port does for the plain one too. */
host_t
convert_port_to_host(ipc_port_t port)
{
    host_t host = ipc_kobject_get(port, IKOT_HOST);

    return host != HOST_NULL ? host : convert_port_to_host_priv(port);
}

host_priv_t
convert_port_to_host_priv(ipc_port_t port)
{
    return ipc_kobject_get(port, IKOT_HOST_PRIV);
}

console_t
convert_port_to_console(ipc_port_t port)
{
    return ipc_kobject_get(port, IKOT_CONSOLE);
}

struct vm_named_entry *
convert_port_to_named_entry(ipc_port_t port)
{
    return ipc_kobject_get(port, IKOT_NAMED_ENTRY);
}

ipc_port_t
name_to_port(ipc_space_t space, mach_port_name_t name)
{
    ipc_entry_t entry = ipc_entry_lookup(space, name);

    if (entry == NULL || (ie_type(entry) & MACH_PORT_TYPE_SEND) == 0)
        return IP_NULL;
    return entry->ie_port;
}
