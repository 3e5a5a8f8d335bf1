/* SPDX-License-Identifier: MIT */
/*
 * fake_cpu.h - the processor of a host test, in place of kernel/core/cpu.h: GS
 * is the host's own.
 */
#ifndef OSTIA_KERNEL_CORE_CPU_H
#define OSTIA_KERNEL_CORE_CPU_H

struct thread;

struct cpu {
    struct thread *cpu_thread; /* NULL: the test, and no thread, runs */
};

extern struct cpu fake_cpu;

static inline struct cpu *
cpu_current(void)
{
    return &fake_cpu;
}

#endif
