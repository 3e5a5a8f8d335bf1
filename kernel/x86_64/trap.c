/* SPDX-License-Identifier: MIT */
/*
 * trap.c - exceptions and interrupts, sorted.
 *
 * entry.asm has saved the registers.  Exceptions of user mode are told to the
 * kernel in Mach's terms; those of the kernel itself are mended where
 * usercopy.asm expects them, and are a panic elsewhere.  Interrupts come from
 * user mode and from the idle processor alone.
 */
#include <mach/exception_types.h>
#include <mach/i386/exception.h>

#include "kernel/base/assert.h"
#include "kernel/core/cpu.h"
#include "kernel/core/trap.h"
#include "kernel/core/vm_param.h"
#include "kernel/thread.h"
#include "kernel/x86_64/asmdefs.h"
#include "kernel/x86_64/machine.h"
#include "kernel/x86_64/x86.h"

#define PAGE_FAULT_WRITE    0x02
#define PAGE_FAULT_RESERVED 0x08
#define PAGE_FAULT_EXEC     0x10

#define RFLAGS_IF UINT64_C(0x200)

/* An instruction that may fault, and where to go on then. */
struct ex_entry {
    uint64_t ex_fault;
    uint64_t ex_fixup;
};

extern const struct ex_entry ex_table_start[], ex_table_end[];

/* ---- user mode */

static NORETURN void
page_fault(struct thread *self)
{
    uint64_t error = self->th_frame.tf_error;

    if (error & PAGE_FAULT_RESERVED)
        panic_trap(&self->th_frame, "trap: damaged page table for %#lx",
                   read_cr2());
    user_page_fault(self, read_cr2(), error & PAGE_FAULT_WRITE,
                    error & PAGE_FAULT_EXEC);
}

/* What Mach calls the exceptions of user mode, with the codes that XNU gives. */
static const struct {
    int ue_type; /* 0: none that user mode can cause, or no exception at once */
    uint64_t ue_code;
} user_exceptions[VECTOR_EXTERNAL] = {
    [VECTOR_DE] = { EXC_ARITHMETIC, EXC_I386_DIV },
    [VECTOR_DB] = { EXC_BREAKPOINT, EXC_I386_SGL },
    [VECTOR_BP] = { EXC_BREAKPOINT, EXC_I386_BPT },
    [VECTOR_OF] = { EXC_ARITHMETIC, EXC_I386_INTO },
    [VECTOR_BR] = { EXC_SOFTWARE, EXC_I386_BOUND },
    [VECTOR_UD] = { EXC_BAD_INSTRUCTION, EXC_I386_INVOP },
    [VECTOR_TS] = { EXC_BAD_INSTRUCTION, EXC_I386_INVTSSFLT },
    [VECTOR_NP] = { EXC_BAD_INSTRUCTION, EXC_I386_SEGNPFLT },
    [VECTOR_SS] = { EXC_BAD_INSTRUCTION, EXC_I386_STKFLT },
    [VECTOR_GP] = { EXC_BAD_ACCESS, EXC_I386_GPFLT },
    [VECTOR_MF] = { EXC_ARITHMETIC, EXC_I386_EXTERR },
    [VECTOR_AC] = { EXC_BAD_ACCESS, EXC_I386_ALIGNFLT },
    [VECTOR_XM] = { EXC_ARITHMETIC, EXC_I386_SSEEXTERR },
};

static NORETURN void
exception_from_user(struct thread *self)
{
    uint64_t vector = self->th_frame.tf_vector;
    uint64_t subcode = self->th_frame.tf_error; /* 0 if the vector has none */

    if (vector == VECTOR_NM)
        fpu_first_use(self);
    if (vector == VECTOR_PF)
        page_fault(self);
    if (vector == VECTOR_MF)
        subcode = fnstsw();
    if (vector == VECTOR_XM)
        subcode = stmxcsr();
    if (user_exceptions[vector].ue_type == 0)
        panic_trap(&self->th_frame, "trap: unexpected exception %lu", vector);
    user_exception(self, user_exceptions[vector].ue_type,
                   user_exceptions[vector].ue_code, subcode);
}

/*
 * Serves an interrupt; the timer and the serial line are the only sources.
 * What a device of the firmware's time has left over is acknowledged, since
 * it would bar all less urgent vectors; a spurious one of the APIC or a PIC
 * is not in service (Intel SDM Vol. 3A section 11.9).
 */
static void
interrupt(const struct trap_frame *frame)
{
    uint8_t vector = (uint8_t)frame->tf_vector;

    if (apic_in_service(vector))
        apic_eoi();
    if (vector == VECTOR_TIMER)
        timer_interrupt();
    if (vector == VECTOR_SERIAL)
        serial_interrupt();
}

/*
 * trap_from_user - an exception or interrupt of user mode, saved in the frame
 * of `self`; on the empty kernel stack.
 */
NORETURN void
trap_from_user(struct thread *self)
{
    if (self->th_frame.tf_vector < VECTOR_EXTERNAL)
        exception_from_user(self);
    interrupt(&self->th_frame);
    interrupt_leave();
}

/* ---- the kernel */

/* Goes on behind a user access that failed; false if `frame` was none. */
static bool
fixup(struct trap_frame *frame)
{
    for (const struct ex_entry *ex = ex_table_start; ex < ex_table_end; ex++) {
        if (ex->ex_fault == frame->tf_rip) {
            frame->tf_rip = ex->ex_fixup;
            return true;
        }
    }
    return false;
}

/*
 * trap_from_kernel - an exception of the kernel itself, or an interrupt of
 * the idle processor.
 *
 * Returns  where `frame` says; never from an interrupt.
 */
void
trap_from_kernel(struct trap_frame *frame)
{
    if (frame->tf_vector >= VECTOR_EXTERNAL) {
        interrupt(frame);
        interrupt_leave();
    }
    if (frame->tf_vector != VECTOR_PF && frame->tf_vector != VECTOR_GP)
        panic_trap(frame, "trap: exception %lu in the kernel, error %#lx",
                   frame->tf_vector, frame->tf_error);
    if (fixup(frame))
        return;
    if (frame->tf_vector == VECTOR_PF)
        panic_trap(frame, "trap: page fault in the kernel at %#lx, error %#lx",
                   read_cr2(), frame->tf_error);
    panic_trap(frame, "trap: protection fault in the kernel, error %#lx",
               frame->tf_error);
}

/* ---- vectors with stacks of their own */

static NORETURN void
debug_from_user(void *self)
{
    exception_from_user(self);
}

/*
 * #DB.  From user mode it moves to the thread's frame and becomes an
 * exception like any other.  From the kernel it is what a MOV SS before a
 * SYSCALL or a fault has put off until then: nothing to do.
 */
static void
debug_trap(struct trap_frame *frame)
{
    struct thread *self = cpu_current()->cpu_thread;

    write_dr6(0);
    if (frame->tf_cs != USER_CS)
        return;
    self->th_frame = *frame;
    machine_call_on_stack(debug_from_user, self);
}

/*
 * trap_on_ist - #DF, NMI, #MC or #DB, on the vector's own stack; takes no
 * lock and, but for #DB of user mode, goes back to where it came from.
 */
void
trap_on_ist(struct trap_frame *frame)
{
    switch (frame->tf_vector) {
    case VECTOR_DB:
        debug_trap(frame);
        return;
    case VECTOR_NMI:
        return;
    case VECTOR_DF:
        panic_trap(frame, "trap: double fault (kernel stack overflow?)");
    case VECTOR_MC:
        panic_trap(frame, "trap: the processor reports a machine check");
    }
    panic("trap_on_ist: vector %lu", frame->tf_vector);
}

/* ---- the way out */

/*
 * machine_return_to_user - the exit to user mode.
 *
 * SYSRET only for a frame that SYSCALL made and nobody changed since, whose
 * address is safe with it: no program lies at the end of the user half.  IRET for
 * all else (D19).
 */
_Static_assert(VM_MAX_ADDRESS < USER_HALF_END,
               "nothing follows a program there");
NORETURN void
machine_return_to_user(struct thread *thread)
{
    struct trap_frame *frame = &thread->th_frame;

    if (frame->tf_vector == TRAP_SYSCALL)
        exit_sysret(frame, frame->tf_rax);
    if (frame->tf_rip >= USER_HALF_END)
        user_exception(thread, EXC_BAD_ACCESS, EXC_I386_GPFLT, frame->tf_rip);
    assert(frame->tf_cs == USER_CS && frame->tf_ss == USER_SS);
    assert(frame->tf_rflags & RFLAGS_IF);
    exit_iret(frame);
}
