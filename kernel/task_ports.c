/* SPDX-License-Identifier: MIT */
/*
 * task_ports.c - the rights that the kernel holds for a task: special ports,
 * registered ports, exception ports.
 *
 * Each slot holds a send right of its own, IP_NULL or IP_DEAD.  A child gets
 * copies of its parent's.  A slot gets its new right before the old one is
 * given up, since that may tell somebody.
 */
#include <mach/exception_types.h>
#include <mach/task_special_ports.h>
#include <mach/thread_status.h>

#include "ipc/ipc_port.h"
#include "kernel/base/string.h"
#include "kernel/ipc_tt.h"
#include "kernel/task.h"
#include "mig/task_server.h"

#define EXC_MASK_VALID (EXC_MASK_ALL | EXC_MASK_CRASH | EXC_MASK_CORPSE_NOTIFY)
/* The one way of telling that is offered. */
#define BEHAVIOR_OFFERED \
    ((exception_behavior_t)(EXCEPTION_DEFAULT | MACH_EXCEPTION_CODES))

/* ---- a task begins and ends */

void
task_ports_inherit(task_t parent, task_t task)
{
    for (int i = 0; i < ITK_PORTS; i++)
        task->itk_ports[i] = ipc_port_copy_send(parent->itk_ports[i]);
    memcpy(task->itk_exc_behavior, parent->itk_exc_behavior,
           sizeof(task->itk_exc_behavior));
    memcpy(task->itk_exc_flavor, parent->itk_exc_flavor,
           sizeof(task->itk_exc_flavor));
}

/* Consumes  `right`, which comes into the slot. */
static void
replace(task_t task, int slot, ipc_port_t right)
{
    ipc_port_t old = task->itk_ports[slot];

    task->itk_ports[slot] = right;
    ipc_port_release_send(old);
}

void
task_ports_drop(task_t task)
{
    for (int i = 0; i < ITK_PORTS; i++)
        replace(task, i, IP_NULL);
}

unsigned
task_ports_count(task_t task, ipc_port_t port)
{
    unsigned count = 0;

    for (int i = 0; i < ITK_PORTS; i++)
        count += task->itk_ports[i] == port;
    return count;
}

/* ---- special ports */

/* The slot of a special port; -1: it has none. */
static int
special_slot(int which)
{
    if (which == TASK_HOST_PORT)
        return ITK_HOST;
    return which == TASK_BOOTSTRAP_PORT ? ITK_BOOTSTRAP : -1;
}

/*
 * task_get_special_port - a new send right to one of the task's ports.
 *
 * Returns  KERN_SUCCESS, with *port
 *          KERN_INVALID_ARGUMENT  no such port
 */
kern_return_t
task_get_special_port(task_t task, int which, ipc_port_t *port)
{
    int slot = special_slot(which);

    if (slot >= 0)
        *port = ipc_port_copy_send(task->itk_ports[slot]);
    else if (which == TASK_KERNEL_PORT)
        *port = ipc_port_make_send(task->itk_self);
    else
        return KERN_INVALID_ARGUMENT;
    return KERN_SUCCESS;
}

/*
 * task_set_special_port - the port that the task will find there from now on.
 *
 * Consumes  the right, on KERN_SUCCESS.
 * Returns   KERN_INVALID_ARGUMENT  no such port, or the task's own
 * Sends     no-senders for the port that was there.
 */
kern_return_t
task_set_special_port(task_t task, int which, ipc_port_t port)
{
    int slot = special_slot(which);

    if (slot < 0)
        return KERN_INVALID_ARGUMENT;
    replace(task, slot, port);
    return KERN_SUCCESS;
}

/* ---- registered ports */

/*
 * mach_ports_register3 - fill the three slots that children inherit.
 *
 * Consumes  the rights, on KERN_SUCCESS.
 * Sends     no-senders for the ports that were there.
 */
kern_return_t
mach_ports_register3(task_t task, ipc_port_t port1, ipc_port_t port2,
                     ipc_port_t port3)
{
    replace(task, ITK_REGISTERED, port1);
    replace(task, ITK_REGISTERED + 1, port2);
    replace(task, ITK_REGISTERED + 2, port3);
    return KERN_SUCCESS;
}

kern_return_t
mach_ports_lookup3(task_t task, ipc_port_t *port1, ipc_port_t *port2,
                   ipc_port_t *port3)
{
    const ipc_port_t *registered = &task->itk_ports[ITK_REGISTERED];

    *port1 = ipc_port_copy_send(registered[0]);
    *port2 = ipc_port_copy_send(registered[1]);
    *port3 = ipc_port_copy_send(registered[2]);
    return KERN_SUCCESS;
}

/* ---- exception ports */

static bool
may_set_exceptions(exception_mask_t mask, ipc_port_t port,
                   exception_behavior_t behavior, thread_state_flavor_t flavor)
{
    return (mask & ~EXC_MASK_VALID) == 0 &&
           (!IP_VALID(port) || behavior == BEHAVIOR_OFFERED) && flavor >= 0 &&
           flavor <= THREAD_STATE_NONE;
}

/*
 * task_set_exception_ports - who is told of the exceptions in `mask`.
 *
 * Consumes  the right, on KERN_SUCCESS; each exception gets a copy.
 * Returns   KERN_SUCCESS
 *           KERN_INVALID_ARGUMENT  an unknown exception or flavor,
 *                                  or another behavior than EXCEPTION_DEFAULT
 *                                  with MACH_EXCEPTION_CODES
 * Sends     no-senders for the ports that were there.
 */
kern_return_t
task_set_exception_ports(task_t task, exception_mask_t mask, ipc_port_t port,
                         exception_behavior_t behavior,
                         thread_state_flavor_t flavor)
{
    if (!may_set_exceptions(mask, port, behavior, flavor))
        return KERN_INVALID_ARGUMENT;

    for (int i = FIRST_EXCEPTION; i < EXC_TYPES_COUNT; i++) {
        if ((mask & (1 << i)) == 0)
            continue;
        replace(task, ITK_EXCEPTION + i, ipc_port_copy_send(port));
        task->itk_exc_behavior[i] = behavior;
        task->itk_exc_flavor[i] = flavor;
    }
    ipc_port_release_send(port);
    return KERN_SUCCESS;
}

/*
 * task_get_exception_ports - who is told of the exceptions in `mask`.
 *
 * Exceptions that have the same port, behavior and flavor share an entry.
 *
 * Returns  KERN_SUCCESS, with *count entries, each with a right of its own
 *          KERN_INVALID_ARGUMENT  an unknown exception
 */
kern_return_t
task_get_exception_ports(task_t task, exception_mask_t mask,
                         exception_mask_array_t masks,
                         mach_msg_type_number_t *count, ipc_port_t *ports,
                         exception_behavior_array_t behaviors,
                         thread_state_flavor_array_t flavors)
{
    const ipc_port_t *set = &task->itk_ports[ITK_EXCEPTION];
    mach_msg_type_number_t used = 0;

    if ((mask & ~EXC_MASK_VALID) != 0)
        return KERN_INVALID_ARGUMENT;

    for (int i = FIRST_EXCEPTION; i < EXC_TYPES_COUNT; i++) {
        mach_msg_type_number_t at = 0;

        if ((mask & (1 << i)) == 0)
            continue;
        while (at < used && (ports[at] != set[i] ||
                             behaviors[at] != task->itk_exc_behavior[i] ||
                             flavors[at] != task->itk_exc_flavor[i]))
            at++;
        if (at == used) {
            ports[used] = set[i];
            behaviors[used] = task->itk_exc_behavior[i];
            flavors[used] = task->itk_exc_flavor[i];
            masks[used++] = 0;
        }
        masks[at] |= 1 << i;
    }
    for (mach_msg_type_number_t at = 0; at < used; at++)
        ports[at] = ipc_port_copy_send(ports[at]);
    *count = used;
    return KERN_SUCCESS;
}

/*
 * task_swap_exception_ports - task_get_exception_ports, then
 * task_set_exception_ports, at once.
 *
 * Consumes  the right `port`, on KERN_SUCCESS.
 * Returns   the codes of both; nothing is changed unless KERN_SUCCESS.
 * Sends     no-senders, as task_set_exception_ports.
 */
kern_return_t
task_swap_exception_ports(task_t task, exception_mask_t mask, ipc_port_t port,
                          exception_behavior_t behavior,
                          thread_state_flavor_t flavor,
                          exception_mask_array_t masks,
                          mach_msg_type_number_t *count, ipc_port_t *ports,
                          exception_behavior_array_t behaviors,
                          thread_state_flavor_array_t flavors)
{
    kern_return_t kr;

    if (!may_set_exceptions(mask, port, behavior, flavor))
        return KERN_INVALID_ARGUMENT;
    kr = task_get_exception_ports(task, mask, masks, count, ports, behaviors,
                                  flavors);
    if (kr != KERN_SUCCESS)
        return kr;
    return task_set_exception_ports(task, mask, port, behavior, flavor);
}
