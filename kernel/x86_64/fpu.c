/* SPDX-License-Identifier: MIT */
/*
 * fpu.c - x87, SSE and AVX registers.
 *
 * The FPU is off (CR0.TS) until a thread's first use raises #NM; from then on
 * its registers are saved and loaded at every switch of that thread, never
 * lazily, so that no task ever finds another's values (D19).  The kernel is
 * compiled without these registers.
 *
 * (F1) mc_fpu_on  <=>  the registers are those of cpu_thread, whose th_fpu is
 *                      not NULL, or of a thread that has died
 * (F2) while the FPU is off its registers are initial: there is nothing to
 *      read, neither by speculation nor by an instruction that an emulator
 *      forgets to bar.
 */
#include "kernel/base/assert.h"
#include "kernel/core/cpu.h"
#include "kernel/core/kalloc.h"
#include "kernel/core/sched.h"
#include "kernel/core/trap.h"
#include "kernel/thread.h"
#include "kernel/x86_64/asmdefs.h"
#include "kernel/x86_64/machine.h"
#include "kernel/x86_64/x86.h"

#include <mach/exception_types.h>

#define CPUID_XSAVE      (UINT32_C(1) << 26) /* leaf 1, ecx */
#define CPUID_LEAF_XSAVE 0x0d

#define XCR0_X87  1
#define XCR0_SSE  2
#define XCR0_AVX  4
#define XCR0_OURS (XCR0_X87 | XCR0_SSE | XCR0_AVX)

#define FXSAVE_SIZE   512
#define XSAVE_HEADER  64
#define XSAVE_ALIGN   64
#define FCW_INITIAL   0x37f  /* all x87 exceptions masked */
#define MXCSR_INITIAL 0x1f80 /* all SSE exceptions masked */

/* The part of an XSAVE area that is always there: what FXSAVE writes, and the
 * header (Intel SDM Vol. 1 sections 10.5 and 13.4). */
struct fpu_state {
    uint16_t fcw;
    uint8_t x87[22];
    uint32_t mxcsr;
    uint8_t rest[FXSAVE_SIZE - 28 + XSAVE_HEADER];
};

/* The header marks no part, so that XRSTOR makes all of them initial; MXCSR it
 * takes from here all the same (section 13.8.1). */
static const struct fpu_state initial ALIGNED(XSAVE_ALIGN) = {
    .fcw = FCW_INITIAL,
    .mxcsr = MXCSR_INITIAL,
};

/* The element's size depends on the processor: set by fpu_init. */
static struct zone fpu_zone = { .z_name = "fpu states" };
static uint64_t fpu_mask; /* XCR0, or 0 if there is no XSAVE */

/* The aligned area within a zone element, which the zone aligns to 16 alone */
static struct fpu_state *
area(struct fpu_state *element)
{
    uintptr_t address = (uintptr_t)element;

    return (struct fpu_state *)((address + XSAVE_ALIGN - 1) &
                                ~(uintptr_t)(XSAVE_ALIGN - 1));
}

static void
save(struct fpu_state *state)
{
    if (fpu_mask != 0)
        xsave64(state, fpu_mask);
    else
        fxsave64(state);
}

/*
 * AMD's processors leave the addresses of the last x87 instruction and operand
 * as they are where no exception is pending in `state` (AMD APM Vol. 2 chapter
 * 11): FNINIT clears them.
 */
static void
load(const struct fpu_state *state)
{
    fninit();
    if (fpu_mask != 0)
        xrstor64(state, fpu_mask);
    else
        fxrstor64(state);
}

static void
turn_on(struct machine_cpu *mc, const struct fpu_state *state)
{
    clts();
    mc->mc_fpu_on = true;
    load(state);
}

static void
turn_off(struct machine_cpu *mc)
{
    load(&initial); /* (F2) */
    write_cr0(read_cr0() | CR0_TS);
    mc->mc_fpu_on = false;
}

/* Chooses XSAVE or FXSAVE, and the size of a thread's area. */
void
fpu_init(void)
{
    struct machine_cpu *mc = cpu_current()->cpu_machine;
    size_t size = FXSAVE_SIZE;

    if (cpuid(1, 0).ecx & CPUID_XSAVE && cpuid(0, 0).eax >= CPUID_LEAF_XSAVE) {
        fpu_mask = cpuid(CPUID_LEAF_XSAVE, 0).eax & XCR0_OURS;
        write_cr4(read_cr4() | CR4_OSXSAVE);
        xsetbv(0, fpu_mask);
        size = cpuid(CPUID_LEAF_XSAVE, 0).ebx; /* now for these parts */
    }
    fpu_zone.z_size = size + XSAVE_ALIGN - 16;
    turn_on(mc, &initial);
    turn_off(mc);
}

/*
 * fpu_first_use - gives the running thread an FPU in its initial state and
 * redoes the instruction; on shortage of memory the thread gets an exception.
 */
NORETURN void
fpu_first_use(struct thread *self)
{
    assert(self->th_fpu == NULL);

    self->th_fpu = zalloc(&fpu_zone, zledger(self));
    if (self->th_fpu == NULL)
        user_exception(self, EXC_ARITHMETIC, EXC_I386_NOEXT, 0);
    turn_on(cpu_current()->cpu_machine, &initial);
    sched_return(thread_sched(self));
}

/*
 * fpu_switch - the registers of `previous` into its area, those of `next` out
 * of its own.
 */
void
fpu_switch(struct thread *previous, struct thread *next)
{
    struct machine_cpu *mc = cpu_current()->cpu_machine;

    if (previous != NULL && previous->th_fpu != NULL)
        save(area(previous->th_fpu));
    if (next->th_fpu != NULL)
        turn_on(mc, area(next->th_fpu));
    else if (mc->mc_fpu_on)
        turn_off(mc);
}

/*
 * machine_thread_destroy - see kernel/core/trap.h: the FPU state is all there is.
 *
 * Allowed while the registers are still live: the next switch turns them off.
 */
void
machine_thread_destroy(struct thread *thread)
{
    if (thread->th_fpu == NULL)
        return;
    zfree(&fpu_zone, thread->th_fpu);
    thread->th_fpu = NULL;
}
