/* SPDX-License-Identifier: MIT */
/* b_rpc_32.c - 32 bytes inline each way. */
#define ROW  "rpc_32"
#define BODY 32
#include "rpc.h"
