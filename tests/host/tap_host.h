/* SPDX-License-Identifier: MIT */
/*
 * tap_host.h - the Test Anything Protocol, for tests that run on the host.
 */
#ifndef OSTIA_TESTS_HOST_TAP_HOST_H
#define OSTIA_TESTS_HOST_TAP_HOST_H

#include <stdbool.h>
#include <stdio.h>

static unsigned tap_run;
static unsigned tap_failed;

static inline bool
ok(bool holds, const char *text)
{
    printf("%s %u - %s\n", holds ? "ok" : "not ok", ++tap_run, text);
    tap_failed += !holds;
    return holds;
}

/* Returns   the status for main. */
static inline int
tap_done(void)
{
    printf("1..%u\n", tap_run);
    return tap_failed == 0 ? 0 : 1;
}

#endif
