/* SPDX-License-Identifier: MIT */
/* b_rpc_busy.c - two clients, so that a request is always queued. */
#define ROW     "rpc_busy"
#define CLIENTS 1
#include "rpc.h"
