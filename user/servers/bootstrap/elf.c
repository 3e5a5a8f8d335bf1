/* SPDX-License-Identifier: MIT */
/*
 * elf.c - reading static ELF64 programs: see elf.h.
 *
 * Headers are copied out before they are read, since nothing says that they
 * are aligned.  Sums of numbers from the file are never formed before it is
 * known that they cannot wrap.
 */
#include "elf.h"

#include <string.h>

#define ELF_CLASS_64      2
#define ELF_LITTLE_ENDIAN 1
#define ELF_VERSION       1
#define ELF_EXECUTABLE    2
#define ELF_X86_64        62

#define SEGMENT_LOAD    1
#define SEGMENT_DYNAMIC 2
#define SEGMENT_INTERP  3

#define FLAG_EXECUTE 1u
#define FLAG_WRITE   2u
#define FLAG_READ    4u

/* More program headers than this is no program of ours. */
#define HEADERS_MAX 64

struct file_header {
    uint8_t magic[4];
    uint8_t class;
    uint8_t encoding;
    uint8_t ident_version;
    uint8_t abi[9];
    uint16_t type;
    uint16_t machine;
    uint32_t version;
    uint64_t entry;
    uint64_t program_headers;
    uint64_t section_headers;
    uint32_t flags;
    uint16_t header_size;
    uint16_t program_header_size;
    uint16_t program_header_count;
    uint16_t section_header_size;
    uint16_t section_header_count;
    uint16_t section_names;
};

struct program_header {
    uint32_t type;
    uint32_t flags;
    uint64_t offset;
    uint64_t address;
    uint64_t physical;
    uint64_t file_size;
    uint64_t memory_size;
    uint64_t alignment;
};

_Static_assert(sizeof(struct file_header) == 64, "ELF64 file header");
_Static_assert(sizeof(struct program_header) == 56, "ELF64 program header");

/* What the segments so far amount to. */
struct layout {
    uint64_t low; /* the next segment's page begins here or above */
    uint64_t high;
    bool has_entry;
};

/* Is [offset, offset + length) within `size` bytes? */
static bool
within(uint64_t offset, uint64_t length, uint64_t size)
{
    return offset <= size && length <= size - offset;
}

static void
read_header(const struct elf_image *image, unsigned index,
            struct program_header *header)
{
    memcpy(header, image->ei_bytes + image->ei_headers + index * sizeof *header,
           sizeof *header);
}

static elf_result_t
check_kind(const struct file_header *header)
{
    static const uint8_t magic[4] = { 0x7f, 'E', 'L', 'F' };

    if (memcmp(header->magic, magic, sizeof magic) != 0)
        return ELF_NOT_ELF;

    if (header->class != ELF_CLASS_64 ||
        header->encoding != ELF_LITTLE_ENDIAN || header->machine != ELF_X86_64)
        return ELF_WRONG_MACHINE;

    if (header->type != ELF_EXECUTABLE)
        return ELF_NOT_STATIC;

    if (header->ident_version != ELF_VERSION ||
        header->version != ELF_VERSION ||
        header->program_header_size != sizeof(struct program_header) ||
        header->program_header_count == 0 ||
        header->program_header_count > HEADERS_MAX)
        return ELF_BAD_HEADER;

    return ELF_OK;
}

/* (EL1), (EL2), (EL3) of one segment; goes on to the next page. */
static elf_result_t
check_segment(const struct elf_image *image,
              const struct program_header *header, struct layout *layout)
{
    uint64_t start = header->address & ~(uint64_t)(ELF_PAGE_SIZE - 1);
    uint64_t end;

    if (!within(header->offset, header->file_size, image->ei_size))
        return ELF_TOO_SHORT;

    if (header->file_size > header->memory_size || start < layout->low ||
        !within(header->address, header->memory_size, layout->high) ||
        (header->address - header->offset) % ELF_PAGE_SIZE != 0)
        return ELF_BAD_SEGMENT;

    if ((header->flags & FLAG_WRITE) != 0 &&
        (header->flags & FLAG_EXECUTE) != 0)
        return ELF_BAD_SEGMENT;

    end = header->address + header->memory_size;
    if ((header->flags & FLAG_EXECUTE) != 0 &&
        image->ei_entry >= header->address && image->ei_entry < end)
        layout->has_entry = true;

    /* `end` may lie in the last page, but `high` is a page's border. */
    layout->low = (end + ELF_PAGE_SIZE - 1) & ~(uint64_t)(ELF_PAGE_SIZE - 1);
    return ELF_OK;
}

static elf_result_t
check_segments(const struct elf_image *image, struct layout *layout)
{
    for (unsigned i = 0; i < image->ei_count; i++) {
        struct program_header header;
        elf_result_t result;

        read_header(image, i, &header);

        if (header.type == SEGMENT_INTERP || header.type == SEGMENT_DYNAMIC)
            return ELF_NOT_STATIC;

        if (header.type != SEGMENT_LOAD || header.memory_size == 0)
            continue;

        result = check_segment(image, &header, layout);
        if (result != ELF_OK)
            return result;
    }

    return layout->has_entry ? ELF_OK : ELF_BAD_ENTRY;
}

elf_result_t
elf_open(struct elf_image *image, const void *bytes, size_t size, uint64_t low,
         uint64_t high)
{
    const uint64_t page_mask = ELF_PAGE_SIZE - 1;
    struct layout layout = {
        .low = low,
        .high = high & ~page_mask,
    };
    struct file_header header;
    elf_result_t result;

    if (size < sizeof header)
        return ELF_TOO_SHORT;

    memcpy(&header, bytes, sizeof header);
    result = check_kind(&header);
    if (result != ELF_OK)
        return result;

    image->ei_bytes = bytes;
    image->ei_size = size;
    image->ei_entry = header.entry;
    image->ei_headers = header.program_headers;
    image->ei_count = header.program_header_count;

    if (!within(image->ei_headers,
                image->ei_count * sizeof(struct program_header), size))
        return ELF_TOO_SHORT;

    return check_segments(image, &layout);
}

bool
elf_next_segment(const struct elf_image *image, unsigned *cursor,
                 struct elf_segment *segment)
{
    while (*cursor < image->ei_count) {
        struct program_header header;

        read_header(image, (*cursor)++, &header);
        if (header.type != SEGMENT_LOAD || header.memory_size == 0)
            continue;

        segment->es_bytes = image->ei_bytes + header.offset;
        segment->es_file_size = header.file_size;
        segment->es_address = header.address;
        segment->es_memory_size = header.memory_size;
        segment->es_readable = (header.flags & FLAG_READ) != 0;
        segment->es_writable = (header.flags & FLAG_WRITE) != 0;
        segment->es_executable = (header.flags & FLAG_EXECUTE) != 0;
        return true;
    }

    return false;
}

const char *
elf_result_string(elf_result_t result)
{
    switch (result) {
    case ELF_OK:
        return "fine";
    case ELF_TOO_SHORT:
        return "the file ends too early";
    case ELF_NOT_ELF:
        return "not an ELF file";
    case ELF_WRONG_MACHINE:
        return "not for x86_64";
    case ELF_NOT_STATIC:
        return "not a static executable";
    case ELF_BAD_HEADER:
        return "bad header";
    case ELF_BAD_SEGMENT:
        return "a segment that cannot be loaded";
    case ELF_BAD_ENTRY:
        return "the entry point is not in executable code";
    }

    return "unknown";
}
