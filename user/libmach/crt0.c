/* SPDX-License-Identifier: MIT */
/*
 * crt0.c - from the first instruction of a program to its main.
 *
 * The stack as whoever made the task left it, with rsp at a multiple of 16:
 *
 *      rsp + 0                argc, 8 bytes
 *      rsp + 8                argv[0] ... argv[argc - 1], NULL
 *      rsp + 8 * (argc + 2)   environment strings ..., NULL
 *      above                  the strings themselves
 *
 * The general registers are 0, and so is the base of GS.
 */
#include <mach/mach.h>
#include <stdlib.h>

extern char **environ;
extern int main(int argc, char **argv, char **envp);

mach_port_t mach_task_self_;
mach_port_t bootstrap_port;

static struct mach_thread_block first_thread;

void _start_c(unsigned long *stack);

__asm__(".pushsection .text.start,\"ax\",@progbits\n"
        ".globl start\n"
        ".type start, @function\n"
        "start:\n"
        "    xorl %ebp, %ebp\n" /* where backtraces end */
        "    movq %rsp, %rdi\n"
        "    call _start_c\n"
        "    ud2\n"
        ".size start, . - start\n"
        ".popsection");

/* Makes mach_task_self() and the calls that need a reply port work. */
static void
init_ports(void)
{
    kern_return_t kr;

    _mach_thread_init(&first_thread);
    mach_task_self_ = task_self_trap();

    kr = task_get_bootstrap_port(mach_task_self(), &bootstrap_port);
    if (kr != KERN_SUCCESS)
        bootstrap_port = MACH_PORT_NULL;
}

void
_start_c(unsigned long *stack)
{
    int argc = (int)stack[0];
    char **argv = (char **)(stack + 1);

    environ = argv + argc + 1;
    init_ports();
    exit(main(argc, argv, environ));
}
