/* SPDX-License-Identifier: MIT */
/*
 * stdio_read.c - stdin, line by line.
 */
#include <stdio.h>

#include <string.h>

#include "console.h"
#include "stdio_file.h"

static FILE standard_input = { .is_input = true };

FILE *const __stdin = &standard_input;

/* Returns   false at the end of the input; each Ctrl-D is one end. */
static bool
fill(FILE *file)
{
    int count;

    if (file->at_end || !file->is_input)
        return false;

    fflush(stdout);
    count = console_read_line(file->bytes, sizeof file->bytes);
    if (count < 0)
        file->failed = true;
    if (count <= 0) {
        file->at_end = true;
        return false;
    }

    file->begin = 0;
    file->end = (size_t)count;
    return true;
}

/* Takes up to `limit` bytes, with `stop_at_line` none beyond a newline. */
static size_t
read_bytes(FILE *file, char *to, size_t limit, bool stop_at_line)
{
    size_t count = 0;

    lock_acquire(&file->lock);
    while (count < limit) {
        if (file->begin == file->end && !fill(file))
            break;

        to[count++] = file->bytes[file->begin++];
        if (stop_at_line && to[count - 1] == '\n')
            break;
    }
    lock_release(&file->lock);

    return count;
}

int
fgetc(FILE *file)
{
    unsigned char byte;

    return read_bytes(file, (char *)&byte, 1, false) == 1 ? byte : EOF;
}

int
getc(FILE *file)
{
    return fgetc(file);
}

int
getchar(void)
{
    return fgetc(stdin);
}

char *
fgets(char *restrict to, int size, FILE *restrict file)
{
    size_t count;

    if (size <= 0)
        return NULL;

    count = read_bytes(file, to, (size_t)size - 1, true);
    to[count] = '\0';
    return count > 0 || size == 1 ? to : NULL;
}

size_t
fread(void *restrict to, size_t size, size_t count, FILE *restrict file)
{
    size_t bytes;

    if (size == 0 || __builtin_mul_overflow(size, count, &bytes))
        return 0;

    return read_bytes(file, to, bytes, false) / size;
}

int
ungetc(int c, FILE *file)
{
    int result = EOF;

    if (c == EOF || !file->is_input)
        return EOF;

    lock_acquire(&file->lock);
    if (file->begin == file->end)
        file->begin = file->end = 1;
    if (file->begin > 0) {
        file->bytes[--file->begin] = (char)c;
        file->at_end = false;
        result = (unsigned char)c;
    }
    lock_release(&file->lock);

    return result;
}

int
feof(FILE *file)
{
    return file->at_end;
}

int
ferror(FILE *file)
{
    return file->failed;
}

void
clearerr(FILE *file)
{
    file->at_end = false;
    file->failed = false;
}
