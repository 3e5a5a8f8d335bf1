/* SPDX-License-Identifier: MIT */
/*
 * mach_port_construct.h - ports made with all that their options say.
 */
#ifndef OSTIA_IPC_MACH_PORT_CONSTRUCT_H
#define OSTIA_IPC_MACH_PORT_CONSTRUCT_H

#include "ipc/ipc_types.h"

/* mach_port_construct, once the options are in the kernel's memory. */
MUSTUSE kern_return_t ipc_port_construct(ipc_space_t space,
                                         const mach_port_options_t *options,
                                         mach_port_context_t context,
                                         mach_port_name_t *name);

#endif
