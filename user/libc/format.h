/* SPDX-License-Identifier: MIT */
/*
 * format.h - the engine behind the printf family.
 *
 *      printf ...        float_printf.c   built with SSE, to pass doubles on
 *         |
 *      vfprintf ...      stdio_print.c, string_print.c: where it goes
 *         |
 *      format            format.c         text and conversions
 *         +- format_integer, format_text  format.c
 *         +- format_float                 float.c fetches the double (SSE)
 *               +- format_double          decimal.c, hexfloat.c: exact
 */
#ifndef OSTIA_LIBC_FORMAT_H
#define OSTIA_LIBC_FORMAT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Takes what is printed, piece by piece. */
struct format_sink {
    void (*put)(struct format_sink *sink, const char *bytes, size_t count);
    size_t total; /* bytes so far, those too that there was no room for */
};

/* So that a va_list can be handed on by address. */
struct format_arguments {
    va_list list;
};

enum format_length {
    LENGTH_INT,
    LENGTH_CHAR,
    LENGTH_SHORT,
    LENGTH_LONG,
    LENGTH_LONG_LONG,
    LENGTH_INTMAX,
    LENGTH_SIZE,
    LENGTH_PTRDIFF,
    LENGTH_LONG_DOUBLE,
};

/* One conversion, "%-08.3lld" taken apart. */
struct format_spec {
    bool left;
    bool plus;
    bool space;
    bool alternate;
    bool zero;
    int width;
    int precision; /* -1: none was given */
    enum format_length length;
    char conversion;
};

/* One converted value; the parts in the order in which they are printed. */
struct format_field {
    char prefix[4]; /* sign, 0x */
    size_t zeros;   /* between prefix and body */
    const char *body;
    size_t body_size;
    size_t more_zeros; /* behind the body */
    char suffix[8];    /* exponent */
};

/*
 * Prints all of `text`.
 *
 * Returns   the number of bytes, or -1 if an int cannot hold it.
 */
int format(struct format_sink *sink, const char *text,
           struct format_arguments *arguments);

/* Prints a field, padded to its width; zeros pad only if `may_zero`. */
void format_put_field(struct format_sink *sink, const struct format_spec *spec,
                      struct format_field *field, bool may_zero);

/* Fetches a double, or a long double, which is rounded to one. */
void format_float(struct format_sink *sink, const struct format_spec *spec,
                  struct format_arguments *arguments);

/* Prints the double that has these bits; %a is format_hex_double's part. */
void format_double(struct format_sink *sink, const struct format_spec *spec,
                   uint64_t bits);
void format_hex_double(struct format_sink *sink, const struct format_spec *spec,
                       uint64_t bits);

/* The sign that a number shows: '-', '+', ' ' or '\0'. */
char format_sign(const struct format_spec *spec, bool is_negative);

/* What a double is made of. */
#define DOUBLE_FRACTION_BITS  52
#define DOUBLE_FRACTION(bits) ((bits) & ((UINT64_C(1) << 52) - 1))
#define DOUBLE_EXPONENT(bits) ((int)((bits) >> 52 & 0x7ff))
#define DOUBLE_NEGATIVE(bits) ((bits) >> 63 != 0)
#define DOUBLE_EXPONENT_MAX   0x7ff /* infinity, or not a number */
#define DOUBLE_BIAS           1023

#endif
