/* SPDX-License-Identifier: MIT */
/*
 * path_send_port.c - one send of a message with a port descriptor to a queue,
 * and the wait for its answer, for `make path` to follow through the kernel.
 *
 * Slot 1 is marked right before the trap; whoever follows stops at the wait,
 * which nobody ends.
 */
#include <mach/mach.h>
#include <stdlib.h>

#include "bench.h"
#include "tests/guest/guest.h"

struct request {
    mach_msg_header_t header;
    mach_msg_body_t body;
    mach_msg_port_descriptor_t port;
};

static mach_port_t answers, carried;

static mach_msg_return_t
ask(mach_port_t queue, mach_msg_option_t option)
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
ask_and_wait(void *queue)
{
    ask((mach_port_t)(uintptr_t)queue, 0);
    abort();
}

int
main(void)
{
    mach_port_t queue = guest_port();

    answers = guest_receive();
    carried = guest_port();

    /* Once before, to a queue where the message stays: so the one that is followed
     * finds room in a page that has messages already. */
    if (ask(guest_port(), MACH_RCV_TIMEOUT) != MACH_RCV_TIMED_OUT)
        abort();
    guest_thread(ask_and_wait, (void *)(uintptr_t)queue);
    while (guest_status(queue).mps_msgcount == 0)
        guest_sleep(1);
    guest_sleep(10);
    return 0;
}
