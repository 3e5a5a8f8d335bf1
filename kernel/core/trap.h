/* SPDX-License-Identifier: MIT */
/*
 * trap.h - the border between the machine and the kernel proper.
 *
 * kernel/x86_64 calls the first group with interrupts off, on the empty
 * kernel stack of the processor; none of them returns.  The kernel leaves by
 * the second group.
 */
#ifndef OSTIA_KERNEL_CORE_TRAP_H
#define OSTIA_KERNEL_CORE_TRAP_H

#include <mach/kern_return.h>
#include <mach/message.h>

#include "kernel/base/compiler.h"
#include "kernel/base/types.h"

struct thread;
struct trap_frame;

/* ---- called from below; implemented in kernel/ and by the scheduler */

/* SYSCALL from user mode; the frame is thread->th_frame. */
NORETURN void syscall_enter(struct thread *self);
/* A page fault of user mode; `write` and `exec` as the processor reported. */
NORETURN void user_page_fault(struct thread *self, vaddr_t address, bool write,
                              bool exec);
/* Any other exception of user mode, in Mach's terms (EXC_*, code, subcode). */
NORETURN void user_exception(struct thread *self, int exception, uint64_t code,
                             uint64_t subcode);
/*
 * The running thread is about to go to user mode: it returns if it may, and else
 * ends, waits or goes on elsewhere (D16).
 */
void thread_leaves(struct thread *self);
/* A line of a panic's report: which thread it is. */
void thread_report(const struct thread *thread);
/* An interrupt has been served; go back to user mode, idle, or preempt. */
NORETURN void interrupt_leave(void);
/* The local timer has fired (called before interrupt_leave). */
void timer_interrupt(void);
/* The serial line has input or takes output (called before interrupt_leave). */
void console_interrupt(void);

/* ---- implemented by the machine */

/* Back to user mode through the thread's frame, its address space loaded. */
NORETURN void machine_return_to_user(struct thread *thread);
/* Drops the stack and calls function(argument) on the empty kernel stack. */
NORETURN void machine_call_on_stack(NORETURN void (*function)(void *),
                                    void *argument);
/* Interrupts on, halt until one comes; the interrupt path never returns here. */
NORETURN void machine_idle(void);
/*
 * Interrupts on for a moment.  Returns if none is pending; else the stack is
 * thrown away, and interrupt_leave goes on.
 */
void machine_interrupt_window(void);
/* `next` is about to run: kernel entry stack, FS and GS base, FPU. */
void machine_switch_to(struct thread *previous, struct thread *next);
/* A timer interrupt at `deadline` (clock.h), or a little before. */
void machine_timer_arm(uint64_t deadline);
/* Ends the run: QEMU's exit codes of D11, then spins. */
typedef enum halt_code {
    HALT_PASS = 0x10,
    HALT_FAIL = 0x11,
    HALT_PANIC = 0x12,
} halt_code_t;
NORETURN void machine_halt(halt_code_t code, const char *status);

/* A new thread's frame: all zero, but for what lets it run in user mode. */
void machine_thread_init(struct thread *thread);
/* Frees the machine's part of a thread that will not run in user mode again. */
void machine_thread_destroy(struct thread *thread);
/* The GS base in user mode; KERN_INVALID_ARGUMENT outside the user half. */
MUSTUSE kern_return_t machine_set_gs_base(struct thread *self, uint64_t base);
/*
 * The registers of one flavor, in units of 32 bits; `count` is the room, and
 * then what was filled.
 *
 * Returns  KERN_INVALID_ARGUMENT  no such flavor, a wrong count, or values
 *                                 that no thread may have
 */
MUSTUSE kern_return_t machine_thread_get_state(struct thread *thread,
                                               int flavor, uint32_t *state,
                                               mach_msg_type_number_t *count);
MUSTUSE kern_return_t machine_thread_set_state(struct thread *thread,
                                               int flavor,
                                               const uint32_t *state,
                                               mach_msg_type_number_t count);

/* Bytes to the log's device; waits for it only where there is no room. */
void machine_write(const char *data, size_t count);
/* How many bytes machine_write takes now without waiting. */
size_t machine_output_room(void);
/* The last character was a newline, or there was none yet. */
bool machine_at_line_start(void);
bool machine_has_input(void);
/* The next character that has come in, or -1. */
int machine_getc(void);

#endif
