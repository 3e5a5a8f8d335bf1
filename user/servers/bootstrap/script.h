/* SPDX-License-Identifier: MIT */
/*
 * script.h - what runs, and in which order.
 */
#ifndef BOOTSTRAP_SCRIPT_H
#define BOOTSTRAP_SCRIPT_H

#include "job.h"

/* Reads the configuration and starts what the command line asks for. */
void script_start(const char *cmdline);
/* Starts the next of the programs that the run names, if it is time to.
   Returns  the ms until it is time again; 0: only messages matter now. */
mach_msg_timeout_t script_go_on(void);
/* A job that the server started itself has ended. */
void script_job_ended(const struct job *job);

#endif
