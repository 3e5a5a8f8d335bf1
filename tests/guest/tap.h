/* SPDX-License-Identifier: MIT */
/*
 * tap.h - saying what holds and what does not, as the Test Anything Protocol.
 *
 *      ok(3 > 2, "three is more than two");
 *      is(2 + 2, 4, "two and two");
 *      is_kr(mach_port_deallocate(...), KERN_INVALID_NAME, "name 0x%x", name);
 *      ok(ALL(a == 1, b == 2), "a and b");
 *
 * Each gives one line "ok N - text", or "not ok N - text" with diagnostics, and
 * returns whether it held.  They may be called by any thread.
 */
#ifndef OSTIA_TESTS_TAP_H
#define OSTIA_TESTS_TAP_H

#include <mach/kern_return.h>
#include <stdbool.h>

#include "tap_all.h"
#include "tap_test.h"

#define TAP_TEXT(string, first) __attribute__((format(printf, string, first)))

extern bool ok(bool holds, const char *text, ...) TAP_TEXT(2, 3);
extern bool is(long long got, long long want, const char *text, ...)
    TAP_TEXT(3, 4);
extern bool is_kr(kern_return_t got, kern_return_t want, const char *text, ...)
    TAP_TEXT(3, 4);
extern bool is_string(const char *got, const char *want, const char *text, ...)
    TAP_TEXT(3, 4);

/* Prints a line, for which libc looks up the console: its name is there then,
 * whatever the tests count.  tap_run begins with it. */
extern void tap_begin(void);

/* A line of explanation. */
extern void note(const char *text, ...) TAP_TEXT(1, 2);

/* Ends the report.
 * Returns   the status for main: 0 if there were checks and all of them held. */
extern int tap_done(void);

#endif
