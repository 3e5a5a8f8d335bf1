/* SPDX-License-Identifier: MIT */
/*
 * hello - the smallest task.
 *
 * There is no system call behind printf: the text goes, as a message, to the
 * console port that the task found among its registered ports.  And there is
 * none behind the return from main either: the exit status is a message to the
 * bootstrap server, and then the task terminates itself.
 */
#include <mach/mach.h>
#include <stdio.h>

int
main(void)
{
    printf("Hello from a task of Ostia.\n");
    printf("My own port is 0x%x, my thread's 0x%x; the bootstrap server is "
           "behind 0x%x.\n",
           mach_task_self(), mach_thread_self(), bootstrap_port);
    return 0;
}
