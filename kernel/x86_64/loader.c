/* SPDX-License-Identifier: MIT */
/*
 * loader.c - fills boot_info from whichever loader started us.
 *
 * Runs on the tables of boot/entry32.asm, before any RAM is handed out; what
 * is needed after that is copied, since the loader's structures lie in RAM that
 * counts as free.
 */
#include "kernel/x86_64/loader.h"

#include "kernel/base/assert.h"
#include "kernel/base/string.h"
#include "kernel/core/boot_info.h"
#include "kernel/x86_64/asmdefs.h"
#include "kernel/x86_64/machine.h"
#include "kernel/x86_64/pte.h"

#define LOW_MEMORY_END 0x100000

/* Tables of boot/entry32.asm, at their physical addresses. */
extern char boot_low[], boot_spare[], boot_spare_end[];
extern char kernel_phys_start[], kernel_phys_end[];

/*
 * The GiB around `address` is mapped, or can be: by a spare directory, if it is
 * beyond the first four, where firmware may have tables too.
 */
static bool
map_gib(paddr_t address)
{
    static paddr_t spare = (paddr_t)boot_spare;
    paddr_t gib = address & ~(pt_span(2) - 1);
    pte_t *entry = pt_entry((paddr_t)boot_low, address, 2);

    if (address >= pt_span(PT_ROOT))
        return false;
    if (*entry != 0)
        return true;
    if (spare == (paddr_t)boot_spare_end)
        return false;
    for (paddr_t at = gib; at < gib + pt_span(2); at += pt_span(1))
        *pt_entry(spare, at, 1) = at | PTE_LARGE | PTE_WRITE | PTE_PRESENT;
    *entry = spare | PTE_WRITE | PTE_PRESENT;
    spare += PAGE_SIZE;
    return true;
}

const void *
boot_memory(paddr_t address, size_t size)
{
    paddr_t last;

    if (address == 0 || __builtin_add_overflow(address, size - 1, &last))
        return NULL;
    for (paddr_t at = address; at <= last; at = (at | (pt_span(2) - 1)) + 1) {
        if (!map_gib(at))
            return NULL;
    }
    return phys_to_virt(address);
}

/*
 * boot_info_init - reads what the loader with this magic left at `information`.
 *
 * The first megabyte is left to the firmware.
 */
void
boot_info_init(uint32_t magic, paddr_t information)
{
    if (magic == MULTIBOOT2_MAGIC) {
        boot_info.loader = "multiboot2";
        multiboot2_read(information);
    } else if (magic == PVH_MAGIC) {
        boot_info.loader = "pvh";
        pvh_read(information);
    } else {
        panic("boot: unknown loader magic %#x", magic);
    }
    boot_ram_remove(0, LOW_MEMORY_END);
    if (boot_info.ram_count == 0)
        panic("boot: the loader's memory map has no RAM");
    boot_ram_reserve((paddr_t)kernel_phys_start, (paddr_t)kernel_phys_end);
    boot_ram_reserve(boot_info.bootfs.start, boot_info.bootfs.end);
}
