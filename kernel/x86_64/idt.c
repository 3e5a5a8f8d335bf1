/* SPDX-License-Identifier: MIT */
/*
 * idt.c - the interrupt descriptor table: all 256 vectors lead to entry.asm.
 *
 * All gates are interrupt gates, so that interrupts are off from the first
 * instruction.  User mode may raise #BP and #OF by INT; any other INT n is a
 * #GP.
 */
#include "kernel/x86_64/asmdefs.h"
#include "kernel/x86_64/machine.h"
#include "kernel/x86_64/x86.h"

#define GATE_INTERRUPT 0x8e00 /* present, 64-bit interrupt gate */
#define GATE_USER      0x6000 /* INT n is allowed from ring 3 */

struct gate {
    uint16_t offset_low;
    uint16_t selector;
    uint16_t flags; /* IST slot in the low bits */
    uint16_t offset_middle;
    uint32_t offset_high;
    uint32_t reserved;
};

static struct gate idt[VECTORS] ALIGNED(16);

static uint16_t
gate_flags(unsigned vector)
{
    switch (vector) {
    case VECTOR_BP:
    case VECTOR_OF:
        return GATE_INTERRUPT | GATE_USER;
    case VECTOR_DF:
        return GATE_INTERRUPT | IST_DF;
    case VECTOR_NMI:
        return GATE_INTERRUPT | IST_NMI;
    case VECTOR_MC:
        return GATE_INTERRUPT | IST_MC;
    case VECTOR_DB:
        return GATE_INTERRUPT | IST_DB;
    default:
        return GATE_INTERRUPT;
    }
}

void
idt_load(void)
{
    struct table_pointer pointer = {
        .limit = sizeof(idt) - 1,
        .base = (uintptr_t)idt,
    };

    for (unsigned vector = 0; vector < VECTORS; vector++) {
        uint64_t entry = vector_entries[vector];

        idt[vector] = (struct gate){
            .offset_low = (uint16_t)entry,
            .selector = KERNEL_CS,
            .flags = gate_flags(vector),
            .offset_middle = (uint16_t)(entry >> 16),
            .offset_high = (uint32_t)(entry >> 32),
        };
    }
    lidt(&pointer);
}
