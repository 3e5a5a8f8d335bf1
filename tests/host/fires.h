/* SPDX-License-Identifier: MIT */
/*
 * fires.h - whether an assertion fails that is to fail.
 */
#ifndef OSTIA_TESTS_HOST_FIRES_H
#define OSTIA_TESTS_HOST_FIRES_H

#include "kernel/base/types.h"

/* Whether the function panics, with `condition` in the reason. */
bool fires(void (*function)(void), const char *condition);
/* Of the panic that `fires` has caught last; empty if there was none. */
const char *fires_reason(void);

#endif
