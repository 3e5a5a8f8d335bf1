/* SPDX-License-Identifier: MIT */
/*
 * ipc_reap.c - long work in small steps (D17).
 *
 * A dead port holds messages, a message holds receive rights, and with those
 * ports die which hold messages again, as deep as a user likes.  So what is
 * dead goes on a list and is taken apart in small steps.  Whoever puts
 * something there works on the list himself for a while, so that small things
 * are gone when the call returns; what is left then is the reaper's.  A step
 * that makes more work only adds to the list, at its head.
 *
 * What the living wait for comes before the dead: receivers who are to be told
 * that their port has gone, and ports whose queue has more takers, senders or
 * askers than can be served at once.
 */
#include "ipc/ipc_reap.h"

#include "ipc/ipc_init.h"
#include "ipc/ipc_kmsg.h"
#include "ipc/ipc_mqueue.h"
#include "ipc/ipc_port.h"
#include "ipc/ipc_pset.h"
#include "kernel/base/assert.h"

#define STEPS_AT_ONCE 64 /* that the call which kills does itself */
#define STEPS_FIRST   8  /* of these, before it may stop for others */
#define STEPS_A_SLICE 8  /* of the reaper's, between two preemptions */

/* Returns  true when the object is empty. */
static bool
object_step(ipc_object_t object)
{
    switch (object->io_kind) {
    case IOT_PORT:
        return ipc_port_reap_step((ipc_port_t)object);
    case IOT_PORT_SET:
        return ipc_pset_reap_step((ipc_pset_t)object);
    }

    panic("ipc_reap: kind %d", object->io_kind);
}

static void
step_object(ipc_object_t object)
{
    if (!object_step(object))
        return;

    queue_remove(&object->io_work);
    ipc_object_release(object);
}

/* Ports with much to do take turns. */
static void
step_queue(ipc_object_t object)
{
    queue_remove(&object->io_work);
    if (ipc_mqueue_step((ipc_port_t)object) || queue_linked(&object->io_work))
        ipc_object_release(object);
    else
        enqueue_tail(&ipc_state.is_busy_ports, &object->io_work);
}

static void
step_kmsg(ipc_kmsg_t kmsg)
{
    if (!ipc_kmsg_reap_step(kmsg))
        return;

    queue_remove(&kmsg->ikm_link);
    ipc_kmsg_free(kmsg);
}

/* Of the dead, messages first: that keeps the lists short. */
static bool
step(void)
{
    ipc_thread_t thread = waitq_first(&ipc_state.is_changed);
    queue_chain_t *link;

    if (thread != NULL) {
        thread_go(thread, THREAD_RESTART);
        return true;
    }
    link = queue_first(&ipc_state.is_busy_ports);
    if (link != NULL) {
        step_queue(queue_element(link, struct ipc_object, io_work));
        return true;
    }
    link = queue_first(&ipc_state.is_dying_kmsgs);
    if (link != NULL) {
        step_kmsg(queue_element(link, struct ipc_kmsg, ikm_link));
        return true;
    }
    link = queue_first(&ipc_state.is_dying_objects);
    if (link != NULL) {
        step_object(queue_element(link, struct ipc_object, io_work));
        return true;
    }
    return false;
}

/* Returns  true when the lists are empty. */
static bool
reap(unsigned steps)
{
    bool more = true;

    ipc_state.is_reaping = true;
    for (unsigned n = 0; more && n < steps; n++) {
        if (n >= STEPS_FIRST && preempt_wanted())
            break;
        more = step();
    }
    ipc_state.is_reaping = false;
    return !more;
}

static bool
reaper_step(struct reaper_work *work)
{
    assert(work == &ipc_state.is_reaper);

    if (!reap(STEPS_A_SLICE))
        return false;
    ipc_state.is_handed_on = false;
    return true;
}

static void
hand_on(void)
{
    if (ipc_state.is_handed_on)
        return;
    ipc_state.is_handed_on = true;
    reaper_add(&ipc_state.is_reaper, reaper_step);
}

static void
reap_some(void)
{
    if (!ipc_state.is_reaping && !reap(STEPS_AT_ONCE))
        hand_on();
}

void
ipc_reap_object(ipc_object_t object)
{
    assert(!object->io_active);

    if (queue_linked(&object->io_work)) {
        queue_remove(&object->io_work);
        ipc_object_release(object); /* the list's, ours is there still */
    }
    enqueue_head(&ipc_state.is_dying_objects, &object->io_work);
    reap_some();
}

void
ipc_reap_queue(ipc_port_t port)
{
    ipc_object_t object = &port->ip_object;

    assert(object->io_active);

    if (queue_linked(&object->io_work))
        return;
    ipc_object_reference(object);
    enqueue_tail(&ipc_state.is_busy_ports, &object->io_work);
    hand_on();
}

void
ipc_reap_receivers(ipc_object_t object)
{
    waitq_move(&object->io_receivers, &ipc_state.is_changed);
    hand_on();
}

void
ipc_reap_kmsg(ipc_kmsg_t kmsg)
{
    enqueue_head(&ipc_state.is_dying_kmsgs, &kmsg->ikm_link);
    reap_some();
}
