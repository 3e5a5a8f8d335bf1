/* SPDX-License-Identifier: MIT */
/* b_rpc_256.c - 256 bytes inline each way. */
#define ROW  "rpc_256"
#define BODY 256
#include "rpc.h"
