/* SPDX-License-Identifier: MIT */
/*
 * apic.c - the processor's local APIC (Intel SDM Vol. 3A chapter 11), and the
 * old interrupt controllers, which are turned off.
 *
 * Registers lie in memory, or in MSRs if the firmware has switched to x2APIC.
 * A register is named by its offset in memory.
 */
#include "kernel/base/assert.h"
#include "kernel/core/vm_param.h"
#include "kernel/x86_64/asmdefs.h"
#include "kernel/x86_64/machine.h"
#include "kernel/x86_64/x86.h"
#include "vm/pmap.h"

#define BASE_ENABLE  UINT64_C(0x800)
#define BASE_X2APIC  UINT64_C(0x400)
#define BASE_ADDRESS UINT64_C(0xffffffffff000)

enum {
    REG_ID = 0x20,
    REG_VERSION = 0x30,
    REG_TPR = 0x80,
    REG_EOI = 0xb0,
    REG_SPURIOUS = 0xf0,
    REG_IN_SERVICE = 0x100, /* 8 registers of 32 vectors each */
    REG_ERROR_STATUS = 0x280,
    REG_LVT_TIMER = 0x320,
    REG_LVT_THERMAL = 0x330,
    REG_LVT_COUNTER = 0x340,
    REG_LVT_LINT0 = 0x350,
    REG_LVT_LINT1 = 0x360,
    REG_LVT_ERROR = 0x370,
    REG_TIMER_INITIAL = 0x380,
    REG_TIMER_CURRENT = 0x390,
    REG_TIMER_DIVIDE = 0x3e0,
};

#define SPURIOUS_ENABLE    0x100
#define LVT_MASKED         0x10000
#define LVT_NMI            0x400
#define TIMER_DIVIDE_BY_16 0x3

/* LVT entries that the version register counts beyond. */
#define LVT_HAS_COUNTER(max) ((max) >= 4)
#define LVT_HAS_THERMAL(max) ((max) >= 5)

/* The two 8259 controllers. */
#define PIC1_COMMAND 0x20
#define PIC1_DATA    0x21
#define PIC2_COMMAND 0xa0
#define PIC2_DATA    0xa1
#define PIC_INIT     0x11 /* edge triggered, cascaded, with a fourth word */
#define PIC_8086     0x01
#define PIC_LINES    8

/* NULL: x2APIC. */
static volatile uint32_t *registers;

static uint32_t
apic_read(unsigned reg)
{
    if (registers == NULL)
        return (uint32_t)rdmsr(MSR_X2APIC + (reg >> 4));
    return registers[reg / 4];
}

static void
apic_write(unsigned reg, uint32_t value)
{
    if (registers == NULL)
        wrmsr(MSR_X2APIC + (reg >> 4), value);
    else
        registers[reg / 4] = value;
}

uint32_t
apic_id(void)
{
    uint32_t id = apic_read(REG_ID);

    return registers == NULL ? id : id >> 24;
}

/* `vector` was delivered by this APIC and is to be acknowledged. */
bool
apic_in_service(uint8_t vector)
{
    return apic_read(REG_IN_SERVICE + vector / 32 * 0x10) >> vector % 32 & 1;
}

void
apic_eoi(void)
{
    apic_write(REG_EOI, 0);
}

/*
 * All lines are masked; what a controller may still raise by mistake arrives
 * at vectors of its own, away from the exceptions, and is ignored.
 */
static void
pic_disable(void)
{
    outb(PIC1_COMMAND, PIC_INIT);
    outb(PIC2_COMMAND, PIC_INIT);
    outb(PIC1_DATA, VECTOR_PIC);
    outb(PIC2_DATA, VECTOR_PIC + PIC_LINES);
    outb(PIC1_DATA, 1 << 2); /* the second one is at line 2 */
    outb(PIC2_DATA, 2);
    outb(PIC1_DATA, PIC_8086);
    outb(PIC2_DATA, PIC_8086);
    outb(PIC1_DATA, 0xff);
    outb(PIC2_DATA, 0xff);
}

static void
mask_all(void)
{
    unsigned max = apic_read(REG_VERSION) >> 16 & 0xff;

    apic_write(REG_LVT_TIMER, LVT_MASKED | VECTOR_TIMER);
    apic_write(REG_LVT_LINT0, LVT_MASKED | VECTOR_SPURIOUS);
    apic_write(REG_LVT_LINT1, LVT_NMI);
    if (LVT_HAS_COUNTER(max))
        apic_write(REG_LVT_COUNTER, LVT_MASKED | VECTOR_SPURIOUS);
    if (LVT_HAS_THERMAL(max))
        apic_write(REG_LVT_THERMAL, LVT_MASKED | VECTOR_SPURIOUS);
}

/* Turns the old controllers off and the local APIC on; its timer is ready. */
void
apic_init(void)
{
    uint64_t base = rdmsr(MSR_APIC_BASE);

    pic_disable();
    if (!(base & BASE_ENABLE)) {
        base |= BASE_ENABLE;
        wrmsr(MSR_APIC_BASE, base);
    }
    if (!(base & BASE_X2APIC)) {
        registers = pmap_map_device(base & BASE_ADDRESS, PAGE_SIZE);
        if (registers == NULL)
            panic("apic: no memory to map its registers");
    }

    mask_all();
    apic_write(REG_ERROR_STATUS, 0);
    apic_write(REG_LVT_ERROR, VECTOR_APIC_ERROR);
    apic_write(REG_TPR, 0);
    apic_write(REG_SPURIOUS, SPURIOUS_ENABLE | VECTOR_SPURIOUS);
    apic_write(REG_TIMER_DIVIDE, TIMER_DIVIDE_BY_16);
    apic_write(REG_LVT_TIMER, VECTOR_TIMER);
}

void
apic_timer_start(uint32_t count)
{
    apic_write(REG_TIMER_INITIAL, count);
}

uint32_t
apic_timer_count(void)
{
    return apic_read(REG_TIMER_CURRENT);
}
