/* SPDX-License-Identifier: MIT */
/*
 * switch.h - what changes when a processor goes from one thread to another.
 */
#ifndef OSTIA_KERNEL_X86_64_SWITCH_H
#define OSTIA_KERNEL_X86_64_SWITCH_H

#include "kernel/core/cpu.h"
#include "kernel/thread.h"
#include "kernel/x86_64/asmdefs.h"
#include "kernel/x86_64/machine.h"
#include "kernel/x86_64/x86.h"

/*
 * Leaves no selector of the last thread for the next to see.  To load one may
 * zero its base: while GS is loaded the base is the user's, so that an NMI
 * finds either that or ours (entry.asm).
 */
static ALWAYS_INLINE void
clear_selectors(void)
{
    uint32_t ds, es, fs, gs;

    __asm__ volatile("movl %%ds, %0; movl %%es, %1\n\t"
                     "movl %%fs, %2; movl %%gs, %3"
                     : "=r"(ds), "=r"(es), "=r"(fs), "=r"(gs));
    if ((ds | es | fs | gs) == 0)
        return;
    __asm__ volatile("movl %0, %%ds; movl %0, %%es; movl %0, %%fs\n\t"
                     "swapgs; movl %0, %%gs; swapgs"
                     :
                     : "r"(0)
                     : "memory");
}

/*
 * switch_registers - `next` is about to run: kernel entry stack, GS base, FPU.
 *
 * The base is written even if it seems to be the same: a task makes it zero
 * behind our back by loading a selector, and so does clear_selectors.
 */
static ALWAYS_INLINE void
switch_registers(struct cpu *cpu, struct thread *previous, struct thread *next)
{
    uint64_t frame_end = (uintptr_t)(&next->th_frame + 1);
    struct machine_cpu *machine = cpu->cpu_machine;

    cpu->cpu_frame_end = frame_end;
    machine->mc_tss.rsp[0] = frame_end;
    clear_selectors();
    wrmsr(MSR_KERNEL_GS_BASE, next->th_gs_base);
    if (machine->mc_fpu_on || next->th_fpu != NULL)
        fpu_switch(previous, next);
}

#endif
