/* SPDX-License-Identifier: MIT */
/*
 * thread_state.c - a thread's registers as Mach shows them.
 *
 * What comes from outside is made harmless here: segments are ours, and of
 * RFLAGS a task changes only what POPF would let it change.
 */
#include <mach/i386/thread_status.h>

#include "kernel/base/string.h"
#include "kernel/core/trap.h"
#include "kernel/thread.h"
#include "kernel/x86_64/asmdefs.h"
#include "kernel/x86_64/machine.h"

/* CF, PF, AF, ZF, SF, TF, DF, OF, RF, AC, ID. */
#define RFLAGS_USER   UINT64_C(0x250dd5)
#define RFLAGS_ALWAYS UINT64_C(0x202) /* IF, and bit 1, which is always set */

void
machine_thread_init(struct thread *thread)
{
    thread->th_frame.tf_cs = USER_CS;
    thread->th_frame.tf_ss = USER_SS;
    thread->th_frame.tf_rflags = RFLAGS_ALWAYS;
}

static x86_thread_state64_t
state_of(const struct trap_frame *frame)
{
    return (x86_thread_state64_t){
        .__rax = frame->tf_rax,
        .__rbx = frame->tf_rbx,
        .__rcx = frame->tf_rcx,
        .__rdx = frame->tf_rdx,
        .__rdi = frame->tf_rdi,
        .__rsi = frame->tf_rsi,
        .__rbp = frame->tf_rbp,
        .__rsp = frame->tf_rsp,
        .__r8 = frame->tf_r8,
        .__r9 = frame->tf_r9,
        .__r10 = frame->tf_r10,
        .__r11 = frame->tf_r11,
        .__r12 = frame->tf_r12,
        .__r13 = frame->tf_r13,
        .__r14 = frame->tf_r14,
        .__r15 = frame->tf_r15,
        .__rip = frame->tf_rip,
        .__rflags = frame->tf_rflags,
        .__cs = frame->tf_cs,
    };
}

static void
set_state(struct trap_frame *frame, const x86_thread_state64_t *state)
{
    frame->tf_rax = state->__rax;
    frame->tf_rbx = state->__rbx;
    frame->tf_rcx = state->__rcx;
    frame->tf_rdx = state->__rdx;
    frame->tf_rdi = state->__rdi;
    frame->tf_rsi = state->__rsi;
    frame->tf_rbp = state->__rbp;
    frame->tf_rsp = state->__rsp;
    frame->tf_r8 = state->__r8;
    frame->tf_r9 = state->__r9;
    frame->tf_r10 = state->__r10;
    frame->tf_r11 = state->__r11;
    frame->tf_r12 = state->__r12;
    frame->tf_r13 = state->__r13;
    frame->tf_r14 = state->__r14;
    frame->tf_r15 = state->__r15;
    frame->tf_rip = state->__rip;
    frame->tf_rflags = (state->__rflags & RFLAGS_USER) | RFLAGS_ALWAYS;
}

/*
 * machine_thread_get_state - see kernel/core/trap.h.
 *
 * FS and GS are given as the selectors that they are in 64-bit code: zero.
 */
kern_return_t
machine_thread_get_state(struct thread *thread, int flavor, uint32_t *state,
                         mach_msg_type_number_t *count)
{
    x86_thread_state64_t registers;

    if (flavor != x86_THREAD_STATE64 || *count < x86_THREAD_STATE64_COUNT)
        return KERN_INVALID_ARGUMENT;
    registers = state_of(&thread->th_frame);
    memcpy(state, &registers, sizeof(registers));
    *count = x86_THREAD_STATE64_COUNT;
    return KERN_SUCCESS;
}

/*
 * machine_thread_set_state - see kernel/core/trap.h.
 *
 * The instruction and stack pointers must lie in the user half.  CS, FS and
 * GS are ignored: there is one code segment, and the GS base has a trap.
 */
kern_return_t
machine_thread_set_state(struct thread *thread, int flavor,
                         const uint32_t *state, mach_msg_type_number_t count)
{
    x86_thread_state64_t registers;

    if (flavor != x86_THREAD_STATE64 || count != x86_THREAD_STATE64_COUNT)
        return KERN_INVALID_ARGUMENT;
    memcpy(&registers, state, sizeof(registers));
    if (registers.__rip >= USER_HALF_END || registers.__rsp >= USER_HALF_END)
        return KERN_INVALID_ARGUMENT;
    set_state(&thread->th_frame, &registers);
    thread->th_full_exit = true;
    return KERN_SUCCESS;
}
