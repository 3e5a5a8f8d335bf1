/* SPDX-License-Identifier: MIT */
/*
 * elf.h - static ELF64 programs for x86_64, read out of memory.
 *
 * The bytes are not trusted: elf_open looks at everything once, and what it
 * lets pass can be loaded without another look.
 *
 * (EL1) every segment's file bytes lie within the image
 * (EL2) every segment's memory lies within [low, high), file bytes first
 * (EL3) segments go upwards and share no page; none is writable and executable
 * (EL4) the entry point lies in an executable segment
 */
#ifndef BOOTSTRAP_ELF_H
#define BOOTSTRAP_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ELF_PAGE_SIZE 4096

typedef enum elf_result {
    ELF_OK,
    ELF_TOO_SHORT,     /* a header or a segment lies beyond the end */
    ELF_NOT_ELF,       /* another kind of file */
    ELF_WRONG_MACHINE, /* not for x86_64, or not 64 bits wide */
    ELF_NOT_STATIC,    /* not an executable, or it wants a dynamic linker */
    ELF_BAD_HEADER,    /* the program header table makes no sense */
    ELF_BAD_SEGMENT,   /* a segment breaks (EL2) or (EL3) */
    ELF_BAD_ENTRY,     /* (EL4) does not hold */
} elf_result_t;

struct elf_image {
    const uint8_t *ei_bytes; /* the caller's, all the time */
    size_t ei_size;
    uint64_t ei_entry;
    uint64_t ei_headers; /* offset of the program headers */
    unsigned ei_count;   /* how many there are */
};

/* What goes where: file bytes at `address`, then zeros up to memory_size. */
struct elf_segment {
    const uint8_t *es_bytes;
    uint64_t es_file_size;
    uint64_t es_address;
    uint64_t es_memory_size; /* not 0 */
    bool es_readable;
    bool es_writable;
    bool es_executable;
};

/*
 * elf_open - check a program, and make it ready for elf_next_segment.
 *
 * Requires  `bytes` stay as they are while `image` is used.
 * Returns   ELF_OK, and then (EL1) to (EL4) hold; or what is wrong.
 */
elf_result_t elf_open(struct elf_image *image, const void *bytes, size_t size,
                      uint64_t low, uint64_t high);

/*
 * elf_next_segment - the next one to load, in the order of addresses.
 *
 * Requires  elf_open let the image pass, and `*cursor` was 0 at the beginning.
 * Returns   false when there is none left.
 */
bool elf_next_segment(const struct elf_image *image, unsigned *cursor,
                      struct elf_segment *segment);

/* One line for people. */
const char *elf_result_string(elf_result_t result);

#endif
