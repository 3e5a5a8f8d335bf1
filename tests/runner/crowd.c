/* SPDX-License-Identifier: MIT */
/*
 * crowd.c - what a change of threads costs when 2 are ready, and 8,000.
 *
 * Each thread yields for ever.  None has a stack: so many would not fit.
 */
#include <mach/mach.h>
#include <mach/mach_time.h>
#include <stdio.h>

#include "tests/guest/child.h"

#define SPAN_MS 20

void yield_for_ever(void);
volatile uint64_t yields;

__asm__(".text\nyield_for_ever:\n\t"
        "movl $0x100003c, %eax\n\t" /* swtch */
        "syscall\n\t"
        "incq yields(%rip)\n\t"
        "jmp yield_for_ever");

static void
measure(unsigned wanted)
{
    static unsigned have;
    uint64_t count, time;

    for (; have < wanted; have++)
        guest_must(thread_resume(child_bare_thread(
            mach_task_self(), (const void *)yield_for_ever, 0, 0, 0)));
    guest_sleep(SPAN_MS); /* each has run */
    count = yields;
    time = mach_absolute_time();
    guest_sleep(SPAN_MS);
    time = mach_absolute_time() - time;
    count = yields - count;
    printf("ready %u: %u\n", have, (unsigned)(time / count));
}

int
main(void)
{
    measure(2);
    measure(8000);
    return 0;
}
