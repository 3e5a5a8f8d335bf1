/* SPDX-License-Identifier: MIT */
/*
 * exc_names.c - the names of exceptions and of their codes, for the reports of
 * the kernel and of the bootstrap server.
 */
#include "kernel/base/exc_names.h"

#include <mach/exception_types.h>
#include <mach/kern_return.h>
#include <stddef.h>

static const char *const exception_names[EXC_TYPES_COUNT] = {
    [EXC_BAD_ACCESS] = "EXC_BAD_ACCESS",
    [EXC_BAD_INSTRUCTION] = "EXC_BAD_INSTRUCTION",
    [EXC_ARITHMETIC] = "EXC_ARITHMETIC",
    [EXC_EMULATION] = "EXC_EMULATION",
    [EXC_SOFTWARE] = "EXC_SOFTWARE",
    [EXC_BREAKPOINT] = "EXC_BREAKPOINT",
    [EXC_SYSCALL] = "EXC_SYSCALL",
    [EXC_MACH_SYSCALL] = "EXC_MACH_SYSCALL",
    [EXC_RPC_ALERT] = "EXC_RPC_ALERT",
    [EXC_CRASH] = "EXC_CRASH",
    [EXC_RESOURCE] = "EXC_RESOURCE",
    [EXC_GUARD] = "EXC_GUARD",
    [EXC_CORPSE_NOTIFY] = "EXC_CORPSE_NOTIFY",
};

static const struct code_name {
    int cn_type;
    int64_t cn_code;
    const char *cn_name;
} code_names[] = {
    { EXC_BAD_ACCESS, KERN_INVALID_ADDRESS, "KERN_INVALID_ADDRESS" },
    { EXC_BAD_ACCESS, KERN_PROTECTION_FAILURE, "KERN_PROTECTION_FAILURE" },
    { EXC_BAD_ACCESS, KERN_MEMORY_ERROR, "KERN_MEMORY_ERROR" },
    { EXC_BAD_ACCESS, EXC_I386_GPFLT, "EXC_I386_GPFLT" },
    { EXC_BAD_INSTRUCTION, EXC_I386_INVOP, "EXC_I386_INVOP" },
    { EXC_ARITHMETIC, EXC_I386_DIV, "EXC_I386_DIV" },
    { EXC_ARITHMETIC, EXC_I386_INTO, "EXC_I386_INTO" },
    { EXC_ARITHMETIC, EXC_I386_EXTERR, "EXC_I386_EXTERR" },
    { EXC_ARITHMETIC, EXC_I386_SSEEXTERR, "EXC_I386_SSEEXTERR" },
    { EXC_BREAKPOINT, EXC_I386_SGL, "EXC_I386_SGL" },
    { EXC_BREAKPOINT, EXC_I386_BPT, "EXC_I386_BPT" },
};

const char *
exc_name(int type)
{
    if (type < 0 || type >= EXC_TYPES_COUNT || exception_names[type] == NULL)
        return "EXC_?";
    return exception_names[type];
}

const char *
exc_code_name(int type, int64_t code)
{
    for (size_t i = 0; i < sizeof code_names / sizeof code_names[0]; i++)
        if (code_names[i].cn_type == type && code_names[i].cn_code == code)
            return code_names[i].cn_name;
    return NULL;
}
