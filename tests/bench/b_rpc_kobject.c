/* SPDX-License-Identifier: MIT */
/* b_rpc_kobject.c - a call of the kernel about a task that has threads. */
#define ROW     "rpc_kobject"
#define THREADS 2
#include "kobject.h"
