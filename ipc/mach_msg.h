/* SPDX-License-Identifier: MIT */
/*
 * mach_msg.h - the two halves of a message trap, as other files of ipc/ and
 * tests enter them.
 */
#ifndef OSTIA_IPC_MACH_MSG_H
#define OSTIA_IPC_MACH_MSG_H

#include "ipc/ipc_thread.h"

/* Both halves, as ith_msg says. */
NORETURN void mach_msg_start(ipc_thread_t self);
/* Both halves of a call of the kernel, from entry.asm; or returns. */
void mach_msg_ask(ipc_thread_t self, ipc_port_t dest, ipc_port_t reply);
/* Where a waiting receiver goes on. */
NORETURN void mach_msg_receive_continue(ipc_thread_t self, wait_result_t why);
/* The receive half, if there is one; to user mode with its outcome, or into the
 * wait. */
NORETURN void mach_msg_receive(ipc_thread_t self);

/* mach_msg_deliver.c: hand ith_kmsg to the thread's own memory; IKM_NULL: tell it
 * of a message that stays queued (R35). */
NORETURN void mach_msg_deliver(ipc_thread_t self);
/* Give ith_kmsg back to its sender, who is told `code` (R22). */
NORETURN void mach_msg_pseudo_receive(ipc_thread_t self,
                                      mach_msg_return_t code);
/* Others run, then the thread goes on with `step`, or is to end. */
NORETURN void mach_msg_pause(ipc_thread_t self, mach_msg_step_t step);
/* The trap is over: what the thread has in hand is destroyed. */
NORETURN void mach_msg_end(ipc_thread_t self, mach_msg_return_t mr);

#endif
