/* SPDX-License-Identifier: MIT */
/*
 * mach/thread_policy.h - the types of thread_policy_set and its kin.
 */
#ifndef _MACH_THREAD_POLICY_H_
#define _MACH_THREAD_POLICY_H_

#include <mach/machine/vm_types.h>

typedef natural_t thread_policy_flavor_t;
typedef integer_t *thread_policy_t;

#endif
