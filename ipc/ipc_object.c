/* SPDX-License-Identifier: MIT */
/*
 * ipc_object.c - references on ports and port sets.
 */
#include "ipc/ipc_object.h"

#include "ipc/ipc_init.h"
#include "ipc/ipc_port.h"
#include "ipc/ipc_pset.h"
#include "ipc/ipc_reap.h"
#include "kernel/base/assert.h"

#define WAKE_AT_ONCE 16 /* the others are woken one by one, later */

void
ipc_object_init(ipc_object_t object, ipc_object_kind_t kind)
{
    object->io_references = 1;
    object->io_kind = kind;
    object->io_active = true;
    object->io_id = ++ipc_state.is_last_id;
    waitq_init(&object->io_receivers);
    enqueue_tail(&ipc_state.is_objects, &object->io_link);
}

void
ipc_object_reference(ipc_object_t object)
{
    assert(object->io_references != 0 && object->io_references != UINT32_MAX);

    object->io_references++;
}

/* Gives a reference up; the last one frees the object, which is dead by then.
 */
void
ipc_object_release(ipc_object_t object)
{
    assert(object->io_references != 0);

    if (--object->io_references != 0)
        return;

    assert(!object->io_active);
    queue_remove(&object->io_link);
    switch (object->io_kind) {
    case IOT_PORT:
        zfree(&ipc_state.is_port_zone, object);
        return;
    case IOT_PORT_SET:
        zfree(&ipc_state.is_pset_zone, object);
        return;
    }

    panic("ipc_object_release: kind %d", object->io_kind);
}

void
ipc_object_wake_receivers(ipc_object_t object)
{
    ipc_thread_t thread;

    for (unsigned n = 0; n < WAKE_AT_ONCE; n++) {
        thread = waitq_first(&object->io_receivers);
        if (thread == NULL)
            return;
        thread_go(thread, THREAD_RESTART);
    }
    ipc_reap_receivers(object);
}
