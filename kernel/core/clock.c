/* SPDX-License-Identifier: MIT */
/*
 * clock.c - arithmetic of time; the clock is the machine's.
 */
#include "kernel/core/clock.h"

uint64_t
clock_deadline_ms(uint32_t milliseconds)
{
    return clock_now() + milliseconds * NS_PER_MS;
}

time_value_t
clock_time_value(uint64_t ns)
{
    return (time_value_t){
        .seconds = (integer_t)(ns / NS_PER_SECOND),
        .microseconds = (integer_t)(ns % NS_PER_SECOND / NS_PER_US),
    };
}
