/* SPDX-License-Identifier: MIT */
/*
 * random.c - pseudo-random numbers: Marsaglia's xorshift.
 */
#include <stdlib.h>

/* Any state but 0 leads through all others. */
#define FIRST_SEED 2463534242u

static unsigned state = FIRST_SEED;

int
rand_r(unsigned *seed)
{
    unsigned x = *seed != 0 ? *seed : FIRST_SEED;

    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    *seed = x;
    return (int)(x & RAND_MAX);
}

int
rand(void)
{
    return rand_r(&state);
}

void
srand(unsigned seed)
{
    state = seed;
}
