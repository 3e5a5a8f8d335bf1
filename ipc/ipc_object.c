/* SPDX-License-Identifier: MIT */
/*
 * ipc_object.c - references on ports and port sets, and their long work.
 *
 * A dead port holds messages, a message holds receive rights, and with those
 * ports die which hold messages again, as deep as a user likes: so each dead
 * object is work of its own (D25).  Former receivers come first, since living
 * threads wait for that.
 */
#include "ipc/ipc_object.h"

#include "ipc/ipc_init.h"
#include "ipc/ipc_mqueue.h"
#include "ipc/ipc_port.h"
#include "ipc/ipc_pset.h"
#include "kernel/base/assert.h"
#include "kernel/core/work.h"

void
ipc_object_init(ipc_object_t object, ipc_object_kind_t kind)
{
    object->io_references = 1;
    object->io_kind = kind;
    object->io_active = true;
    object->io_id = ++ipc_state.is_last_id;
    queue_init(&object->io_receivers);
    queue_init(&object->io_changed);
    enqueue_tail(&ipc_state.is_objects, &object->io_link);
}

/* The last reference has gone; the object was dead before. */
void
ipc_object_free(ipc_object_t object)
{
    assert(!object->io_active && object->io_references == 0);

    queue_remove(&object->io_link);
    switch (object->io_kind) {
    case IOT_PORT:
        zfree(&ipc_state.is_port_zone, object);
        return;
    case IOT_PORT_SET:
        zfree(&ipc_state.is_pset_zone, object);
        return;
    }

    panic("ipc_object_free: kind %d", object->io_kind);
}

/* Tells one former receiver; else does what a queue has for its threads, or ends
 * some of what a dead object holds. */
static void
object_step(struct work *work)
{
    ipc_object_t object = container_of(work, struct ipc_object, io_work);
    ipc_thread_t former = waitq_first(&object->io_changed);
    bool alive = object->io_active;
    bool done;

    if (former != NULL) {
        thread_go(former, THREAD_RESTART);
        return;
    }
    if (alive)
        done = ipc_mqueue_step((ipc_port_t)object);
    else if (object->io_kind == IOT_PORT)
        done = ipc_port_end_step((ipc_port_t)object);
    else
        done = ipc_pset_end_step((ipc_pset_t)object);
    if (!done || object->io_active != alive) /* it may die in its own step */
        return;
    work_end(work);
    ipc_object_release(object);
}

/* Is there nothing that a step would do? */
static bool
is_bare(ipc_object_t object)
{
    ipc_port_t port = (ipc_port_t)object;

    if (!queue_empty(&object->io_changed))
        return false;
    if (object->io_kind == IOT_PORT_SET)
        return queue_empty(&((ipc_pset_t)object)->ips_members);
    return queue_empty(&port->ip_requests) && queue_empty(&port->ip_senders) &&
           queue_empty(&port->ip_messages);
}

void
ipc_object_end(ipc_object_t object)
{
    bool begun = queue_linked(&object->io_work.wk_link);

    assert(!object->io_active);

    if (!begun && is_bare(object)) {
        ipc_object_release(object);
        return;
    }
    work_begin(&object->io_work, object_step);
    if (begun)
        ipc_object_release(object); /* the work has a reference already */
}

void
ipc_object_later(ipc_object_t object)
{
    assert(object->io_active && object->io_kind == IOT_PORT);

    if (queue_linked(&object->io_work.wk_link))
        return;
    ipc_object_reference(object);
    work_later(&object->io_work, object_step);
}

void
ipc_object_wake_receivers(ipc_object_t object)
{
    queue_append(&object->io_changed, &object->io_receivers);
    if (object->io_active && !queue_empty(&object->io_changed))
        ipc_object_later(object);
}
