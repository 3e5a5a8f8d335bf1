/* SPDX-License-Identifier: MIT */
/*
 * fpu.c - x87, SSE and AVX registers.
 *
 * The FPU is off (CR0.TS) until a thread's first use raises #NM; from then on
 * its registers are saved and loaded at every switch of that thread, never
 * lazily, so that no task ever finds another's values (D19).  The kernel is
 * compiled without these registers.
 *
 * (F1) th_fpu_used  <=>  th_fpu != NULL
 * (F2) mc_fpu_on    <=>  the registers are those of cpu_thread, whose
 *                        th_fpu_used is true
 */
#include "kernel/base/assert.h"
#include "kernel/base/string.h"
#include "kernel/cpu.h"
#include "kernel/kalloc.h"
#include "kernel/thread.h"
#include "kernel/trap.h"
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
#define XSAVE_ALIGN   64
#define FCW_INITIAL   0x37f  /* all x87 exceptions masked */
#define MXCSR_INITIAL 0x1f80 /* all SSE exceptions masked */

/* The head of an FXSAVE or XSAVE area (Intel SDM Vol. 1 section 10.5). */
struct fpu_state {
    uint16_t fcw;
    uint16_t fsw;
    uint8_t ftw;
    uint8_t reserved;
    uint16_t fop;
    uint64_t fip;
    uint64_t fdp;
    uint32_t mxcsr;
    uint32_t mxcsr_mask;
};

/* The element's size depends on the processor: set by fpu_init. */
static struct zone fpu_zone = { .z_name = "fpu states" };
static uint64_t fpu_mask; /* XCR0, or 0 if there is no XSAVE */

static bool
has_xsave(void)
{
    return cpuid(1, 0).ecx & CPUID_XSAVE && cpuid(0, 0).eax >= CPUID_LEAF_XSAVE;
}

/* Chooses XSAVE or FXSAVE, and the size of a thread's area. */
void
fpu_init(void)
{
    struct cpuid_result parts;

    fpu_zone.z_size = FXSAVE_SIZE;
    if (!has_xsave())
        return;
    parts = cpuid(CPUID_LEAF_XSAVE, 0);
    fpu_mask = parts.eax & XCR0_OURS;
    write_cr4(read_cr4() | CR4_OSXSAVE);
    xsetbv(0, fpu_mask);
    /* ebx is now the size for these parts; a zone aligns to 16 alone. */
    fpu_zone.z_size = cpuid(CPUID_LEAF_XSAVE, 0).ebx + XSAVE_ALIGN - 16;
}

/* The aligned area within a zone element. */
static struct fpu_state *
area(struct fpu_state *element)
{
    uintptr_t address = (uintptr_t)element;

    return (struct fpu_state *)((address + XSAVE_ALIGN - 1) &
                                ~(uintptr_t)(XSAVE_ALIGN - 1));
}

static void
save(struct fpu_state *element)
{
    if (fpu_mask != 0)
        xsave64(area(element), fpu_mask);
    else
        fxsave64(element);
}

static void
load(struct fpu_state *element)
{
    if (fpu_mask != 0)
        xrstor64(area(element), fpu_mask);
    else
        fxrstor64(element);
}

static void
turn_on(struct machine_cpu *mc)
{
    clts();
    mc->mc_fpu_on = true;
}

static void
turn_off(struct machine_cpu *mc)
{
    write_cr0(read_cr0() | CR0_TS);
    mc->mc_fpu_on = false;
}

/*
 * fpu_first_use - gives the running thread an FPU in its initial state and
 * redoes the instruction; on shortage of memory the thread gets an exception.
 */
NORETURN void
fpu_first_use(struct thread *self)
{
    struct fpu_state *state;

    assert(!self->th_fpu_used);
    state = zalloc(&fpu_zone);
    if (state == NULL)
        user_exception(self, EXC_ARITHMETIC, EXC_I386_NOEXT, 0);
    self->th_fpu = state;
    self->th_fpu_used = true;

    state = fpu_mask != 0 ? area(state) : state;
    state->fcw = FCW_INITIAL;
    state->mxcsr = MXCSR_INITIAL;
    turn_on(cpu_current()->cpu_machine);
    load(self->th_fpu);
    machine_return_to_user(self);
}

/*
 * fpu_switch - the registers of `previous` into its area, those of `next` out
 * of its own.
 */
void
fpu_switch(struct thread *previous, struct thread *next)
{
    struct machine_cpu *mc = cpu_current()->cpu_machine;

    if (mc->mc_fpu_on && previous != NULL && previous->th_fpu_used)
        save(previous->th_fpu);
    if (next->th_fpu_used) {
        turn_on(mc);
        load(next->th_fpu);
    } else if (mc->mc_fpu_on) {
        turn_off(mc);
    }
}

/*
 * machine_thread_destroy - see kernel/trap.h: the FPU state is all there is.
 *
 * Allowed while the registers are still live: the next switch turns them off.
 */
void
machine_thread_destroy(struct thread *thread)
{
    if (!thread->th_fpu_used)
        return;
    zfree(&fpu_zone, thread->th_fpu);
    thread->th_fpu = NULL;
    thread->th_fpu_used = false;
}
