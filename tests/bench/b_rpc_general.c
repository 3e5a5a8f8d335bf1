/* SPDX-License-Identifier: MIT */
/* b_rpc_general.c - an empty call where no message goes the fast way (tools/bench boots it so). */
#define ROW "rpc_general"
#include "rpc.h"
