/* SPDX-License-Identifier: MIT */
/*
 * server.h - what the parts of the bootstrap server share: the rights and the
 * boot file system that it was started with, and the ports that it listens to.
 */
#ifndef BOOTSTRAP_SERVER_H
#define BOOTSTRAP_SERVER_H

#include <mach/mach.h>
#include <stdbool.h>
#include <stddef.h>

struct server {
    /* The registered ports of the first task */
    mach_port_t sv_host_priv;
    mach_port_t sv_console;
    ledger_t sv_ledger; /* above all others */

    /* The boot file system, mapped read-only */
    const void *sv_bootfs;
    size_t sv_bootfs_size;

    /* What the server receives on: the set of all its ports */
    mach_port_t sv_set;
    mach_port_t sv_notify; /* deaths of published ports; no one may send */
};

extern struct server server;

/* A receive right comes into the server's set, or ends with an error. */
kern_return_t server_port_adopt(mach_port_t port);
/* Asks that the death of `name`'s port be told to `notify`. */
kern_return_t server_watch(mach_port_t name, mach_port_t notify);
/* Did the port behind this name die?  (Its notification may not be here.) */
bool server_port_dead(mach_port_t name);
/* Gives a receive right up; user references of the name stay. */
void server_port_destroy(mach_port_t port);
/* Powers off.  `status` 0 passes. */
void server_halt(int status, const char *reason) __attribute__((noreturn));

#endif
