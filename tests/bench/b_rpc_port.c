/* SPDX-License-Identifier: MIT */
/* b_rpc_port.c - a send right to the server, which gives it up. */
#define ROW   "rpc_port"
#define PORTS 1
#include "rpc.h"
