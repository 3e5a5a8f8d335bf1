/* SPDX-License-Identifier: MIT */
/*
 * golden/server.h - the C type of golden.defs that no public header has,
 * and the trap that traps.def does not list.
 */
#ifndef OSTIA_TESTS_MIG_GOLDEN_SERVER_H
#define OSTIA_TESTS_MIG_GOLDEN_SERVER_H

#include "kernel/syscall.h"

typedef struct pair {
    int one;
    int two;
} pair_t;

uint64_t _kernelrpc_golden_count_trap(ipc_thread_t self,
                                      const struct trap_args *args);

#endif
