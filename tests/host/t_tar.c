/* SPDX-License-Identifier: MIT */
/*
 * t_tar.c - the bootstrap server's tar: an archive made here, and what can be
 * wrong in it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/guest/tap.h"
#include "user/servers/bootstrap/tar.h"

#define BLOCK 512
#define ROOM  (16 * BLOCK)

enum {
    AT_SIZE = 124,
    AT_SUM = 148,
    AT_TYPE = 156,
    AT_MAGIC = 257,
    AT_PREFIX = 345,
};

static char archive[ROOM];
static size_t used;

static void
seal(char *header)
{
    unsigned sum = 0;

    memset(header + AT_SUM, ' ', 8);
    for (int i = 0; i < BLOCK; i++)
        sum += (unsigned char)header[i];
    snprintf(header + AT_SUM, 8, "%06o", sum);
}

static char *
add(const char *prefix, const char *name, const char *text, char type)
{
    char *header = archive + used;
    size_t size = strlen(text);

    memcpy(header, name, strlen(name));
    memcpy(header + AT_PREFIX, prefix, strlen(prefix));
    snprintf(header + AT_SIZE, 12, "%011o", (unsigned)size);
    header[AT_TYPE] = type;
    memcpy(header + AT_MAGIC, "ustar\00000", 8);
    memcpy(header + BLOCK, text, size);
    seal(header);
    used += BLOCK + (size + BLOCK - 1) / BLOCK * BLOCK;
    return header;
}

static void
make(void)
{
    memset(archive, 0, sizeof archive);
    used = 0;
    add("", "bin/", "", '5');
    add("", "./bin/hello", "hello, world", '0');
    add("deep/down", "in/here", "x", '0');
    add("", "etc/empty", "", '0');
}

/* In a copy of exactly `size` bytes, so that a read beyond it is seen. */
static tar_result_t
find(const char *name, size_t size, struct tar_entry *entry)
{
    char *copy = malloc(size > 0 ? size : 1);
    tar_result_t result;

    memcpy(copy, archive, size);
    result = tar_find(copy, size, name, entry);
    free(copy);
    return result;
}

TEST(good)
{
    struct tar_entry entry;
    size_t cursor = 0;
    int count = 0;

    make();
    ok(ALL(tar_find(archive, ROOM, "bin/hello", &entry) == TAR_FOUND,
           entry.te_size == 12, memcmp(entry.te_bytes, "hello, w", 8) == 0),
       "a file is found, by a name without ./");
    ok(find("deep/down/in/here", ROOM, &entry) == TAR_FOUND,
       "a name in two parts is found");
    ok(ALL(find("etc/empty", ROOM, &entry) == TAR_FOUND, entry.te_size == 0),
       "an empty file is found");
    ok(find("bin/", ROOM, &entry) == TAR_END, "a folder is no file");
    ok(find("bin/hell", ROOM, &entry) == TAR_END, "a part of a name is none");

    while (tar_next(archive, ROOM, &cursor, &entry) == TAR_FOUND)
        count++;
    ok(count == 4, "all entries come, the folder too");
    ok(find("nothing", used, &entry) == TAR_END,
       "the end of the image ends the archive");
    ok(find("nothing", 0, &entry) == TAR_END, "an empty image has no files");
}

TEST(cut_off)
{
    struct tar_entry entry;
    bool fine = true;

    for (size_t size = 0; size < used; size++) {
        make();
        fine = fine && find("none", size, &entry) != TAR_FOUND;
    }
    ok(fine, "a cut-off archive is never read beyond its end");

    make();
    ok(find("bin/hello", 2 * BLOCK + 12, &entry) == TAR_FOUND,
       "the last file's padding may be missing");
    make();
    ok(find("bin/hello", 2 * BLOCK + 11, &entry) == TAR_CORRUPT,
       "its bytes may not");
}

TEST(corrupt)
{
    struct tar_entry entry;

    make();
    archive[BLOCK]++;
    ok(find("bin/hello", ROOM, &entry) == TAR_CORRUPT, "a wrong checksum");

    make();
    memcpy(archive + BLOCK + AT_SIZE, "77777777777", 12);
    seal(archive + BLOCK);
    ok(find("bin/hello", ROOM, &entry) == TAR_CORRUPT,
       "a size beyond the image");

    make();
    memset(archive + BLOCK + AT_SIZE, '7', 12);
    seal(archive + BLOCK);
    ok(find("bin/hello", ROOM, &entry) == TAR_CORRUPT, "a size without an end");

    make();
    memcpy(archive + BLOCK + AT_SIZE, "-0000000001", 12);
    seal(archive + BLOCK);
    ok(find("bin/hello", ROOM, &entry) == TAR_CORRUPT, "a negative size");

    make();
    memcpy(archive + BLOCK + AT_MAGIC, "other", 5);
    seal(archive + BLOCK);
    ok(find("bin/hello", ROOM, &entry) == TAR_CORRUPT, "another format");

    make();
    memset(archive + BLOCK, 'n', 100);
    memset(archive + BLOCK + AT_PREFIX, 'p', 155);
    seal(archive + BLOCK);
    ok(find("etc/empty", ROOM, &entry) == TAR_FOUND,
       "names that fill their fields are read past");
}
