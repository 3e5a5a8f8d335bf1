/* SPDX-License-Identifier: MIT */
/*
 * path_send_port.c - one send of a message with a port descriptor to a queue,
 * and the wait for its answer, for `make path` to follow through the kernel.
 *
 * Slot 1 is marked right before the trap; whoever follows stops at the wait,
 * which nobody ends.
 */
#include <mach/mach.h>
#include <mach/notify.h>
#include <stdlib.h>

#include "bench.h"
#include "tests/guest/guest.h"

struct request {
    mach_msg_header_t header;
    mach_msg_body_t body;
    mach_msg_port_descriptor_t port;
};

static mach_port_t queue, answers, carried;

static mach_msg_return_t
ask(mach_msg_option_t option)
{
    struct {
        struct request request;
        char rest[64]; /* of an answer */
    } message = {
        .request = {
            .header = { .msgh_bits =
                            MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
                                           MACH_MSG_TYPE_MAKE_SEND_ONCE) |
                            MACH_MSGH_BITS_COMPLEX,
                        .msgh_remote_port = queue,
                        .msgh_local_port = answers },
            .body = { .msgh_descriptor_count = 1 },
            .port = { .name = carried,
                      .disposition = MACH_MSG_TYPE_COPY_SEND,
                      .type = MACH_MSG_PORT_DESCRIPTOR },
        },
    };

    if (!(option & MACH_RCV_TIMEOUT))
        BENCH_MARK(1);
    return mach_msg(
        &message.request.header, MACH_SEND_MSG | MACH_RCV_MSG | option,
        sizeof message.request, sizeof message, answers, 0, MACH_PORT_NULL);
}

static void
ask_and_wait(void *unused)
{
    (void)unused;
    ask(0);
    abort();
}

int
main(void)
{
    queue = guest_port();
    answers = guest_receive();
    carried = guest_port();

    /* Once before, so that what is allocated has been allocated before; its
     * send-once right ends unused. */
    if (ask(MACH_RCV_TIMEOUT) != MACH_RCV_TIMED_OUT ||
        guest_next_id(queue) < 0 ||
        guest_next_id(answers) != MACH_NOTIFY_SEND_ONCE)
        abort();
    guest_thread(ask_and_wait, NULL);
    while (guest_status(queue).mps_msgcount == 0)
        guest_sleep(1);
    guest_sleep(10);
    return 0;
}
