/* SPDX-License-Identifier: MIT */
/*
 * t_multiboot2.c - the boot information: RAM ranges, options, and the reader
 * of Multiboot2's tags, which gets whole, cut and damaged structures.  The
 * structure lies in a heap block of its exact size, so that one byte read
 * beyond it is found.
 */
#include <setjmp.h>
#include <stdlib.h>

/* The support files have their own, which end the test. */
#define panic   test_panic
#define kprintf test_kprintf

#include "kernel/core/boot_info.c"
#include "kernel/x86_64/multiboot2.c"
#include "tests/guest/tap.h"

#define ADDRESS 0x10000 /* where the structure is said to be */
#define MIB     0x100000

#define ROUNDS 200000

static const char *block;
static size_t block_size;
static jmp_buf refused;

/* ---- what the readers stand on */

const void *
boot_memory(paddr_t address, size_t size)
{
    if (address < ADDRESS || address - ADDRESS > block_size ||
        size > block_size - (address - ADDRESS))
        return NULL;
    return block + (address - ADDRESS);
}

void
panic(const char *format, ...)
{
    (void)format;
    longjmp(refused, 1);
}

void
kprintf(const char *format, ...)
{
    (void)format;
}

/* ---- RAM ranges and options */

/* (B1) of kernel/core/boot_info.c. */
static bool
ranges_are_sound(void)
{
    for (unsigned i = 0; i < boot_info.ram_count; i++) {
        const struct boot_range *ram = &boot_info.ram[i];

        if (ram->start >= ram->end || (ram->start | ram->end) & PAGE_MASK)
            return false;
        if (i > 0 && ram[-1].end >= ram->start)
            return false;
    }
    return boot_info.ram_count <= BOOT_RANGES_MAX;
}

static bool
ram_is(unsigned at, paddr_t start, paddr_t end)
{
    return at < boot_info.ram_count && boot_info.ram[at].start == start &&
           boot_info.ram[at].end == end;
}

TEST(ranges)
{
    boot_info = (struct boot_info){ 0 };
    add_ram(3 * MIB, 4 * MIB);
    add_ram(0x123, 2 * MIB + 1);
    ok(ALL(boot_info.ram_count == 2, ram_is(0, 0x1000, 2 * MIB),
           ram_is(1, 3 * MIB, 4 * MIB)),
       "ram: ranges are sorted, and hold whole pages");
    add_ram(2 * MIB, 3 * MIB);
    ok(ALL(boot_info.ram_count == 1, ram_is(0, 0x1000, 4 * MIB)),
       "ram: neighbours become one");
    boot_ram_remove(MIB + 1, MIB + 2);
    ok(ALL(boot_info.ram_count == 2, ram_is(0, 0x1000, MIB),
           ram_is(1, MIB + 0x1000, 4 * MIB)),
       "ram: a reserved byte takes its whole page away");
    boot_ram_remove(0, UINT64_MAX);
    ok(boot_info.ram_count == 0, "ram: what covers all removes all");
    add_ram(UINT64_MAX - 5, UINT64_MAX);
    ok(boot_info.ram_count == 0, "ram: nothing beyond the map of all RAM");
}

TEST(many_ranges)
{
    bool sound = true;

    boot_info = (struct boot_info){ 0 };
    for (unsigned i = 0; i < ROUNDS; i++) {
        paddr_t start = (paddr_t)(rand() % 4000) << 10;
        paddr_t end = start + ((paddr_t)(rand() % 40) << 10);

        if (rand() % 3 != 0)
            add_ram(start, end);
        else
            boot_ram_remove(start, end);
        sound = sound && ranges_are_sound();
    }
    ok(sound, "ram: sorted, disjoint, page-aligned after any additions");
}

TEST(options)
{
    const char line[] = "one=1  two three= -- four";
    char value[4];

    boot_cmdline_set(line, sizeof(line));
    ok(ALL(boot_option("one", value, sizeof(value)), strcmp(value, "1") == 0),
       "option: a word with a value");
    ok(ALL(boot_option("two", value, sizeof(value)), value[0] == '\0',
           boot_option("three", value, sizeof(value)), value[0] == '\0'),
       "option: a word without one");
    ok(ALL(!boot_option("on", value, sizeof(value)),
           !boot_option("four", value, sizeof(value))),
       "option: not a part of a word, nor what follows --");
    boot_cmdline_set("one=longer", sizeof("one=longer"));
    ok(ALL(boot_option("one", value, sizeof(value)), strcmp(value, "lon") == 0),
       "option: a long value is cut");
}

/* ---- the tags */

struct whole {
    struct information head;
    struct memory_map_tag map;
    struct boot_memory entries[3];
    struct module_tag module;
    char module_name[8];
    struct tag cmdline;
    char words[16];
    struct tag rsdp;
    char rsdp_bytes[20];
    char padding[4];
    struct tag end;
};

static const struct whole whole = {
    .head = { .total_size = sizeof(struct whole) },
    .map = { { TAG_MEMORY_MAP,
               sizeof(struct memory_map_tag) + 3 * sizeof(struct boot_memory) },
             sizeof(struct boot_memory),
             0 },
    .entries = { { 0, 0x9fc00, 1, 0 },
                 { MIB, 63 * MIB, 1, 0 },
                 { 64 * MIB - 0x20000, 0x20000, 2, 0 } },
    .module = { { TAG_MODULE, sizeof(struct module_tag) + 8 },
                2 * MIB,
                3 * MIB + 5 },
    .cmdline = { TAG_CMDLINE, sizeof(struct tag) + 16 },
    .words = "test=all x",
    .rsdp = { TAG_RSDP_OLD, sizeof(struct tag) + 20 },
    .end = { TAG_END, sizeof(struct tag) },
};

/* Reads `size` bytes of `structure`; false if the reader refused them. */
static bool
read_tags(const void *structure, size_t size)
{
    char *copy = malloc(size);
    bool done = false;

    memcpy(copy, structure, size);
    block = copy;
    block_size = size;
    boot_info = (struct boot_info){ 0 };
    if (setjmp(refused) == 0) {
        multiboot2_read(ADDRESS);
        done = true;
    }
    free(copy);
    return done;
}

TEST(whole)
{
    bool read = read_tags(&whole, sizeof(whole));

    ok(ALL(read, boot_info.ram_count == 2, ram_is(0, 0, 0x9f000),
           ram_is(1, MIB, 64 * MIB - 0x20000)),
       "multiboot2: the memory map, reserved ranges taken out");
    ok(ALL(boot_info.bootfs.start == 2 * MIB,
           boot_info.bootfs.end == 3 * MIB + 5),
       "multiboot2: the module, to the byte");
    ok(ALL(strcmp(boot_info.cmdline, "test=all x") == 0,
           boot_info.rsdp ==
               virt_to_phys(block) + offsetof(struct whole, rsdp_bytes)),
       "multiboot2: the command line and the RSDP");
}

TEST(cut)
{
    bool refused_all = true;

    for (size_t size = 0; size < sizeof(whole); size++) {
        if (read_tags(&whole, size))
            refused_all = false;
    }
    ok(refused_all, "multiboot2: a structure cut anywhere is refused");
}

TEST(damaged)
{
    bool sound = true;

    for (unsigned i = 0; i < ROUNDS; i++) {
        struct whole damaged = whole;
        unsigned char *bytes = (unsigned char *)&damaged;

        for (int n = rand() % 4; n >= 0; n--)
            bytes[rand() % (int)sizeof(damaged)] = (unsigned char)rand();
        (void)read_tags(&damaged, sizeof(damaged));
        sound = sound && ranges_are_sound();
    }
    ok(sound, "multiboot2: damaged tags never lead outside the structure");
}
