/* SPDX-License-Identifier: MIT */
/*
 * mach/vm_purgable.h - the type that purgable memory calls are made with.
 */
#ifndef _MACH_VM_PURGABLE_H_
#define _MACH_VM_PURGABLE_H_

typedef int vm_purgable_t;

#define VM_PURGABLE_SET_STATE ((vm_purgable_t)0)
#define VM_PURGABLE_GET_STATE ((vm_purgable_t)1)

#define VM_PURGABLE_NONVOLATILE ((int)0)
#define VM_PURGABLE_VOLATILE    ((int)1)
#define VM_PURGABLE_EMPTY       ((int)2)
#define VM_PURGABLE_DENY        ((int)3)

#endif
