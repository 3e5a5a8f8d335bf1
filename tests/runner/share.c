/* SPDX-License-Identifier: MIT */
/*
 * share.c - a root job of fair.t: what its threads got of the processor.
 *
 *     KIND COUNT PLACE
 *
 * `threads`: so many spin; `tasks`: so many tasks with a thread each spin;
 * `chain`: two threads hand the processor to each other by messages.  All do so
 * in the same span of time as the other jobs' of the run.  The place says when
 * to print, the highest last.
 */
#include <mach/mach.h>
#include <mach/mach_time.h>
#include <mach/thread_info.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/guest/child.h"

#define MS        1000000ull
#define BEGIN     (8000 * MS) /* on the machine's clock */
#define END       (BEGIN + 800 * MS)
#define COUNT_MAX 200u

static mach_port_t threads[COUNT_MAX], ports[2];

static void
stop(void)
{
    mach_wait_until(END + 10000 * MS);
}

static void
spin(void *unused)
{
    (void)unused;
    mach_wait_until(BEGIN);
    while (mach_absolute_time() < END)
        continue;
    stop();
}

/* Sends to the other, and waits for what the other sends. */
static void
pass_on(void *argument)
{
    bool second = argument != NULL;
    struct guest_buffer buffer;

    mach_wait_until(BEGIN);
    while (mach_absolute_time() < END) {
        buffer.header = (mach_msg_header_t){
            .msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0),
            .msgh_remote_port = ports[!second],
        };
        guest_must(mach_msg(&buffer.header, MACH_SEND_MSG | MACH_RCV_MSG,
                            sizeof buffer.header, sizeof buffer, ports[second],
                            MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL));
    }
    stop();
}

/* Its time on the processor, in microseconds */
static unsigned
used(mach_port_t thread)
{
    thread_basic_info_data_t info;
    mach_msg_type_number_t count = THREAD_BASIC_INFO_COUNT;

    guest_must(
        thread_info(thread, THREAD_BASIC_INFO, (thread_info_t)&info, &count));
    return (unsigned)(info.user_time.seconds * 1000000 +
                      info.user_time.microseconds);
}

int
main(int argc, char **argv)
{
    unsigned count = argc > 2 ? (unsigned)atoi(argv[2]) : 1, sum = 0;
    const char *kind = argc > 1 ? argv[1] : "threads";
    bool chain = strcmp(kind, "chain") == 0;

    for (unsigned i = 0; i < 2; i++)
        ports[i] = guest_port();
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(kind, "tasks") == 0)
            threads[i] = child_thread(child_copy(), spin, NULL);
        else if (chain)
            threads[i] = guest_thread(pass_on, i == 0 ? NULL : &threads);
        else
            threads[i] = guest_thread(spin, NULL);
    }
    if (mach_absolute_time() >= BEGIN)
        printf("late\n");
    mach_wait_until(END + (argc > 3 ? (unsigned)atoi(argv[3]) : 1) * 50 * MS);
    for (unsigned i = 0; i < count; i++)
        sum += used(threads[i]);
    printf("share %s %u: %u\n", kind, count, sum);
    return 0;
}
