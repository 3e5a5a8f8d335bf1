/* SPDX-License-Identifier: MIT */
/*
 * t_libmach_msg.c - mach_msg of libmach over a trap that is interrupted when
 * the test says so: nothing is sent twice, and who asks is told (R44).
 */
#include <string.h>

#include "tests/guest/tap.h"
#include "user/libmach/mach_msg.c"

/* ---- The trap ---- */

#define CALLS_MAX 8

struct call {
    mach_msg_header_t *msg, *receive;
    mach_msg_option_t option;
    mach_msg_size_t send_size;
};

static mach_msg_return_t results[CALLS_MAX]; /* then success */
static struct call calls[CALLS_MAX];
static unsigned call_count;

/* What the seam would try before the kernel's trap, which is not here. */
void mach_msg_fast(void);
void mach_msg_ask(void);

void
mach_msg_fast(void)
{
}

void
mach_msg_ask(void)
{
}

mach_msg_return_t
mach_msg_trap(mach_msg_header_t *msg, mach_msg_option_t option,
              mach_msg_size_t send_size, mach_msg_size_t rcv_size,
              mach_port_name_t rcv_name, mach_msg_timeout_t timeout,
              mach_port_name_t notify)
{
    (void)rcv_size;
    (void)rcv_name;
    (void)timeout;
    (void)notify;

    calls[call_count] = (struct call){ msg, msg, option, send_size };
    return results[call_count++];
}

mach_msg_return_t
mach_msg_overwrite_trap(mach_msg_header_t *msg, mach_msg_option_t option,
                        mach_msg_size_t send_size, mach_msg_size_t rcv_size,
                        mach_port_name_t rcv_name, mach_msg_timeout_t timeout,
                        mach_msg_priority_t priority,
                        mach_msg_header_t *rcv_msg)
{
    (void)rcv_size;
    (void)rcv_name;
    (void)timeout;
    (void)priority;

    calls[call_count] = (struct call){ msg, rcv_msg, option, send_size };
    return results[call_count++];
}

/* ---- The tests ---- */

static mach_msg_header_t message, other;

static mach_msg_return_t
call(mach_msg_option_t option, mach_msg_return_t first,
     mach_msg_return_t second)
{
    memset(results, 0, sizeof results);
    results[0] = first;
    results[1] = second;
    call_count = 0;
    return mach_msg(&message, option, 24, 100, 0x103, 0, MACH_PORT_NULL);
}

TEST(retry)
{
    const mach_msg_option_t both = MACH_SEND_MSG | MACH_RCV_MSG;

    ok(ALL(call(both, MACH_MSG_SUCCESS, 0) == MACH_MSG_SUCCESS,
           call_count == 1),
       "success is one trap");
    ok(ALL(call(both, MACH_RCV_INTERRUPTED, 0) == MACH_MSG_SUCCESS,
           call_count == 2, calls[1].option == MACH_RCV_MSG,
           calls[1].send_size == 0),
       "after an interrupted receive only the receive is redone");
    ok(ALL(call(both, MACH_SEND_INTERRUPTED, 0) == MACH_MSG_SUCCESS,
           call_count == 2, calls[1].option == both, calls[1].send_size == 24),
       "after an interrupted send all is redone");
    ok(ALL(call(both, MACH_SEND_INTERRUPTED, MACH_RCV_INTERRUPTED) ==
               MACH_MSG_SUCCESS,
           call_count == 3, calls[2].option == MACH_RCV_MSG),
       "one after the other");
    ok(ALL(call(both, MACH_SEND_TIMED_OUT, 0) == MACH_SEND_TIMED_OUT,
           call_count == 1),
       "other codes are the caller's");
    ok(ALL(call(both | MACH_RCV_INTERRUPT, MACH_RCV_INTERRUPTED, 0) ==
               MACH_RCV_INTERRUPTED,
           call_count == 1, calls[0].option == both),
       "who asks is told, and the kernel does not see that");
    ok(ALL(call(both | MACH_SEND_INTERRUPT, MACH_SEND_INTERRUPTED, 0) ==
               MACH_SEND_INTERRUPTED,
           call_count == 1),
       "the same for the send");
}

static mach_msg_return_t
overwrite(mach_msg_option_t option, mach_msg_return_t first,
          mach_msg_header_t *receive)
{
    memset(results, 0, sizeof results);
    results[0] = first;
    call_count = 0;
    return mach_msg_overwrite(&message, option, 24, 100, 0x103, 0,
                              MACH_PORT_NULL, receive, 0);
}

TEST(overwrite)
{
    const mach_msg_option_t both = MACH_SEND_MSG | MACH_RCV_MSG;

    ok(ALL(overwrite(both, MACH_MSG_SUCCESS, &other) == MACH_MSG_SUCCESS,
           call_count == 1, calls[0].msg == &message,
           calls[0].receive == &other, calls[0].option == both),
       "mach_msg_overwrite: one trap has both buffers");
    ok(ALL(overwrite(both, MACH_SEND_INVALID_DEST, &other) ==
               MACH_SEND_INVALID_DEST,
           call_count == 1),
       "mach_msg_overwrite: what fails is not tried again");
    ok(ALL(overwrite(both, MACH_RCV_INTERRUPTED, &other) == MACH_MSG_SUCCESS,
           call_count == 2, calls[1].option == MACH_RCV_MSG,
           calls[1].receive == &other, calls[1].send_size == 0),
       "R44: mach_msg_overwrite: after an interrupted receive no second send");
    ok(ALL(overwrite(both, MACH_SEND_INTERRUPTED, NULL) == MACH_MSG_SUCCESS,
           call_count == 2, calls[1].option == both),
       "mach_msg_overwrite: an interrupted send is sent again");
    ok(ALL(overwrite(both | MACH_SEND_INTERRUPT, MACH_SEND_INTERRUPTED, NULL) ==
               MACH_SEND_INTERRUPTED,
           call_count == 1, calls[0].option == both),
       "mach_msg_overwrite: unless the caller wants to hear of it");
}

TEST(by_header)
{
    message.msgh_size = 40;
    message.msgh_local_port = 0x203;
    call_count = 0;
    ok(ALL(mach_msg_send(&message) == MACH_MSG_SUCCESS,
           calls[0].option == MACH_SEND_MSG, calls[0].send_size == 40),
       "mach_msg_send: the size of the header");
    call_count = 0;
    ok(ALL(mach_msg_receive(&message) == MACH_MSG_SUCCESS,
           calls[0].option == MACH_RCV_MSG, calls[0].send_size == 0),
       "mach_msg_receive: no send");
}
