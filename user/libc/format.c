/* SPDX-License-Identifier: MIT */
/*
 * format.c - text with conversions, as C's printf has them.
 *
 * All flags, widths, precisions and lengths; d i u o x X c s p n %, and the
 * floating ones by way of format_float.  No locale, no wide characters.
 */
#include "format.h"

#include <limits.h>
#include <string.h>

/* 64 bits in octal are 22 digits. */
#define DIGITS_MAX 24

static void
put(struct format_sink *sink, const char *bytes, size_t count)
{
    if (count > 0)
        sink->put(sink, bytes, count);
    sink->total += count;
}

static void
put_many(struct format_sink *sink, char c, size_t count)
{
    char block[32];

    memset(block, c, sizeof block);
    while (count > 0) {
        size_t some = count < sizeof block ? count : sizeof block;

        put(sink, block, some);
        count -= some;
    }
}

void
format_put_field(struct format_sink *sink, const struct format_spec *spec,
                 struct format_field *field, bool may_zero)
{
    size_t prefix = strlen(field->prefix);
    size_t suffix = strlen(field->suffix);
    size_t size =
        prefix + field->zeros + field->body_size + field->more_zeros + suffix;
    size_t pad = (size_t)spec->width > size ? (size_t)spec->width - size : 0;

    if (spec->zero && !spec->left && may_zero) {
        field->zeros += pad;
        pad = 0;
    }

    if (!spec->left)
        put_many(sink, ' ', pad);
    put(sink, field->prefix, prefix);
    put_many(sink, '0', field->zeros);
    put(sink, field->body, field->body_size);
    put_many(sink, '0', field->more_zeros);
    put(sink, field->suffix, suffix);
    if (spec->left)
        put_many(sink, ' ', pad);
}

char
format_sign(const struct format_spec *spec, bool is_negative)
{
    if (is_negative)
        return '-';
    if (spec->plus)
        return '+';
    return spec->space ? ' ' : '\0';
}

/* ---- Values ---- */

static intmax_t
fetch_signed(const struct format_spec *spec, struct format_arguments *arguments)
{
    switch (spec->length) {
    case LENGTH_CHAR:
        return (signed char)va_arg(arguments->list, int);
    case LENGTH_SHORT:
        return (short)va_arg(arguments->list, int);
    case LENGTH_LONG:
        return va_arg(arguments->list, long);
    case LENGTH_LONG_LONG:
    case LENGTH_LONG_DOUBLE:
        return va_arg(arguments->list, long long);
    case LENGTH_INTMAX:
        return va_arg(arguments->list, intmax_t);
    case LENGTH_SIZE:
    case LENGTH_PTRDIFF:
        return va_arg(arguments->list, ptrdiff_t);
    case LENGTH_INT:
        break;
    }

    return va_arg(arguments->list, int);
}

static uintmax_t
fetch_unsigned(const struct format_spec *spec,
               struct format_arguments *arguments)
{
    switch (spec->length) {
    case LENGTH_CHAR:
        return (unsigned char)va_arg(arguments->list, unsigned);
    case LENGTH_SHORT:
        return (unsigned short)va_arg(arguments->list, unsigned);
    case LENGTH_LONG:
        return va_arg(arguments->list, unsigned long);
    case LENGTH_LONG_LONG:
    case LENGTH_LONG_DOUBLE:
        return va_arg(arguments->list, unsigned long long);
    case LENGTH_INTMAX:
        return va_arg(arguments->list, uintmax_t);
    case LENGTH_SIZE:
    case LENGTH_PTRDIFF:
        return va_arg(arguments->list, size_t);
    case LENGTH_INT:
        break;
    }

    return va_arg(arguments->list, unsigned);
}

static unsigned
base_of(char conversion)
{
    switch (conversion) {
    case 'o':
        return 8;
    case 'x':
    case 'X':
    case 'p':
        return 16;
    default:
        return 10;
    }
}

/* Writes the digits so that they end at `end`; returns where they begin. */
static char *
to_digits(char *end, uintmax_t value, unsigned base, bool upper)
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";

    for (; value != 0; value /= base)
        *--end = digits[value % base];

    return end;
}

static void
format_magnitude(struct format_sink *sink, const struct format_spec *spec,
                 uintmax_t value, struct format_field *field)
{
    char digits[DIGITS_MAX];
    char *end = digits + sizeof digits;
    size_t wanted = spec->precision < 0 ? 1 : (size_t)spec->precision;

    field->body = to_digits(end, value, base_of(spec->conversion),
                            spec->conversion == 'X');
    field->body_size = (size_t)(end - field->body);
    if (field->body_size < wanted)
        field->zeros = wanted - field->body_size;

    /* "#" makes an octal number begin with a zero. */
    if (spec->conversion == 'o' && spec->alternate && field->zeros == 0)
        field->zeros = 1;

    format_put_field(sink, spec, field, spec->precision < 0);
}

static void
format_signed(struct format_sink *sink, const struct format_spec *spec,
              intmax_t value)
{
    struct format_field field = { .zeros = 0 };
    uintmax_t magnitude = value < 0 ? -(uintmax_t)value : (uintmax_t)value;

    field.prefix[0] = format_sign(spec, value < 0);
    format_magnitude(sink, spec, magnitude, &field);
}

static void
format_unsigned(struct format_sink *sink, const struct format_spec *spec,
                uintmax_t value)
{
    struct format_field field = { .zeros = 0 };
    bool is_hex = base_of(spec->conversion) == 16;

    if (spec->conversion == 'p' || (spec->alternate && is_hex && value != 0)) {
        field.prefix[0] = '0';
        field.prefix[1] = spec->conversion == 'X' ? 'X' : 'x';
    }

    format_magnitude(sink, spec, value, &field);
}

static void
format_text(struct format_sink *sink, const struct format_spec *spec,
            const char *text)
{
    struct format_field field = { .body = text != NULL ? text : "(null)" };

    if (spec->precision < 0)
        field.body_size = strlen(field.body);
    else
        field.body_size = strnlen(field.body, (size_t)spec->precision);

    format_put_field(sink, spec, &field, false);
}

static void
format_char(struct format_sink *sink, const struct format_spec *spec, char c)
{
    struct format_field field = { .body = &c, .body_size = 1 };

    format_put_field(sink, spec, &field, false);
}

/* %n: how many bytes so far. */
static void
store_total(const struct format_spec *spec, size_t total, void *where)
{
    switch (spec->length) {
    case LENGTH_CHAR:
        *(signed char *)where = (signed char)total;
        break;
    case LENGTH_SHORT:
        *(short *)where = (short)total;
        break;
    case LENGTH_INT:
    case LENGTH_LONG_DOUBLE:
        *(int *)where = (int)total;
        break;
    case LENGTH_LONG:
    case LENGTH_LONG_LONG:
    case LENGTH_INTMAX:
    case LENGTH_SIZE:
    case LENGTH_PTRDIFF:
        *(long *)where = (long)total;
        break;
    }
}

/* Returns   false if there is no such conversion. */
static bool
format_value(struct format_sink *sink, const struct format_spec *spec,
             struct format_arguments *arguments)
{
    switch (spec->conversion) {
    case 'd':
    case 'i':
        format_signed(sink, spec, fetch_signed(spec, arguments));
        return true;
    case 'u':
    case 'o':
    case 'x':
    case 'X':
        format_unsigned(sink, spec, fetch_unsigned(spec, arguments));
        return true;
    case 'p':
        format_unsigned(sink, spec, (uintptr_t)va_arg(arguments->list, void *));
        return true;
    case 'c':
        format_char(sink, spec, (char)va_arg(arguments->list, int));
        return true;
    case 's':
        format_text(sink, spec, va_arg(arguments->list, const char *));
        return true;
    case 'n':
        store_total(spec, sink->total, va_arg(arguments->list, void *));
        return true;
    case 'a':
    case 'A':
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
        format_float(sink, spec, arguments);
        return true;
    case '%':
        put(sink, "%", 1);
        return true;
    default:
        return false;
    }
}

/* ---- Specifications ---- */

static const char *
parse_flags(const char *text, struct format_spec *spec)
{
    for (;; text++) {
        switch (*text) {
        case '-':
            spec->left = true;
            break;
        case '+':
            spec->plus = true;
            break;
        case ' ':
            spec->space = true;
            break;
        case '#':
            spec->alternate = true;
            break;
        case '0':
            spec->zero = true;
            break;
        default:
            return text;
        }
    }
}

/* A number, or "*" for an argument; large ones stop at INT_MAX. */
static const char *
parse_number(const char *text, int *number, struct format_arguments *arguments)
{
    *number = 0;

    if (*text == '*') {
        *number = va_arg(arguments->list, int);
        return text + 1;
    }

    for (; *text >= '0' && *text <= '9'; text++) {
        if (__builtin_mul_overflow(*number, 10, number) ||
            __builtin_add_overflow(*number, *text - '0', number))
            *number = INT_MAX / 10;
    }

    return text;
}

static const char *
parse_length(const char *text, struct format_spec *spec)
{
    static const struct {
        char letter;
        enum format_length once;
        enum format_length twice;
    } lengths[] = {
        { 'h', LENGTH_SHORT, LENGTH_CHAR },
        { 'l', LENGTH_LONG, LENGTH_LONG_LONG },
        { 'j', LENGTH_INTMAX, LENGTH_INTMAX },
        { 'z', LENGTH_SIZE, LENGTH_SIZE },
        { 't', LENGTH_PTRDIFF, LENGTH_PTRDIFF },
        { 'L', LENGTH_LONG_DOUBLE, LENGTH_LONG_DOUBLE },
        { 'q', LENGTH_LONG_LONG, LENGTH_LONG_LONG },
    };

    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        if (text[0] != lengths[i].letter)
            continue;

        if (text[1] == text[0]) {
            spec->length = lengths[i].twice;
            return text + 2;
        }

        spec->length = lengths[i].once;
        return text + 1;
    }

    return text;
}

static const char *
parse_spec(const char *text, struct format_spec *spec,
           struct format_arguments *arguments)
{
    *spec = (struct format_spec){ .precision = -1 };

    text = parse_flags(text, spec);
    text = parse_number(text, &spec->width, arguments);
    if (spec->width < 0) {
        spec->left = true;
        spec->width = spec->width == INT_MIN ? INT_MAX : -spec->width;
    }

    if (*text == '.') {
        text = parse_number(text + 1, &spec->precision, arguments);
        if (spec->precision < 0)
            spec->precision = -1;
    }

    text = parse_length(text, spec);
    spec->conversion = *text;
    return *text != '\0' ? text + 1 : text;
}

int
format(struct format_sink *sink, const char *text,
       struct format_arguments *arguments)
{
    while (*text != '\0') {
        const char *percent = text;
        struct format_spec spec;

        while (*percent != '\0' && *percent != '%')
            percent++;

        put(sink, text, (size_t)(percent - text));
        if (*percent == '\0')
            break;

        text = parse_spec(percent + 1, &spec, arguments);
        /* What is no conversion is printed as it stands. */
        if (!format_value(sink, &spec, arguments))
            put(sink, percent, (size_t)(text - percent));
    }

    return sink->total <= INT_MAX ? (int)sink->total : -1;
}
