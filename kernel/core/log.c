/* SPDX-License-Identifier: MIT */
/*
 * log.c - the kernel's log.
 *
 * A line is collected until its newline comes, then goes out as a whole with
 * "# " before it, so that the raw log is TAP (D11).  When a task has left a
 * line unfinished on the console, the log begins a new one.
 */
#include "kernel/core/log.h"

#include "kernel/base/printf.h"
#include "kernel/base/string.h"
#include "kernel/core/trap.h"

#define LINE_MAX 256

static char line[LINE_MAX];
static size_t line_length;

void
log_end_line(void)
{
    if (line_length == 0)
        return;
    if (!machine_at_line_start())
        machine_write("\n", 1);
    machine_write("# ", 2);
    machine_write(line, line_length);
    machine_write("\n", 1);
    line_length = 0;
}

/* Text without a newline.  A line that is too long goes on in the next. */
static void
log_put(const char *text, size_t length)
{
    while (length > 0) {
        size_t piece = min(length, LINE_MAX - line_length);

        memcpy(line + line_length, text, piece);
        line_length += piece;
        text += piece;
        length -= piece;
        if (length > 0)
            log_end_line();
    }
}

void
kvprintf(const char *format, va_list args)
{
    char text[LINE_MAX * 2];

    kvsnprintf(text, sizeof(text), format, args);
    for (const char *c = text; *c != '\0';) {
        size_t length = 0;

        while (c[length] != '\0' && c[length] != '\n')
            length++;
        log_put(c, length);
        c += length;
        if (*c == '\n') {
            log_end_line();
            c++;
        }
    }
}

void
kprintf(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    kvprintf(format, args);
    va_end(args);
}
