/* SPDX-License-Identifier: MIT */
/*
 * unistd.h - the few calls of Unix that make sense for a Mach task.
 */
#ifndef _UNISTD_H_
#define _UNISTD_H_

#include <stddef.h>
#include <sys/types.h>

#define STDIN_FILENO  0
#define STDOUT_FILENO 1
#define STDERR_FILENO 2

extern char **environ;

/* The time that was left if the wait was interrupted, else 0. */
extern unsigned sleep(unsigned seconds);
extern int usleep(useconds_t microseconds);

/* As exit, without atexit and without flushing. */
extern void _exit(int status) __attribute__((noreturn));

extern int getpagesize(void);

#endif
