/* SPDX-License-Identifier: MIT */
/*
 * pvh.c - what a PVH loader (`qemu -kernel`) says: Xen's hvm_start_info.
 *
 * The structure has no length of its own; it points at lists with counts.
 * Each must lie where boot_memory reaches.
 */
#include "kernel/base/assert.h"
#include "kernel/core/boot_info.h"
#include "kernel/x86_64/asmdefs.h"
#include "kernel/x86_64/loader.h"

#define ENTRIES_MAX 1024

struct start_info {
    uint32_t magic;
    uint32_t version;
    uint32_t flags;
    uint32_t module_count;
    uint64_t modules;
    uint64_t cmdline;
    uint64_t rsdp;
    /* Version 1 and later. */
    uint64_t memory_map;
    uint32_t memory_map_count;
    uint32_t reserved;
};

struct module {
    uint64_t address;
    uint64_t size;
    uint64_t cmdline;
    uint64_t reserved;
};

static void
read_memory_map(const struct start_info *info)
{
    uint32_t count = info->memory_map_count;
    const struct boot_memory *map = NULL;

    if (info->version >= 1 && count > 0 && count <= ENTRIES_MAX)
        map = boot_memory(info->memory_map, count * sizeof(*map));
    if (map == NULL)
        panic("boot: the loader gave no usable memory map");
    boot_ram_read(map, count, sizeof(*map));
}

static void
read_module(const struct start_info *info)
{
    const struct module *module;
    uint64_t end;

    if (info->module_count == 0)
        return;
    module = boot_memory(info->modules, sizeof(*module));
    if (module == NULL)
        panic("boot: the module list is out of reach");
    if (!__builtin_add_overflow(module->address, module->size, &end))
        boot_bootfs_set(module->address, end);
}

void
pvh_read(paddr_t address)
{
    const struct start_info *info = boot_memory(address, sizeof(*info));
    const char *cmdline;

    if (info == NULL || info->magic != PVH_MAGIC)
        panic("boot: the PVH start structure is damaged");
    read_memory_map(info);
    read_module(info);
    boot_info.rsdp = info->rsdp;
    cmdline = boot_memory(info->cmdline, BOOT_CMDLINE_MAX);
    if (cmdline != NULL)
        boot_cmdline_set(cmdline, BOOT_CMDLINE_MAX);
}
