/* SPDX-License-Identifier: MIT */
/*
 * mach_msg.c - sending and receiving, over mach_msg_trap and its kin.
 *
 * The trap gives up when the thread is interrupted (thread_abort); here it is
 * called again, unless the caller asked to be told.  A message that was sent
 * is not sent twice: after an interrupted receive only the receive is redone.
 */
#include <mach/mach_init.h>
#include <mach/mach_traps.h>
#include <mach/message.h>

#include "message_trap.h"

/* Meant for this file; the kernel does not know them. */
#define LIBRARY_OPTIONS (MACH_SEND_INTERRUPT | MACH_RCV_INTERRUPT)

/* After a trap that was interrupted, or for callers who want to be told of that. */
static __attribute__((noinline)) mach_msg_return_t
mach_msg_again(mach_msg_header_t *msg, mach_msg_option_t option,
               mach_msg_size_t send_size, mach_msg_size_t rcv_size,
               mach_port_name_t rcv_name, mach_msg_timeout_t timeout,
               mach_msg_return_t mr)
{
    mach_msg_option_t send = option & ~LIBRARY_OPTIONS;
    mach_msg_option_t receive = send & ~MACH_SEND_MSG;

    if (mr == MACH_MSG_SUCCESS)
        mr = message_trap(msg, send, send_size, rcv_size, rcv_name, timeout);

    /* What came back to us from the sending is as good to send as before. */
    while (mr == MACH_SEND_INTERRUPTED && !(option & MACH_SEND_INTERRUPT))
        mr = message_trap(msg, send, send_size, rcv_size, rcv_name, timeout);

    while (mr == MACH_RCV_INTERRUPTED && !(option & MACH_RCV_INTERRUPT))
        mr = message_trap(msg, receive, 0, rcv_size, rcv_name, timeout);

    return mr;
}

mach_msg_return_t
mach_msg(mach_msg_header_t *msg, mach_msg_option_t option,
         mach_msg_size_t send_size, mach_msg_size_t rcv_size,
         mach_port_name_t rcv_name, mach_msg_timeout_t timeout,
         mach_port_name_t notify)
{
    mach_msg_return_t mr = MACH_MSG_SUCCESS;

    (void)notify;

    if ((option & LIBRARY_OPTIONS) == 0) {
        mr = message_trap(msg, option, send_size, rcv_size, rcv_name, timeout);
        if (mr != MACH_SEND_INTERRUPTED && mr != MACH_RCV_INTERRUPTED)
            return mr;
    }
    return mach_msg_again(msg, option, send_size, rcv_size, rcv_name, timeout,
                          mr);
}

mach_msg_return_t
mach_msg_overwrite(mach_msg_header_t *msg, mach_msg_option_t option,
                   mach_msg_size_t send_size, mach_msg_size_t rcv_size,
                   mach_port_name_t rcv_name, mach_msg_timeout_t timeout,
                   mach_port_name_t notify, mach_msg_header_t *rcv_msg,
                   mach_msg_size_t rcv_limit)
{
    mach_msg_option_t send = option & ~LIBRARY_OPTIONS;
    mach_msg_option_t receive = send & ~MACH_SEND_MSG;
    mach_msg_return_t mr;

    (void)rcv_limit;

    mr = mach_msg_overwrite_trap(msg, send, send_size, rcv_size, rcv_name,
                                 timeout, notify, rcv_msg);

    while (mr == MACH_SEND_INTERRUPTED && !(option & MACH_SEND_INTERRUPT))
        mr = mach_msg_overwrite_trap(msg, send, send_size, rcv_size, rcv_name,
                                     timeout, notify, rcv_msg);

    while (mr == MACH_RCV_INTERRUPTED && !(option & MACH_RCV_INTERRUPT))
        mr = mach_msg_overwrite_trap(msg, receive, 0, rcv_size, rcv_name,
                                     timeout, notify, rcv_msg);

    return mr;
}

mach_msg_return_t
mach_msg_send(mach_msg_header_t *msg)
{
    return mach_msg(msg, MACH_SEND_MSG, msg->msgh_size, 0, MACH_PORT_NULL,
                    MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL);
}

mach_msg_return_t
mach_msg_receive(mach_msg_header_t *msg)
{
    return mach_msg(msg, MACH_RCV_MSG, 0, msg->msgh_size, msg->msgh_local_port,
                    MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL);
}
