/* SPDX-License-Identifier: MIT */
/*
 * ipc_object.h - what ports and port sets have in common: a reference count,
 * being alive or dead, and threads that wait to receive.
 */
#ifndef OSTIA_IPC_IPC_OBJECT_H
#define OSTIA_IPC_IPC_OBJECT_H

#include "ipc/ipc_types.h"
#include "kernel/base/assert.h"
#include "kernel/core/wait.h"
#include "kernel/core/work.h"

typedef enum ipc_object_kind {
    IOT_PORT,
    IOT_PORT_SET,
} ipc_object_kind_t;

/*
 * (O1) io_references counts the pointers to the object: entries, rights in
 *      messages and in the kernel, waiting receivers, io_work while begun
 * (O2) an object dies once: io_active never becomes true again
 * (O3) while somebody waits on io_receivers, no message waits for them: the
 *      queue of a port, or of all members of a set, is empty, but for ports
 *      whose messages are being offered (io_work)
 */
struct ipc_object {
    queue_head_t io_changed; /* former receivers, still to be told */
    queue_chain_t io_link;   /* all objects */
    struct work io_work;     /* what is left to do: of a dead object its end, of
                                a port what its queue has for many threads */

    /* From here on what each message looks at (ipc_port.h). */
    uint32_t io_references;
    ipc_object_kind_t io_kind;
    bool io_active;
    uint32_t io_id; /* what users know it by: a number, and no address */
    queue_head_t io_receivers; /* threads that wait */
};

void ipc_object_init(ipc_object_t object, ipc_object_kind_t kind);
void ipc_object_free(ipc_object_t object);
/* What a dead object holds ends.  Consumes a reference. */
void ipc_object_end(ipc_object_t object);
/* The rest for the threads at a port's queue is done later. */
void ipc_object_later(ipc_object_t object);

/* Ends the wait of every receiver: the right moved away, or died. */
void ipc_object_wake_receivers(ipc_object_t object);

static inline void
ipc_object_reference(ipc_object_t object)
{
    assert(object->io_references != 0 && object->io_references != UINT32_MAX);

    object->io_references++;
}

/* Gives a reference up; the last one frees the object, which is dead by then.
 */
static inline void
ipc_object_release(ipc_object_t object)
{
    assert(object->io_references != 0);

    if (--object->io_references == 0)
        ipc_object_free(object);
}

#endif
