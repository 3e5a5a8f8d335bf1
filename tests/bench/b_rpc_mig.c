/* SPDX-License-Identifier: MIT */
/*
 * b_rpc_mig.c - one integer each way: mig's stubs, and mach_msg_server, which asks
 * for an audit trailer.
 */
#include <mach/mach.h>
#include <stdlib.h>

#include "bench.h"
#include "tests/guest/child.h"
#include "tests/guest/guest.h"

#include "addServer.c"
#include "addUser.c"

#define SERVICE ((mach_port_t)0x5003)

static mach_port_t service;

kern_return_t
do_add_one(mach_port_t server, int number, int *result)
{
    (void)server;
    *result = number + 1;
    return KERN_SUCCESS;
}

static void
serve(void *unused)
{
    (void)unused;
    mach_msg_server(add_server, 512, SERVICE,
                    MACH_RCV_LARGE |
                        MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT));
    abort();
}

static void
call(void)
{
    int result;

    if (add_one(service, 1, &result) != KERN_SUCCESS || result != 2)
        abort();
}

int
main(void)
{
    mach_port_t server = child_copy();

    service = guest_port();
    guest_must(mach_port_insert_right(server, SERVICE, service,
                                      MACH_MSG_TYPE_MOVE_RECEIVE));
    child_thread(server, serve, NULL);
    bench_run("rpc_mig", call);
    child_end(server);
    return 0;
}
