/* SPDX-License-Identifier: MIT */
/*
 * fake_handover.h - the seam of the fast path on the host, in place of
 * vm/handover.h: words of registered memory, and threads that a test drives.
 */
#ifndef OSTIA_VM_HANDOVER_H
#define OSTIA_VM_HANDOVER_H

#include "ipc/ipc_thread.h"
#include "kernel/core/wait.h"
#include "vm/copyio.h"

/* Whose memory words are loaded from and stored to. */
bool user_half(user_addr_t address);
bool load_header(user_addr_t from, uint64_t words[3]);
bool store_header(user_addr_t to, const uint64_t words[3], user_addr_t end,
                  uint64_t last);
bool load_words(uint64_t *to, user_addr_t from, size_t words);
bool store_words(user_addr_t to, const uint64_t *from, size_t words);
bool store_bytes(user_addr_t to, const void *from, size_t size);
bool can_pass(ipc_thread_t self, ipc_thread_t next);
void load_space_of(ipc_thread_t thread);
NORETURN void pass_to(ipc_thread_t self, ipc_thread_t next, queue_head_t *queue,
                      wait_continue_t go_on);

#endif
