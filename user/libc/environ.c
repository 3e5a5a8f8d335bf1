/* SPDX-License-Identifier: MIT */
/*
 * environ.c - the strings NAME=value that a program was started with.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char **environ;

char *
getenv(const char *name)
{
    size_t length = strlen(name);

    for (char **at = environ; at != NULL && *at != NULL; at++) {
        if (strncmp(*at, name, length) == 0 && (*at)[length] == '=')
            return *at + length + 1;
    }

    return NULL;
}
