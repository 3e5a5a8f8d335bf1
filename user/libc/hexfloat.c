/* SPDX-License-Identifier: MIT */
/*
 * hexfloat.c - doubles in hexadecimal: "0x1.8p+1" is 3.
 */
#include "format.h"

#include <string.h>

#define FRACTION_DIGITS 13

/* Rounds the fraction to `digits` digits, ties to even; may carry into it. */
static uint64_t
round_mantissa(uint64_t mantissa, int digits)
{
    int dropped = 4 * (FRACTION_DIGITS - digits);
    uint64_t unit = UINT64_C(1) << dropped;
    uint64_t rest = mantissa & (unit - 1);
    uint64_t kept = mantissa - rest;

    if (rest > unit / 2 || (rest == unit / 2 && (kept & unit) != 0))
        kept += unit;

    return kept;
}

/* The fewest digits that show all of the fraction. */
static int
needed_digits(uint64_t mantissa)
{
    int digits = FRACTION_DIGITS;

    for (; digits > 0 && (mantissa & 0xf) == 0; digits--)
        mantissa >>= 4;

    return digits;
}

static void
put_power(char *to, char letter, int exponent)
{
    unsigned magnitude = (unsigned)(exponent < 0 ? -exponent : exponent);
    char digits[4];
    int count = 0;

    do {
        digits[count++] = (char)('0' + magnitude % 10);
        magnitude /= 10;
    } while (magnitude > 0);

    *to++ = letter;
    *to++ = exponent < 0 ? '-' : '+';
    while (count > 0)
        *to++ = digits[--count];
    *to = '\0';
}

/* One digit, and the point and fraction behind it. */
static size_t
put_digits(char *to, const struct format_spec *spec, uint64_t mantissa,
           int digits)
{
    const char *alphabet =
        spec->conversion == 'A' ? "0123456789ABCDEF" : "0123456789abcdef";
    char *end = to;

    *end++ = alphabet[mantissa >> DOUBLE_FRACTION_BITS];
    if (spec->precision > 0 || digits > 0 || spec->alternate)
        *end++ = '.';

    for (int i = 1; i <= digits; i++)
        *end++ = alphabet[mantissa >> (DOUBLE_FRACTION_BITS - 4 * i) & 0xf];

    return (size_t)(end - to);
}

static void
put_prefix(char *to, char sign, char letter)
{
    if (sign != '\0')
        *to++ = sign;
    *to++ = '0';
    *to++ = letter;
    *to = '\0';
}

void
format_hex_double(struct format_sink *sink, const struct format_spec *spec,
                  uint64_t bits)
{
    struct format_field field = { .zeros = 0 };
    bool upper = spec->conversion == 'A';
    uint64_t mantissa = DOUBLE_FRACTION(bits);
    int exponent = DOUBLE_EXPONENT(bits);
    int digits = spec->precision;
    char body[FRACTION_DIGITS + 4];

    if (exponent != 0) {
        mantissa |= UINT64_C(1) << DOUBLE_FRACTION_BITS;
        exponent -= DOUBLE_BIAS;
    } else if (mantissa != 0) {
        exponent = 1 - DOUBLE_BIAS;
    }

    if (digits < 0)
        digits = needed_digits(mantissa);
    else if (digits < FRACTION_DIGITS)
        mantissa = round_mantissa(mantissa, digits);

    if (digits > FRACTION_DIGITS) {
        field.more_zeros = (size_t)(digits - FRACTION_DIGITS);
        digits = FRACTION_DIGITS;
    }

    put_prefix(field.prefix, format_sign(spec, DOUBLE_NEGATIVE(bits)),
               upper ? 'X' : 'x');
    put_power(field.suffix, upper ? 'P' : 'p', exponent);
    field.body = body;
    field.body_size = put_digits(body, spec, mantissa, digits);
    format_put_field(sink, spec, &field, true);
}
