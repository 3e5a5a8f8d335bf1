/* SPDX-License-Identifier: MIT */
/*
 * x86.h - processor instructions that C lacks, each a function named after
 * its instruction (Intel SDM Vol. 2).
 */
#ifndef OSTIA_KERNEL_X86_64_X86_H
#define OSTIA_KERNEL_X86_64_X86_H

#include "kernel/base/compiler.h"
#include "kernel/base/types.h"

struct cpuid_result {
    uint32_t eax;
    uint32_t ebx;
    uint32_t ecx;
    uint32_t edx;
};

/* What LGDT and LIDT read. */
struct table_pointer {
    uint16_t limit;
    uint64_t base;
} PACKED;

static inline struct cpuid_result
cpuid(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid_result r;

    __asm__ volatile("cpuid"
                     : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
                     : "a"(leaf), "c"(subleaf));
    return r;
}

static inline uint64_t
rdmsr(uint32_t msr)
{
    uint32_t low;
    uint32_t high;

    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return (uint64_t)high << 32 | low;
}

static inline void
wrmsr(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr"
                     :
                     : "c"(msr), "a"((uint32_t)value),
                       "d"((uint32_t)(value >> 32))
                     : "memory");
}

static inline uint64_t
rdtsc(void)
{
    uint32_t low;
    uint32_t high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

static inline void
outb(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline void
outl(uint16_t port, uint32_t value)
{
    __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint32_t
inl(uint16_t port)
{
    uint32_t value;

    __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline uint8_t
inb(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

#define CONTROL_REGISTER(name)                                           \
    static inline uint64_t read_##name(void)                             \
    {                                                                    \
        uint64_t value;                                                  \
                                                                         \
        __asm__ volatile("movq %%" #name ", %0" : "=r"(value));          \
        return value;                                                    \
    }                                                                    \
                                                                         \
    static inline void write_##name(uint64_t value)                      \
    {                                                                    \
        __asm__ volatile("movq %0, %%" #name : : "r"(value) : "memory"); \
    }

CONTROL_REGISTER(cr0)
CONTROL_REGISTER(cr2)
CONTROL_REGISTER(cr3)
CONTROL_REGISTER(cr4)
CONTROL_REGISTER(dr6)
CONTROL_REGISTER(dr7)

#undef CONTROL_REGISTER

static inline void
clts(void)
{
    __asm__ volatile("clts");
}

static inline void
cli(void)
{
    __asm__ volatile("cli" : : : "memory");
}

static inline void
hlt(void)
{
    __asm__ volatile("hlt");
}

/* PAUSE: the loop around it waits for something outside. */
static inline void
cpu_relax(void)
{
    __asm__ volatile("pause");
}

/* Forgets what the processor knows of the page at `address`. */
static inline void
invlpg(vaddr_t address)
{
    __asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}

static inline void
lgdt(const struct table_pointer *pointer)
{
    __asm__ volatile("lgdt %0" : : "m"(*pointer));
}

static inline void
lidt(const struct table_pointer *pointer)
{
    __asm__ volatile("lidt %0" : : "m"(*pointer));
}

static inline void
lldt(uint16_t selector)
{
    __asm__ volatile("lldt %0" : : "r"(selector));
}

static inline void
ltr(uint16_t selector)
{
    __asm__ volatile("ltr %0" : : "r"(selector));
}

static inline void
xsetbv(uint32_t index, uint64_t value)
{
    __asm__ volatile("xsetbv"
                     :
                     : "c"(index), "a"((uint32_t)value),
                       "d"((uint32_t)(value >> 32)));
}

/* The parts `mask` of the extended state to or from 64-byte-aligned memory. */
static inline void
xsave64(void *area, uint64_t mask)
{
    __asm__ volatile("xsave64 (%0)"
                     :
                     : "r"(area), "a"((uint32_t)mask),
                       "d"((uint32_t)(mask >> 32))
                     : "memory");
}

static inline void
xrstor64(const void *area, uint64_t mask)
{
    __asm__ volatile("xrstor64 (%0)"
                     :
                     : "r"(area), "a"((uint32_t)mask),
                       "d"((uint32_t)(mask >> 32))
                     : "memory");
}

/* x87 and SSE state to or from 16-byte-aligned memory. */
static inline void
fxsave64(void *area)
{
    __asm__ volatile("fxsave64 (%0)" : : "r"(area) : "memory");
}

static inline void
fxrstor64(const void *area)
{
    __asm__ volatile("fxrstor64 (%0)" : : "r"(area) : "memory");
}

static inline void
fninit(void)
{
    __asm__ volatile("fninit");
}

static inline uint16_t
fnstsw(void)
{
    uint16_t status;

    __asm__ volatile("fnstsw %0" : "=a"(status));
    return status;
}

static inline uint32_t
stmxcsr(void)
{
    uint32_t value;

    __asm__ volatile("stmxcsr %0" : "=m"(value));
    return value;
}

#endif
