/* SPDX-License-Identifier: MIT */
/*
 * golden/server.h - the C type of golden.defs that no public header has.
 */
#ifndef OSTIA_TESTS_MIG_GOLDEN_SERVER_H
#define OSTIA_TESTS_MIG_GOLDEN_SERVER_H

typedef struct pair {
    int one;
    int two;
} pair_t;

#endif
