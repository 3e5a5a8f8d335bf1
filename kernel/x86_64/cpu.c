/* SPDX-License-Identifier: MIT */
/*
 * cpu.c - a processor: its structure, its stacks, its protection features,
 * and what changes when it goes from one thread to another.
 */
#include "kernel/core/cpu.h"
#include "kernel/base/assert.h"
#include "kernel/core/boot_info.h"
#include "kernel/core/kmem.h"
#include "kernel/core/ledger.h"
#include "kernel/core/trap.h"
#include "kernel/core/vm_param.h"
#include "kernel/thread.h"
#include "kernel/x86_64/asmdefs.h"
#include "kernel/x86_64/machine.h"
#include "kernel/x86_64/switch.h"
#include "kernel/x86_64/x86.h"

#define STACK_SIZE       (4 * PAGE_SIZE) /* the kernel stack */
#define IST_STACK_SIZE   (2 * PAGE_SIZE)
#define EARLY_STACK_SIZE 8192

/* RFLAGS bits that SYSCALL clears: TF, IF, DF, NT, AC. */
#define SYSCALL_FLAG_MASK 0x44700

#define DR7_ALWAYS 0x400 /* a bit that is always set; no breakpoints */

#define CPUID_PGE     (UINT32_C(1) << 13) /* leaf 1, edx */
#define CPUID_MCE     (UINT32_C(1) << 7)
#define CPUID_SMEP    (UINT32_C(1) << 7) /* leaf 7, ebx */
#define CPUID_SMAP    (UINT32_C(1) << 20)
#define CPUID_UMIP    (UINT32_C(1) << 2)  /* leaf 7, ecx */
#define CPUID_SYSCALL (UINT32_C(1) << 11) /* leaf 0x80000001, edx */

static struct cpu boot_cpu;
static struct machine_cpu boot_machine;

/* For a fault on the way up, before there are guarded stacks. */
static char early_stack[EARLY_STACK_SIZE] ALIGNED(16);

/*
 * cpu_early_init - from here on cpu_current() works and faults are reported.
 */
void
cpu_early_init(void)
{
    struct cpu *cpu = &boot_cpu;

    cpu->cpu_self = cpu;
    cpu->cpu_machine = &boot_machine;
    for (unsigned slot = IST_DF; slot <= IST_DB; slot++)
        cpu->cpu_machine->mc_tss.ist[slot] =
            (uintptr_t)early_stack + sizeof(early_stack);
    gdt_load(cpu);
    wrmsr(MSR_FS_BASE, 0); /* as every selector of ours makes it: for ever */
    wrmsr(MSR_GS_BASE, (uintptr_t)cpu);
    wrmsr(MSR_KERNEL_GS_BASE, 0);
    idt_load();
}

/* The top of a new stack with guard pages around it. */
static uint64_t
stack_create(size_t size)
{
    char *stack = kmem_alloc(size, &kernel_ledger);

    if (stack == NULL)
        panic("cpu: no memory for a stack of %zu bytes; give the machine more "
              "(MEM=)",
              size);
    return (uintptr_t)stack + size;
}

/* Gives this processor its guarded stacks. */
void
cpu_stacks_init(void)
{
    struct cpu *cpu = cpu_current();

    for (unsigned slot = IST_DF; slot <= IST_DB; slot++)
        cpu->cpu_machine->mc_tss.ist[slot] = stack_create(IST_STACK_SIZE);
    cpu->cpu_stack = stack_create(STACK_SIZE);
}

/* CR4 bits of leaf 1 and leaf 7 that the processor has. */
static uint64_t
protection_bits(void)
{
    struct cpuid_result basic = cpuid(1, 0);
    struct cpuid_result more = { 0, 0, 0, 0 };
    uint64_t bits = 0;

    if (cpuid(0, 0).eax >= 7)
        more = cpuid(7, 0);
    if (basic.edx & CPUID_PGE)
        bits |= CR4_PGE;
    if (basic.edx & CPUID_MCE)
        bits |= CR4_MCE;
    if (more.ebx & CPUID_SMEP)
        bits |= CR4_SMEP;
    if (more.ebx & CPUID_SMAP)
        bits |= CR4_SMAP;
    if (more.ecx & CPUID_UMIP)
        bits |= CR4_UMIP;
    return bits;
}

/* The command line may have none: `ipc.fastpath=0`. */
static bool
fast_path(void)
{
    char value[2];

    return !boot_option("ipc.fastpath", value, sizeof(value)) ||
           value[0] != '0';
}

/*
 * features_init - control registers and the SYSCALL instruction.
 *
 * CR4 is written as a whole: FSGSBASE, PCE and whatever else a loader left on
 * is off, and so are SYSENTER and the debug registers.  CR0 was written by
 * boot/entry32.asm, which has checked that CPUID has leaf 0x80000001; SYSCALL
 * is asked for here, since Intel's processors report it in 64-bit mode alone
 * (Intel SDM Vol. 2A, CPUID).
 */
void
features_init(void)
{
    if (!(cpuid(0x80000001, 0).edx & CPUID_SYSCALL))
        panic("boot: this processor has no SYSCALL instruction");
    write_cr4(CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT | protection_bits());
    write_dr7(DR7_ALWAYS);
    wrmsr(MSR_SYSENTER_CS, 0);
    wrmsr(MSR_STAR, (uint64_t)(USER_SS - 8) << 48 | (uint64_t)KERNEL_CS << 32);
    wrmsr(MSR_LSTAR,
          (uintptr_t)(fast_path() ? syscall_entry : syscall_entry_general));
    wrmsr(MSR_FMASK, SYSCALL_FLAG_MASK);
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE);
}

void
machine_switch_to(struct thread *previous, struct thread *next)
{
    switch_registers(cpu_current(), previous, next);
}

/*
 * machine_set_gs_base - the GS base of the running thread, in user mode.
 *
 * Returns  KERN_SUCCESS
 *          KERN_INVALID_ARGUMENT  `base` is not in the user half: entry.asm
 *                                 tells the two halves apart (D19)
 */
kern_return_t
machine_set_gs_base(struct thread *self, uint64_t base)
{
    if (base >= USER_HALF_END)
        return KERN_INVALID_ARGUMENT;
    self->th_gs_base = base;
    wrmsr(MSR_KERNEL_GS_BASE, base);
    return KERN_SUCCESS;
}
