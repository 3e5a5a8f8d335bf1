/* SPDX-License-Identifier: MIT */
/*
 * t0.h - rule T0, that every case of abuse ends with: all that the kernel
 * holds is back where it was, and an innocent bystander has gone on.
 *
 *      T0_CASE(ports, "many ports")     a TEST, of two points
 *      {
 *          ... a hostile task lives, and dies ...
 *      }
 *
 * What is counted is the whole machine: frames, and the elements of each zone.
 * What living tasks and the kernel keep for their next use is no leak, so each
 * case is done once before it is measured.
 */
#ifndef TESTS_T0_H
#define TESTS_T0_H

#include <stdbool.h>

#include "tap_test.h"

/* The case once, and once more measured. */
void t0_case(const char *text, void (*function)(void));

#define T0_CASE(name, text)         \
    static void case_##name(void);  \
    TEST(name)                      \
    {                               \
        t0_case(text, case_##name); \
    }                               \
    static void case_##name(void)

/* Waits until the bystander has done so many rounds more, each a message, a
 * port and a look-up; false if it does not get there. */
bool t0_goes_on(unsigned rounds);

/* Pages of RAM in use: all that is not free (the kernel's image, the boot
 * file system and every task). */
unsigned t0_used_pages(void);

#endif
