/* SPDX-License-Identifier: MIT */
/*
 * traps.c - the stubs of all traps, out of traps.def.
 *
 * A stub is called as any C function and hands its arguments on:
 *
 *      in    rdi, rsi, rdx, rcx, r8, r9     arguments
 *            [rsp + 8]                      the seventh, put by the caller
 *      out   rax                            result
 *      lost  rcx, r10, r11
 *
 * SYSCALL overwrites rcx, so the fourth argument travels in r10.
 */

#define CLASS_MACH    0x1000000
#define CLASS_MACHDEP 0x3000000

#define TEXT_OF(x) #x
#define TEXT(x)    TEXT_OF(x)

#define STUB(class, number, name)                                           \
    __asm__(".pushsection .text." #name ",\"ax\",@progbits\n"               \
            ".globl " #name "\n"                                            \
            ".type " #name ", @function\n" #name ":\n"                      \
            "    movq %rcx, %r10\n"                                         \
            "    movl $" TEXT(class) " + " TEXT(number) ", %eax\n"          \
                                                        "    syscall\n"     \
                                                        "    ret\n"         \
                                                        ".size " #name      \
                                                        ", . - " #name "\n" \
                                                        ".popsection");

#define TRAP(number, type, name, parameters) STUB(CLASS_MACH, number, name)
#define MACHDEP_TRAP(number, type, name, parameters) \
    STUB(CLASS_MACHDEP, number, name)
#include <mach/traps.def>
