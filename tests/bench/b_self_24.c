/* SPDX-License-Identifier: MIT */
/* b_self_24.c - a header sent to oneself and received, by one trap. */
#include <mach/mach.h>
#include <stdlib.h>

#include "bench.h"
#include "tests/guest/guest.h"

static mach_port_t port;

static void
call(void)
{
    struct {
        mach_msg_header_t header;
        mach_msg_trailer_t trailer;
    } message = {
        .header = {
            .msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0),
            .msgh_size = sizeof message.header,
            .msgh_remote_port = port,
        },
    };

    if (mach_msg(&message.header, MACH_SEND_MSG | MACH_RCV_MSG,
                 sizeof message.header, sizeof message, port,
                 MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL) != MACH_MSG_SUCCESS)
        abort();
}

int
main(void)
{
    port = guest_port();
    bench_run("self_24", call);
    return 0;
}
