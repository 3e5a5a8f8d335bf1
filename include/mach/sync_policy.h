/* SPDX-License-Identifier: MIT */
/*
 * mach/sync_policy.h - in which order a semaphore wakes its waiters.
 */
#ifndef _MACH_SYNC_POLICY_H_
#define _MACH_SYNC_POLICY_H_

typedef int sync_policy_t;

#define SYNC_POLICY_FIFO           0x0
#define SYNC_POLICY_FIXED_PRIORITY 0x1
#define SYNC_POLICY_REVERSED       0x2
#define SYNC_POLICY_PREPOST        0x4

#endif
