/* SPDX-License-Identifier: MIT */
/*
 * mach/task_policy.h - the types of task_policy_set and its kin.
 */
#ifndef _MACH_TASK_POLICY_H_
#define _MACH_TASK_POLICY_H_

#include <mach/machine/vm_types.h>

typedef natural_t task_policy_flavor_t;
typedef integer_t *task_policy_t;

#endif
