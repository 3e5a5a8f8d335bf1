/* SPDX-License-Identifier: MIT */
/*
 * t0.h - rule T0, that every case of abuse ends with: all that the kernel
 * holds is back where it was, and an innocent bystander has gone on.
 *
 *      t0_begin();
 *      ... a hostile task lives, and dies ...
 *      t0_end("many ports");            two points
 *
 * What is counted is the whole machine: frames, and the elements of each zone.
 * What living tasks and the kernel keep for their next use is no leak, so each
 * case is done once before it is measured: t0_case does both.
 */
#ifndef TESTS_T0_H
#define TESTS_T0_H

#include <stdbool.h>

/* Starts the bystander, at the first time, and counts. */
void t0_begin(void);
/* Waits until all is gone that is going, counts, and judges. */
void t0_end(const char *name);

/* The case once, and once more between t0_begin and t0_end. */
void t0_case(const char *name, void (*function)(void));

/* The bystander's rounds so far: each is a message, a port, and a look-up. */
unsigned t0_rounds(void);
/* Waits until it has done so many more; false if it does not get there. */
bool t0_goes_on(unsigned rounds);

/* Pages of RAM in use: all that is not free (the kernel's image, the boot
 * file system and every task). */
unsigned t0_used_pages(void);

#endif
