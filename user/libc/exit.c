/* SPDX-License-Identifier: MIT */
/*
 * exit.c - how a program ends.
 *
 * Mach knows no exit status: it goes as a message to the bootstrap server,
 * which is the parent of every job; then the task terminates itself.  A job that
 * has all the memory it may have waits for some, since its status counts.
 */
#include <mach/mach.h>
#include <ostia/job.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lock.h"

/* C promises 32. */
#define FUNCTIONS_MAX 32

#define END_TRIES 10
#define AGAIN_US  10000 /* until the status is told again */

static lock_t lock;
static void (*functions[FUNCTIONS_MAX])(void);
static int function_count;

int
atexit(void (*function)(void))
{
    int result = -1;

    lock_acquire(&lock);
    if (function_count < FUNCTIONS_MAX) {
        functions[function_count++] = function;
        result = 0;
    }
    lock_release(&lock);

    return result;
}

/* The last one, or NULL; it may call atexit itself. */
static void (*take_function(void))(void)
{
    void (*function)(void) = NULL;

    lock_acquire(&lock);
    if (function_count > 0)
        function = functions[--function_count];
    lock_release(&lock);

    return function;
}

void
exit(int status)
{
    void (*function)(void);

    while ((function = take_function()) != NULL)
        function();

    fflush(NULL);
    _exit(status);
}

/* Does not return, unless there is no memory for the message. */
static void
end_task(void)
{
    (void)task_terminate(mach_task_self());

    /* Perhaps the start already had no memory for our own port's name. */
    mach_task_self_ = task_self_trap();
}

/* A task that cannot end itself crashes: an exception needs no memory. */
void
_exit(int status)
{
    while (job_exit(bootstrap_port, status) == MACH_SEND_NO_BUFFER)
        (void)usleep(AGAIN_US);

    for (int i = 0; i < END_TRIES; i++)
        end_task();
    __builtin_trap();
}

void
_Exit(int status)
{
    _exit(status);
}

/* An instruction that does not exist makes a crash that reports where. */
void
abort(void)
{
    fflush(NULL);
    __builtin_trap();
}
