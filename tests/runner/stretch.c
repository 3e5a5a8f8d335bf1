/* SPDX-License-Identifier: MIT */
/*
 * stretch.c - traps whose lengths are told by the time-stamp counter, for
 * stretches.t.  The machine's clock counts instructions.
 *
 * Prints the longest of each kind of trap, `length NUMBER INSTRUCTIONS`, and
 * lets the processor idle.
 */
#include <mach/mach.h>
#include <mach/mach_vm.h>
#include <mach/thread_switch.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define TIMES    5u
#define SIZE     (8u * 4096u)
#define UNLISTED 0x1000001u
#define GIVES    0x100000cu /* mach_vm_deallocate */

/* From the first RDTSC on, up to the second: itself, SHL, OR, three MOV,
 * SYSCALL and what the kernel runs. */
#define OTHERS 7u

static uint64_t
length_of_trap(uint64_t number, uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t start, low, high;

    __asm__ volatile("rdtsc\n\t"
                     "shl $32, %%rdx\n\t"
                     "or %%rdx, %%rax\n\t"
                     "mov %%rax, %%rbx\n\t"
                     "mov %[c], %%rdx\n\t"
                     "mov %[number], %%rax\n\t"
                     "syscall\n\t"
                     "rdtsc"
                     : "=&a"(low), "=&d"(high), "=&b"(start)
                     : [number] "r"(number), "D"(a), "S"(b), [c] "r"(c)
                     : "rcx", "r11", "memory");
    return (high << 32 | low) - start - OTHERS;
}

static void
tell(unsigned number, uint64_t longest)
{
    printf("length %#x %llu\n", number, (unsigned long long)longest);
}

int
main(void)
{
    uint64_t longest = 0, length;

    for (unsigned i = 0; i < TIMES; i++) {
        length = length_of_trap(UNLISTED, 0, 0, 0);
        if (length > longest)
            longest = length;
    }
    tell(UNLISTED, longest);

    longest = 0;
    for (unsigned i = 0; i < TIMES; i++) {
        mach_vm_address_t address = 0;

        mach_vm_allocate(mach_task_self(), &address, SIZE, VM_FLAGS_ANYWHERE);
        memset((void *)address, 1, SIZE);
        length = length_of_trap(GIVES, mach_task_self(), address, SIZE);
        if (length > longest)
            longest = length;
    }
    tell(GIVES, longest);
    thread_switch(MACH_PORT_NULL, SWITCH_OPTION_WAIT, 1);
    return 0;
}
