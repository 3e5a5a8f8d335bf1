/* SPDX-License-Identifier: MIT */
/*
 * ipc_ledger.c - the routines of ledger.defs, and who has which ledger.
 */
#include "kernel/ipc_ledger.h"

#include <mach/kern_return.h>

#include "ipc/ipc_kobject.h"
#include "ipc/ipc_port.h"
#include "kernel/base/assert.h"
#include "kernel/core/kalloc.h"
#include "kernel/ipc_host.h"
#include "kernel/task.h"
#include "mig/ledger_server.h"
#include "mig/ostia_server.h"

#define LEDGER_TERMINATE_REPLY_ID 5101

#define END_TASK_COST 1000 /* instructions */

/* ---- ports */

ledger_t
convert_port_to_ledger(ipc_port_t port)
{
    return ipc_kobject_get(port, IKOT_LEDGER);
}

ledger_t
convert_port_to_ledger_read(ipc_port_t port)
{
    ledger_t ledger = convert_port_to_ledger(port);

    return ledger != NULL ? ledger : ipc_kobject_get(port, IKOT_LEDGER_READ);
}

ipc_port_t
convert_ledger_to_port(ledger_t ledger)
{
    return ipc_port_make_send(ledger->le_self);
}

ipc_port_t
convert_ledger_read_to_port(ledger_t ledger)
{
    return ipc_port_make_send(ledger->le_read);
}

/* Makes a port of the ledger that is not there yet (LP1). */
static kern_return_t
make_port(ledger_t ledger, ipc_port_t *port, ipc_kotype_t type)
{
    if (*port != IP_NULL)
        return KERN_SUCCESS;
    *port = ipc_kobject_alloc(ledger, type,
                              ledger == &root_ledger ? &kernel_ledger
                                                     : zledger(ledger));
    if (*port == IP_NULL)
        return KERN_RESOURCE_SHORTAGE;
    ledger_reference(ledger);
    return KERN_SUCCESS;
}

/* Is nobody born for it any more? (LP2) */
static void
retire(ledger_t ledger)
{
    if ((ledger->le_ended || ledger->le_self == IP_NULL) &&
        queue_empty(&ledger->le_tasks))
        (void)ledger_reserve(ledger, 0);
}

void
ledger_sender_gone(ipc_port_t port)
{
    ledger_t ledger = convert_port_to_ledger_read(port);

    if (port->ip_srights > 0)
        return;
    if (port == ledger->le_self)
        ledger->le_self = IP_NULL;
    else
        ledger->le_read = IP_NULL;
    ipc_kobject_destroy(port);
    if (ledger != &root_ledger)
        retire(ledger);
    ledger_release(ledger);
}

/* ---- tasks */

/* Tells some tasks to end: those that do come last. */
static void
end_step(struct work *work)
{
    ledger_t ledger = container_of(work, struct ledger, le_work);

    do {
        queue_chain_t *first = queue_first(&ledger->le_tasks);
        task_t task = first == NULL
                          ? TASK_NULL
                          : queue_element(first, struct task, task_ledger_link);

        if (task == TASK_NULL || !task_is_active(task)) {
            work_end(work);
            ledger_release(ledger);
            return;
        }
        task_terminate_internal(task);
    } while (!work_spend(END_TASK_COST));
}

void
ledger_task_gone(ledger_t ledger)
{
    ipc_port_t reply = ledger->le_reply;

    if (!queue_empty(&ledger->le_tasks))
        return;
    retire(ledger);
    ledger->le_reply = IP_NULL;
    ipc_kobject_reply(reply, LEDGER_TERMINATE_REPLY_ID, KERN_SUCCESS);
}

/* ---- routines */

/*
 * ledger_create - a ledger that may have `limit` frames, LEDGER_ITEM_INFINITY
 * for as many as the parent allows.
 *
 * Consumes  the right `payer`, which is null or the parent, on KERN_SUCCESS.
 * Returns   KERN_SUCCESS, with *ledger
 *           KERN_INVALID_LEDGER     `payer` is something else
 *           KERN_RESOURCE_SHORTAGE  no memory, no reservation to be had below
 *                                   the root, or too deep a tree
 */
kern_return_t
ledger_create(ledger_t parent, ipc_port_t payer, ledger_t *ledger,
              ledger_item_t limit)
{
    kern_return_t kr;

    if (payer != IP_NULL && convert_port_to_ledger(payer) != parent)
        return KERN_INVALID_LEDGER;
    *ledger = ledger_alloc(parent, limit);
    if (*ledger == NULL)
        return KERN_RESOURCE_SHORTAGE;
    kr = make_port(*ledger, &(*ledger)->le_self, IKOT_LEDGER);
    ledger_release(*ledger); /* its port's reference is left */
    if (kr == KERN_SUCCESS)
        ipc_port_release_send(payer);
    return kr;
}

/*
 * ledger_terminate - end every task of the ledger, and let none be born.
 *
 * Returns   KERN_SUCCESS           there is none
 *           MIG_NO_REPLY           answered when they are gone (D15, D25)
 *           KERN_INVALID_ARGUMENT  it is terminated already, or the root's
 * Consumes  the reply right, with MIG_NO_REPLY.
 */
kern_return_t
ledger_terminate(ledger_t ledger, ipc_port_t reply)
{
    if (ledger == &root_ledger || ledger->le_ended)
        return KERN_INVALID_ARGUMENT;
    ledger->le_ended = true;
    retire(ledger);
    if (queue_empty(&ledger->le_tasks))
        return KERN_SUCCESS;
    ledger->le_reply = reply;
    work_begin(&ledger_reference(ledger)->le_work, end_step);
    return MIG_NO_REPLY;
}

/*
 * ledger_transfer - `frames` more for the limit of a ledger below, of what the
 * parent itself may have.
 *
 * Returns   KERN_SUCCESS
 *           KERN_INVALID_ARGUMENT   `child` is not below `parent`
 *           KERN_RESOURCE_SHORTAGE  the parent may not have so much
 */
kern_return_t
ledger_transfer(ledger_t parent, ledger_t child, ledger_item_t frames)
{
    if (child->le_parent != parent)
        return KERN_INVALID_ARGUMENT;
    if (frames > parent->le_limit - child->le_limit)
        return KERN_RESOURCE_SHORTAGE;
    child->le_limit += frames;
    return KERN_SUCCESS;
}

static ledger_item_t
item(size_t frames)
{
    return (ledger_item_t)min(frames, UINT32_MAX);
}

/* The frames that the ledger has, with what those below it hold. */
kern_return_t
ledger_read(ledger_t ledger, ledger_item_t *balance, ledger_item_t *limit)
{
    *balance = item(ledger->le_used);
    *limit = item(ledger->le_limit);
    return KERN_SUCCESS;
}

/*
 * ledger_set_reservation - what nobody else can have from now on.
 *
 * Returns   KERN_SUCCESS
 *           KERN_INVALID_ARGUMENT   more than the limit, or of the root's
 *           KERN_TERMINATED         no task is born for it any more
 *           KERN_RESOURCE_SHORTAGE  the parent has not so much left
 */
kern_return_t
ledger_set_reservation(ledger_t ledger, ledger_item_t frames)
{
    if (ledger == &root_ledger || frames > ledger->le_limit)
        return KERN_INVALID_ARGUMENT;
    if (ledger->le_ended)
        return KERN_TERMINATED;
    return ledger_reserve(ledger, frames) ? KERN_SUCCESS
                                          : KERN_RESOURCE_SHORTAGE;
}

kern_return_t
ledger_get_reservation(ledger_t ledger, ledger_item_t *frames)
{
    *frames = item(ledger->le_reservation);
    return KERN_SUCCESS;
}

/* The ledger of a task, to be read.  KERN_RESOURCE_SHORTAGE: no memory. */
kern_return_t
task_get_ledger(task_t task, ledger_t *ledger)
{
    *ledger = zledger(task);
    return make_port(*ledger, &(*ledger)->le_read, IKOT_LEDGER_READ);
}

/* The root's.  KERN_RESOURCE_SHORTAGE: no memory. */
kern_return_t
host_get_ledger(host_priv_t host UNUSED, ledger_t *ledger)
{
    *ledger = &root_ledger;
    return make_port(*ledger, &(*ledger)->le_self, IKOT_LEDGER);
}
