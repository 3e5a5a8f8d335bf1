/* SPDX-License-Identifier: MIT */
/*
 * fake.h - a mach_msg that hands requests straight to kinds_server, and what
 * the tests want to know of it.
 *
 * It does to a message what a kernel would do: the header is turned around,
 * dispositions become those of rights that arrived, memory out of line is
 * copied, a trailer follows.  Port names are the same on both sides.
 */
#ifndef OSTIA_TESTS_MIG_FAKE_H
#define OSTIA_TESTS_MIG_FAKE_H

#include <mach/message.h>
#include <mach/mig_errors.h>
#include <stdbool.h>

#include "tests/guest/tap.h"

#define FAKE_REPLY_PORT 0x4103 /* what mig_get_reply_port gives */
#define FAKE_SERVER     0x1003 /* where the tests send to */

/* Changes a message after it was received, to play the enemy. */
typedef void (*spoiler_t)(mach_msg_header_t *message);

struct fake {
    spoiler_t spoil_request;
    spoiler_t spoil_reply;
    mach_msg_return_t refuse;  /* mach_msg fails by this, if not 0 */
    unsigned served;           /* calls of a server function */
    unsigned messages;         /* calls of mach_msg */
    unsigned destroyed;        /* messages that were destroyed … */
    unsigned destroyed_rights; /* … and the rights in them */
    unsigned put, dealloced;   /* reply ports */
    kern_return_t code;        /* the code of the last error reply */
    mach_msg_size_t request_size, reply_size;
    mach_msg_option_t options;
    mach_msg_timeout_t timeout;
    mach_msg_header_t sent; /* the header as the client wrote it */
    bool no_reply;          /* the server sent none */
};

extern struct fake fake;

void hostile_tests(void);

#endif
