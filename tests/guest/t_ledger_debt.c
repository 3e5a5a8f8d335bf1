/* SPDX-License-Identifier: MIT */
/*
 * t_ledger_debt.c - what is left of a job that has ended counts for its
 * starter (D24).
 */
#include <mach/mach_vm.h>
#include <ostia/job.h>
#include <servers/bootstrap.h>

#include "child.h"
#include "ledgers.h"
#include "tap.h"

#define BOX      4096u    /* frames that the ledger of a case may have */
#define SINK     0x10003u /* a name in a task of ours */
#define LARGE    16384u
#define JOB_EXIT 910000

static ledger_t mine; /* our job's, to change it */

/* Sends a right of a port to the sink. */
static void
give_away(mach_port_t port, mach_msg_type_name_t disposition)
{
    struct {
        mach_msg_header_t header;
        mach_msg_body_t body;
        mach_msg_port_descriptor_t right;
    } message = { .body.msgh_descriptor_count = 1 };

    message.header = guest_header(SINK, MACH_MSG_TYPE_COPY_SEND, 0, 1);
    message.header.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
    message.header.msgh_size = sizeof message;
    message.right = guest_right(port, disposition);
    guest_must(mach_msg(&message.header, MACH_SEND_MSG, sizeof message, 0,
                        MACH_PORT_NULL, 0, MACH_PORT_NULL));
}

static void
leave_port(void *unused)
{
    mach_port_t port = guest_receive();

    (void)unused;
    give_away(port, MACH_MSG_TYPE_MAKE_SEND_ONCE);
    give_away(port, MACH_MSG_TYPE_MOVE_RECEIVE);
    guest_thread_end();
}

/* The right that comes with the next message */
static mach_port_t
next_right(mach_port_t port)
{
    struct {
        mach_msg_header_t header;
        mach_msg_body_t body;
        mach_msg_port_descriptor_t right;
        mach_msg_max_trailer_t trailer;
    } message;

    guest_must(mach_msg(&message.header, MACH_RCV_MSG, 0, sizeof message, port,
                        MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL));
    return message.right.name;
}

/* An answer is paid for by a job that has ended: its port is still on its way
 * to us. */
TEST(answer_to_the_dead)
{
    static union {
        mach_msg_header_t header;
        char bytes[LARGE + MAX_TRAILER_SIZE];
    } answer;
    ledger_t parent = below(mine, BOX), ledger = below(parent, BOX / 2);
    mach_port_t task = task_in(ledger), sink = guest_port(), port;
    ledger_item_t before;

    child_fill(task);
    guest_must(
        mach_port_insert_right(task, SINK, sink, MACH_MSG_TYPE_COPY_SEND));
    drop(child_thread(task, leave_port, NULL));
    while (guest_status(sink).mps_msgcount < 2)
        guest_sleep(1);
    child_end(task);
    drop(ledger);
    before = balance(parent);
    answer.header = guest_header(next_right(sink), MACH_MSG_TYPE_MOVE_SEND_ONCE,
                                 MACH_PORT_NULL, JOB_EXIT);
    answer.header.msgh_size = LARGE;
    is(mach_msg(&answer.header, MACH_SEND_MSG, LARGE, 0, MACH_PORT_NULL, 0,
                MACH_PORT_NULL),
       MACH_MSG_SUCCESS, "an answer to a port of a job that has ended is sent");
    ok(balance(parent) > before + 2, "its starter pays for it");
    port = next_right(sink);
    is(mach_msg(&answer.header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
                sizeof answer, port, 0, MACH_PORT_NULL),
       MACH_MSG_SUCCESS, "who gets the port gets the answer");
    guest_kill(port);
    mach_port_destroy(SELF, sink);
    ok(balance(parent) <= 1, "and then nothing is left of the job");
    drop(parent);
}

int
main(void)
{
    guest_must(job_get_ledger(bootstrap_port, JOB_SELF, &mine));
    return guest_run();
}
