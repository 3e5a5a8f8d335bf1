/* SPDX-License-Identifier: MIT */
/*
 * string_print.c - printing into strings.
 */
#include <stdio.h>

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"

/* sink.total bytes are there already; the last of `size` is for the NUL. */
struct string_sink {
    struct format_sink sink;
    char *to;
    size_t size;
};

static void
put_string(struct format_sink *sink, const char *bytes, size_t count)
{
    struct string_sink *string = (struct string_sink *)sink;
    size_t room;

    if (sink->total + 1 >= string->size)
        return;

    room = string->size - 1 - sink->total;
    memcpy(string->to + sink->total, bytes, count < room ? count : room);
}

int
vsnprintf(char *restrict to, size_t size, const char *restrict text,
          va_list list)
{
    struct string_sink string = { { put_string, 0 }, to, size };
    struct format_arguments arguments;
    int count;

    va_copy(arguments.list, list);
    count = format(&string.sink, text, &arguments);
    va_end(arguments.list);

    if (size > 0)
        to[string.sink.total < size ? string.sink.total : size - 1] = '\0';
    if (count < 0)
        errno = EOVERFLOW;

    return count;
}

int
vsprintf(char *restrict to, const char *restrict text, va_list list)
{
    return vsnprintf(to, SIZE_MAX, text, list);
}

int
vasprintf(char **restrict to, const char *restrict text, va_list list)
{
    va_list again;
    int count;

    va_copy(again, list);
    count = vsnprintf(NULL, 0, text, again);
    va_end(again);

    *to = NULL;
    if (count < 0)
        return -1;

    *to = malloc((size_t)count + 1);
    if (*to == NULL)
        return -1;

    return vsnprintf(*to, (size_t)count + 1, text, list);
}
