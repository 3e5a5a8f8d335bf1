/* SPDX-License-Identifier: MIT */
/*
 * report.c - registers, for crashes and panics; backtraces of the kernel, for
 * panics; and the end of the run.
 */
#include "kernel/base/printf.h"
#include "kernel/core/trap.h"
#include "kernel/x86_64/asmdefs.h"
#include "kernel/x86_64/machine.h"
#include "kernel/x86_64/x86.h"

#define BACKTRACE_MAX 32
/* A caller's frame is not farther up the stack than this. */
#define FRAME_DISTANCE_MAX 16384

extern const char text_start[], text_end[];

/* What the compiler leaves at every rbp (-fno-omit-frame-pointer). */
struct stack_frame {
    struct stack_frame *caller;
    uint64_t return_address;
};

void
report_registers(const struct trap_frame *f)
{
    kprintf("  rax %016lx rbx %016lx rcx %016lx\n", f->tf_rax, f->tf_rbx,
            f->tf_rcx);
    kprintf("  rdx %016lx rsi %016lx rdi %016lx\n", f->tf_rdx, f->tf_rsi,
            f->tf_rdi);
    kprintf("  rbp %016lx rsp %016lx r8  %016lx\n", f->tf_rbp, f->tf_rsp,
            f->tf_r8);
    kprintf("  r9  %016lx r10 %016lx r11 %016lx\n", f->tf_r9, f->tf_r10,
            f->tf_r11);
    kprintf("  r12 %016lx r13 %016lx r14 %016lx\n", f->tf_r12, f->tf_r13,
            f->tf_r14);
    kprintf("  r15 %016lx rip %016lx rflags %08lx\n", f->tf_r15, f->tf_rip,
            f->tf_rflags);
}

void
report_processor(const struct trap_frame *f)
{
    kprintf("  cs %lx ss %lx cr0 %lx cr2 %lx cr3 %lx cr4 %lx\n", f->tf_cs,
            f->tf_ss, read_cr0(), read_cr2(), read_cr3(), read_cr4());
}

static bool
in_kernel_text(uint64_t address)
{
    return address >= (uintptr_t)text_start && address < (uintptr_t)text_end;
}

/* The caller's frame, if the link to it makes sense. */
static const struct stack_frame *
caller_of(const struct stack_frame *frame)
{
    uintptr_t here = (uintptr_t)frame;
    uintptr_t there = (uintptr_t)frame->caller;

    if (there <= here || there - here > FRAME_DISTANCE_MAX || there % 8 != 0)
        return NULL;
    return frame->caller;
}

/*
 * report_backtrace - who called whom, from `rip` outwards.
 *
 * Only addresses in the kernel's text are followed, so that a damaged stack
 * ends the list and nothing else.
 */
void
report_backtrace(uint64_t rip, uint64_t rbp, uint64_t rsp)
{
    struct stack_frame first = { (struct stack_frame *)rbp, rip };
    const struct stack_frame *frame = &first;
    bool near = rbp >= rsp && rbp - rsp <= FRAME_DISTANCE_MAX && rbp % 8 == 0;

    if (in_kernel_text(rip))
        kprintf("  at %#018lx\n", rip);
    frame = near ? first.caller : NULL;
    for (unsigned i = 0; frame != NULL && i < BACKTRACE_MAX; i++) {
        if (!in_kernel_text(frame->return_address))
            return;
        kprintf("  at %#018lx\n", frame->return_address);
        frame = caller_of(frame);
    }
}

/* The status line goes where no task can write: QEMU's debug console. */
NORETURN void
machine_halt(halt_code_t code, const char *status)
{
    cli();
    serial_drain();
    for (const char *c = status; *c != '\0'; c++)
        outb(PORT_DEBUG_CONSOLE, (uint8_t)*c);
    outb(PORT_DEBUG_CONSOLE, '\n');
    outl(PORT_DEBUG_EXIT, code);
    for (;;)
        hlt();
}
