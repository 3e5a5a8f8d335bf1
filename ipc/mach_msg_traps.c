/* SPDX-License-Identifier: MIT */
/*
 * mach_msg_traps.c - the other two message traps: with a buffer of its own to
 * receive to, and with the header in registers.
 *
 * Both only write the request down; mach_msg.c carries it out.  Arguments on
 * the stack are read if the options use them: where they cannot be read the
 * answer is KERN_INVALID_ARGUMENT, and nothing has happened (D13).
 */
#include "ipc/ipc_thread.h"
#include "ipc/mach_msg.h"
#include "kernel/syscall.h"

enum {
    STACK_RECEIVE_BUFFER = TRAP_REGISTER_ARGS + 1, /* mach_msg_overwrite_trap */

    STACK_RECEIVE_SIZE = TRAP_REGISTER_ARGS, /* mach_msg2_trap */
    STACK_TIMEOUT = TRAP_REGISTER_ARGS + 1,
};

/*
 * mach_msg_overwrite_trap(msg, option, send_size, rcv_size, rcv_name, timeout,
 *                         priority, rcv_msg)
 *
 * Returns   as mach_msg_trap; a message is received to rcv_msg, or to msg if
 *           that is NULL.  The priority is a hint that nothing uses.
 */
uint64_t
mach_msg_overwrite_trap(ipc_thread_t self, const struct trap_args *args)
{
    uint64_t buffer = 0;

    self->ith_msg = (struct ith_msg){
        .im_send = user_addr(args->arg[0]),
        .im_option = (mach_msg_option_t)args->arg[1],
        .im_send_size = (mach_msg_size_t)args->arg[2],
        .im_receive_size = (mach_msg_size_t)args->arg[3],
        .im_receive_name = (mach_port_name_t)args->arg[4],
        .im_timeout = (mach_msg_timeout_t)args->arg[5],
    };
    if ((self->ith_msg.im_option & MACH_RCV_MSG) != 0 &&
        trap_stack_arg(self, STACK_RECEIVE_BUFFER, &buffer) != COPYIO_OK)
        return KERN_INVALID_ARGUMENT;
    self->ith_msg.im_receive = user_addr(buffer != 0 ? buffer : args->arg[0]);
    mach_msg_start(self);
}

/* ---- mach_msg2_trap ---- */

/*
 * mach_msg2_trap(data, options, msgh_bits_and_send_size,
 *                msgh_remote_and_local_port, msgh_voucher_and_id,
 *                desc_count_and_rcv_name, rcv_size_and_priority, timeout)
 *
 * Of the message in memory only what follows the header is read, without the
 * count of descriptors.
 *
 * Returns   as mach_msg_trap, and
 *           MACH_SEND_TOO_LARGE         descriptors without the complex bit
 *           MACH_SEND_INVALID_OPTIONS   MACH64_MSG_VECTOR, which is not offered
 *           MACH_RCV_INVALID_ARGUMENTS  the same, if nothing is sent
 */
uint64_t
mach_msg2_trap(ipc_thread_t self, const struct trap_args *args)
{
    mach_msg_option_t option = (mach_msg_option_t)args->arg[1];
    uint32_t descriptors = (uint32_t)args->arg[5];
    uint64_t receive_size = 0, timeout = 0;
    bool sends = (args->arg[1] & MACH64_SEND_MSG) != 0;
    mach_msg_header_t header = {
        .msgh_bits = (uint32_t)args->arg[2],
        .msgh_size = args->arg[2] >> 32,
        .msgh_remote_port = (uint32_t)args->arg[3],
        .msgh_local_port = args->arg[3] >> 32,
        .msgh_voucher_port = (uint32_t)args->arg[4],
        .msgh_id = (mach_msg_id_t)(args->arg[4] >> 32),
    };

    if ((args->arg[1] & MACH64_MSG_VECTOR) != 0)
        return (uint32_t)(sends ? MACH_SEND_INVALID_OPTIONS
                                : MACH_RCV_INVALID_ARGUMENTS);
    if (sends && descriptors != 0 &&
        !MACH_MSGH_BITS_IS_COMPLEX(header.msgh_bits))
        return MACH_SEND_TOO_LARGE;
    if ((option & MACH_RCV_MSG) != 0 &&
        trap_stack_arg(self, STACK_RECEIVE_SIZE, &receive_size) != COPYIO_OK)
        return KERN_INVALID_ARGUMENT;
    if ((option & (MACH_SEND_TIMEOUT | MACH_RCV_TIMEOUT)) != 0 &&
        trap_stack_arg(self, STACK_TIMEOUT, &timeout) != COPYIO_OK)
        return KERN_INVALID_ARGUMENT;
    self->ith_msg = (struct ith_msg){
        .im_send = user_addr(args->arg[0]),
        .im_receive = user_addr(args->arg[0]),
        .im_option = option,
        .im_send_size = header.msgh_size,
        .im_receive_size = (uint32_t)receive_size,
        .im_receive_name = args->arg[5] >> 32,
        .im_timeout = (mach_msg_timeout_t)timeout,
        .im_has_header = true,
        .im_descriptors = descriptors,
        .im_header = header,
    };
    mach_msg_start(self);
}
