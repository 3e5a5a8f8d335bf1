/* SPDX-License-Identifier: MIT */
/*
 * tar.h - files in a ustar archive that lies in memory.
 *
 * The bytes are not trusted: an entry that is returned lies within the image.
 */
#ifndef BOOTSTRAP_TAR_H
#define BOOTSTRAP_TAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Prefix, slash, name, NUL */
#define TAR_NAME_MAX 257

typedef enum tar_result {
    TAR_FOUND,
    TAR_END,     /* no more entries */
    TAR_CORRUPT, /* what follows is no entry, or is cut off */
} tar_result_t;

struct tar_entry {
    char te_name[TAR_NAME_MAX]; /* without a leading "./" */
    const uint8_t *te_bytes;    /* in the image */
    size_t te_size;
    bool te_is_file; /* else a folder, a link, ... */
};

/*
 * tar_next - the entry at `*cursor`, which moves on.
 *
 * Requires  `*cursor` was 0 at the beginning.
 * Returns   TAR_FOUND    `entry` is filled
 *           TAR_END      the archive is over
 *           TAR_CORRUPT  the archive is bad from here on
 */
tar_result_t tar_next(const void *image, size_t size, size_t *cursor,
                      struct tar_entry *entry);

/*
 * tar_find - the file called `name`.
 *
 * Returns   TAR_FOUND, TAR_END if there is no such file, or TAR_CORRUPT if the
 *           archive is bad before one came.
 */
tar_result_t tar_find(const void *image, size_t size, const char *name,
                      struct tar_entry *entry);

#endif
