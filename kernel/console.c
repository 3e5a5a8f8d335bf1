/* SPDX-License-Identifier: MIT */
/*
 * console.c - the console's port: bytes out, and bytes in.
 *
 * A writer whose bytes find no room in the serial line's ring, and a reader
 * when nothing has come, leave a record with their reply right (D15), and are
 * answered by the line's interrupt, the longest waiting first.  Input is raw.
 *
 * (C1) readers wait  =>  there is no input
 * (C2) of one root job at most CONSOLE_WAITERS_MAX readers wait, and as many
 *      writers
 * (C3) writers wait  =>  the output ring is not empty: an interrupt will come
 */
#include "kernel/console.h"

#include "ipc/ipc_kobject.h"
#include "ipc/ipc_port.h"
#include "kernel/base/assert.h"
#include "kernel/base/queue.h"
#include "kernel/base/string.h"
#include "kernel/core/kalloc.h"
#include "kernel/core/trap.h"
#include "kernel/ipc_tt.h"
#include "kernel/task.h"
#include "mig/console_reply_user.h"
#include "mig/console_server.h"

#define CONSOLE_WAITERS_MAX 8

struct console_waiter {
    queue_chain_t cw_link;
    ipc_port_t cw_reply; /* a send-once right */
    unsigned cw_count;   /* of cw_data, or what a reader takes at most */
    char cw_data[CONSOLE_CHUNK_MAX]; /* a writer's */
};

struct console_queue {
    queue_head_t cq_waiters;
    unsigned cq_count;
};

struct console {
    ipc_port_t c_port;
    struct console_queue c_readers;
    struct console_queue c_writers;
};

static struct console console;
static struct zone waiter_zone =
    ZONE_INIT("console waiters", struct console_waiter);

void
console_init(void)
{
    queue_init(&console.c_readers.cq_waiters);
    queue_init(&console.c_writers.cq_waiters);
    console.c_port = ipc_kobject_alloc(&console, IKOT_CONSOLE, &kernel_ledger);
    if (console.c_port == IP_NULL)
        panic("no memory for the console's port");
}

ipc_port_t
console_port(void)
{
    return ipc_port_make_send(console.c_port);
}

/* ---- who waits */

/* Off its queue and freed; its reply right is the caller's. */
static ipc_port_t
waiter_remove(struct console_queue *queue, struct console_waiter *waiter)
{
    ipc_port_t reply = waiter->cw_reply;

    queue_remove(&waiter->cw_link);
    queue->cq_count--;
    zfree(&waiter_zone, waiter);
    return reply;
}

/* Drops those whose answers nobody waits for; how many of a root job are left. */
static unsigned
drop_dead(struct console_queue *queue, const struct sched_job *job)
{
    queue_chain_t *link = queue_first(&queue->cq_waiters);
    unsigned count = 0;

    while (link != NULL) {
        struct console_waiter *waiter =
            queue_element(link, struct console_waiter, cw_link);

        link = queue_next(&queue->cq_waiters, link);
        if (!ip_active(waiter->cw_reply))
            ipc_port_release_sonce(waiter_remove(queue, waiter));
        else
            count += zledger(waiter)->le_job == job;
    }
    return count;
}

/* The one that has waited longest, or NULL. */
static struct console_waiter *
first_alive(struct console_queue *queue)
{
    (void)drop_dead(queue, NULL);
    if (queue->cq_count == 0)
        return NULL;
    return queue_element(queue_first(&queue->cq_waiters), struct console_waiter,
                         cw_link);
}

/* Returns  as console_write and console_read: MIG_NO_REPLY for one added. */
static kern_return_t
add_waiter(struct console_queue *queue, ipc_port_t reply, const char *data,
           unsigned count)
{
    struct ledger *ledger = ledger_current();
    struct console_waiter *waiter;

    if (!IP_VALID(reply))
        return KERN_INVALID_ARGUMENT;
    if (drop_dead(queue, ledger->le_job) >= CONSOLE_WAITERS_MAX)
        return KERN_RESOURCE_SHORTAGE;
    waiter = zalloc(&waiter_zone, ledger);
    if (waiter == NULL)
        return KERN_RESOURCE_SHORTAGE;

    waiter->cw_reply = reply;
    waiter->cw_count = count;
    if (data != NULL)
        memcpy(waiter->cw_data, data, count);
    enqueue_tail(&queue->cq_waiters, &waiter->cw_link);
    queue->cq_count++;
    return MIG_NO_REPLY;
}

/* ---- out */

/*
 * console_write - all of `data`, in one piece.
 *
 * Returns   KERN_SUCCESS
 *           MIG_NO_REPLY            answered when there is room
 *           KERN_INVALID_ARGUMENT   no room, and nobody to answer
 *           KERN_RESOURCE_SHORTAGE  too many writers of the root job wait
 * Consumes  the reply right, with MIG_NO_REPLY.
 */
kern_return_t
console_write(console_t to UNUSED, ipc_port_t reply, const char *data,
              mach_msg_type_number_t count)
{
    if (count > 0 && (console.c_writers.cq_count > 0 ||
                      machine_output_room() < CONSOLE_ROOM))
        return add_waiter(&console.c_writers, reply, data, count);
    machine_write(data, count);
    return KERN_SUCCESS;
}

/* Serves one writer: what it writes brings the next interrupt. */
static void
serve_writer(void)
{
    struct console_waiter *writer;

    if (machine_output_room() < CONSOLE_ROOM)
        return;
    writer = first_alive(&console.c_writers);
    if (writer == NULL)
        return;
    machine_write(writer->cw_data, writer->cw_count);
    (void)console_write_reply(waiter_remove(&console.c_writers, writer),
                              KERN_SUCCESS);
}

/* ---- in */

/* Takes up to `max` bytes; returns how many. */
static unsigned
take(char *data, unsigned max)
{
    unsigned count = 0;
    int c;

    while (count < max && (c = machine_getc()) >= 0)
        data[count++] = (char)c;
    return count;
}

/* Answers readers as long as there are bytes. */
static void
serve_readers(void)
{
    char data[CONSOLE_CHUNK_MAX];
    struct console_waiter *reader;

    while (machine_has_input() &&
           (reader = first_alive(&console.c_readers)) != NULL) {
        unsigned count = take(data, reader->cw_count);

        /* One that cannot be answered has lost its right, and knows. */
        (void)console_read_reply(waiter_remove(&console.c_readers, reader),
                                 KERN_SUCCESS, data, count);
    }
}

void
console_interrupt(void)
{
    serve_readers();
    serve_writer();
}

/*
 * console_read - at least one byte and at most `max`.
 *
 * Returns   KERN_SUCCESS            with *count bytes
 *           MIG_NO_REPLY            answered when a byte comes
 *           KERN_INVALID_ARGUMENT   nothing to read into, or nobody to answer
 *           KERN_RESOURCE_SHORTAGE  too many readers of the root job wait
 * Consumes  the reply right, with MIG_NO_REPLY.
 */
kern_return_t
console_read(console_t from UNUSED, ipc_port_t reply, int max, char *data,
             mach_msg_type_number_t *count)
{
    if (max <= 0 || !IP_VALID(reply))
        return KERN_INVALID_ARGUMENT;
    max = min(max, CONSOLE_CHUNK_MAX);

    *count = take(data, (unsigned)max);
    if (*count > 0)
        return KERN_SUCCESS;
    return add_waiter(&console.c_readers, reply, NULL, (unsigned)max);
}
