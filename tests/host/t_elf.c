/* SPDX-License-Identifier: MIT */
/*
 * t_elf.c - the bootstrap server's elf: a good program, and every way to be a
 * bad one.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/guest/tap.h"
#include "user/servers/bootstrap/elf.h"

#define LOW  0x10000u
#define HIGH 0x7f8000000000u
#define CODE 0x400000u

/* Offsets in the file header, and in the two program headers behind it */
enum {
    AT_CLASS = 4,
    AT_TYPE = 16,
    AT_MACHINE = 18,
    AT_VERSION = 20,
    AT_ENTRY = 24,
    AT_HEADERS = 32,
    AT_HEADER_SIZE = 54,
    AT_COUNT = 56,
    AT_CODE = 64,
    AT_DATA = 120,
    P_TYPE = 0,
    P_FLAGS = 4,
    P_OFFSET = 8,
    P_ADDRESS = 16,
    P_FILE_SIZE = 32,
    P_MEMORY_SIZE = 40,
    FILE_SIZE = 0x2010,
};

static unsigned char file[FILE_SIZE];

static void
put(unsigned offset, unsigned bytes, uint64_t value)
{
    memcpy(file + offset, &value, bytes);
}

static void
put_segment(unsigned at, unsigned flags, uint64_t offset, uint64_t address,
            uint64_t file_size, uint64_t memory_size)
{
    put(at + P_TYPE, 4, 1);
    put(at + P_FLAGS, 4, flags);
    put(at + P_OFFSET, 8, offset);
    put(at + P_ADDRESS, 8, address);
    put(at + P_FILE_SIZE, 8, file_size);
    put(at + P_MEMORY_SIZE, 8, memory_size);
}

/* Code at 0x400000, data with some zeros behind at 0x401000 */
static void
make_good(void)
{
    memset(file, 0, sizeof file);
    memcpy(file, "\177ELF\2\1\1", 7);
    put(AT_TYPE, 2, 2);
    put(AT_MACHINE, 2, 62);
    put(AT_VERSION, 4, 1);
    put(AT_ENTRY, 8, CODE + 4);
    put(AT_HEADERS, 8, AT_CODE);
    put(AT_HEADER_SIZE, 2, 56);
    put(AT_COUNT, 2, 2);
    put_segment(AT_CODE, 5, 0x1000, CODE, 0x20, 0x20);
    put_segment(AT_DATA, 6, 0x2000, CODE + 0x1000, 0x10, 0x1000);
}

/* A copy of exactly `size` bytes, so that a read beyond it is seen. */
static elf_result_t
open_copy(size_t size)
{
    struct elf_image image;
    void *copy = malloc(size > 0 ? size : 1);
    elf_result_t result;

    memcpy(copy, file, size);
    result = elf_open(&image, copy, size, LOW, HIGH);
    free(copy);
    return result;
}

/* The good file with one field changed */
static void
expect(elf_result_t want, unsigned offset, unsigned bytes, uint64_t value,
       const char *text)
{
    make_good();
    put(offset, bytes, value);
    ok(open_copy(sizeof file) == want, "%s", text);
}

TEST(good)
{
    struct elf_image image;
    struct elf_segment code, data, none;
    unsigned cursor = 0;

    make_good();
    ok(ALL(elf_open(&image, file, sizeof file, LOW, HIGH) == ELF_OK,
           image.ei_entry == CODE + 4),
       "a good program passes, and tells its entry point");
    ok(ALL(elf_next_segment(&image, &cursor, &code), code.es_address == CODE,
           code.es_bytes == file + 0x1000, code.es_file_size == 0x20,
           code.es_readable, code.es_executable, !code.es_writable),
       "the first segment is the code");
    ok(ALL(elf_next_segment(&image, &cursor, &data), data.es_writable,
           data.es_file_size == 0x10, data.es_memory_size == 0x1000,
           !data.es_executable),
       "the second is the data, larger in memory than in the file");
    ok(!elf_next_segment(&image, &cursor, &none), "there is no third");
}

TEST(headers)
{
    expect(ELF_NOT_ELF, 0, 1, 'x', "another magic number");
    expect(ELF_WRONG_MACHINE, AT_CLASS, 1, 1, "32 bits");
    expect(ELF_WRONG_MACHINE, AT_MACHINE, 2, 183, "another machine");
    expect(ELF_NOT_STATIC, AT_TYPE, 2, 3, "a shared object");
    expect(ELF_BAD_HEADER, AT_VERSION, 4, 2, "another version");
    expect(ELF_BAD_HEADER, AT_HEADER_SIZE, 2, 55, "odd program headers");
    expect(ELF_BAD_HEADER, AT_COUNT, 2, 0, "no program headers");
    expect(ELF_BAD_HEADER, AT_COUNT, 2, 0xffff, "too many program headers");
    expect(ELF_TOO_SHORT, AT_HEADERS, 8, sizeof file - 100,
           "program headers cross the end");
    expect(ELF_TOO_SHORT, AT_HEADERS, 8, UINT64_MAX - 50,
           "program headers wrap around");
}

TEST(segments)
{
    expect(ELF_NOT_STATIC, AT_DATA + P_TYPE, 4, 3, "an interpreter");
    expect(ELF_NOT_STATIC, AT_DATA + P_TYPE, 4, 2, "dynamic linking");
    expect(ELF_TOO_SHORT, AT_DATA + P_FILE_SIZE, 8, 0x11,
           "file bytes beyond the end");
    expect(ELF_TOO_SHORT, AT_DATA + P_OFFSET, 8, UINT64_MAX - 0xfff,
           "an offset that wraps around");
    expect(ELF_TOO_SHORT, AT_DATA + P_FILE_SIZE, 8, UINT64_MAX,
           "a file size that wraps around");
    expect(ELF_BAD_SEGMENT, AT_DATA + P_MEMORY_SIZE, 8, 0xf,
           "less memory than file");
    expect(ELF_BAD_SEGMENT, AT_DATA + P_MEMORY_SIZE, 8, UINT64_MAX,
           "a memory size that wraps around");
    expect(ELF_BAD_SEGMENT, AT_DATA + P_ADDRESS, 8, HIGH,
           "memory above the limit");
    expect(ELF_BAD_SEGMENT, AT_DATA + P_ADDRESS, 8,
           UINT64_C(0xffff800000000000), "memory in the kernel's half");
    expect(ELF_BAD_SEGMENT, AT_CODE + P_ADDRESS, 8, 0,
           "memory below the limit");
    expect(ELF_BAD_SEGMENT, AT_DATA + P_ADDRESS, 8, CODE,
           "two segments in one page");
    expect(ELF_BAD_SEGMENT, AT_CODE + P_ADDRESS, 8, CODE + 0x10000,
           "segments that go downwards");
    expect(ELF_BAD_SEGMENT, AT_DATA + P_ADDRESS, 8, CODE + 0x1008,
           "an address that does not fit to its offset");
    expect(ELF_BAD_SEGMENT, AT_DATA + P_FLAGS, 4, 7,
           "writable and executable at once");
    expect(ELF_BAD_ENTRY, AT_ENTRY, 8, 0, "no entry point");
    expect(ELF_BAD_ENTRY, AT_ENTRY, 8, CODE + 0x20, "one byte beyond the code");
    expect(ELF_BAD_ENTRY, AT_ENTRY, 8, CODE + 0x1000, "entry in the data");
}

TEST(any_bytes)
{
    bool survived = true;

    for (size_t size = 0; size < sizeof file; size += size < 200 ? 1 : 97) {
        make_good();
        survived = survived && open_copy(size) != ELF_OK;
    }
    ok(survived, "every cut-off file is refused");

    srand(1);
    for (int round = 0; round < 20000; round++) {
        struct elf_image image;
        struct elf_segment segment;
        unsigned cursor = 0;

        make_good();
        for (int changes = rand() % 4; changes >= 0; changes--)
            file[rand() % 176] = (unsigned char)rand();
        if (elf_open(&image, file, sizeof file, LOW, HIGH) != ELF_OK)
            continue;

        while (elf_next_segment(&image, &cursor, &segment))
            survived =
                survived && segment.es_address >= LOW &&
                segment.es_address + segment.es_memory_size <= HIGH &&
                segment.es_bytes + segment.es_file_size <= file + sizeof file;
    }
    ok(survived, "whatever passes has its segments in bounds");
}
