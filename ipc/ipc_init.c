/* SPDX-License-Identifier: MIT */
/*
 * ipc_init.c - the one state of ipc/, and its start.
 */
#include "ipc/ipc_init.h"

#include <mach/ndr.h>

#include "ipc/ipc_kmsg.h"
#include "ipc/ipc_port.h"
#include "ipc/ipc_pset.h"
#include "ipc/ipc_request.h"
#include "ipc/ipc_space.h"

struct ipc_state ipc_state = {
    .is_port_zone = ZONE_INIT("ports", struct ipc_port),
    .is_pset_zone = ZONE_INIT("port sets", struct ipc_pset),
    .is_link_zone = ZONE_INIT("port set members", struct ipc_link),
    .is_kmsg_zone = { .z_name = "messages",
                      .z_size = sizeof(struct ipc_kmsg_small),
                      .z_zeroed = sizeof(struct ipc_kmsg) },
    .is_space_zone = ZONE_INIT("spaces", struct ipc_space),
    .is_request_zone = ZONE_INIT("notification requests", struct ipc_request),
};

/* This machine's, for the kernel's own messages. */
NDR_record_t NDR_record = {
    .mig_vers = NDR_PROTOCOL_2_0,
    .int_rep = NDR_INT_LITTLE_ENDIAN,
    .char_rep = NDR_CHAR_ASCII,
    .float_rep = NDR_FLOAT_IEEE,
};

const security_token_t KERNEL_SECURITY_TOKEN = KERNEL_SECURITY_TOKEN_VALUE;
const audit_token_t KERNEL_AUDIT_TOKEN = KERNEL_AUDIT_TOKEN_VALUE;

void
ipc_init(void)
{
    queue_init(&ipc_state.is_objects);
    queue_init(&ipc_state.is_spaces);
}
