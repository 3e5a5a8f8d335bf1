/* SPDX-License-Identifier: MIT */
/*
 * stdio_write.c - stdout and stderr.
 */
#include <stdio.h>

#include <errno.h>
#include <string.h>

#include "console.h"
#include "format.h"
#include "stdio_file.h"

static FILE standard_output;
static FILE standard_error = { .is_unbuffered = true };

FILE *const __stdout = &standard_output;
FILE *const __stderr = &standard_error;

static void
send_buffer(FILE *file)
{
    if (console_send(file->bytes, file->end) != 0)
        file->failed = true;

    file->end = 0;
    file->has_newline = false;
}

void
file_append(FILE *file, const char *bytes, size_t count)
{
    while (count > 0) {
        size_t room = sizeof file->bytes - file->end;
        size_t some = count < room ? count : room;

        memcpy(file->bytes + file->end, bytes, some);
        file->end += some;
        if (memchr(bytes, '\n', some) != NULL)
            file->has_newline = true;
        if (file->end == sizeof file->bytes)
            send_buffer(file);

        bytes += some;
        count -= some;
    }
}

int
file_end_call(FILE *file)
{
    if (file->end > 0 && (file->is_unbuffered || file->has_newline))
        send_buffer(file);

    return file->failed ? EOF : 0;
}

/* All of it, as one call. */
static int
write_bytes(FILE *file, const char *bytes, size_t count)
{
    int result;

    if (file->is_input) {
        errno = EBADF;
        return EOF;
    }

    lock_acquire(&file->lock);
    file_append(file, bytes, count);
    result = file_end_call(file);
    lock_release(&file->lock);

    return result;
}

int
fflush(FILE *file)
{
    int result;

    if (file == NULL)
        file = stdout;
    if (file->is_input)
        return 0;

    lock_acquire(&file->lock);
    if (file->end > 0)
        send_buffer(file);
    result = file->failed ? EOF : 0;
    lock_release(&file->lock);

    return result;
}

size_t
fwrite(const void *restrict from, size_t size, size_t count,
       FILE *restrict file)
{
    size_t bytes;

    if (size == 0 || __builtin_mul_overflow(size, count, &bytes))
        return 0;

    return write_bytes(file, from, bytes) == 0 ? count : 0;
}

int
fputs(const char *restrict string, FILE *restrict file)
{
    return write_bytes(file, string, strlen(string));
}

int
puts(const char *string)
{
    int result;

    lock_acquire(&stdout->lock);
    file_append(stdout, string, strlen(string));
    file_append(stdout, "\n", 1);
    result = file_end_call(stdout);
    lock_release(&stdout->lock);

    return result;
}

int
fputc(int c, FILE *file)
{
    char byte = (char)c;

    return write_bytes(file, &byte, 1) == 0 ? (unsigned char)c : EOF;
}

int
putc(int c, FILE *file)
{
    return fputc(c, file);
}

int
putchar(int c)
{
    return fputc(c, stdout);
}

/* ---- Formatted ---- */

struct file_sink {
    struct format_sink sink;
    FILE *file;
};

static void
put_file(struct format_sink *sink, const char *bytes, size_t count)
{
    file_append(((struct file_sink *)sink)->file, bytes, count);
}

int
vfprintf(FILE *restrict file, const char *restrict text, va_list list)
{
    struct file_sink sink = { { put_file, 0 }, file };
    struct format_arguments arguments;
    int count;

    if (file->is_input) {
        errno = EBADF;
        return -1;
    }

    va_copy(arguments.list, list);
    lock_acquire(&file->lock);
    count = format(&sink.sink, text, &arguments);
    if (file_end_call(file) != 0)
        count = -1;
    lock_release(&file->lock);
    va_end(arguments.list);

    return count;
}

int
vprintf(const char *restrict text, va_list list)
{
    return vfprintf(stdout, text, list);
}

void
perror(const char *message)
{
    int number = errno;

    if (message != NULL && *message != '\0')
        fprintf(stderr, "%s: ", message);
    fprintf(stderr, "%s\n", strerror(number));
}
