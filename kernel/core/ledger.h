/* SPDX-License-Identifier: MIT */
/*
 * ledger.h - who may have how much memory (D24; part of the ipc seam).
 *
 *     root_ledger             all frames of the machine
 *       |-- kernel_ledger     what no job has asked for
 *       |-- a root job's      the bootstrap server's own, and those that it
 *       |     |                 starts
 *       |     +-- a job's     started by that job
 *
 * What is counted is frames: pages of memory, page tables, slabs of zones,
 * pieces of messages.  A ledger *holds* what is in use, and no less than its
 * reservation; its use is what it has itself and what its children hold.  So a
 * job counts against whoever has started it, and within its reservation nobody
 * is refused because of others.
 *
 * (LG1) le_used is the frames that the ledger has itself, and those that its
 *       children hold
 * (LG2) what a ledger holds is part of its parent's use
 * (LG3) a ledger lives while le_refs or le_used is not 0
 */
#ifndef OSTIA_KERNEL_CORE_LEDGER_H
#define OSTIA_KERNEL_CORE_LEDGER_H

#include "kernel/base/compiler.h"
#include "kernel/base/queue.h"
#include "kernel/core/work.h"

#define LEDGER_ZONES     64 /* kinds of objects that have slabs */
#define LEDGER_DEPTH_MAX 5  /* of a ledger below the root's, which has 0 */

struct ipc_port;
struct sched_job;
struct slab;

struct ledger {
    unsigned long le_refs; /* of children, tasks, memory objects, its port */
    struct ledger *le_parent;
    unsigned le_depth;
    struct sched_job *le_job; /* the root job; holds a reference */
    size_t le_limit;          /* frames, as are these: */
    size_t le_reservation;
    size_t le_used;

    struct slab *le_slabs[LEDGER_ZONES]; /* with room, by z_index (kalloc.c) */
    struct slab *le_spare;               /* an empty slab, or NULL */
    queue_head_t le_dying; /* memory objects whose pages are being freed */

    struct work le_work; /* its own end, or its tasks' */

    /* By kernel/ipc_ledger.c alone. */
    bool le_ended;             /* no task is born any more */
    queue_head_t le_tasks;     /* those that end come last */
    struct ipc_port *le_self;  /* to change it: IP_NULL if nobody may */
    struct ipc_port *le_read;  /* to read it */
    struct ipc_port *le_reply; /* answered when all tasks are gone */
};

extern struct ledger root_ledger, kernel_ledger;

/* The root has so many frames from now on; once. */
void ledger_init(size_t frames);
/*
 * ledger_alloc - a ledger below `parent`, with a reference for the caller.
 *
 * It may have `limit` frames, and no more than half of what its parent may;
 * below the root it has a reservation, and is a root job of its own.
 * Returns  NULL: no memory, no reservation to be had, or too deep a tree
 */
MUSTUSE struct ledger *ledger_alloc(struct ledger *parent, size_t limit);
struct ledger *ledger_reference(struct ledger *ledger);
void ledger_release(struct ledger *ledger);

/*
 * Counts frames.  Returns  NULL, or the ledger that may not have so many:
 * `ledger` or one above it.
 */
MUSTUSE struct ledger *ledger_take(struct ledger *ledger, size_t frames);
/* May free the ledger. */
void ledger_give(struct ledger *ledger, size_t frames);
/* Frames of `from` are now counted for `to`; false: it may not have them. */
MUSTUSE bool ledger_move(struct ledger *from, struct ledger *to, size_t frames);
/* Returns  false, with nothing changed: the parent may not have so many. */
bool ledger_reserve(struct ledger *ledger, size_t frames);

/* Of the task that runs, or the kernel's. */
struct ledger *ledger_current(void);

#endif
