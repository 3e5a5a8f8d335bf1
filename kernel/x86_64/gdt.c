/* SPDX-License-Identifier: MIT */
/*
 * gdt.c - segments and the task state segment, what is left of them in long
 * mode: two privilege levels and the stacks of entries.
 *
 *   0x08 kernel code   SYSCALL loads CS from STAR[47:32] and SS 8 above
 *   0x10 kernel data
 *   0x18 empty         SYSRET's base: STAR[63:48], where a 32-bit code segment
 *   0x20 user data     would be, loads SS 8 above and CS 16 above
 *   0x28 user code
 *   0x30 TSS           two slots
 */
#include "kernel/core/cpu.h"
#include "kernel/x86_64/asmdefs.h"
#include "kernel/x86_64/machine.h"
#include "kernel/x86_64/x86.h"

#define SEGMENT_KERNEL_CODE UINT64_C(0x00af9b000000ffff)
#define SEGMENT_KERNEL_DATA UINT64_C(0x00cf93000000ffff)
#define SEGMENT_USER_DATA   UINT64_C(0x00cff3000000ffff)
#define SEGMENT_USER_CODE   UINT64_C(0x00affb000000ffff)
#define SEGMENT_TSS         UINT64_C(0x0000890000000000)

/* A system descriptor's base lies in three pieces. */
static void
put_tss(uint64_t slot[2], const struct tss *tss)
{
    uint64_t base = (uintptr_t)tss;

    slot[0] = SEGMENT_TSS | (sizeof(*tss) - 1) | (base & 0xffffff) << 16 |
              (base >> 24 & 0xff) << 56;
    slot[1] = base >> 32;
}

/* Reloads CS by a far return; SS is reloaded plainly. */
static void
reload_segments(void)
{
    __asm__ volatile("pushq %0\n\t"
                     "leaq 1f(%%rip), %%rax\n\t"
                     "pushq %%rax\n\t"
                     "lretq\n"
                     "1:\n\t"
                     "movl %1, %%eax\n\t"
                     "movl %%eax, %%ss"
                     :
                     : "i"(KERNEL_CS), "i"(KERNEL_SS)
                     : "rax", "memory");
}

/*
 * gdt_load - the processor's own GDT and TSS.
 *
 * GS is not reloaded, since that would lose its base.
 */
void
gdt_load(struct cpu *cpu)
{
    struct machine_cpu *mc = cpu->cpu_machine;
    struct table_pointer pointer = {
        .limit = sizeof(mc->mc_gdt) - 1,
        .base = (uintptr_t)mc->mc_gdt,
    };

    mc->mc_gdt[KERNEL_CS / 8] = SEGMENT_KERNEL_CODE;
    mc->mc_gdt[KERNEL_SS / 8] = SEGMENT_KERNEL_DATA;
    mc->mc_gdt[USER_SS / 8] = SEGMENT_USER_DATA;
    mc->mc_gdt[USER_CS / 8] = SEGMENT_USER_CODE;
    mc->mc_tss.iopb = sizeof(mc->mc_tss);
    put_tss(&mc->mc_gdt[TSS_SEL / 8], &mc->mc_tss);

    lgdt(&pointer);
    reload_segments();
    lldt(0); /* none, whatever the loader had */
    ltr(TSS_SEL);
}
