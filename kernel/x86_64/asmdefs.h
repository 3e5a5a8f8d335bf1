/* SPDX-License-Identifier: MIT */
/*
 * asmdefs.h - the numbers that C and assembly share.
 *
 * Plain `#define NAME number` lines: the build turns them into asmdefs.inc for
 * NASM.  kernel/x86_64/asmdefs_check.c proves that they say what C says.
 */
#ifndef OSTIA_KERNEL_X86_64_ASMDEFS_H
#define OSTIA_KERNEL_X86_64_ASMDEFS_H

/* Segment selectors; the order of the last three is SYSRET's (gdt.c). */
#define KERNEL_CS 0x08
#define KERNEL_SS 0x10
#define USER_SS   0x23
#define USER_CS   0x2b
#define TSS_SEL   0x30

/* struct cpu */
#define CPU_STACK     8
#define CPU_FRAME_END 16
#define CPU_SCRATCH   24
#define CPU_THREAD    32

/* struct trap_frame */
#define TF_RAX    112
#define TF_VECTOR 120
#define TF_ERROR  128
#define TF_RIP    136
#define TF_CS     144
#define TF_RFLAGS 152
#define TF_RSP    160
#define TF_SS     168
#define TF_SIZE   176

/* RFLAGS with nothing set but the bit that always is. */
#define RFLAGS_CLEAR 0x2

/* tf_vector of a frame that SYSCALL made, and of registers that were set. */
#define TRAP_SYSCALL 256
#define TRAP_STATE   257

/* The number of mach_msg_trap, in rax. */
#define MACH_MSG_TRAP 0x100001f

/* Model-specific registers. */
#define MSR_APIC_BASE      0x1b
#define MSR_SYSENTER_CS    0x174
#define MSR_X2APIC         0x800
#define MSR_EFER           0xc0000080
#define MSR_STAR           0xc0000081
#define MSR_LSTAR          0xc0000082
#define MSR_FMASK          0xc0000084
#define MSR_FS_BASE        0xc0000100
#define MSR_GS_BASE        0xc0000101
#define MSR_KERNEL_GS_BASE 0xc0000102

#define EFER_SCE 0x001
#define EFER_LME 0x100
#define EFER_NXE 0x800

/* Control registers. */
#define CR0_PE 0x00000001
#define CR0_MP 0x00000002
#define CR0_TS 0x00000008
#define CR0_ET 0x00000010
#define CR0_NE 0x00000020
#define CR0_WP 0x00010000
#define CR0_AM 0x00040000
#define CR0_PG 0x80000000

#define CR4_PAE        0x000020
#define CR4_MCE        0x000040
#define CR4_PGE        0x000080
#define CR4_OSFXSR     0x000200
#define CR4_OSXMMEXCPT 0x000400
#define CR4_UMIP       0x000800
#define CR4_OSXSAVE    0x040000
#define CR4_SMEP       0x100000
#define CR4_SMAP       0x200000

/* Loaders' magic numbers, as the entry passes them to kernel_main. */
#define MULTIBOOT2_MAGIC 0x36d76289
#define PVH_MAGIC        0x336ec578

/* QEMU's isa-debug-exit and debug console. */
#define PORT_DEBUG_EXIT    0xf4
#define PORT_DEBUG_CONSOLE 0xe9
#define PORT_COM1          0x3f8

#endif
