/* SPDX-License-Identifier: MIT */
/*
 * machine.h - what the files of kernel/x86_64 share among themselves, and
 * what kernel/main.c calls to bring the machine up.
 */
#ifndef OSTIA_KERNEL_X86_64_MACHINE_H
#define OSTIA_KERNEL_X86_64_MACHINE_H

#include <ostia/comm_page.h>

#include "kernel/base/compiler.h"
#include "kernel/base/types.h"
#include "kernel/x86_64/trap_frame.h"

struct calibration;
struct cpu;
struct thread;

/* User addresses, FS and GS bases are below (D19). */
#define USER_HALF_END (UINT64_C(1) << 47)

/* ---- interrupt vectors: 0..31 are the processor's exceptions */

enum {
    VECTOR_DE = 0,
    VECTOR_DB = 1,
    VECTOR_NMI = 2,
    VECTOR_BP = 3,
    VECTOR_OF = 4,
    VECTOR_BR = 5,
    VECTOR_UD = 6,
    VECTOR_NM = 7,
    VECTOR_DF = 8,
    VECTOR_TS = 10,
    VECTOR_NP = 11,
    VECTOR_SS = 12,
    VECTOR_GP = 13,
    VECTOR_PF = 14,
    VECTOR_MF = 16,
    VECTOR_AC = 17,
    VECTOR_MC = 18,
    VECTOR_XM = 19,

    VECTOR_EXTERNAL = 32,
    VECTOR_PIC = 32, /* 16 of them, masked: only spurious ones arrive */
    VECTOR_TIMER = 48,
    VECTOR_SERIAL = 49,
    VECTOR_APIC_ERROR = 254,
    VECTOR_SPURIOUS = 255,

    VECTORS = 256,
};

/* Interrupt stack table slots (D19); 0 is "no slot". */
enum {
    IST_DF = 1,
    IST_NMI = 2,
    IST_MC = 3,
    IST_DB = 4,
};

/* The task state segment (Intel SDM Vol. 3A section 8.7). */
struct tss {
    uint32_t reserved0;
    uint64_t rsp[3];
    uint64_t ist[8]; /* ist[0] is reserved */
    uint64_t reserved1;
    uint16_t reserved2;
    uint16_t iopb; /* beyond the limit: no port is open to user mode */
} PACKED;

_Static_assert(sizeof(struct tss) == 104, "the processor's TSS");

#define GDT_ENTRIES 8

/* The machine's part of a processor. */
struct machine_cpu {
    uint64_t mc_gdt[GDT_ENTRIES];
    struct tss mc_tss ALIGNED(16);
    bool mc_fpu_on; /* CR0.TS is clear: cpu_thread's state is live */
};

/* ---- bringing the machine up, in this order (kernel/main.c) */

void cpu_early_init(void); /* GS, GDT, IDT: faults are reported */
void boot_info_init(uint32_t magic, paddr_t information);
void acpi_init(void);       /* before pmap_bootstrap, see acpi.c */
void features_init(void);   /* control registers, SYSCALL */
void cpu_stacks_init(void); /* guarded stacks; needs kalloc */
void fpu_init(void);
void apic_init(void);                            /* PIC off, local APIC on */
void timer_calibrate(struct calibration *found); /* the clock, the alarm */
void serial_interrupts_init(void);               /* through the IO-APIC */

/* ---- gdt.c, idt.c */
void gdt_load(struct cpu *cpu);
void idt_load(void);

/* ---- entry.asm */

/* One entry a vector, in the order of the vectors. */
extern const uint64_t vector_entries[VECTORS];
void syscall_entry(void);
/* The same where no message goes the fast way (D30). */
void syscall_entry_general(void);
/* Leave for user mode with the registers of `frame`, or another rax. */
NORETURN void exit_iret(const struct trap_frame *frame);
NORETURN void exit_sysret(const struct trap_frame *frame, uint64_t rax);

/* ---- trap.c; called by entry.asm */
NORETURN void trap_from_user(struct thread *self);
void trap_from_kernel(struct trap_frame *frame);
void trap_on_ist(struct trap_frame *frame);

/* ---- fpu.c */
/* The first use of the FPU by the running thread (#NM). */
NORETURN void fpu_first_use(struct thread *self);
void fpu_switch(struct thread *previous, struct thread *next);

/* ---- apic.c, timer.c, ioapic.c, serial.c */
uint32_t apic_id(void);
bool apic_in_service(uint8_t vector);
void apic_eoi(void);
/* The timer: one interrupt after `count` ticks; 0 stops it. */
void apic_timer_start(uint32_t count);
uint32_t apic_timer_count(void);
/* Masks all inputs of an IO-APIC, while the first 4 GiB are mapped. */
void ioapic_mask(paddr_t address);
/* Routes an ISA interrupt to `vector` of this processor; false: no IO-APIC. */
MUSTUSE bool ioapic_route_isa(unsigned irq, uint8_t vector);
void serial_init(void);
void serial_interrupt(void);
/* Waits, not forever, until all is on the line, and for each character from
 * now on: the end has begun. */
void serial_drain(void);

/* ---- calibrate.c, timer.c */

/* What is known of the TSC and the local APIC's timer. */
struct calibration {
    const char *source; /* that told the TSC's rate */
    uint64_t mhz;       /* that rate, rounded */
    uint64_t tsc_ticks; /* the rate as a fraction: so many ticks ... */
    uint64_t tsc_ns;    /* ... in so many nanoseconds */
    uint64_t tsc_gone;  /* while the TSC did so many ticks ... */
    uint64_t apic_gone; /* ... the local APIC's timer did so many */
};

void calibrate(struct calibration *result);

/* Mapped into every task by pmap_kernel.c. */
extern struct ostia_comm_page comm_page;

/* ---- acpi.c: what the MADT, the HPET's table and the FADT say */

struct acpi_info {
    paddr_t ioapic_address; /* 0: there is none */
    uint32_t ioapic_gsi_base;
    struct {
        uint32_t gsi;
        bool active_low;
        bool level;
    } isa[16];              /* where each ISA interrupt arrives */
    paddr_t hpet_address;   /* 0: there is none */
    uint16_t pm_timer_port; /* 0: there is none */
};

extern struct acpi_info acpi_info;

/* ---- report.c */
void report_registers(const struct trap_frame *frame);
void report_processor(const struct trap_frame *frame); /* what is not general */
void report_backtrace(uint64_t rip, uint64_t rbp, uint64_t rsp);
/* panic() for a trap: reports the registers of `frame`. */
NORETURN void panic_trap(const struct trap_frame *frame, const char *format,
                         ...) PRINTF_LIKE(2, 3);

#endif
