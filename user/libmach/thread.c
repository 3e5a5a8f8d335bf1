/* SPDX-License-Identifier: MIT */
/*
 * thread.c - what libmach keeps for each thread: struct mach_thread_block.
 */
#include <mach/mach.h>

void
_mach_thread_init(struct mach_thread_block *block)
{
    *block = (struct mach_thread_block){ .mtb_self = block };
    thread_fast_set_cthread_self64((uint64_t)(uintptr_t)block);
}

void
_mach_thread_fini(void)
{
    mig_dealloc_reply_port(MACH_PORT_NULL);
}

mach_port_t
mach_thread_self(void)
{
    return thread_self_trap();
}

mach_port_t
mach_host_self(void)
{
    return host_self_trap();
}
