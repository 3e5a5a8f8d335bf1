/* SPDX-License-Identifier: MIT */
/*
 * mig_kernel.h - what the stubs that tools/mig makes for the kernel stand on.
 *
 * A kmsg keeps the message in the user's layout, and its rights and memory
 * beside it, by the index of the descriptor.  So kernel stubs use the same
 * structures as user stubs and fetch rights by the calls below.
 *
 * The rule of consumption: a routine that returns KERN_SUCCESS or
 * MIG_NO_REPLY has consumed its port and out-of-line arguments, but for arrays
 * of rights, which stay in the message and end with it; any other code has
 * consumed nothing.
 */
#ifndef OSTIA_IPC_MIG_KERNEL_H
#define OSTIA_IPC_MIG_KERNEL_H

#include <mach/mig_errors.h>
#include <mach/ndr.h>

#include "ipc/ipc_types.h"
#include "kernel/base/string.h"
#include "kernel/core/ledger.h"
#include "vm/vm_copy.h"

struct mig_routine {
    void (*mr_stub)(ipc_kmsg_t request, ipc_kmsg_t reply);
    mach_msg_size_t mr_reply_size; /* the most, in bytes */
    unsigned mr_reply_descriptors; /* the most */
};

struct mig_subsystem {
    const char *ms_name;
    mach_msg_id_t ms_start; /* ids ms_start … ms_end - 1 */
    mach_msg_id_t ms_end;
    const struct mig_routine *ms_routines; /* a NULL mr_stub is a hole */
    const char *const *ms_names;           /* of the routines, same index */
};

/* The subsystem whose ids include `id`, or NULL (mig_table.c). */
const struct mig_subsystem *mig_subsystem_find(mach_msg_id_t id);

/* ---- a request or a reply in a stub's hands */
void *ipc_kmsg_body(ipc_kmsg_t kmsg);
mach_msg_size_t ipc_kmsg_size(ipc_kmsg_t kmsg);
ipc_port_t ipc_kmsg_remote(ipc_kmsg_t kmsg);
ipc_port_t ipc_kmsg_reply_port(ipc_kmsg_t kmsg);
ipc_port_t ipc_kmsg_port(ipc_kmsg_t kmsg, unsigned index);
vm_map_copy_t ipc_kmsg_copy(ipc_kmsg_t kmsg, unsigned index);
ipc_ports_t ipc_kmsg_ports(ipc_kmsg_t kmsg, unsigned index);
void ipc_kmsg_taken(ipc_kmsg_t kmsg, unsigned index);
void ipc_kmsg_reply_taken(ipc_kmsg_t kmsg);
void ipc_kmsg_put_port(ipc_kmsg_t reply, unsigned index, ipc_port_t right,
                       mach_msg_type_name_t disposition);
void ipc_kmsg_put_copy(ipc_kmsg_t reply, unsigned index, vm_map_copy_t copy,
                       mach_msg_size_t size);
void ipc_kmsg_put_ports(ipc_kmsg_t reply, unsigned index, ipc_ports_t array,
                        unsigned count, mach_msg_type_name_t disposition);

/* ---- messages that the kernel sends */
MUSTUSE ipc_kmsg_t ipc_kmsg_alloc_kernel(struct ledger *ledger,
                                         mach_msg_size_t size,
                                         unsigned descriptors);
void ipc_kmsg_set_header(ipc_kmsg_t kmsg, ipc_port_t dest,
                         mach_msg_type_name_t dest_type, ipc_port_t reply,
                         mach_msg_type_name_t reply_type, mach_msg_id_t id,
                         bool complex);
mach_msg_return_t ipc_kmsg_send_kernel(ipc_kmsg_t kmsg);
/* The answer of a routine that returned MIG_NO_REPLY and has no results. */
void ipc_kobject_reply(ipc_port_t reply, mach_msg_id_t reply_id,
                       kern_return_t code);

#endif
