/* SPDX-License-Identifier: MIT */
/* b_rpc_null.c - an empty call and its answer: a header each way. */
#define ROW "rpc_null"
#include "rpc.h"
