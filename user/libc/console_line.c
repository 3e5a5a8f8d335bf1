/* SPDX-License-Identifier: MIT */
/*
 * console_line.c - a line from the console, edited as it is typed.
 *
 * The console gives bytes as they are typed and shows none of them; here they
 * are shown, and backspace, Ctrl-U (forget the line), Ctrl-C (the same, on a
 * line of its own) and Ctrl-D (the end of the input, in an empty line) do what
 * is expected.  Arrow and function keys, which send an escape sequence, do
 * nothing.  What was typed ahead waits for the next line.
 *
 * With CONSOLE_INPUT=pipe in the environment nobody types: bytes come as they
 * are, none is shown, Ctrl-D is the end, and a byte behind Ctrl-V is no key.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "console.h"

#define KEY_INTERRUPT 0x03
#define KEY_END       0x04
#define KEY_BACKSPACE 0x08
#define KEY_KILL      0x15
#define KEY_LITERAL   0x16
#define KEY_ESCAPE    0x1b
#define KEY_DELETE    0x7f

struct line {
    char *bytes;
    size_t length;
    size_t limit; /* without the newline */
};

/* Typed, and not yet looked at */
static char ahead[64];
static size_t ahead_begin;
static size_t ahead_end;

/* Returns   the next byte, or -1. */
static int
next_byte(void)
{
    if (ahead_begin == ahead_end) {
        int count = console_receive(ahead, sizeof ahead);

        if (count <= 0)
            return -1;

        ahead_begin = 0;
        ahead_end = (size_t)count;
    }

    return (unsigned char)ahead[ahead_begin++];
}

/* A sequence is ESC, `[` or `O`, bytes from ' ' to '?', and a letter. */
static int
after_escape(void)
{
    int byte = next_byte();

    if (byte != '[' && byte != 'O')
        return byte;

    do
        byte = next_byte();
    while (byte >= ' ' && byte <= '?');

    return byte < ' ' ? byte : next_byte();
}

static int
next_key(void)
{
    int byte = next_byte();

    while (byte == KEY_ESCAPE)
        byte = after_escape();

    return byte;
}

static void
erase(struct line *line, size_t count)
{
    for (; count > 0 && line->length > 0; count--) {
        line->length--;
        (void)console_send("\b \b", 3);
    }
}

static void
insert(struct line *line, char byte)
{
    if (line->length == line->limit)
        return;

    line->bytes[line->length++] = byte;
    (void)console_send(&byte, 1);
}

static bool
is_text(int byte)
{
    return byte == '\t' || (byte >= ' ' && byte != KEY_DELETE);
}

static bool
is_piped(void)
{
    const char *kind = getenv("CONSOLE_INPUT");

    return kind != NULL && strcmp(kind, "pipe") == 0;
}

/* As console_read_line; the end stays where it was found, for ever. */
static int
read_piped(char *to, size_t size)
{
    size_t length = 0;
    int byte = 0;

    while (length < size && byte != '\n') {
        byte = next_byte();
        if (byte == KEY_END) {
            ahead_begin--;
            break;
        }
        if (byte == KEY_LITERAL)
            byte = next_byte();
        if (byte < 0)
            return -1;
        to[length++] = (char)byte;
    }

    return (int)length;
}

int
console_read_line(char *to, size_t size)
{
    struct line line = { to, 0, size - 1 };

    if (is_piped())
        return read_piped(to, size);

    for (;;) {
        int byte = next_key();

        switch (byte) {
        case -1:
            return -1;
        case KEY_INTERRUPT:
            line.length = 0;
            __attribute__((fallthrough));
        case '\r':
        case '\n':
            line.bytes[line.length++] = '\n';
            (void)console_send("\n", 1);
            return (int)line.length;
        case KEY_BACKSPACE:
        case KEY_DELETE:
            erase(&line, 1);
            break;
        case KEY_KILL:
            erase(&line, line.length);
            break;
        case KEY_END:
            if (line.length == 0)
                return 0;
            break;
        default:
            if (is_text(byte))
                insert(&line, (char)byte);
            break;
        }
    }
}
