/* SPDX-License-Identifier: MIT */
/*
 * tap_host.h - the Test Anything Protocol, for tests that run on the host.
 */
#ifndef OSTIA_TESTS_HOST_TAP_HOST_H
#define OSTIA_TESTS_HOST_TAP_HOST_H

#include <stdbool.h>
#include <stdio.h>

#include "tests/guest/tap_all.h"

static unsigned tap_run;
static unsigned tap_failed;
static unsigned tap_place; /* in tap_list; the first is 1 */
static const char *tap_list;

bool
tap_holds(bool holds, unsigned place, const char *list)
{
    if (!holds) {
        tap_place = place;
        tap_list = list;
    }
    return holds;
}

static inline bool
ok(bool holds, const char *text)
{
    printf("%s %u - %s\n", holds ? "ok" : "not ok", ++tap_run, text);
    if (!holds && tap_list != NULL)
        printf("# condition %u does not hold: %s\n", tap_place, tap_list);
    tap_list = NULL;
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
