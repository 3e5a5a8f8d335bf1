/* SPDX-License-Identifier: MIT */
/*
 * mach/mach_time.h - the clock that counts on since boot.
 */
#ifndef _MACH_MACH_TIME_H_
#define _MACH_MACH_TIME_H_

#include <mach/kern_return.h>
#include <stdint.h>

/* nanoseconds = mach_absolute_time() * numer / denom; both are 1 */
struct mach_timebase_info {
    uint32_t numer;
    uint32_t denom;
};

typedef struct mach_timebase_info *mach_timebase_info_t;
typedef struct mach_timebase_info mach_timebase_info_data_t;

extern kern_return_t mach_timebase_info(mach_timebase_info_t info);

/* Waits until mach_absolute_time() reaches `deadline`. */
extern kern_return_t mach_wait_until(uint64_t deadline);

/* Nanoseconds since boot, by <ostia/comm_page.h>: no trap. */
extern uint64_t mach_absolute_time(void);
extern uint64_t mach_approximate_time(void);
extern uint64_t mach_continuous_time(void);
extern uint64_t mach_continuous_approximate_time(void);

#endif
