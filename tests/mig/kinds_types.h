/* SPDX-License-Identifier: MIT */
/*
 * kinds_types.h - the C types of kinds.defs.
 */
#ifndef OSTIA_TESTS_MIG_KINDS_TYPES_H
#define OSTIA_TESTS_MIG_KINDS_TYPES_H

#include <mach/mach_types.h>

typedef struct pair {
    int one;
    int two;
} pair_t;

typedef uint8_t digest_t[16];
typedef uint8_t odd_t[5];
typedef int grid_t[2][3];
typedef int *words_t;
typedef int64_t *longs_t;
typedef uint8_t *bytes_t;
typedef char label_t[16];
typedef char text_t[30];
typedef int *int_array_t;

typedef struct box {
    mach_port_t port;
    int uses;
} * box_t;

typedef struct degrees {
    double value;
} degrees_t;

box_t port_to_box(mach_port_t port);
mach_port_t box_to_port(box_t box);
void box_release(box_t box);
degrees_t degrees_of(int tenths);
int degrees_to(degrees_t degrees);

extern int told;    /* what a simpleroutine was told */
int box_uses(void); /* references that are out */

#endif
