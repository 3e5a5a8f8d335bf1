/* SPDX-License-Identifier: MIT */
/*
 * golden/user.h - the same for clients.
 */
#ifndef OSTIA_TESTS_MIG_GOLDEN_USER_H
#define OSTIA_TESTS_MIG_GOLDEN_USER_H

#include <golden/server.h>

#endif
