/* SPDX-License-Identifier: MIT */
/*
 * symbols.c - which function an address of the guest belongs to, and the
 * arguments of a plugin: see plugin.h.
 */
#include <stdlib.h>
#include <string.h>

#include "plugin.h"

/* functions[0] is for addresses below every symbol. */
static struct function *functions;
static size_t count;

void
refuse(const char *what, const char *which)
{
    fprintf(stderr, "plugin: %s: %s\n", what, which);
    exit(1);
}

static struct function *
add(uint64_t start, const char *name)
{
    static size_t room;

    if (count == room) {
        room = room ? 2 * room : 1024;
        functions = realloc(functions, room * sizeof *functions);
        if (functions == NULL)
            refuse("no memory", "symbols");
    }
    functions[count] = (struct function){ .start = start };
    strncpy(functions[count].name, name, SYMBOL_MAX - 1);
    return &functions[count++];
}

void
functions_read(const char *path)
{
    FILE *file = path != NULL ? fopen(path, "r") : NULL;
    unsigned long long start;
    char name[SYMBOL_MAX];

    if (file == NULL)
        refuse("cannot read", path != NULL ? path : "symbols=");
    add(0, "?");
    while (fscanf(file, "%llx %95s", &start, name) == 2)
        add(start, name);
    fclose(file);
}

struct function *
function_at(uint64_t address)
{
    size_t low = 0, high = count; /* low's start <= address < high's */

    while (high - low > 1) {
        size_t middle = (low + high) / 2;

        if (functions[middle].start <= address)
            low = middle;
        else
            high = middle;
    }
    return &functions[low];
}

struct function *
function_named(const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(functions[i].name, name) == 0)
            return &functions[i];
    return NULL;
}

struct function *
functions_first(void)
{
    return functions;
}

struct function *
functions_end(void)
{
    return functions + count;
}

const char *
argument(int argc, char **argv, const char *key)
{
    size_t length = strlen(key);

    for (int i = 0; i < argc; i++)
        if (strncmp(argv[i], key, length) == 0 && argv[i][length] == '=')
            return argv[i] + length + 1;
    return NULL;
}

FILE *
output(const char *path)
{
    FILE *file = path != NULL ? fopen(path, "w") : NULL;

    if (file == NULL)
        refuse("cannot write", path != NULL ? path : "out=");
    return file;
}
