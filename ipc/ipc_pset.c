/* SPDX-License-Identifier: MIT */
/*
 * ipc_pset.c - port sets: one place to wait for many ports.
 *
 *      port --ip_sets--> link <--ips_members-- set
 *                          ^--ips_ready-- (its port may have messages)
 *
 * A port may be in several sets, but not in many.  A set finds the next message in O(1): the
 * members with messages stand in a line, and who has given one goes to its
 * end.
 */
#include "ipc/ipc_pset.h"

#include "ipc/ipc_init.h"
#include "ipc/ipc_mqueue.h"
#include "ipc/ipc_port.h"
#include "ipc/ipc_space.h"
#include "kernel/base/assert.h"

ipc_pset_t
ipc_pset_alloc(struct ledger *ledger)
{
    ipc_pset_t pset = zalloc(&ipc_state.is_pset_zone, ledger);

    if (pset == NULL)
        return NULL;
    ipc_object_init(&pset->ips_object, IOT_PORT_SET);
    queue_init(&pset->ips_members);
    queue_init(&pset->ips_ready);
    return pset;
}

void
ipc_pset_destroy(ipc_pset_t pset)
{
    assert(pset->ips_object.io_active); /* (O2) */

    pset->ips_object.io_active = false;
    ipc_object_wake_receivers(&pset->ips_object);
    ipc_object_end(&pset->ips_object);
}

static void
unlink_member(struct ipc_link *link)
{
    assert(link->il_port->ip_set_count != 0 && link->il_set->ips_count != 0);

    queue_remove(&link->il_port_link);
    queue_remove(&link->il_set_link);
    if (queue_linked(&link->il_ready_link))
        queue_remove(&link->il_ready_link);
    link->il_port->ip_set_count--;
    link->il_set->ips_count--;
    zfree(&ipc_state.is_link_zone, link);
}

bool
ipc_pset_end_step(ipc_pset_t pset)
{
    queue_chain_t *first = queue_first(&pset->ips_members);
    struct ipc_link *link;

    assert(!pset->ips_object.io_active);

    if (first == NULL)
        return true;
    link = queue_element(first, struct ipc_link, il_set_link);
    if (link->il_port != IP_NULL)
        unlink_member(link);
    else
        queue_remove(first); /* a listing's mark */
    return false;
}

/* The port's membership in the set, or NULL. */
static struct ipc_link *
find(ipc_pset_t pset, ipc_port_t port)
{
    queue_for_each (struct ipc_link, link, &port->ip_sets, il_port_link)
        if (link->il_set == pset)
            return link;
    return NULL;
}

static void
make_ready(struct ipc_link *link)
{
    if (!queue_linked(&link->il_ready_link))
        enqueue_tail(&link->il_set->ips_ready, &link->il_ready_link);
}

/* A thread that waits for the set may take what the new member has. */
static void
join(struct ipc_link *link, ipc_pset_t pset, ipc_port_t port)
{
    assert(port->ip_state == IP_RECEIVED); /* (L1) */

    link->il_port = port;
    link->il_set = pset;
    enqueue_tail(&port->ip_sets, &link->il_port_link);
    enqueue_tail(&pset->ips_members, &link->il_set_link);
    port->ip_set_count++;
    pset->ips_count++;
    if (!queue_empty(&port->ip_messages)) {
        make_ready(link);
        ipc_mqueue_settle(port);
    }
}

/*
 * ipc_pset_insert - make the port a member of one set more.
 *
 * Returns  KERN_SUCCESS, KERN_ALREADY_IN_SET
 *          KERN_RESOURCE_SHORTAGE  no memory, or it is in too many
 */
kern_return_t
ipc_pset_insert(ipc_pset_t pset, ipc_port_t port)
{
    struct ipc_link *link;

    if (find(pset, port) != NULL)
        return KERN_ALREADY_IN_SET;
    if (port->ip_set_count >= IPC_PSETS_OF_PORT)
        return KERN_RESOURCE_SHORTAGE;
    link = zalloc(&ipc_state.is_link_zone, zledger(port->ip_home));
    if (link == NULL)
        return KERN_RESOURCE_SHORTAGE;
    join(link, pset, port);
    return KERN_SUCCESS;
}

/* Returns  KERN_SUCCESS, KERN_NOT_IN_SET */
kern_return_t
ipc_pset_remove(ipc_pset_t pset, ipc_port_t port)
{
    struct ipc_link *link = find(pset, port);

    if (link == NULL)
        return KERN_NOT_IN_SET;
    unlink_member(link);
    return KERN_SUCCESS;
}

bool
ipc_pset_remove_all(ipc_port_t port)
{
    bool was_member = ipc_pset_has_set(port);
    queue_chain_t *first;

    while ((first = queue_first(&port->ip_sets)) != NULL)
        unlink_member(queue_element(first, struct ipc_link, il_port_link));
    return was_member;
}

/*
 * ipc_pset_move - make the port a member of this set alone.
 *
 * Returns  KERN_SUCCESS, KERN_RESOURCE_SHORTAGE (nothing changed)
 */
kern_return_t
ipc_pset_move(ipc_pset_t pset, ipc_port_t port)
{
    struct ipc_link *link =
        zalloc(&ipc_state.is_link_zone, zledger(port->ip_home));

    if (link == NULL)
        return KERN_RESOURCE_SHORTAGE;
    (void)ipc_pset_remove_all(port);
    join(link, pset, port);
    return KERN_SUCCESS;
}

bool
ipc_pset_has_set(ipc_port_t port)
{
    queue_for_each (struct ipc_link, link, &port->ip_sets, il_port_link)
        if (link->il_set->ips_object.io_active)
            return true;
    return false;
}

void
ipc_pset_ready(ipc_port_t port)
{
    queue_for_each (struct ipc_link, link, &port->ip_sets, il_port_link)
        make_ready(link);
}

void
ipc_pset_unready(ipc_port_t port)
{
    queue_for_each (struct ipc_link, link, &port->ip_sets, il_port_link)
        queue_remove(&link->il_ready_link);
}

static struct ipc_link *
first_ready(ipc_pset_t pset)
{
    queue_chain_t *chain = queue_first(&pset->ips_ready);

    return chain == NULL ? NULL
                         : queue_element(chain, struct ipc_link, il_ready_link);
}

ipc_port_t
ipc_pset_next_ready(ipc_pset_t pset)
{
    struct ipc_link *link = first_ready(pset);

    return link == NULL ? IP_NULL : link->il_port;
}

/* A member that has no message left has gone from the line already. */
void
ipc_pset_rotate(ipc_pset_t pset, ipc_port_t port)
{
    struct ipc_link *link = first_ready(pset);

    if (link == NULL || link->il_port != port)
        return;
    queue_remove(&link->il_ready_link);
    make_ready(link);
}
