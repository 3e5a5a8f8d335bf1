/* SPDX-License-Identifier: MIT */
/*
 * acpi.c - what we ask ACPI: where the IO-APIC is, and on which of its inputs
 * the ISA interrupts arrive (the MADT); where counters of known rate are.
 *
 *   RSDP (from the loader)
 *     -> XSDT or RSDT -> table "APIC" (MADT) -> entries
 *                        tables "HPET" and "FACP" (FADT)
 *
 * Runs before pmap_bootstrap, while boot_memory reaches all tables, below
 * 4 GiB and above: afterwards they are no longer in the map of all RAM.  A
 * table with a wrong length or checksum is as good as none.
 */
#include "kernel/base/string.h"
#include "kernel/core/boot_info.h"
#include "kernel/core/vm_param.h"
#include "kernel/x86_64/loader.h"
#include "kernel/x86_64/machine.h"

#define TABLE_SIZE_MAX (1024 * 1024)

#define RSDP_OLD_SIZE 20 /* what revision 0 has, and its checksum covers */

/* Offsets of fields in tables, and in the MADT's entries. */
enum {
    HPET_ADDRESS = 44,
    FADT_PM_TIMER = 76,
    FADT_X_PM_TIMER_SPACE = 208,
    FADT_X_PM_TIMER = 212,
    MADT_ENTRIES = 44,
    ENTRY_TYPE = 0,
    ENTRY_LENGTH = 1,
    ENTRY_SIZE_MIN = 2,
    IOAPIC_ADDRESS = 4,
    IOAPIC_GSI_BASE = 8,
    IOAPIC_SIZE = 12,
    OVERRIDE_IRQ = 3,
    OVERRIDE_GSI = 4,
    OVERRIDE_FLAGS = 8,
    OVERRIDE_SIZE = 10,
};

#define SPACE_PORTS 1

#define ISA_IRQS 16

enum {
    MADT_IOAPIC = 1,
    MADT_OVERRIDE = 2,
};

#define POLARITY_MASK       0x3
#define POLARITY_ACTIVE_LOW 0x3
#define TRIGGER_MASK        0xc
#define TRIGGER_LEVEL       0xc

struct rsdp {
    char signature[8];
    uint8_t checksum;
    char oem[6];
    uint8_t revision;
    uint32_t rsdt;
    /* Revision 2 and later. */
    uint32_t length;
    uint64_t xsdt;
    uint8_t checksum_all;
    uint8_t reserved[3];
} PACKED;

struct table {
    char signature[4];
    uint32_t length;
    uint8_t revision;
    uint8_t checksum;
    char oem[6];
    char oem_table[8];
    uint32_t oem_revision;
    uint32_t creator;
    uint32_t creator_revision;
} PACKED;

struct acpi_info acpi_info;

static bool
sums_to_zero(const void *bytes, size_t size)
{
    const uint8_t *byte = bytes;
    uint8_t sum = 0;

    for (size_t i = 0; i < size; i++)
        sum += byte[i];
    return sum == 0;
}

/* ---- the root pointer */

/* Both loaders have found it; NULL: there is none, or it is damaged. */
static const struct rsdp *
find_rsdp(void)
{
    const struct rsdp *rsdp = boot_memory(boot_info.rsdp, RSDP_OLD_SIZE);

    if (rsdp == NULL || memcmp(rsdp->signature, "RSD PTR ", 8) != 0 ||
        !sums_to_zero(rsdp, RSDP_OLD_SIZE))
        return NULL;
    return rsdp;
}

/* ---- tables */

static const struct table *
check_table(paddr_t address, const char *signature)
{
    const struct table *table = boot_memory(address, sizeof(*table));

    if (table == NULL || memcmp(table->signature, signature, 4) != 0 ||
        table->length < sizeof(*table) || table->length > TABLE_SIZE_MAX ||
        boot_memory(address, table->length) == NULL ||
        !sums_to_zero(table, table->length))
        return NULL;
    return table;
}

/* The `size` bytes at `offset` of a table; 0 where it does not go so far. */
static uint64_t
field(const struct table *table, size_t offset, size_t size)
{
    uint64_t value = 0;

    if (table != NULL && offset + size <= table->length)
        memcpy(&value, (const char *)table + offset, size);
    return value;
}

/* The root table is a list of pointers, of 8 bytes or of 4. */
static const struct table *
find_table(const struct rsdp *rsdp, const char *signature)
{
    const struct table *root = NULL;
    size_t width = sizeof(rsdp->xsdt);

    if (rsdp->revision >= 2 &&
        boot_memory(virt_to_phys(rsdp), sizeof(*rsdp)) != NULL &&
        rsdp->length == sizeof(*rsdp) && sums_to_zero(rsdp, sizeof(*rsdp)))
        root = check_table(rsdp->xsdt, "XSDT");
    if (root == NULL) {
        root = check_table(rsdp->rsdt, "RSDT");
        width = sizeof(rsdp->rsdt);
    }
    if (root == NULL)
        return NULL;
    for (size_t at = sizeof(*root); at + width <= root->length; at += width) {
        const struct table *table =
            check_table(field(root, at, width), signature);

        if (table != NULL)
            return table;
    }
    return NULL;
}

/* ---- the MADT; an entry is known by its offset */

/* Of all, which are masked, the one that begins with the ISA inputs is used. */
static void
read_ioapic(const struct table *madt, size_t entry)
{
    paddr_t address = field(madt, entry + IOAPIC_ADDRESS, 4);

    ioapic_mask(address);
    if (acpi_info.ioapic_address != 0 && acpi_info.ioapic_gsi_base == 0)
        return;
    acpi_info.ioapic_address = address;
    acpi_info.ioapic_gsi_base =
        (uint32_t)field(madt, entry + IOAPIC_GSI_BASE, 4);
}

static void
read_override(const struct table *madt, size_t entry)
{
    uint64_t irq = field(madt, entry + OVERRIDE_IRQ, 1);
    uint64_t flags = field(madt, entry + OVERRIDE_FLAGS, 2);

    if (irq >= ISA_IRQS)
        return;
    acpi_info.isa[irq].gsi = (uint32_t)field(madt, entry + OVERRIDE_GSI, 4);
    acpi_info.isa[irq].active_low =
        (flags & POLARITY_MASK) == POLARITY_ACTIVE_LOW;
    acpi_info.isa[irq].level = (flags & TRIGGER_MASK) == TRIGGER_LEVEL;
}

static void
read_madt(const struct table *madt)
{
    size_t at = MADT_ENTRIES;

    while (at + ENTRY_SIZE_MIN <= madt->length) {
        uint64_t type = field(madt, at + ENTRY_TYPE, 1);
        uint64_t length = field(madt, at + ENTRY_LENGTH, 1);

        if (length < ENTRY_SIZE_MIN || length > madt->length - at)
            return;
        if (type == MADT_IOAPIC && length >= IOAPIC_SIZE)
            read_ioapic(madt, at);
        if (type == MADT_OVERRIDE && length >= OVERRIDE_SIZE)
            read_override(madt, at);
        at += length;
    }
}

/* ---- counters */

static void
find_counters(const struct rsdp *rsdp)
{
    const struct table *hpet = find_table(rsdp, "HPET");
    const struct table *fadt = find_table(rsdp, "FACP");

    acpi_info.hpet_address = field(hpet, HPET_ADDRESS, 8);
    acpi_info.pm_timer_port = (uint16_t)field(fadt, FADT_PM_TIMER, 4);
    if (field(fadt, FADT_X_PM_TIMER_SPACE, 1) == SPACE_PORTS &&
        field(fadt, FADT_X_PM_TIMER, 8) != 0)
        acpi_info.pm_timer_port = (uint16_t)field(fadt, FADT_X_PM_TIMER, 8);
}

/* acpi_init - fills acpi_info; without ACPI, ISA interrupts stay where they
 * are and there is no IO-APIC. */
void
acpi_init(void)
{
    const struct rsdp *rsdp = find_rsdp();
    const struct table *madt;

    for (unsigned irq = 0; irq < ISA_IRQS; irq++)
        acpi_info.isa[irq].gsi = irq;
    if (rsdp == NULL)
        return;
    madt = find_table(rsdp, "APIC");
    if (madt != NULL)
        read_madt(madt);
    find_counters(rsdp);
}
