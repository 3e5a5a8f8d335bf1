/* SPDX-License-Identifier: MIT */
/*
 * console.c - the console's port: bytes out, and bytes in for who waits.
 *
 * Input is raw: what the line brings goes into a ring, and from there to the
 * readers, the longest waiting first.  A reader that finds the ring empty
 * leaves a record with its reply right (D15) and is answered by the interrupt
 * that brings the byte.
 *
 * (C1) readers wait  =>  the ring is empty
 * (C2) of one task so many wait at most that there is room for those of others
 */
#include "kernel/console.h"

#include "ipc/ipc_kobject.h"
#include "ipc/ipc_port.h"
#include "kernel/base/assert.h"
#include "kernel/base/queue.h"
#include "kernel/base/string.h"
#include "kernel/ipc_tt.h"
#include "kernel/kalloc.h"
#include "kernel/task.h"
#include "kernel/trap.h"
#include "mig/console_reply_user.h"
#include "mig/console_server.h"

#define CONSOLE_CHUNK_MAX        1024 /* as in console.defs */
#define CONSOLE_READERS_MAX      64
#define CONSOLE_READERS_PER_TASK 4

struct console_reader {
    queue_chain_t cr_link;
    ipc_port_t cr_reply; /* a send-once right */
    unsigned cr_task;    /* task_id of who asked, for (C2) alone */
    unsigned cr_max;
};

struct console {
    ipc_port_t c_port;
    queue_head_t c_readers;
    unsigned c_reader_count;
    char c_ring[CONSOLE_CHUNK_MAX];
    unsigned c_first; /* the oldest byte */
    unsigned c_count;
};

static struct console console;
static struct zone reader_zone =
    ZONE_INIT("console readers", struct console_reader);

void
console_init(void)
{
    queue_init(&console.c_readers);
    console.c_port = ipc_kobject_alloc(&console, IKOT_CONSOLE);
    if (console.c_port == IP_NULL)
        panic("no memory for the console's port");
}

ipc_port_t
console_port(void)
{
    return ipc_port_make_send(console.c_port);
}

/*
 * console_write - all of `data`, in one piece.
 *
 * Returns  KERN_SUCCESS
 *          KERN_INVALID_ARGUMENT  not the console's port
 */
kern_return_t
console_write(console_t to, const char *data, mach_msg_type_number_t count)
{
    if (to == NULL)
        return KERN_INVALID_ARGUMENT;
    for (mach_msg_type_number_t i = 0; i < count; i++)
        machine_putc(data[i]);
    return KERN_SUCCESS;
}

/* ---- the ring */

/* What does not fit is lost. */
static void
ring_put(char c)
{
    if (console.c_count == CONSOLE_CHUNK_MAX)
        return;
    console.c_ring[(console.c_first + console.c_count) % CONSOLE_CHUNK_MAX] = c;
    console.c_count++;
}

/* Takes up to `max` bytes; returns how many. */
static unsigned
ring_take(char *data, unsigned max)
{
    unsigned count = console.c_count < max ? console.c_count : max;

    for (unsigned i = 0; i < count; i++)
        data[i] = console.c_ring[(console.c_first + i) % CONSOLE_CHUNK_MAX];
    console.c_first = (console.c_first + count) % CONSOLE_CHUNK_MAX;
    console.c_count -= count;
    return count;
}

/* ---- readers */

/* Off the list and freed; its reply right is the caller's. */
static ipc_port_t
reader_remove(struct console_reader *reader)
{
    ipc_port_t reply = reader->cr_reply;

    queue_remove(&reader->cr_link);
    console.c_reader_count--;
    zfree(&reader_zone, reader);
    return reply;
}

/* Nobody waits for the answers of these any more. */
static void
drop_dead_readers(void)
{
    queue_chain_t *link = queue_first(&console.c_readers);

    while (link != NULL) {
        struct console_reader *reader =
            queue_element(link, struct console_reader, cr_link);

        link = queue_next(&console.c_readers, link);
        if (!ip_active(reader->cr_reply))
            ipc_port_release_sonce(reader_remove(reader));
    }
}

/* Answers readers as long as there are bytes. */
static void
serve_readers(void)
{
    char data[CONSOLE_CHUNK_MAX];

    drop_dead_readers();
    while (console.c_count > 0 && !queue_empty(&console.c_readers)) {
        struct console_reader *reader = queue_element(
            queue_first(&console.c_readers), struct console_reader, cr_link);
        unsigned count = ring_take(data, reader->cr_max);

        /* One that cannot be answered has lost its right, and knows. */
        (void)console_read_reply(reader_remove(reader), KERN_SUCCESS, data,
                                 count);
    }
}

void
console_interrupt(void)
{
    int c;

    while ((c = machine_getc()) >= 0)
        ring_put((char)c);
    serve_readers();
}

static unsigned
readers_of(unsigned task_id)
{
    queue_chain_t *link = queue_first(&console.c_readers);
    unsigned count = 0;

    for (; link != NULL; link = queue_next(&console.c_readers, link))
        count += queue_element(link, struct console_reader, cr_link)->cr_task ==
                 task_id;
    return count;
}

static kern_return_t
add_reader(ipc_port_t reply, unsigned max)
{
    unsigned task_id = task_current()->task_id;
    struct console_reader *reader;

    drop_dead_readers();
    if (console.c_reader_count >= CONSOLE_READERS_MAX ||
        readers_of(task_id) >= CONSOLE_READERS_PER_TASK)
        return KERN_RESOURCE_SHORTAGE;
    reader = zalloc(&reader_zone);
    if (reader == NULL)
        return KERN_RESOURCE_SHORTAGE;

    reader->cr_reply = reply;
    reader->cr_max = max;
    reader->cr_task = task_id;
    enqueue_tail(&console.c_readers, &reader->cr_link);
    console.c_reader_count++;
    return KERN_SUCCESS;
}

/*
 * console_read - at least one byte and at most `max`.
 *
 * Returns   KERN_SUCCESS            with *count bytes
 *           MIG_NO_REPLY            answered when a byte comes
 *           KERN_INVALID_ARGUMENT   not the console's port, nothing to read
 *                                   into, or nobody to answer
 *           KERN_RESOURCE_SHORTAGE  too many readers wait, of the task or of all
 * Consumes  the reply right, with MIG_NO_REPLY.
 */
kern_return_t
console_read(console_t from, ipc_port_t reply, int max, char *data,
             mach_msg_type_number_t *count)
{
    kern_return_t kr;

    if (from == NULL || max <= 0 || !IP_VALID(reply))
        return KERN_INVALID_ARGUMENT;
    if (max > CONSOLE_CHUNK_MAX)
        max = CONSOLE_CHUNK_MAX;

    *count = ring_take(data, (unsigned)max);
    if (*count > 0)
        return KERN_SUCCESS;
    kr = add_reader(reply, (unsigned)max);
    return kr == KERN_SUCCESS ? MIG_NO_REPLY : kr;
}
