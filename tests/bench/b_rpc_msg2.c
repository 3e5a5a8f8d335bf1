/* SPDX-License-Identifier: MIT */
/* b_rpc_msg2.c - an empty call and its answer by mach_msg2, the general way. */
#define ROW  "rpc_msg2"
#define MSG2 1
#include "rpc.h"
