/* SPDX-License-Identifier: MIT */
/*
 * trap_frame.h - the registers of a user thread, or of an interrupted kernel.
 *
 * entry.asm pushes these in reverse order: the upper part is what the
 * processor pushes itself (Intel SDM Vol. 3A section 6.14.2).  For a user
 * thread the frame lies in struct thread, so that being interrupted costs no
 * copy and a kernel stack can be thrown away at any time (D1).
 * kernel/x86_64/asmdefs.h has the offsets, checked in asmdefs_check.c.
 */
#ifndef OSTIA_KERNEL_X86_64_TRAP_FRAME_H
#define OSTIA_KERNEL_X86_64_TRAP_FRAME_H

#include <stdint.h>

struct trap_frame {
    uint64_t tf_r15;
    uint64_t tf_r14;
    uint64_t tf_r13;
    uint64_t tf_r12;
    uint64_t tf_rbp;
    uint64_t tf_rbx;
    uint64_t tf_r11;
    uint64_t tf_rcx;
    uint64_t tf_rdi; /* the arguments of a trap, in their order */
    uint64_t tf_rsi;
    uint64_t tf_rdx;
    uint64_t tf_r10;
    uint64_t tf_r8;
    uint64_t tf_r9;
    uint64_t tf_rax;
    uint64_t tf_vector; /* 0..255, or TRAP_* */
    uint64_t tf_error;
    uint64_t tf_rip;
    uint64_t tf_cs;
    uint64_t tf_rflags;
    uint64_t tf_rsp;
    uint64_t tf_ss;
};

_Static_assert(sizeof(struct trap_frame) % 16 == 0,
               "the processor aligns the stack to 16 bytes before it pushes");

#endif
