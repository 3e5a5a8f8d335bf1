/* SPDX-License-Identifier: MIT */
/*
 * load.h - from an ELF file to a task that is ready to run.
 */
#ifndef BOOTSTRAP_LOAD_H
#define BOOTSTRAP_LOAD_H

#include <mach/mach.h>
#include <stddef.h>

#define LOAD_ARGS_MAX 2304 /* bytes of all arguments, their NULs included */

/* Maps the program into an empty task and starts its first thread. */
kern_return_t load_image(mach_port_t task, const void *image, size_t size,
                         uint64_t *entry);
/* Lays out the stack: argc, argv, envp. */
kern_return_t load_stack(mach_port_t task, const char *program,
                         const char *args, size_t args_size, uint64_t *sp);
/* Starts a thread at `entry` with that stack. */
kern_return_t load_run(mach_port_t task, uint64_t entry, uint64_t sp);

#endif
