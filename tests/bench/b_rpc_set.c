/* SPDX-License-Identifier: MIT */
/* b_rpc_set.c - the server receives on a set of 100 ports. */
#define ROW     "rpc_set"
#define MEMBERS 100
#include "rpc.h"
