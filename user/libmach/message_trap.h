/* SPDX-License-Identifier: MIT */
/*
 * message_trap.h - mach_msg_trap in place, for mach_msg.c alone: the kernel keeps
 * every register but rax, rcx and r11, so that the arguments of a call stay where
 * they are.  The seventh, which no option uses, is left out.
 */
#ifndef LIBMACH_MESSAGE_TRAP_H
#define LIBMACH_MESSAGE_TRAP_H

#include <mach/mach_traps.h>
#include <mach/message.h>

#define MESSAGE_TRAP 0x100001f /* 31 of class 1: mach/traps.def */

static inline mach_msg_return_t
message_trap(mach_msg_header_t *msg, mach_msg_option_t option,
             mach_msg_size_t send_size, mach_msg_size_t rcv_size,
             mach_port_name_t rcv_name, mach_msg_timeout_t timeout)
{
#if __STDC_HOSTED__ /* a test on the host has a trap of its own */
    return mach_msg_trap(msg, option, send_size, rcv_size, rcv_name, timeout,
                         MACH_PORT_NULL);
#else
    register mach_msg_size_t receive_size __asm__("r10") = rcv_size;
    register mach_port_name_t name __asm__("r8") = rcv_name;
    register mach_msg_timeout_t patience __asm__("r9") = timeout;
    mach_msg_return_t mr;

    __asm__ volatile("syscall"
                     : "=a"(mr)
                     : "0"(MESSAGE_TRAP), "D"(msg), "S"(option), "d"(send_size),
                       "r"(receive_size), "r"(name), "r"(patience)
                     : "rcx", "r11", "cc", "memory");
    return mr;
#endif
}

#endif
