/* SPDX-License-Identifier: MIT */
/*
 * cpu.h - what belongs to one processor.
 *
 * GS points here while in the kernel.
 */
#ifndef OSTIA_KERNEL_CORE_CPU_H
#define OSTIA_KERNEL_CORE_CPU_H

#include "kernel/base/compiler.h"
#include "kernel/base/types.h"

struct sched_thread;
struct thread;
struct pmap;

struct cpu {
    /* Known to entry.asm by offset (kernel/x86_64/asmdefs.h). */
    struct cpu *cpu_self;
    uint64_t cpu_stack;        /* top of the kernel stack */
    uint64_t cpu_frame_end;    /* end of the running thread's trap frame */
    uint64_t cpu_scratch;      /* the user's RSP, for two instructions */
    struct thread *cpu_thread; /* running or last run; NULL before the first */

    struct pmap *cpu_pmap;         /* the loaded address space */
    struct sched_thread *cpu_next; /* goes on in the turn if cpu_thread waits */
    bool cpu_idle;
    int cpu_level;            /* the priority that has its turn (sched.c), */
    uint64_t cpu_turn_end;    /* and when that is over */
    uint64_t cpu_timer_armed; /* when the local timer fires */
    int cpu_budget; /* instructions left of this stretch: work_spend */
    struct machine_cpu *cpu_machine; /* GDT, TSS, stacks: kernel/x86_64 only */
};

static inline struct cpu *
cpu_current(void)
{
    struct cpu *cpu;

    __asm__("movq %%gs:0, %0" : "=r"(cpu));
    return cpu;
}

#endif
