/* SPDX-License-Identifier: MIT */
/*
 * lock.h - the lock of the C library: tries, and lets others run in between.
 *
 * Held for a short time, never while waiting for another task but in stdio.
 */
#ifndef OSTIA_LIBC_LOCK_H
#define OSTIA_LIBC_LOCK_H

#include <mach/mach_traps.h>

typedef struct lock {
    int is_held;
} lock_t;

static inline void
lock_acquire(lock_t *lock)
{
    while (__atomic_exchange_n(&lock->is_held, 1, __ATOMIC_ACQUIRE) != 0)
        swtch();
}

static inline void
lock_release(lock_t *lock)
{
    __atomic_store_n(&lock->is_held, 0, __ATOMIC_RELEASE);
}

#endif
