/* SPDX-License-Identifier: MIT */
/*
 * string.c - the strings of C beyond what kernel/base/string.c has.
 */
#include <string.h>

#include <stdbool.h>
#include <stdlib.h>

int
strcoll(const char *a, const char *b)
{
    return strcmp(a, b);
}

char *
strcpy(char *restrict to, const char *restrict from)
{
    memcpy(to, from, strlen(from) + 1);
    return to;
}

char *
strncpy(char *restrict to, const char *restrict from, size_t size)
{
    size_t length = strnlen(from, size);

    memcpy(to, from, length);
    memset(to + length, 0, size - length);
    return to;
}

char *
strcat(char *restrict to, const char *restrict from)
{
    strcpy(to + strlen(to), from);
    return to;
}

char *
strncat(char *restrict to, const char *restrict from, size_t limit)
{
    size_t length = strnlen(from, limit);
    char *end = to + strlen(to);

    memcpy(end, from, length);
    end[length] = '\0';
    return to;
}

size_t
strlcat(char *restrict to, const char *restrict from, size_t size)
{
    size_t used = strnlen(to, size);

    return used + strlcpy(to + used, from, size - used);
}

char *
strchr(const char *in, int character)
{
    for (;; in++) {
        if (*in == (char)character)
            return (char *)in;
        if (*in == '\0')
            return NULL;
    }
}

char *
strrchr(const char *in, int character)
{
    const char *last = NULL;

    for (;; in++) {
        if (*in == (char)character)
            last = in;
        if (*in == '\0')
            return (char *)last;
    }
}

char *
strstr(const char *in, const char *part)
{
    size_t length = strlen(part);

    for (;; in++) {
        if (strncmp(in, part, length) == 0)
            return (char *)in;
        if (*in == '\0')
            return NULL;
    }
}

/* How many characters at the beginning are, or are not, in `set`. */
static size_t
span(const char *string, const char *set, bool wanted)
{
    size_t length = 0;

    while (string[length] != '\0' &&
           (strchr(set, string[length]) != NULL) == wanted)
        length++;

    return length;
}

size_t
strspn(const char *string, const char *accept)
{
    return span(string, accept, true);
}

size_t
strcspn(const char *string, const char *reject)
{
    return span(string, reject, false);
}

char *
strpbrk(const char *string, const char *accept)
{
    string += strcspn(string, accept);
    return *string != '\0' ? (char *)string : NULL;
}

char *
strsep(char **string, const char *separators)
{
    char *token = *string;
    char *end;

    if (token == NULL)
        return NULL;

    end = strpbrk(token, separators);
    if (end != NULL)
        *end++ = '\0';

    *string = end;
    return token;
}

char *
strtok_r(char *restrict string, const char *restrict separators,
         char **restrict state)
{
    if (string == NULL)
        string = *state;
    if (string == NULL)
        return NULL;

    string += strspn(string, separators);
    if (*string == '\0') {
        *state = NULL;
        return NULL;
    }

    *state = string;
    return strsep(state, separators);
}

char *
strtok(char *restrict string, const char *restrict separators)
{
    static char *state;

    return strtok_r(string, separators, &state);
}

char *
strndup(const char *string, size_t limit)
{
    size_t length = strnlen(string, limit);
    char *copy = malloc(length + 1);

    if (copy != NULL) {
        memcpy(copy, string, length);
        copy[length] = '\0';
    }

    return copy;
}

char *
strdup(const char *string)
{
    return strndup(string, strlen(string));
}
