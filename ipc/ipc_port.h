/* SPDX-License-Identifier: MIT */
/*
 * ipc_port.h - ports: who receives, which rights exist, what is queued.
 */
#ifndef OSTIA_IPC_IPC_PORT_H
#define OSTIA_IPC_IPC_PORT_H

#include "ipc/ipc_object.h"
#include "ipc/ipc_types.h"
#include "kernel/base/queue.h"
#include "kernel/core/wait.h"

/*
 *                 ipc_port_alloc
 *                       |
 *                       v        in a message
 *      KERNEL       RECEIVED <----------------> MOVING
 *         \             |                        /
 *          +------------+-- ipc_port_destroy ---+--> DEAD
 */
typedef enum ipc_port_state {
    IP_DEAD_STATE, /* nothing is received; queue and requests go away */
    IP_RECEIVED,   /* ip_receiver has the receive right, as ip_receiver_name */
    IP_KERNEL,     /* the kernel receives: a kernel object */
    IP_MOVING,     /* the receive right is in a message, or in kernel hands */
} ipc_port_state_t;

/*
 * (P1) ip_object.io_active  <=>  the state is not IP_DEAD_STATE
 * (P2) the receive right, each send and each send-once right, wherever it is,
 *      holds one reference on the port; an owed notification holds none
 * (P3) ip_srights and ip_sorights count those rights, the latter with
 *      ip_owed; an entry is one send right whatever its user references say
 * (P4) ip_msgcount is the number of messages on ip_messages plus ip_owed;
 *      the notifications owed stand where ip_owed_link is, which is linked
 *      exactly if there are some
 * (P5) a thread on ip_senders has its message in ith_kmsg
 * (P9) ip_home's ledger pays for the answers in the queue: the space that
 *      receives them, or did last; it holds a reference.  The port itself is
 *      paid for by the ledger that it was made for
 * (P6) ip_destination is where the message that the receive right is in will
 *      go (IP_MOVING only; NULL if not known yet); it holds a reference.
 *      Among messages that were sent no chain of destinations is a circle
 */
struct ipc_port {
    struct ipc_object ip_object; /* first */

    /* The queue: ipc_mqueue.c. */
    queue_head_t ip_messages;
    queue_head_t ip_senders; /* threads that wait for room */
    mach_port_msgcount_t ip_qlimit;
    mach_port_msgcount_t ip_msgcount;
    mach_port_seqno_t ip_seqno;
    uint32_t ip_set_count; /* of memberships */
    queue_head_t ip_sets;  /* memberships, by il_port_link */

    uint32_t ip_srights;
    uint32_t ip_sorights;
    mach_port_mscount_t ip_mscount;
    mach_port_name_t ip_receiver_name;
    ipc_port_state_t ip_state;
    uint32_t ip_owed;        /* send-once notifications */
    ipc_space_t ip_receiver; /* borrowed: the space holds us */

    ipc_space_t ip_home;
    ipc_port_t ip_destination;
    queue_chain_t ip_owed_link;

    /* Requests, each with its notification ready to be sent. */
    ipc_kmsg_t ip_nsrequest;  /* no-senders, or NULL */
    ipc_kmsg_t ip_pdrequest;  /* port-destroyed, or NULL */
    queue_head_t ip_requests; /* dead-name, by ir_link */
    queue_head_t ip_armed;    /* those for send-possible, ir_armed_link */
    uint32_t ip_request_count;

    /* (P8) of a port of the kernel: the kernel's message in a queue that asks
     *      for an answer here, or NULL */
    ipc_kmsg_t ip_question;
    void *ip_kobject; /* ipc_kobject.c */
    uint32_t ip_kotype;
    mach_port_context_t ip_context;
    /* (P7) a guard is in ip_context, and ends when the right moves (R49) */
    bool ip_guarded;
    bool ip_strict;    /* the guard is secret, and cannot be changed */
    bool ip_immovable; /* the receive right stays in its space (R34) */
    bool ip_tempowner;

#if DEBUG
    /* What ipc_check has found, by ipc_check.c alone. */
    struct {
        uint32_t pf_srights;
        uint32_t pf_sorights;
        uint32_t pf_references;
        uint32_t pf_receivers;
    } ip_found;
#endif
};

/* What a message looks at lies in two lines of the cache (kalloc.c aligns ports). */
_Static_assert(offsetof(struct ipc_port, ip_object.io_references) ==
                       CACHE_LINE &&
                   offsetof(struct ipc_port, ip_home) == 3 * CACHE_LINE &&
                   (DEBUG || sizeof(struct ipc_port) % CACHE_LINE == 0),
               "a port's hot fields are the second and the third line");

#define ip_active(port) ((port)->ip_object.io_active)

#define ipc_port_reference(port) ipc_object_reference(&(port)->ip_object)
#define ipc_port_release(port)   ipc_object_release(&(port)->ip_object)

/* Puts a guard on the port.  Requires  it has none. */
static inline void
ip_guard(ipc_port_t port, mach_port_context_t guard)
{
    port->ip_context = guard;
    port->ip_guarded = true;
}

/* The context as users see it: a strict guard is shown to nobody. */
static inline mach_port_context_t
ip_context_shown(ipc_port_t port)
{
    return port->ip_strict ? 0 : port->ip_context;
}

/* Is the port's receive right in this space? */
static inline bool
ip_received_by(ipc_port_t port, ipc_space_t space)
{
    return port->ip_state == IP_RECEIVED && port->ip_receiver == space;
}

/* A port with one reference, that the kernel receives on (IP_KERNEL), or that
 * is to be given to a space (IP_MOVING); or IP_NULL. */
MUSTUSE ipc_port_t ipc_port_alloc(ipc_port_state_t state,
                                  struct ledger *ledger);

/*
 * Rights that the kernel holds.  Each gives a right, IP_DEAD for a dead port;
 * IP_NULL and IP_DEAD pass through.  The argument is borrowed.
 */
ipc_port_t ipc_port_make_send(ipc_port_t port);
ipc_port_t ipc_port_copy_send(ipc_port_t port);
ipc_port_t ipc_port_make_sonce(ipc_port_t port);
/* Give a right up; IP_NULL and IP_DEAD are allowed. */
void ipc_port_release_send(ipc_port_t port);
void ipc_port_release_sonce(ipc_port_t port);
/* A send-once right that has done its work, or is undone: nobody is told. */
void ipc_port_use_sonce(ipc_port_t port);
/* Gives up a right of the type that a message carried; a receive right dies. */
void ipc_port_release_right(ipc_port_t right, mach_msg_type_name_t type);

/* Counts one send right less, and tells no-senders.  The reference stays. */
void ipc_port_srights_drop(ipc_port_t port);

void ipc_port_destroy(ipc_port_t port);
/* One piece of taking a dead port apart; true when nothing is left. */
bool ipc_port_end_step(ipc_port_t port);

/* The receive right leaves its space, or is handed over to one. */
void ipc_port_detach(ipc_port_t port);
void ipc_port_attach(ipc_port_t port, ipc_space_t space, mach_port_name_t name);
/* The receive right does not go where it was to go. */
void ipc_port_clear_destination(ipc_port_t port);

#endif
