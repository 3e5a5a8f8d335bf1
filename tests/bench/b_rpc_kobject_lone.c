/* SPDX-License-Identifier: MIT */
/* b_rpc_kobject_lone.c - a call of the kernel about a task without threads. */
#define ROW     "rpc_kobject_lone"
#define THREADS 0
#include "kobject.h"
