/* SPDX-License-Identifier: MIT */
/*
 * ioapic.c - the IO-APICs, which bring device interrupts to a processor.
 *
 * Registers are reached through a window: an index and a data register.  All
 * IO-APICs are masked on the way up, whatever the firmware has left on; the
 * one that has the ISA interrupts is mapped when the first of them is routed.
 */
#include "kernel/base/printf.h"
#include "kernel/core/vm_param.h"
#include "kernel/x86_64/machine.h"
#include "vm/pmap.h"

#define WINDOW_INDEX (0x00 / 4)
#define WINDOW_DATA  (0x10 / 4)
#define WINDOW_SIZE  0x20

#define REG_VERSION 0x01
#define REG_ENTRY   0x10 /* two registers an input */

#define ENTRY_ACTIVE_LOW  (UINT32_C(1) << 13)
#define ENTRY_LEVEL       (UINT32_C(1) << 15)
#define ENTRY_MASKED      (UINT32_C(1) << 16)
#define DESTINATION_SHIFT 24

static volatile uint32_t *window; /* NULL: none is open */

static uint32_t
ioapic_read(unsigned reg)
{
    window[WINDOW_INDEX] = reg;
    return window[WINDOW_DATA];
}

static void
ioapic_write(unsigned reg, uint32_t value)
{
    window[WINDOW_INDEX] = reg;
    window[WINDOW_DATA] = value;
}

static unsigned
input_count(void)
{
    return (ioapic_read(REG_VERSION) >> 16 & 0xff) + 1;
}

void
ioapic_mask(paddr_t address)
{
    window = phys_to_virt(address);
    for (unsigned input = 0; input < input_count(); input++)
        ioapic_write(REG_ENTRY + 2 * input, ENTRY_MASKED);
    window = NULL;
}

bool
ioapic_route_isa(unsigned irq, uint8_t vector)
{
    uint32_t entry = vector;
    unsigned input;

    if (window == NULL && acpi_info.ioapic_address != 0)
        window = pmap_map_device(acpi_info.ioapic_address, WINDOW_SIZE);
    if (window == NULL)
        return false;
    input = acpi_info.isa[irq].gsi - acpi_info.ioapic_gsi_base;
    if (input >= input_count())
        return false;
    if (acpi_info.isa[irq].active_low)
        entry |= ENTRY_ACTIVE_LOW;
    if (acpi_info.isa[irq].level)
        entry |= ENTRY_LEVEL;
    ioapic_write(REG_ENTRY + 2 * input + 1, apic_id() << DESTINATION_SHIFT);
    ioapic_write(REG_ENTRY + 2 * input, entry);
    return true;
}
