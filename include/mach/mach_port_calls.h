/* SPDX-License-Identifier: MIT */
/*
 * mach/mach_port_calls.h - the calls on names that have a trap of their own.
 *
 * Included by <mach/mach_port.h>.  On the caller's own task they are a trap;
 * on another task they go as a message, by the stub called _kernelrpc_....
 */
#ifndef _MACH_MACH_PORT_CALLS_H_
#define _MACH_MACH_PORT_CALLS_H_

#include <mach/mach_types.h>

extern kern_return_t mach_port_allocate(ipc_space_t task,
                                        mach_port_right_t right,
                                        mach_port_name_t *name);
extern kern_return_t mach_port_deallocate(ipc_space_t task,
                                          mach_port_name_t name);
extern kern_return_t mach_port_mod_refs(ipc_space_t task, mach_port_name_t name,
                                        mach_port_right_t right,
                                        mach_port_delta_t delta);
extern kern_return_t mach_port_type(ipc_space_t task, mach_port_name_t name,
                                    mach_port_type_t *ptype);

extern kern_return_t mach_port_insert_right(ipc_space_t task,
                                            mach_port_name_t name,
                                            mach_port_t poly,
                                            mach_msg_type_name_t polyPoly);
extern kern_return_t mach_port_move_member(ipc_space_t task,
                                           mach_port_name_t member,
                                           mach_port_name_t after);
extern kern_return_t mach_port_insert_member(ipc_space_t task,
                                             mach_port_name_t name,
                                             mach_port_name_t pset);
extern kern_return_t mach_port_extract_member(ipc_space_t task,
                                              mach_port_name_t name,
                                              mach_port_name_t pset);

extern kern_return_t mach_port_construct(ipc_space_t task,
                                         mach_port_options_ptr_t options,
                                         mach_port_context_t context,
                                         mach_port_name_t *name);
extern kern_return_t mach_port_destruct(ipc_space_t task, mach_port_name_t name,
                                        mach_port_delta_t srdelta,
                                        mach_port_context_t guard);
extern kern_return_t mach_port_guard(ipc_space_t task, mach_port_name_t name,
                                     mach_port_context_t guard,
                                     boolean_t strict);
extern kern_return_t mach_port_unguard(ipc_space_t task, mach_port_name_t name,
                                       mach_port_context_t guard);

/* mach_port_kobject, cut to 32 bits. */
extern kern_return_t mach_port_kernel_object(ipc_space_t task,
                                             mach_port_name_t name,
                                             unsigned *object_type,
                                             unsigned *object_addr);

extern kern_return_t mach_port_get_attributes(
    ipc_space_t task, mach_port_name_t name, mach_port_flavor_t flavor,
    mach_port_info_t port_info_out, mach_msg_type_number_t *port_info_outCnt);
extern kern_return_t mach_port_request_notification(
    ipc_space_t task, mach_port_name_t name, mach_msg_id_t msgid,
    mach_port_mscount_t sync, mach_port_t notify,
    mach_msg_type_name_t notifyPoly, mach_port_t *previous);

#endif
