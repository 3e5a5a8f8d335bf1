/* SPDX-License-Identifier: MIT */
/*
 * mach/exception_types.h - kinds of exceptions, masks, behaviors.
 *
 * An exception goes as a message to the port that is set for its kind, on the
 * thread, else the task, else the host.  The behavior says what the message
 * brings and which routine of exc.defs or mach_exc.defs it calls.
 */
#ifndef _MACH_EXCEPTION_TYPES_H_
#define _MACH_EXCEPTION_TYPES_H_

#include <mach/machine/exception.h>
#include <mach/machine/vm_types.h>
#include <stdint.h>

typedef int exception_type_t;

#define EXC_BAD_ACCESS      1 /* code: kern_return_t, subcode: address */
#define EXC_BAD_INSTRUCTION 2 /* undefined or privileged instruction */
#define EXC_ARITHMETIC      3 /* division, overflow, floating point */
#define EXC_EMULATION       4 /* an emulation instruction */
#define EXC_SOFTWARE        5 /* raised by software */
#define EXC_BREAKPOINT      6 /* breakpoint or single step */
#define EXC_SYSCALL         7 /* a system call that does not exist */
#define EXC_MACH_SYSCALL    8 /* a Mach trap */
#define EXC_RPC_ALERT       9
#define EXC_CRASH           10 /* the task ends abnormally */
#define EXC_RESOURCE        11
#define EXC_GUARD           12 /* a guarded resource was used wrongly */
#define EXC_CORPSE_NOTIFY   13

#define EXC_SOFT_SIGNAL 0x10003 /* code of EXC_SOFTWARE: a signal */

typedef unsigned int exception_mask_t;

#define EXC_MASK_MACHINE         0
#define EXC_MASK_BAD_ACCESS      (1 << EXC_BAD_ACCESS)
#define EXC_MASK_BAD_INSTRUCTION (1 << EXC_BAD_INSTRUCTION)
#define EXC_MASK_ARITHMETIC      (1 << EXC_ARITHMETIC)
#define EXC_MASK_EMULATION       (1 << EXC_EMULATION)
#define EXC_MASK_SOFTWARE        (1 << EXC_SOFTWARE)
#define EXC_MASK_BREAKPOINT      (1 << EXC_BREAKPOINT)
#define EXC_MASK_SYSCALL         (1 << EXC_SYSCALL)
#define EXC_MASK_MACH_SYSCALL    (1 << EXC_MACH_SYSCALL)
#define EXC_MASK_RPC_ALERT       (1 << EXC_RPC_ALERT)
#define EXC_MASK_CRASH           (1 << EXC_CRASH)
#define EXC_MASK_RESOURCE        (1 << EXC_RESOURCE)
#define EXC_MASK_GUARD           (1 << EXC_GUARD)
#define EXC_MASK_CORPSE_NOTIFY   (1 << EXC_CORPSE_NOTIFY)

#define EXC_MASK_ALL                                                        \
    (EXC_MASK_BAD_ACCESS | EXC_MASK_BAD_INSTRUCTION | EXC_MASK_ARITHMETIC | \
     EXC_MASK_EMULATION | EXC_MASK_SOFTWARE | EXC_MASK_BREAKPOINT |         \
     EXC_MASK_SYSCALL | EXC_MASK_MACH_SYSCALL | EXC_MASK_RPC_ALERT |        \
     EXC_MASK_RESOURCE | EXC_MASK_GUARD | EXC_MASK_MACHINE)

#define FIRST_EXCEPTION 1

typedef int exception_behavior_t;

#define EXCEPTION_DEFAULT        1 /* ports of thread and task, codes */
#define EXCEPTION_STATE          2 /* thread state, codes */
#define EXCEPTION_STATE_IDENTITY 3 /* both */
#define MACH_EXCEPTION_CODES     0x80000000 /* or-ed in: codes of 64 bits */

typedef integer_t exception_data_type_t;
typedef int64_t mach_exception_data_type_t;
typedef integer_t *exception_data_t;
typedef mach_exception_data_type_t *mach_exception_data_t;

typedef int64_t mach_exception_code_t;
typedef int64_t mach_exception_subcode_t;

typedef exception_mask_t *exception_mask_array_t;
typedef exception_behavior_t *exception_behavior_array_t;
typedef int *exception_flavor_array_t; /* of thread_state_flavor_t */

#endif
