/* SPDX-License-Identifier: MIT */
/* b_waiters_10k.c - an empty call while 10,000 threads of two other tasks wait. */
#define ROW     "waiters_10k"
#define PREPARE crowd
#define TASKS   2u
#define WAITERS 5000u

static void crowd(void);

#include "rpc.h"

/* Each on a port of its own, for ever. */
static void
wait_for_ever(void *unused)
{
    struct guest_buffer buffer;

    (void)unused;
    mach_msg(&buffer.header, MACH_RCV_MSG, 0, sizeof buffer, guest_receive(), 0,
             MACH_PORT_NULL);
}

static void
crowd(void)
{
    for (unsigned i = 0; i < TASKS; i++) {
        mach_port_t task = child_copy();

        for (unsigned n = 0; n < WAITERS; n++)
            child_thread(task, wait_for_ever, NULL);
    }
}
