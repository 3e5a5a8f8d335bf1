/* SPDX-License-Identifier: MIT */
/*
 * bench.h - measuring what an operation costs, in instructions.
 *
 * The machine is QEMU with -icount shift=0: every instruction, of the user or
 * of the kernel, moves the time-stamp counter on by 1.  So figures are exact,
 * and the same in every run.
 */
#ifndef TESTS_BENCH_H
#define TESTS_BENCH_H

typedef void (*bench_operation_t)(void);

/*
 * Measures many calls of `operation` on a thread of its own, which has not
 * used the FPU, and prints the figures as rows of `name`.  Aborts if a tick of
 * the counter is not an instruction.
 */
void bench_run(const char *name, bench_operation_t operation);

/* From here on the profiling plugin counts for this slot; for 0, not at all; for
 * 2, what one operation touches.
 * A constant; an instruction that does nothing. */
#define BENCH_MARK(slot) \
    __asm__ volatile("nopl %c0(%%rax)" : : "i"(0x0571a000 + (slot)) : "memory")

#endif
