/* SPDX-License-Identifier: MIT */
/*
 * float.c - fetching a double from the arguments.
 *
 * This file and float_printf.c alone are built with SSE; the rest of libc
 * works on the bits of a double, so that a program that prints none never
 * makes the kernel keep an FPU state for it.
 */
#include "format.h"

#include <string.h>

void
format_float(struct format_sink *sink, const struct format_spec *spec,
             struct format_arguments *arguments)
{
    double value;
    uint64_t bits;

    if (spec->length == LENGTH_LONG_DOUBLE)
        value = (double)va_arg(arguments->list, long double);
    else
        value = va_arg(arguments->list, double);

    memcpy(&bits, &value, sizeof bits);
    format_double(sink, spec, bits);
}
