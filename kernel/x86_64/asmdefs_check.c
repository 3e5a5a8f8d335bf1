/* SPDX-License-Identifier: MIT */
/*
 * asmdefs_check.c - proves that asmdefs.h says what the structures say.
 */
#include "kernel/core/cpu.h"
#include "kernel/x86_64/asmdefs.h"
#include "kernel/x86_64/trap_frame.h"

#define SAME(type, member, number)                     \
    _Static_assert(offsetof(type, member) == (number), \
                   #type "." #member " in asmdefs.h")

SAME(struct cpu, cpu_self, 0);
SAME(struct cpu, cpu_stack, CPU_STACK);
SAME(struct cpu, cpu_frame_end, CPU_FRAME_END);
SAME(struct cpu, cpu_scratch, CPU_SCRATCH);
SAME(struct cpu, cpu_thread, CPU_THREAD);

SAME(struct trap_frame, tf_rax, TF_RAX);
SAME(struct trap_frame, tf_vector, TF_VECTOR);
SAME(struct trap_frame, tf_error, TF_ERROR);
SAME(struct trap_frame, tf_rip, TF_RIP);
SAME(struct trap_frame, tf_cs, TF_CS);
SAME(struct trap_frame, tf_rflags, TF_RFLAGS);
SAME(struct trap_frame, tf_rsp, TF_RSP);
SAME(struct trap_frame, tf_ss, TF_SS);
_Static_assert(sizeof(struct trap_frame) == TF_SIZE, "TF_SIZE");
_Static_assert(TF_SIZE % 16 == 0, "the processor aligns before it pushes");
