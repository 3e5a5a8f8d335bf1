/* SPDX-License-Identifier: MIT */
/*
 * sleep.c - waiting for some time, and how much has gone.
 */
#include <errno.h>
#include <mach/mach.h>
#include <time.h>
#include <unistd.h>

#define NANOS_PER_MICRO 1000u
#define NANOS_PER_SEC   1000000000u

/* Returns   the nanoseconds that were left when the wait was interrupted. */
static uint64_t
wait_nanos(uint64_t nanos)
{
    uint64_t deadline = mach_absolute_time() + nanos;
    uint64_t now;

    if (mach_wait_until(deadline) == KERN_SUCCESS)
        return 0;

    now = mach_absolute_time();
    return now < deadline ? deadline - now : 0;
}

unsigned
sleep(unsigned seconds)
{
    uint64_t left = wait_nanos((uint64_t)seconds * NANOS_PER_SEC);

    return (unsigned)((left + NANOS_PER_SEC - 1) / NANOS_PER_SEC);
}

int
usleep(useconds_t microseconds)
{
    if (wait_nanos((uint64_t)microseconds * NANOS_PER_MICRO) == 0)
        return 0;

    errno = EINTR;
    return -1;
}

int
nanosleep(const struct timespec *wanted, struct timespec *left)
{
    uint64_t rest;

    if (wanted->tv_sec < 0 || wanted->tv_nsec < 0 ||
        wanted->tv_nsec >= NANOS_PER_SEC) {
        errno = EINVAL;
        return -1;
    }

    rest = wait_nanos((uint64_t)wanted->tv_sec * NANOS_PER_SEC +
                      (uint64_t)wanted->tv_nsec);
    if (left != NULL)
        *left = (struct timespec){ (time_t)(rest / NANOS_PER_SEC),
                                   (long)(rest % NANOS_PER_SEC) };
    if (rest == 0)
        return 0;

    errno = EINTR;
    return -1;
}

clock_t
clock(void)
{
    return (clock_t)(mach_absolute_time() / NANOS_PER_MICRO);
}

int
getpagesize(void)
{
    return (int)vm_page_size;
}
