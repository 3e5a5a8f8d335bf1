/* SPDX-License-Identifier: MIT */
/* b_rpc_null_fpu.c - the same between tasks that have used the FPU. */
#define ROW "rpc_null_fpu"
#define FPU 1
#include "rpc.h"
