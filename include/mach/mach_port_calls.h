/* SPDX-License-Identifier: MIT */
/*
 * mach/mach_port_calls.h - the calls on names that tools/mig does not make.
 *
 * Included by <mach/mach_port.h>.
 */
#ifndef _MACH_MACH_PORT_CALLS_H_
#define _MACH_MACH_PORT_CALLS_H_

#include <mach/mach_types.h>

/* mach_port_kobject, cut to 32 bits. */
extern kern_return_t mach_port_kernel_object(ipc_space_t task,
                                             mach_port_name_t name,
                                             unsigned *object_type,
                                             unsigned *object_addr);

extern kern_return_t mach_port_request_notification(
    ipc_space_t task, mach_port_name_t name, mach_msg_id_t msgid,
    mach_port_mscount_t sync, mach_port_t notify,
    mach_msg_type_name_t notifyPoly, mach_port_t *previous);

#endif
