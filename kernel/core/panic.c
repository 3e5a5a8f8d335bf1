/* SPDX-License-Identifier: MIT */
/*
 * panic.c - the end of the machine, with a report of why.
 *
 *     # panic: reason
 *     #   registers
 *     #   at 0xffffffff80101234      (one line a caller)
 *     #   task 3 "shell", thread 7
 *
 * A panic within a panic prints nothing more; the status tells both.
 */
#include "kernel/base/assert.h"
#include "kernel/base/printf.h"
#include "kernel/base/string.h"
#include "kernel/core/cpu.h"
#include "kernel/core/log.h"
#include "kernel/core/trap.h"
#include "kernel/x86_64/machine.h"

#define STATUS_MAX 256
#define AND_AGAIN  " (and a panic within it)"

/* Where -fstack-protector looks; kernel_main gives it a value. */
uintptr_t __stack_chk_guard;
NORETURN void __stack_chk_fail(void);

static bool panicking;
static char status[STATUS_MAX] = "panic: ";

/* What there is of the reason, and that even the report has failed. */
static NORETURN void
halt_in_panic(void)
{
    size_t length = strnlen(status, sizeof(status));

    length = min(length, sizeof(status) - sizeof(AND_AGAIN));
    strlcpy(status + length, AND_AGAIN, sizeof(status) - length);
    machine_halt(HALT_PANIC, status);
}

static NORETURN void
report(const struct trap_frame *frame, const char *format, va_list args)
{
    size_t prefix = strlen("panic: ");

    if (panicking)
        halt_in_panic();
    panicking = true;
    kvsnprintf(status + prefix, sizeof(status) - prefix, format, args);

    serial_drain(); /* and from now on, nothing is left in the ring */
    log_end_line();
    kprintf("%s\n", status);
    report_registers(frame);
    report_processor(frame);
    report_backtrace(frame->tf_rip, frame->tf_rbp, frame->tf_rsp);
    if (cpu_current()->cpu_thread == NULL)
        kprintf("  no thread yet\n");
    else
        thread_report(cpu_current()->cpu_thread);
    machine_halt(HALT_PANIC, status);
}

/*
 * The registers that are worth seeing in a function that was called.  Its rip
 * is within the call, which may be the last instruction of its function.
 */
static void
capture(struct trap_frame *frame, const void *return_address)
{
    *frame = (struct trap_frame){ .tf_rip = (uintptr_t)return_address - 1 };
    __asm__ volatile("movq %%rbx, %0\n\t"
                     "movq %%r12, %1\n\t"
                     "movq %%r13, %2\n\t"
                     "movq %%r14, %3\n\t"
                     "movq %%r15, %4\n\t"
                     "movq %%rsp, %5"
                     : "=m"(frame->tf_rbx), "=m"(frame->tf_r12),
                       "=m"(frame->tf_r13), "=m"(frame->tf_r14),
                       "=m"(frame->tf_r15), "=m"(frame->tf_rsp));
    __asm__ volatile("pushfq\n\t"
                     "popq %0"
                     : "=r"(frame->tf_rflags));
}

NORETURN void
panic(const char *format, ...)
{
    struct trap_frame frame;
    va_list args;

    capture(&frame, __builtin_return_address(0));
    /* Our frame links to the caller's. */
    frame.tf_rbp = *(const uint64_t *)__builtin_frame_address(0);
    va_start(args, format);
    report(&frame, format, args);
}

NORETURN void
panic_trap(const struct trap_frame *frame, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    report(frame, format, args);
}

NORETURN void
__stack_chk_fail(void)
{
    panic("a function's stack frame was overwritten");
}
