/* SPDX-License-Identifier: MIT */
/*
 * boot_info.h - what the loader told us, checked and copied.
 *
 * Filled once by kernel/x86_64/{multiboot2,pvh}.c before anything else runs;
 * every length has been checked against the structure that held it.
 */
#ifndef OSTIA_KERNEL_CORE_BOOT_INFO_H
#define OSTIA_KERNEL_CORE_BOOT_INFO_H

#include "kernel/base/types.h"

#define BOOT_CMDLINE_MAX 1024
#define BOOT_RANGES_MAX  1024

/* Free RAM [start, end), page-aligned inwards, sorted, disjoint. */
struct boot_range {
    paddr_t start;
    paddr_t end;
};

struct boot_info {
    const char *loader; /* "multiboot2" or "pvh" */
    struct boot_range ram[BOOT_RANGES_MAX];
    unsigned ram_count;
    struct boot_range bootfs; /* the module; start == end when absent */
    uint64_t reserved;        /* bytes of RAM that image and module take */
    paddr_t rsdp;             /* for acpi_init; 0 when the loader gave none */
    char cmdline[BOOT_CMDLINE_MAX];
};

extern struct boot_info boot_info;

/* ---- for the readers of the loaders' structures */

/* One range of the firmware's map, as both loaders have it. */
struct boot_memory {
    uint64_t bm_address;
    uint64_t bm_length;
    uint32_t bm_type;
    uint32_t bm_reserved;
};

/*
 * Reads the firmware's map, of `count` ranges, each `stride` bytes behind the
 * one before: RAM is every whole page that is usable by one range, and that no
 * range of another type touches.
 */
void boot_ram_read(const void *map, size_t count, size_t stride);
/* Takes every page that [start, end) touches out of the RAM that is free. */
void boot_ram_remove(paddr_t start, paddr_t end);
/* As boot_ram_remove, for RAM that is in use already. */
void boot_ram_reserve(paddr_t start, paddr_t end);
/* Copies at most `limit` bytes of a command line, up to its NUL. */
void boot_cmdline_set(const char *text, size_t limit);
/* The boot file system; ignored unless it lies in RAM as a whole. */
void boot_bootfs_set(paddr_t start, paddr_t end);

/* ---- for everybody */

/*
 * boot_option - the value of the word `name=value` of the command line, copied
 * into `value` (always terminated).  A bare word `name` gives "".  Words after
 * a word `--` belong to a program, not to us.
 *
 * Returns  false if the word is not there.
 */
bool boot_option(const char *name, char *value, size_t size);

#endif
