/* SPDX-License-Identifier: MIT */
/*
 * ask.c - how long another job's answer takes while 200 threads of ours spin.
 *
 * The echo server answers by one call and waits by another.
 */
#include <mach/mach.h>
#include <mach/mach_time.h>
#include <servers/bootstrap.h>
#include <stdio.h>

#include "tests/guest/guest.h"

#define THREADS 200
#define ECHO_ID 1000
#define SIZE    (sizeof(mach_msg_header_t) + 64)

static volatile int counter;

int
main(void)
{
    mach_port_t server, reply = guest_receive();
    struct guest_buffer buffer = { 0 };
    uint64_t time;

    guest_must(bootstrap_look_up(bootstrap_port, "org.ostia.echo", &server));
    for (unsigned i = 0; i < THREADS; i++)
        guest_thread(guest_count_up, (void *)&counter);
    buffer.header =
        guest_header(server, MACH_MSG_TYPE_COPY_SEND, reply, ECHO_ID);
    time = mach_absolute_time();
    guest_must(mach_msg(&buffer.header, MACH_SEND_MSG | MACH_RCV_MSG, SIZE,
                        sizeof buffer, reply, MACH_MSG_TIMEOUT_NONE,
                        MACH_PORT_NULL));
    time = mach_absolute_time() - time;
    printf("answer %d: %u\n", buffer.header.msgh_id, (unsigned)(time / 1000));
    return 0;
}
