/* SPDX-License-Identifier: MIT */
/*
 * decimal.c - doubles in decimal, exactly.
 *
 * A double is m * 2^e with whole m and e.  When e is negative that is
 * m * 5^-e / 10^-e: so a double is always a whole number, with the decimal
 * point somewhere in it.  The whole number is computed in words of nine digits
 * (767 digits at the most), and then rounded, ties to even, as far as wanted.
 */
#include "format.h"

#include <string.h>

#define WORD_BASE   1000000000u
#define WORD_DIGITS 9
#define WORDS_MAX   90
#define DECIMAL_MAX (WORDS_MAX * WORD_DIGITS)

/* Integer part, point, and all the digits that a fraction can have. */
#define BODY_MAX 1440

#define FIVE_TO_13 1220703125u

/* The digit at index i counts 10^(point - 1 - i); beyond `count` are zeros. */
struct decimal {
    int count;
    int point;
    char digits[DECIMAL_MAX];
};

struct big {
    int count;
    uint32_t words[WORDS_MAX]; /* the lowest first */
};

static void
multiply(struct big *big, uint32_t factor)
{
    uint64_t carry = 0;

    for (int i = 0; i < big->count; i++) {
        carry += (uint64_t)big->words[i] * factor;
        big->words[i] = (uint32_t)(carry % WORD_BASE);
        carry /= WORD_BASE;
    }

    for (; carry > 0; carry /= WORD_BASE)
        big->words[big->count++] = (uint32_t)(carry % WORD_BASE);
}

static void
multiply_by_power(struct big *big, uint32_t step, int step_power, uint32_t base,
                  int power)
{
    for (; power >= step_power; power -= step_power)
        multiply(big, step);
    for (; power > 0; power--)
        multiply(big, base);
}

/* Digits without leading zeros; at least one. */
static void
split_digits(const struct big *big, struct decimal *decimal)
{
    int leading = 0;
    int count = big->count * WORD_DIGITS;

    for (int i = 0; i < big->count; i++) {
        uint32_t word = big->words[i];

        for (int k = 1; k <= WORD_DIGITS; k++, word /= 10)
            decimal->digits[count - i * WORD_DIGITS - k] = '0' + word % 10;
    }

    while (leading < count - 1 && decimal->digits[leading] == '0')
        leading++;

    decimal->count = count - leading;
    memmove(decimal->digits, decimal->digits + leading, (size_t)decimal->count);
}

/* Requires  the bits are those of a finite number. */
static void
to_decimal(uint64_t bits, struct decimal *decimal)
{
    uint64_t mantissa = DOUBLE_FRACTION(bits);
    int exponent = DOUBLE_EXPONENT(bits);
    struct big big = { .count = 0 };
    int scale = 0;

    if (exponent != 0)
        mantissa |= UINT64_C(1) << DOUBLE_FRACTION_BITS;
    else
        exponent = 1;
    exponent -= DOUBLE_BIAS + DOUBLE_FRACTION_BITS;

    for (; exponent < 0 && mantissa != 0 && mantissa % 2 == 0; exponent++)
        mantissa /= 2;

    do {
        big.words[big.count++] = (uint32_t)(mantissa % WORD_BASE);
        mantissa /= WORD_BASE;
    } while (mantissa > 0);

    if (exponent >= 0) {
        multiply_by_power(&big, 1u << 29, 29, 2, exponent);
    } else if (big.count > 1 || big.words[0] != 0) {
        scale = -exponent;
        multiply_by_power(&big, FIVE_TO_13, 13, 5, scale);
    }

    split_digits(&big, decimal);
    decimal->point = decimal->count - scale;
}

static void
set_zero(struct decimal *decimal)
{
    decimal->digits[0] = '0';
    decimal->count = 1;
    decimal->point = 1;
}

/* Is what lies behind the first `keep` digits more than half, or a tie? */
static bool
rounds_up(const struct decimal *decimal, int keep)
{
    if (decimal->digits[keep] != '5')
        return decimal->digits[keep] > '5';

    for (int i = keep + 1; i < decimal->count; i++) {
        if (decimal->digits[i] != '0')
            return true;
    }

    return keep > 0 && (decimal->digits[keep - 1] - '0') % 2 != 0;
}

/* Rounds to the first `keep` digits, which may be none, or fewer. */
static void
round_to(struct decimal *decimal, int keep)
{
    bool up;

    if (keep >= decimal->count)
        return;

    up = keep >= 0 && rounds_up(decimal, keep);
    decimal->count = keep > 0 ? keep : 0;

    for (int i = keep - 1; up && i >= 0; i--) {
        up = decimal->digits[i] == '9';
        decimal->digits[i] = up ? '0' : decimal->digits[i] + 1;
    }

    if (up) {
        /* All were nines, or there were none: a one in front. */
        memmove(decimal->digits + 1, decimal->digits, (size_t)decimal->count);
        decimal->digits[0] = '1';
        decimal->count++;
        decimal->point++;
    } else if (decimal->count == 0) {
        set_zero(decimal);
    }
}

static void
strip_zeros(struct decimal *decimal)
{
    while (decimal->count > 1 && decimal->digits[decimal->count - 1] == '0')
        decimal->count--;
}

static int
at_most(int value, int limit)
{
    return value < limit ? value : limit;
}

/* The digit before which there are `index` others. */
static char
digit_at(const struct decimal *decimal, int index)
{
    return index >= 0 && index < decimal->count ? decimal->digits[index] : '0';
}

/* "." and the fraction: digits `first` and following, `precision` of them. */
static void
put_fraction(const struct format_spec *spec, const struct decimal *decimal,
             int first, int precision, struct format_field *field, char *end)
{
    int known = decimal->count > first ? decimal->count - first : 0;

    known = at_most(known, precision);
    if (precision > 0 || spec->alternate)
        *end++ = '.';

    for (int i = 0; i < known; i++)
        *end++ = digit_at(decimal, first + i);

    field->body_size = (size_t)(end - field->body);
    field->more_zeros = (size_t)(precision - known);
}

static void
put_fixed(struct format_sink *sink, const struct format_spec *spec,
          const struct decimal *decimal, int precision,
          struct format_field *field)
{
    char body[BODY_MAX];
    char *end = body;

    for (int i = at_most(decimal->point - 1, 0); i < decimal->point; i++)
        *end++ = digit_at(decimal, i);
    if (end == body)
        *end++ = '0';

    field->body = body;
    put_fraction(spec, decimal, decimal->point, precision, field, end);
    format_put_field(sink, spec, field, true);
}

/* "e+05": at least two digits */
static void
put_exponent(char *to, char letter, int exponent)
{
    unsigned magnitude = (unsigned)(exponent < 0 ? -exponent : exponent);

    *to++ = letter;
    *to++ = exponent < 0 ? '-' : '+';
    if (magnitude >= 100)
        *to++ = (char)('0' + magnitude / 100);
    *to++ = (char)('0' + magnitude / 10 % 10);
    *to++ = (char)('0' + magnitude % 10);
    *to = '\0';
}

static void
put_scientific(struct format_sink *sink, const struct format_spec *spec,
               const struct decimal *decimal, int precision, char letter,
               struct format_field *field)
{
    char body[DECIMAL_MAX + 2];

    body[0] = digit_at(decimal, 0);
    field->body = body;
    put_exponent(field->suffix, letter, decimal->point - 1);
    put_fraction(spec, decimal, 1, precision, field, body + 1);
    format_put_field(sink, spec, field, true);
}

/* %g: the shorter of the two, without zeros at the end unless "#" wants them */
static void
put_general(struct format_sink *sink, const struct format_spec *spec,
            struct decimal *decimal, int precision, struct format_field *field)
{
    char letter = spec->conversion == 'G' ? 'E' : 'e';
    int significant = precision > 0 ? precision : 1;
    int exponent;

    round_to(decimal, significant);
    exponent = decimal->point - 1;
    if (!spec->alternate) {
        strip_zeros(decimal);
        significant = at_most(significant, decimal->count);
    }

    if (exponent < -4 || exponent >= (precision > 0 ? precision : 1)) {
        put_scientific(sink, spec, decimal, significant - 1, letter, field);
    } else {
        int fraction = significant - decimal->point;

        put_fixed(sink, spec, decimal, fraction > 0 ? fraction : 0, field);
    }
}

static void
put_special(struct format_sink *sink, const struct format_spec *spec,
            uint64_t bits, struct format_field *field)
{
    bool upper = spec->conversion < 'a';

    if (DOUBLE_FRACTION(bits) != 0)
        field->body = upper ? "NAN" : "nan";
    else
        field->body = upper ? "INF" : "inf";

    field->body_size = strlen(field->body);
    format_put_field(sink, spec, field, false);
}

void
format_double(struct format_sink *sink, const struct format_spec *spec,
              uint64_t bits)
{
    struct format_field field = { .zeros = 0 };
    struct decimal decimal;
    int precision = spec->precision < 0 ? 6 : spec->precision;

    field.prefix[0] = format_sign(spec, DOUBLE_NEGATIVE(bits));
    if (DOUBLE_EXPONENT(bits) == DOUBLE_EXPONENT_MAX) {
        put_special(sink, spec, bits, &field);
        return;
    }

    if (spec->conversion == 'a' || spec->conversion == 'A') {
        format_hex_double(sink, spec, bits);
        return;
    }

    to_decimal(bits, &decimal);
    switch (spec->conversion) {
    case 'f':
    case 'F':
        round_to(&decimal, decimal.point + at_most(precision, DECIMAL_MAX * 2));
        put_fixed(sink, spec, &decimal, precision, &field);
        break;
    case 'e':
    case 'E':
        round_to(&decimal, at_most(precision, DECIMAL_MAX) + 1);
        put_scientific(sink, spec, &decimal, precision, spec->conversion,
                       &field);
        break;
    default:
        put_general(sink, spec, &decimal, precision, &field);
        break;
    }
}
