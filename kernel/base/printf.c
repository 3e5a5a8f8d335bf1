/* SPDX-License-Identifier: MIT */
/*
 * printf.c - formatted text into a buffer: see printf.h for what it knows.
 *
 * A conversion is read into a struct spec, a number is written into a small
 * buffer from its end, then padded.  An unknown conversion is printed as it
 * stands.
 */
#include "kernel/base/printf.h"

#include "kernel/base/string.h"

#define DIGITS_MAX 24 /* 64 bits in any base from 8 up, and a prefix */
#define BASE_TEN   10
#define BASE_HEX   16

struct output {
    char *buffer;
    size_t size;
    size_t length; /* what was wanted; may pass size */
};

struct spec {
    bool minus;     /* pad on the right */
    bool zero;      /* pad with zeros */
    bool alternate; /* 0x */
    int width;
    int precision; /* -1: none */
    int longs;     /* how many l, or 2 for z */
};

/* How many of the next bytes find room. */
static size_t
room_for(const struct output *out, size_t length)
{
    return out->length < out->size ? min(length, out->size - out->length - 1)
                                   : 0;
}

static void
put_bytes(struct output *out, const char *bytes, size_t length)
{
    size_t room = room_for(out, length);

    if (room > 0)
        memcpy(out->buffer + out->length, bytes, room);
    out->length += length;
}

static void
put(struct output *out, char c)
{
    put_bytes(out, &c, 1);
}

static void
pad(struct output *out, char c, int count)
{
    size_t length = count > 0 ? (size_t)count : 0;
    size_t room = room_for(out, length);

    if (room > 0)
        memset(out->buffer + out->length, c, room);
    out->length += length;
}

/* `prefix` (a sign or 0x) and `body`, padded to the width. */
static void
put_field(struct output *out, const struct spec *spec, const char *prefix,
          const char *body, size_t length)
{
    int fill = spec->width - (int)(strlen(prefix) + length);

    if (!spec->minus && !spec->zero)
        pad(out, ' ', fill);
    put_bytes(out, prefix, strlen(prefix));
    if (!spec->minus && spec->zero)
        pad(out, '0', fill);
    put_bytes(out, body, length);
    if (spec->minus)
        pad(out, ' ', fill);
}

static void
put_number(struct output *out, const struct spec *spec, uint64_t value,
           unsigned base, const char *prefix)
{
    char buffer[DIGITS_MAX];
    char *first = buffer + sizeof(buffer);

    do {
        *--first = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    put_field(out, spec, prefix, first,
              (size_t)(buffer + sizeof(buffer) - first));
}

static void
put_signed(struct output *out, const struct spec *spec, int64_t value)
{
    uint64_t magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value;

    put_number(out, spec, magnitude, BASE_TEN, value < 0 ? "-" : "");
}

static void
put_string(struct output *out, const struct spec *spec, const char *string)
{
    struct spec text = *spec;
    size_t length;

    if (string == NULL)
        string = "(null)";
    length = spec->precision >= 0 ? strnlen(string, (size_t)spec->precision)
                                  : strlen(string);
    text.zero = false;
    put_field(out, &text, "", string, length);
}

/* ---- reading a conversion */

static const char *
read_flags(const char *format, struct spec *spec)
{
    for (;; format++) {
        if (*format == '-')
            spec->minus = true;
        else if (*format == '0')
            spec->zero = true;
        else if (*format == '#')
            spec->alternate = true;
        else
            return format;
    }
}

/* Digits, or '*' and an argument. */
static const char *
read_count(const char *format, int *count, va_list *args)
{
    if (*format == '*') {
        *count = va_arg(*args, int);
        return format + 1;
    }
    *count = 0;
    while (*format >= '0' && *format <= '9')
        *count = *count * BASE_TEN + (*format++ - '0');
    return format;
}

static const char *
read_spec(const char *format, struct spec *spec, va_list *args)
{
    *spec = (struct spec){ .precision = -1 };
    format = read_flags(format, spec);
    format = read_count(format, &spec->width, args);
    if (*format == '.')
        format = read_count(format + 1, &spec->precision, args);
    for (;; format++) {
        if (*format == 'l')
            spec->longs++;
        else if (*format == 'z')
            spec->longs = 2;
        else
            return format;
    }
}

static uint64_t
argument(const struct spec *spec, bool has_sign, va_list *args)
{
    if (spec->longs > 0)
        return va_arg(*args, uint64_t);
    if (has_sign)
        return (uint64_t)va_arg(*args, int);
    return va_arg(*args, unsigned);
}

static void
put_conversion(struct output *out, char kind, const struct spec *spec,
               va_list *args)
{
    switch (kind) {
    case 'd':
        put_signed(out, spec, (int64_t)argument(spec, true, args));
        break;
    case 'u':
        put_number(out, spec, argument(spec, false, args), BASE_TEN, "");
        break;
    case 'x':
        put_number(out, spec, argument(spec, false, args), BASE_HEX,
                   spec->alternate ? "0x" : "");
        break;
    case 'p':
        put_number(out, spec, (uintptr_t)va_arg(*args, void *), BASE_HEX, "0x");
        break;
    case 'c':
        put(out, (char)va_arg(*args, int));
        break;
    case 's':
        put_string(out, spec, va_arg(*args, const char *));
        break;
    case '%':
        put(out, '%');
        break;
    default:
        put(out, '%');
        put(out, kind);
    }
}

int
kvsnprintf(char *buffer, size_t size, const char *format, va_list args)
{
    struct output out = { buffer, size, 0 };
    va_list rest;

    va_copy(rest, args);
    while (*format != '\0') {
        const char *plain = format;
        struct spec spec;

        while (*format != '\0' && *format != '%')
            format++;
        put_bytes(&out, plain, (size_t)(format - plain));
        if (*format == '\0')
            break;
        format = read_spec(format + 1, &spec, &rest);
        if (*format == '\0')
            break;
        put_conversion(&out, *format++, &spec, &rest);
    }
    va_end(rest);
    if (size > 0)
        buffer[out.length < size ? out.length : size - 1] = '\0';
    return (int)out.length;
}

int
ksnprintf(char *buffer, size_t size, const char *format, ...)
{
    va_list args;
    int length;

    va_start(args, format);
    length = kvsnprintf(buffer, size, format, args);
    va_end(args);
    return length;
}
