/* SPDX-License-Identifier: MIT */
/*
 * tap.h - saying what holds and what does not, as the Test Anything Protocol.
 *
 *      ok(3 > 2, "three is more than two");
 *      is(2 + 2, 4, "two and two");
 *      is_kr(mach_port_deallocate(...), KERN_INVALID_NAME, "name 0x%x", name);
 *      ok(ALL(a == 1, b == 2), "a and b");
 *      return tap_done();
 *
 * Each gives one line "ok N - text", or "not ok N - text" with diagnostics, and
 * returns whether it held.  They may be called by any thread.
 */
#ifndef OSTIA_TESTS_TAP_H
#define OSTIA_TESTS_TAP_H

#include <mach/kern_return.h>
#include <stdbool.h>

#include "tap_all.h"

#define TAP_TEXT(string, first) __attribute__((format(printf, string, first)))

/* How many tests there will be; without it tap_done prints the plan. */
extern void tap_plan(unsigned count);

extern bool ok(bool holds, const char *text, ...) TAP_TEXT(2, 3);
extern bool is(long long got, long long want, const char *text, ...)
    TAP_TEXT(3, 4);
extern bool is_kr(kern_return_t got, kern_return_t want, const char *text, ...)
    TAP_TEXT(3, 4);
extern bool is_string(const char *got, const char *want, const char *text, ...)
    TAP_TEXT(3, 4);

/* A line of explanation. */
extern void note(const char *text, ...) TAP_TEXT(1, 2);

/* Returns   the status for main: 0 if there were tests and all of them held. */
extern int tap_done(void);

#endif
