/* SPDX-License-Identifier: MIT */
/*
 * boot_info.c - the boot information, and the arithmetic of its RAM ranges.
 *
 * (B1) ram[0 .. ram_count) is sorted, disjoint, not adjacent, page-aligned,
 *      and each range has a page at least.
 */
#include "kernel/core/boot_info.h"

#include "kernel/base/printf.h"
#include "kernel/base/string.h"
#include "kernel/core/vm_param.h"

#define MEMORY_AVAILABLE 1 /* bm_type of RAM */

struct boot_info boot_info;

static void
insert_range(unsigned at, paddr_t start, paddr_t end)
{
    struct boot_range *ram = boot_info.ram;

    if (boot_info.ram_count == BOOT_RANGES_MAX) {
        kprintf("boot: too many memory ranges, %#lx-%#lx is left unused\n",
                start, end);
        return;
    }
    memmove(&ram[at + 1], &ram[at],
            (boot_info.ram_count - at) * sizeof(ram[0]));
    ram[at] = (struct boot_range){ start, end };
    boot_info.ram_count++;
}

/* Adds the whole pages of [start, end). */
static void
add_ram(paddr_t start, paddr_t end)
{
    const struct boot_range *ram = boot_info.ram;
    unsigned at = 0;

    start = round_page(min(start, PHYSMAP_SIZE));
    end = trunc_page(min(end, PHYSMAP_SIZE));
    if (start >= end)
        return;
    for (unsigned i = 0; i < boot_info.ram_count; i++) {
        if (ram[i].start <= end && start <= ram[i].end) {
            start = min(start, ram[i].start);
            end = max(end, ram[i].end);
        }
    }
    boot_ram_remove(start, end);
    while (at < boot_info.ram_count && ram[at].start < start)
        at++;
    insert_range(at, start, end);
}

/* Adds the ranges that are usable, or removes the others. */
static void
read_ranges(const char *map, size_t count, size_t stride, bool usable)
{
    for (size_t i = 0; i < count; i++) {
        const struct boot_memory *memory = (const void *)(map + i * stride);
        paddr_t start = memory->bm_address, end;

        if (__builtin_add_overflow(start, memory->bm_length, &end))
            end = PHYSMAP_SIZE;
        if ((memory->bm_type == MEMORY_AVAILABLE) != usable)
            continue;
        if (usable)
            add_ram(start, end);
        else
            boot_ram_remove(start, end);
    }
}

void
boot_ram_read(const void *map, size_t count, size_t stride)
{
    read_ranges(map, count, stride, true);
    read_ranges(map, count, stride, false);
}

void
boot_ram_remove(paddr_t start, paddr_t end)
{
    struct boot_range *ram = boot_info.ram;

    end = min(end, PHYSMAP_SIZE);
    if (start >= end)
        return;
    start = trunc_page(start);
    end = round_page(end);

    for (unsigned at = boot_info.ram_count; at-- > 0;) {
        struct boot_range old = ram[at];

        if (old.end <= start || end <= old.start)
            continue;
        boot_info.ram_count--;
        memmove(&ram[at], &ram[at + 1],
                (boot_info.ram_count - at) * sizeof(ram[0]));
        if (end < old.end)
            insert_range(at, end, old.end);
        if (old.start < start)
            insert_range(at, old.start, start);
    }
}

void
boot_ram_reserve(paddr_t start, paddr_t end)
{
    boot_ram_remove(start, end);
    boot_info.reserved += round_page(end) - trunc_page(start);
}

void
boot_cmdline_set(const char *text, size_t limit)
{
    size_t length = strnlen(text, limit);

    if (length > sizeof(boot_info.cmdline) - 1) {
        length = sizeof(boot_info.cmdline) - 1;
        kprintf("boot: the command line is cut after %zu bytes\n", length);
    }
    memcpy(boot_info.cmdline, text, length);
    boot_info.cmdline[length] = '\0';
}

void
boot_bootfs_set(paddr_t start, paddr_t end)
{
    for (unsigned i = 0; i < boot_info.ram_count; i++) {
        const struct boot_range *ram = &boot_info.ram[i];

        if (start < end && ram->start <= start && end <= ram->end) {
            boot_info.bootfs = (struct boot_range){ start, end };
            return;
        }
    }
    kprintf("boot: the module %#lx-%#lx is not in RAM, ignored\n", start, end);
}

bool
boot_option(const char *name, char *value, size_t size)
{
    size_t name_length = strlen(name);
    const char *word = boot_info.cmdline;

    for (;;) {
        size_t length = 0;

        while (word[length] != '\0' && word[length] != ' ')
            length++;
        if (length >= name_length && strncmp(word, name, name_length) == 0 &&
            (length == name_length || word[name_length] == '=')) {
            size_t at = min(name_length + 1, length);

            strlcpy(value, word + at, min(size, length - at + 1));
            return true;
        }
        if (word[length] == '\0' || strncmp(word, "-- ", 3) == 0)
            return false;
        word += length + 1;
    }
}
