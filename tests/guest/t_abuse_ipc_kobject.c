/* SPDX-License-Identifier: MIT */
/*
 * t_abuse_ipc_kobject.c - adversarial #1, #4, #5: messages by hand to the
 * kernel's ports, with every id, wrong sizes and wrong rights (rule R57).
 */
#include <limits.h>
#include <mach/mach_vm.h>
#include <string.h>

#include "child.h"
#include "rights.h"
#include "tap.h"

#define REPLY_OFFSET   100
#define TASK_TERMINATE 3401
#define LATER          20

union request {
    mach_msg_header_t header;
    struct port_message port;
    unsigned char bytes[256];
};

static mach_port_t task, thread, reply;

static void
fresh_child(void)
{
    task = child_empty();
    if (thread_create(task, &thread) != KERN_SUCCESS)
        thread = MACH_PORT_NULL;
}

static void
drop_child(void)
{
    task_terminate(task);
    child_dies(task);
    mach_port_destroy(mach_task_self(), task);
    mach_port_destroy(mach_task_self(), thread);
}

/* Sends by hand, waits for the answer.  Returns its code, or -1: none. */
static kern_return_t
call(mach_port_t port, union request *request, mach_msg_size_t size)
{
    union any_message answer;
    mach_msg_return_t mr;

    request->header.msgh_remote_port = port;
    request->header.msgh_local_port = reply;
    request->header.msgh_bits |=
        MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE);
    mr = mach_msg(&request->header, MACH_SEND_MSG, size, 0, MACH_PORT_NULL, 0,
                  MACH_PORT_NULL);
    if (mr != MACH_MSG_SUCCESS)
        return mr;
    mr = mach_msg(&answer.header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
                  sizeof answer, reply, CHILD_PATIENCE, MACH_PORT_NULL);
    if (mr != MACH_MSG_SUCCESS)
        return mr;
    if (answer.header.msgh_id != request->header.msgh_id + REPLY_OFFSET)
        return -1;
    if ((answer.header.msgh_bits & MACH_MSGH_BITS_COMPLEX) != 0) {
        mach_msg_destroy(&answer.header);
        return KERN_SUCCESS;
    }
    return ((mig_reply_error_t *)&answer)->RetCode;
}

/* ---- Unknown ids, and forged notifications (R57, #5) ---- */

static void
test_unknown(mach_port_t port, const char *text)
{
    static const mach_msg_id_t ids[] = {
        0,    1,    63,     64,         65,      66, 67,
        68,   69,   70,     71,         72,      73, 199,
        3199, 3202, 3399,   3999,       INT_MIN, -1, INT_MAX - 100,
        2405, 2505, 910000, 0x10000000,
    };
    bool good = true;

    for (unsigned i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        union request request = { .header = { .msgh_id = ids[i] } };
        kern_return_t kr = call(port, &request, 36);

        if (kr != MIG_BAD_ID) {
            note("id %d to %s: %d", ids[i], text, kr);
            good = false;
        }
    }
    ok(good, "unknown ids and forged notifications to %s: MIG_BAD_ID (R57, #5)",
       text);
    is(guest_type(port), MACH_PORT_TYPE_SEND, "... which lives");
}

/*
 * The kernel's reply to an unknown id, sent with the kernel's token to a port
 * of the sender's choice, never is what a notification looks like.
 */
static void
test_forged_by_reply(mach_port_t port, const char *text)
{
    unsigned told = 0, ended = 0;
    struct guest_buffer buffer;

    for (mach_msg_id_t id = MACH_NOTIFY_FIRST; id <= MACH_NOTIFY_LAST; id++) {
        mach_msg_header_t once = guest_header(port, MACH_MSG_TYPE_COPY_SEND,
                                              reply, id - REPLY_OFFSET);
        mach_msg_header_t header = once;

        header.msgh_bits =
            MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND);
        message_send(&header, sizeof header);
        told += guest_poll(reply, &buffer) == MACH_MSG_SUCCESS;
        message_send(&once, sizeof once);
        ended += guest_poll(reply, &buffer) == MACH_MSG_SUCCESS &&
                 buffer.header.msgh_id == MACH_NOTIFY_SEND_ONCE &&
                 buffer.header.msgh_size == sizeof buffer.header;
    }
    is(told, 0, "no reply of %s passes for a notification (6)", text);
    is(ended, MACH_NOTIFY_LAST - MACH_NOTIFY_FIRST + 1,
       "... a send-once right for it ends unused (6)");
}

/* Without a reply port: silently */
static void
test_silent(mach_port_t port, const char *text)
{
    for (mach_msg_id_t id = 64; id <= 72; id++) {
        mach_msg_header_t header =
            guest_header(port, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, id);

        message_send(&header, sizeof header);
    }
    is(guest_type(port), MACH_PORT_TYPE_SEND,
       "forged notifications without a reply port: %s lives (R57, #5)", text);
}

/* ---- Every id, every size (#4) ---- */

static const struct {
    mach_msg_id_t first, last;
} ranges[] = {
    { 64, 72 },         { 200, 235 },   { 400, 420 },   { 600, 601 },
    { 1000, 1002 },     { 2401, 2410 }, { 3000, 3005 }, { 3200, 3245 },
    { 3400, 3465 },     { 3600, 3635 }, { 3800, 3835 }, { 4000, 4010 },
    { 4800, 4830 },     { 4900, 4902 }, { 5400, 5404 }, { 900000, 900002 },
    { 900200, 900202 },
};

static const mach_msg_size_t sizes[] = { 24, 28, 32, 36, 40, 44,  48,
                                         52, 60, 64, 72, 80, 128, 256 };

/* All answers are codes; the object may be gone, which is lawful. */
static bool
answers(mach_port_t *port, mach_msg_id_t id, unsigned fill)
{
    bool good = true;

    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        union request request;
        kern_return_t kr;

        memset(&request, (int)fill, sizeof request);
        request.header = (mach_msg_header_t){ .msgh_id = id };
        kr = call(*port, &request, sizes[i]);
        if (kr == MACH_SEND_INVALID_DEST) { /* that call ended it */
            drop_child();
            fresh_child();
        } else if (kr == -1 || kr >= MACH_SEND_IN_PROGRESS) {
            note("id %d, size %u: %#x", id, sizes[i], kr);
            good = false;
        }
    }
    return good;
}

static void
test_every_id(mach_port_t *port, const char *text)
{
    for (unsigned i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        bool good = true;

        for (mach_msg_id_t id = ranges[i].first; id <= ranges[i].last; id++)
            for (unsigned fill = 0; fill <= 0xff; fill += 0x55)
                good = answers(port, id, fill) && good;
        ok(good, "ids %d to %d to %s, all sizes: each is answered (#4)",
           ranges[i].first, ranges[i].last, text);
    }
}

/* ---- Rights in requests that are refused (R57, #1) ---- */

static void
test_rights(mach_port_t port, mach_msg_id_t id, kern_return_t want,
            const char *text)
{
    mach_port_t carried = guest_port(), notify = guest_receive();
    unsigned names = guest_names();
    bool good = true;

    notify_ask(carried, MACH_NOTIFY_NO_SENDERS, 0, notify);
    for (unsigned i = 0; i < 10000; i++) {
        union request request = {
            .port = port_message(port, 0, carried, MACH_MSG_TYPE_COPY_SEND)
        };

        request.header.msgh_bits = MACH_MSGH_BITS_COMPLEX;
        request.header.msgh_id = id;
        good = call(port, &request, sizeof request.port) == want && good;
    }
    ok(good, "%s, 10,000 times (#1)", text);
    is(guest_refs(carried, MACH_PORT_RIGHT_SEND), 1, "... our right is ours");
    is(guest_names(), names, "... no name more");
    mach_port_deallocate(mach_task_self(), carried);
    is(guest_next_id(notify), MACH_NOTIFY_NO_SENDERS,
       "... and the kernel kept none of them (R57)");
    guest_kill(carried);
    guest_kill(notify);
}

/* A receive right in a refused request dies with it. */
static void
test_receive_right(void)
{
    mach_port_t carried = guest_port();
    union request request = {
        .port = port_message(task, 0, carried, MACH_MSG_TYPE_MOVE_RECEIVE)
    };

    request.header.msgh_bits = MACH_MSGH_BITS_COMPLEX;
    request.header.msgh_id = 1;
    is_kr(call(task, &request, sizeof request.port), MIG_BAD_ID,
          "a receive right to a kernel port, with an unknown id");
    is(guest_type(carried), MACH_PORT_TYPE_DEAD_NAME, "... dies (R57)");
    mach_port_destroy(mach_task_self(), carried);
}

/* Memory in a refused request is given back. */
static void
test_memory(void)
{
    enum {
        PAGES = 64,
        ROUNDS = 500
    };
    void *pages = guest_pages(PAGES);
    bool good = true;

    for (unsigned i = 0; i < ROUNDS; i++) {
        union request request;
        struct memory_message memory =
            memory_message(task, pages, PAGES * GUEST_PAGE, false);

        memcpy(&request, &memory, sizeof memory);
        request.header.msgh_bits = MACH_MSGH_BITS_COMPLEX;
        request.header.msgh_id = 1;
        good = call(task, &request, sizeof memory) == MIG_BAD_ID && good;
    }
    ok(good, "500 refused requests with 256 KiB of memory each");
    guest_unmap(pages, PAGES * GUEST_PAGE);
}

/* Answers that come later, by a plain send right */
static void
test_later(void)
{
    mach_port_t port = guest_port();
    unsigned ended = 0;

    for (unsigned i = 0; i < LATER; i++) {
        mach_port_t ends = child_empty();
        mach_msg_header_t request = {
            .msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
                                        MACH_MSG_TYPE_COPY_SEND),
            .msgh_size = sizeof request,
            .msgh_remote_port = ends,
            .msgh_local_port = port,
            .msgh_id = TASK_TERMINATE,
        };

        guest_must(mach_msg_send(&request));
        ended += child_dies(ends);
        mach_port_deallocate(SELF, ends);
    }
    is(ended, LATER, "a task ends whoever is to be answered");
    is(guest_status(port).mps_msgcount, MACH_PORT_QLIMIT_DEFAULT,
       "later answers obey the limit of the queue");
    is(guest_status(port).mps_srights, 1, "and their rights are gone");
    mach_port_destroy(SELF, port);
}

int
main(void)
{
    mach_port_t host = mach_host_self();
    mach_port_t self = mach_thread_self();
    mach_port_array_t registered;
    mach_msg_type_number_t count;

    tap_begin();
    reply = guest_receive();
    fresh_child();
    mach_ports_lookup(mach_task_self(), &registered, &count);
    const struct {
        mach_port_t port;
        const char *text;
    } ports[] = {
        { mach_task_self(), "our task" },
        { self, "our thread" },
        { host, "the host" },
        { task, "another task" },
        { thread, "another thread" },
        { registered[2], "the console" },
    };

    for (unsigned i = 0; i < sizeof ports / sizeof ports[0]; i++) {
        test_unknown(ports[i].port, ports[i].text);
        test_silent(ports[i].port, ports[i].text);
        test_forged_by_reply(ports[i].port, ports[i].text);
    }
    test_rights(task, 1, MIG_BAD_ID, "a right with an unknown id");
    test_rights(task, 3407, MIG_BAD_ARGUMENTS, "a right where none belongs");
    test_rights(task, 3410, MIG_BAD_ARGUMENTS, "a request cut short");
    test_receive_right();
    test_memory();
    test_later();
    test_every_id(&task, "another task");
    test_every_id(&thread, "another thread");
    test_every_id(&host, "the host");
    drop_child();
    return tap_done();
}
