/* SPDX-License-Identifier: MIT */
/*
 * mach/i386/thread_status.h - the registers of a thread, flavor by flavor.
 *
 * thread_get_state and thread_set_state move one flavor.  The numbers are
 * Darwin's; the flavor that Ostia offers is x86_THREAD_STATE64.
 */
#ifndef _MACH_I386_THREAD_STATUS_H_
#define _MACH_I386_THREAD_STATUS_H_

#include <mach/i386/thread_state.h>
#include <mach/machine/vm_types.h>
#include <mach/message.h>
#include <stdint.h>

#define x86_THREAD_STATE32    1
#define x86_FLOAT_STATE32     2
#define x86_EXCEPTION_STATE32 3
#define x86_THREAD_STATE64    4
#define x86_FLOAT_STATE64     5
#define x86_EXCEPTION_STATE64 6
#define x86_THREAD_STATE      7
#define x86_FLOAT_STATE       8
#define x86_EXCEPTION_STATE   9
#define x86_DEBUG_STATE32     10
#define x86_DEBUG_STATE64     11
#define x86_DEBUG_STATE       12
#define THREAD_STATE_NONE     13

#define MACHINE_THREAD_STATE       x86_THREAD_STATE64
#define MACHINE_THREAD_STATE_COUNT x86_THREAD_STATE64_COUNT

/* General registers.  Bits of rflags that a task may not set are ignored. */
typedef struct __darwin_x86_thread_state64 {
    uint64_t __rax;
    uint64_t __rbx;
    uint64_t __rcx;
    uint64_t __rdx;
    uint64_t __rdi;
    uint64_t __rsi;
    uint64_t __rbp;
    uint64_t __rsp;
    uint64_t __r8;
    uint64_t __r9;
    uint64_t __r10;
    uint64_t __r11;
    uint64_t __r12;
    uint64_t __r13;
    uint64_t __r14;
    uint64_t __r15;
    uint64_t __rip;
    uint64_t __rflags;
    uint64_t __cs;
    uint64_t __fs;
    uint64_t __gs;
} x86_thread_state64_t;

#define x86_THREAD_STATE64_COUNT \
    ((mach_msg_type_number_t)(sizeof(x86_thread_state64_t) / sizeof(int)))

/* What the processor said about the last fault. */
typedef struct __darwin_x86_exception_state64 {
    uint16_t __trapno;
    uint16_t __cpu;
    uint32_t __err;
    uint64_t __faultvaddr;
} x86_exception_state64_t;

#define x86_EXCEPTION_STATE64_COUNT \
    ((mach_msg_type_number_t)(sizeof(x86_exception_state64_t) / sizeof(int)))

/* A flavor and its size, in front of the registers of the flavors 7 to 9. */
typedef struct x86_state_hdr {
    uint32_t flavor;
    uint32_t count;
} x86_state_hdr_t;

_Static_assert(sizeof(x86_thread_state64_t) == 42 * sizeof(int),
               "x86_THREAD_STATE64 is 42 ints");

#endif
