/* SPDX-License-Identifier: MIT */
/*
 * multiboot2.c - what a Multiboot2 loader (GRUB) says.
 *
 *   total size, reserved | tag | tag | ... | end tag
 *   tag: type (4), size (4) without padding, contents; the next is 8-aligned
 *
 * Nothing is read outside the structure, nothing in a tag outside the tag.
 */
#include "kernel/base/assert.h"
#include "kernel/base/string.h"
#include "kernel/core/boot_info.h"
#include "kernel/core/vm_param.h"
#include "kernel/x86_64/loader.h"

#define INFORMATION_MAX (1024 * 1024)
#define TAG_ALIGN       8
#define ENTRY_ALIGN     8

enum {
    TAG_END = 0,
    TAG_CMDLINE = 1,
    TAG_MODULE = 3,
    TAG_MEMORY_MAP = 6,
    TAG_RSDP_OLD = 14,
    TAG_RSDP_NEW = 15,
};

struct information {
    uint32_t total_size;
    uint32_t reserved;
};

struct tag {
    uint32_t type;
    uint32_t size;
};

struct module_tag {
    struct tag tag;
    uint32_t start;
    uint32_t end;
};

struct memory_map_tag {
    struct tag tag;
    uint32_t entry_size;
    uint32_t entry_version;
};

static const struct information *
open_information(paddr_t address)
{
    const struct information *info = boot_memory(address, sizeof(*info));

    if (info == NULL || info->total_size < sizeof(*info) ||
        info->total_size > INFORMATION_MAX)
        panic("boot: the Multiboot2 information is damaged");
    if (boot_memory(address, info->total_size) == NULL)
        panic("boot: the Multiboot2 information is out of reach");
    return info;
}

/* The first tag of `type` with `least` bytes, or NULL. */
static const void *
find_tag(const struct information *info, uint32_t type, size_t least)
{
    size_t offset = sizeof(*info);

    while (offset + sizeof(struct tag) <= info->total_size) {
        const struct tag *tag = (const void *)((const char *)info + offset);

        if (tag->type == TAG_END)
            break;
        if (tag->size < sizeof(*tag) || tag->size > info->total_size - offset)
            panic("boot: Multiboot2 tag %u has a wrong size", tag->type);
        if (tag->type == type && tag->size >= least)
            return tag;
        offset += (tag->size + TAG_ALIGN - 1) & ~(size_t)(TAG_ALIGN - 1);
    }
    return NULL;
}

static void
read_memory_map(const struct information *info)
{
    const struct memory_map_tag *map =
        find_tag(info, TAG_MEMORY_MAP, sizeof(*map));

    if (map == NULL || map->entry_size < sizeof(struct boot_memory) ||
        map->entry_size % ENTRY_ALIGN != 0)
        panic("boot: the loader gave no usable memory map");
    boot_ram_read(map + 1, (map->tag.size - sizeof(*map)) / map->entry_size,
                  map->entry_size);
}

/* The loader has copied the RSDP into a tag. */
static void
read_rsdp(const struct information *info)
{
    const struct tag *tag = find_tag(info, TAG_RSDP_NEW, sizeof(*tag) + 1);

    if (tag == NULL)
        tag = find_tag(info, TAG_RSDP_OLD, sizeof(*tag) + 1);
    if (tag != NULL)
        boot_info.rsdp = virt_to_phys(tag + 1);
}

void
multiboot2_read(paddr_t information)
{
    const struct information *info = open_information(information);
    const struct module_tag *module;
    const struct tag *cmdline;

    read_memory_map(info);
    read_rsdp(info);
    cmdline = find_tag(info, TAG_CMDLINE, sizeof(*cmdline));
    if (cmdline != NULL)
        boot_cmdline_set((const char *)(cmdline + 1),
                         cmdline->size - sizeof(*cmdline));
    module = find_tag(info, TAG_MODULE, sizeof(*module));
    if (module != NULL)
        boot_bootfs_set(module->start, module->end);
}
