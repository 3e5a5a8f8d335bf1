/* SPDX-License-Identifier: MIT */
/*
 * script.h - what runs, and in which order.
 */
#ifndef BOOTSTRAP_SCRIPT_H
#define BOOTSTRAP_SCRIPT_H

#include "job.h"

/* Reads the configuration and starts what the command line asks for. */
void script_start(const char *cmdline);
/* A job that the server started itself has ended. */
void script_job_ended(const struct job *job);

#endif
