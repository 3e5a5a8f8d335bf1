/* SPDX-License-Identifier: MIT */
/*
 * time.h - time since boot; the machine does not know the date.
 */
#ifndef _TIME_H_
#define _TIME_H_

#include <sys/types.h>

#define CLOCKS_PER_SEC 1000000L

typedef long clock_t;

struct timespec {
    time_t tv_sec;
    long tv_nsec;
};

/* Since boot, in CLOCKS_PER_SEC. */
extern clock_t clock(void);

/* Waits; `left` is set to what an interrupted wait had left. */
extern int nanosleep(const struct timespec *wanted, struct timespec *left);

#endif
