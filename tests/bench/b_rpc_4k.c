/* SPDX-License-Identifier: MIT */
/* b_rpc_4k.c - 4 KiB inline each way. */
#define ROW  "rpc_4k"
#define BODY 4096
#include "rpc.h"
