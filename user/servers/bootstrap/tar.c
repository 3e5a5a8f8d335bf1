/* SPDX-License-Identifier: MIT */
/*
 * tar.c - reading ustar archives: see tar.h.
 *
 *      +--------+-----------------+--------+------ ...  +------+------+
 *      | header | bytes, padded   | header | bytes      | zeros       |
 *      +--------+-----------------+--------+------ ...  +------+------+
 *        512      n * 512
 *
 * Numbers are octal text.  The end of the image ends the archive too.
 */
#include "tar.h"

#include <string.h>

#define BLOCK 512

struct header {
    char name[100];
    char mode[8];
    char uid[8];
    char gid[8];
    char size[12];
    char time[12];
    char checksum[8];
    char type;
    char link[100];
    char magic[6];
    char version[2];
    char user[32];
    char group[32];
    char major[8];
    char minor[8];
    char prefix[155];
    char pad[12];
};

_Static_assert(sizeof(struct header) == BLOCK, "ustar header");

/* Digits up to a space, a NUL or the end of the field; -1 if it has others. */
static int64_t
parse_octal(const char *field, size_t length)
{
    int64_t value = 0;
    size_t i = 0;

    while (i < length && field[i] == ' ')
        i++;

    for (; i < length && field[i] != ' ' && field[i] != '\0'; i++) {
        if (field[i] < '0' || field[i] > '7')
            return -1;
        value = value * 8 + (field[i] - '0');
    }

    return value;
}

static bool
is_zero(const struct header *header)
{
    const char *bytes = (const char *)header;

    for (size_t i = 0; i < BLOCK; i++) {
        if (bytes[i] != 0)
            return false;
    }

    return true;
}

/* The sum of all bytes, with the checksum's own field taken as spaces. */
static bool
is_whole(const struct header *header)
{
    const uint8_t *bytes = (const uint8_t *)header;
    const size_t first = offsetof(struct header, checksum);
    int64_t sum = 0;

    for (size_t i = 0; i < BLOCK; i++) {
        bool own = i >= first && i < first + sizeof header->checksum;

        sum += own ? ' ' : bytes[i];
    }

    return memcmp(header->magic, "ustar", 5) == 0 &&
           parse_octal(header->checksum, sizeof header->checksum) == sum;
}

static void
copy_name(const struct header *header, char *name)
{
    size_t used = strnlen(header->prefix, sizeof header->prefix);
    size_t length = strnlen(header->name, sizeof header->name);
    char *start = name;

    if (used > 0) {
        memcpy(name, header->prefix, used);
        name[used++] = '/';
    }

    memcpy(name + used, header->name, length);
    name[used + length] = '\0';

    while (start[0] == '.' && start[1] == '/')
        start += 2;
    memmove(name, start, strlen(start) + 1);
}

tar_result_t
tar_next(const void *image, size_t size, size_t *cursor,
         struct tar_entry *entry)
{
    struct header header;
    size_t rest = size - *cursor;
    int64_t length;

    if (rest == 0)
        return TAR_END;
    if (rest < BLOCK)
        return TAR_CORRUPT;

    memcpy(&header, (const char *)image + *cursor, sizeof header);
    if (is_zero(&header))
        return TAR_END;

    rest -= BLOCK;
    length = parse_octal(header.size, sizeof header.size);
    if (!is_whole(&header) || length < 0 || (uint64_t)length > rest)
        return TAR_CORRUPT;

    copy_name(&header, entry->te_name);
    entry->te_bytes = (const uint8_t *)image + *cursor + BLOCK;
    entry->te_size = (size_t)length;
    entry->te_is_file = header.type == '0' || header.type == '\0';

    /* The last file's padding may be missing. */
    length = (length + BLOCK - 1) / BLOCK * BLOCK;
    *cursor += BLOCK + ((uint64_t)length < rest ? (size_t)length : rest);
    return TAR_FOUND;
}

tar_result_t
tar_find(const void *image, size_t size, const char *name,
         struct tar_entry *entry)
{
    size_t cursor = 0;
    tar_result_t result;

    do {
        result = tar_next(image, size, &cursor, entry);
    } while (result == TAR_FOUND &&
             (!entry->te_is_file || strcmp(entry->te_name, name) != 0));

    return result;
}
