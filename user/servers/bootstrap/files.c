/* SPDX-License-Identifier: MIT */
/*
 * files.c - the boot file system: a ustar archive, mapped read-only.
 *
 * A program is a file right below bin/, or below task/, where the runner puts
 * what a user has written: that hides a program of the same name from all but
 * the configuration.  Names that would lead elsewhere do not exist, since the
 * archive knows no other path to a file than its own.
 */
#include "files.h"

#include <stdio.h>
#include <string.h>

#include "server.h"
#include "tar.h"

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
files_in(const char *folder, const char *name, struct file *file)
{
    char path[TAR_NAME_MAX];
    int length = snprintf(path, sizeof path, "%s%s", folder, name);

    return (size_t)length < sizeof path && files_find(path, file);
}

bool
files_name(const char *folder, int index, char *name, size_t size)
{
    size_t cursor = 0, length = strlen(folder);
    struct tar_entry entry;

    while (tar_next(server.sv_bootfs, server.sv_bootfs_size, &cursor, &entry) ==
           TAR_FOUND) {
        if (!entry.te_is_file || strncmp(entry.te_name, folder, length) != 0)
            continue;
        if (index-- != 0)
            continue;
        snprintf(name, size, "%s", entry.te_name + length);
        return true;
    }
    return false;
}
