/* SPDX-License-Identifier: MIT */
/*
 * mach_msg2.c - sending and receiving with the header in registers, over
 * mach_msg2_trap.  The retry is that of mach_msg.
 */
#include <mach/mach_traps.h>
#include <mach/message.h>

/* Meant for this file; the kernel does not know them. */
#define LIBRARY_OPTIONS (MACH64_SEND_INTERRUPT | MACH64_RCV_INTERRUPT)

#define HIGH_WORD 0xffffffff00000000ull

static uint64_t
two_words(uint32_t low, uint32_t high)
{
    return (uint64_t)high << 32 | low;
}

/* The header that a send which was interrupted has left at `data`: the message
 * came back, with rights that may have other names now. */
static mach_msg_return_t
send_again(mach_msg_header_t *data, mach_msg_option64_t option,
           uint64_t bits_and_size, uint64_t voucher_and_id,
           uint64_t count_and_name, uint64_t size_and_priority,
           uint64_t timeout)
{
    return mach_msg2_trap(
        data, option, (bits_and_size & HIGH_WORD) | data->msgh_bits,
        two_words(data->msgh_remote_port, data->msgh_local_port),
        voucher_and_id, count_and_name, size_and_priority, timeout);
}

mach_msg_return_t
mach_msg2_internal(void *data, mach_msg_option64_t option64,
                   uint64_t msgh_bits_and_send_size,
                   uint64_t msgh_remote_and_local_port,
                   uint64_t msgh_voucher_and_id,
                   uint64_t desc_count_and_rcv_name,
                   uint64_t rcv_size_and_priority, uint64_t timeout)
{
    mach_msg_option64_t send = option64 & ~LIBRARY_OPTIONS;
    mach_msg_option64_t receive = send & ~MACH64_SEND_MSG;
    mach_msg_return_t mr;

    mr =
        mach_msg2_trap(data, send, msgh_bits_and_send_size,
                       msgh_remote_and_local_port, msgh_voucher_and_id,
                       desc_count_and_rcv_name, rcv_size_and_priority, timeout);

    while (mr == MACH_SEND_INTERRUPTED && !(option64 & MACH64_SEND_INTERRUPT))
        mr =
            send_again(data, send, msgh_bits_and_send_size, msgh_voucher_and_id,
                       desc_count_and_rcv_name, rcv_size_and_priority, timeout);

    while (mr == MACH_RCV_INTERRUPTED && !(option64 & MACH64_RCV_INTERRUPT))
        mr = mach_msg2_trap(data, receive, 0, 0, 0,
                            desc_count_and_rcv_name & HIGH_WORD,
                            rcv_size_and_priority, timeout);

    return mr;
}

/* How many descriptors there are is in memory: the header has no room. */
mach_msg_return_t
mach_msg2(void *data, mach_msg_option64_t option64, mach_msg_header_t header,
          mach_msg_size_t send_size, mach_msg_size_t rcv_size,
          mach_port_t rcv_name, uint64_t timeout, uint32_t priority)
{
    const mach_msg_base_t *base = data;
    mach_msg_size_t descriptors = 0;

    if ((option64 & MACH64_SEND_MSG) != 0 &&
        MACH_MSGH_BITS_IS_COMPLEX(header.msgh_bits))
        descriptors = base->body.msgh_descriptor_count;

    return mach_msg2_internal(
        data, option64, two_words(header.msgh_bits, send_size),
        two_words(header.msgh_remote_port, header.msgh_local_port),
        two_words(header.msgh_voucher_port, (uint32_t)header.msgh_id),
        two_words(descriptors, rcv_name), two_words(rcv_size, priority),
        timeout);
}
