/* SPDX-License-Identifier: MIT */
/*
 * names.h - the services that can be looked up.
 */
#ifndef BOOTSTRAP_NAMES_H
#define BOOTSTRAP_NAMES_H

#include <mach/mach.h>
#include <stdbool.h>

/* Declares a service that job `owner` may check in. */
kern_return_t names_declare(const char *name, unsigned owner);
/* Does the job serve: has it registered a name, or checked one in? */
bool names_served_by(unsigned owner);
/* The job is gone, and what it published with it. */
void names_owner_ended(unsigned owner);
/* The port behind `port` is dead, and told so by the kernel. */
void names_port_died(mach_port_t port);

#endif
