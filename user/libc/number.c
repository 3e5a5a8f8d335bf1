/* SPDX-License-Identifier: MIT */
/*
 * number.c - numbers out of text, and division with a remainder.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>

struct parsed {
    unsigned long long magnitude;
    bool negative;
    bool overflow; /* the magnitude did not fit */
};

/* The value of a digit, or 36 if the character is none in any base. */
static int
digit_value(char c)
{
    if (isdigit((unsigned char)c))
        return c - '0';
    if (isalpha((unsigned char)c))
        return tolower((unsigned char)c) - 'a' + 10;
    return 36;
}

/* Skips "0x" if a digit follows, and says which base the text is in. */
static int
parse_base(const char **text, int base)
{
    const char *at = *text;

    if ((base == 0 || base == 16) && at[0] == '0' &&
        (at[1] == 'x' || at[1] == 'X') && digit_value(at[2]) < 16) {
        *text = at + 2;
        return 16;
    }

    if (base == 0)
        return at[0] == '0' ? 8 : 10;

    return base;
}

/* `*end` is where the number ends, or `text` if there is none. */
static struct parsed
parse(const char *text, char **end, int base)
{
    struct parsed number = { .magnitude = 0 };
    const char *at = text;
    const char *first;

    while (isspace((unsigned char)*at))
        at++;

    number.negative = *at == '-';
    if (*at == '-' || *at == '+')
        at++;

    base = parse_base(&at, base);
    for (first = at; digit_value(*at) < base; at++) {
        unsigned long long digit = (unsigned long long)digit_value(*at);

        if (__builtin_mul_overflow(number.magnitude, (unsigned)base,
                                   &number.magnitude) ||
            __builtin_add_overflow(number.magnitude, digit, &number.magnitude))
            number.overflow = true;
    }

    if (end != NULL)
        *end = (char *)(at == first ? text : at);

    return number;
}

static bool
is_base(const char *text, char **end, int base)
{
    if (base == 0 || (base >= 2 && base <= 36))
        return true;

    if (end != NULL)
        *end = (char *)text;
    errno = EINVAL;
    return false;
}

long long
strtoll(const char *restrict text, char **restrict end, int base)
{
    struct parsed number;
    unsigned long long limit;

    if (!is_base(text, end, base))
        return 0;

    number = parse(text, end, base);
    limit = (unsigned long long)LLONG_MAX + number.negative;
    if (number.overflow || number.magnitude > limit) {
        errno = ERANGE;
        return number.negative ? LLONG_MIN : LLONG_MAX;
    }

    return (long long)(number.negative ? -number.magnitude : number.magnitude);
}

unsigned long long
strtoull(const char *restrict text, char **restrict end, int base)
{
    struct parsed number;

    if (!is_base(text, end, base))
        return 0;

    number = parse(text, end, base);
    if (number.overflow) {
        errno = ERANGE;
        return ULLONG_MAX;
    }

    return number.negative ? -number.magnitude : number.magnitude;
}

/* A long is as wide as a long long, and so is an intmax_t. */
_Static_assert(LONG_MAX == LLONG_MAX, "long");

long
strtol(const char *restrict text, char **restrict end, int base)
{
    return strtoll(text, end, base);
}

unsigned long
strtoul(const char *restrict text, char **restrict end, int base)
{
    return strtoull(text, end, base);
}

intmax_t
strtoimax(const char *restrict text, char **restrict end, int base)
{
    return strtoll(text, end, base);
}

uintmax_t
strtoumax(const char *restrict text, char **restrict end, int base)
{
    return strtoull(text, end, base);
}

int
atoi(const char *text)
{
    return (int)strtoll(text, NULL, 10);
}

long
atol(const char *text)
{
    return strtoll(text, NULL, 10);
}

long long
atoll(const char *text)
{
    return strtoll(text, NULL, 10);
}

int
abs(int value)
{
    return value < 0 ? -value : value;
}

long
labs(long value)
{
    return value < 0 ? -value : value;
}

long long
llabs(long long value)
{
    return value < 0 ? -value : value;
}

intmax_t
imaxabs(intmax_t value)
{
    return value < 0 ? -value : value;
}

div_t
div(int numerator, int denominator)
{
    return (div_t){ numerator / denominator, numerator % denominator };
}

ldiv_t
ldiv(long numerator, long denominator)
{
    return (ldiv_t){ numerator / denominator, numerator % denominator };
}

lldiv_t
lldiv(long long numerator, long long denominator)
{
    return (lldiv_t){ numerator / denominator, numerator % denominator };
}

imaxdiv_t
imaxdiv(intmax_t numerator, intmax_t denominator)
{
    return (imaxdiv_t){ numerator / denominator, numerator % denominator };
}
