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

/* Tells one former receiver.  Returns  false if there is none. */
static bool
tell_changed(ipc_object_t object)
{
    ipc_thread_t thread = waitq_first(&object->io_changed);

    if (thread != NULL)
        thread_go(thread, THREAD_RESTART);
    return thread != NULL;
}

static void
end_step(struct work *work)
{
    ipc_object_t object = container_of(work, struct ipc_object, io_work);

    if (tell_changed(object))
        return;
    if (object->io_kind == IOT_PORT ? !ipc_port_end_step((ipc_port_t)object)
                                    : !ipc_pset_end_step((ipc_pset_t)object))
        return;
    work_end(work);
    ipc_object_release(object);
}

void
ipc_object_end(ipc_object_t object)
{
    bool begun = queue_linked(&object->io_work.wk_link);

    assert(!object->io_active);

    work_begin(&object->io_work, end_step);
    if (begun)
        ipc_object_release(object); /* the work has a reference already */
}

/* The port may die in its own step: then the work is another. */
static void
later_step(struct work *work)
{
    ipc_object_t object = container_of(work, struct ipc_object, io_work);

    if (tell_changed(object) || !ipc_mqueue_step((ipc_port_t)object) ||
        work->wk_step != later_step)
        return;
    work_end(work);
    ipc_object_release(object);
}

void
ipc_object_later(ipc_object_t object)
{
    assert(object->io_active && object->io_kind == IOT_PORT);

    if (queue_linked(&object->io_work.wk_link))
        return;
    ipc_object_reference(object);
    work_later(&object->io_work, later_step);
}

void
ipc_object_wake_receivers(ipc_object_t object)
{
    queue_append(&object->io_changed, &object->io_receivers);
    if (object->io_active && !queue_empty(&object->io_changed))
        ipc_object_later(object);
}
