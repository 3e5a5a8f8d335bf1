/* SPDX-License-Identifier: MIT */
/*
 * ipc_host.h - the machine as an object: who may ask, who may command.
 */
#ifndef OSTIA_KERNEL_IPC_HOST_H
#define OSTIA_KERNEL_IPC_HOST_H

#include "kernel/ipc_tt.h"

/*
 * There is one host with two ports: the one that everybody has gives facts,
 * the privileged one ends the run.
 */
struct host {
    ipc_port_t ih_self; /* alive for ever, and so is the other */
    ipc_port_t ih_priv;
};

extern struct host realhost;

void host_init(void);

#endif
