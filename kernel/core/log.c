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

/* A line that is too long goes on in the next. */
void
kprintf(const char *format, ...)
{
    char text[LINE_MAX * 2];
    va_list args;
    size_t left;

    va_start(args, format);
    left = (size_t)kvsnprintf(text, sizeof(text), format, args);
    va_end(args);
    left = min(left, sizeof(text) - 1);
    for (const char *c = text; left > 0;) {
        size_t piece = min(left, LINE_MAX - line_length);
        const char *newline = memchr(c, '\n', piece);

        if (newline != NULL)
            piece = (size_t)(newline - c);
        memcpy(line + line_length, c, piece);
        line_length += piece;
        if (newline != NULL || line_length == LINE_MAX)
            log_end_line();
        piece += newline != NULL;
        c += piece;
        left -= piece;
    }
}
