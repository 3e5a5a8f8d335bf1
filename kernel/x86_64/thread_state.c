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

/* Those that a frame and a state have alike. */
#define REGISTERS(each)                                                     \
    each(rax) each(rbx) each(rcx) each(rdx) each(rdi) each(rsi) each(rbp)   \
        each(rsp) each(rip) each(r8) each(r9) each(r10) each(r11) each(r12) \
            each(r13) each(r14) each(r15)
#define GET(name) registers.__##name = frame->tf_##name;
#define SET(name) frame->tf_##name = registers.__##name;

/*
 * machine_thread_get_state - see kernel/core/trap.h.
 *
 * FS and GS are given as the selectors that they are in 64-bit code: zero.
 */
kern_return_t
machine_thread_get_state(struct thread *thread, int flavor, uint32_t *state,
                         mach_msg_type_number_t *count)
{
    const struct trap_frame *frame = &thread->th_frame;
    x86_thread_state64_t registers = {
        .__rflags = frame->tf_rflags,
        .__cs = frame->tf_cs,
    };

    if (flavor != x86_THREAD_STATE64 || *count < x86_THREAD_STATE64_COUNT)
        return KERN_INVALID_ARGUMENT;
    REGISTERS(GET)
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
    struct trap_frame *frame = &thread->th_frame;
    x86_thread_state64_t registers;

    if (flavor != x86_THREAD_STATE64 || count != x86_THREAD_STATE64_COUNT)
        return KERN_INVALID_ARGUMENT;
    memcpy(&registers, state, sizeof(registers));
    if (registers.__rip >= USER_HALF_END || registers.__rsp >= USER_HALF_END)
        return KERN_INVALID_ARGUMENT;
    REGISTERS(SET)
    frame->tf_rflags = (registers.__rflags & RFLAGS_USER) | RFLAGS_ALWAYS;
    frame->tf_vector = TRAP_STATE;
    return KERN_SUCCESS;
}
