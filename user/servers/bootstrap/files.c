/* SPDX-License-Identifier: MIT */
/*
 * files.c - the boot file system: a ustar archive, mapped read-only.
 *
 * A program is a file right below bin/.  Names that would lead elsewhere do
 * not exist, since the archive knows no other path to a file than its own.
 */
#include "files.h"

#include <base/tar.h>
#include <stdio.h>
#include <string.h>

#include "server.h"

#define BIN        "bin/"
#define BIN_LENGTH (sizeof BIN - 1)

bool
files_find(const char *path, struct file *file)
{
    struct tar_entry entry;

    if (tar_find(server.sv_bootfs, server.sv_bootfs_size, path, &entry) !=
        TAR_FOUND)
        return false;
    file->fl_data = entry.te_bytes;
    file->fl_size = entry.te_size;
    return true;
}

bool
files_program(const char *name, struct file *file)
{
    char path[TAR_NAME_MAX];

    if (strlen(name) >= sizeof path - BIN_LENGTH)
        return false;
    snprintf(path, sizeof path, BIN "%s", name);
    return files_find(path, file);
}

bool
files_program_name(int index, char *name, size_t size)
{
    struct tar_entry entry;
    size_t cursor = 0;

    while (tar_next(server.sv_bootfs, server.sv_bootfs_size, &cursor, &entry) ==
           TAR_FOUND) {
        if (!entry.te_is_file || strncmp(entry.te_name, BIN, BIN_LENGTH) != 0)
            continue;
        if (index-- != 0)
            continue;
        snprintf(name, size, "%s", entry.te_name + BIN_LENGTH);
        return true;
    }
    return false;
}
