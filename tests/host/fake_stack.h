/* SPDX-License-Identifier: MIT */
/*
 * fake_stack.h - the arguments of a trap that lie on the user's stack.
 */
#ifndef OSTIA_TESTS_HOST_FAKE_STACK_H
#define OSTIA_TESTS_HOST_FAKE_STACK_H

#include <stdbool.h>
#include <stdint.h>

/* The seventh and the eighth; while it is bad, neither can be read. */
extern uint64_t fake_stack_args[2];
extern bool fake_stack_bad;

#endif
