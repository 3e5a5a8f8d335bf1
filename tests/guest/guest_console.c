/* SPDX-License-Identifier: MIT */
/*
 * guest_console.c - the console, for tests of it: see guest.h.
 */
#include <ostia/ports.h>

#include "guest.h"

#define READ_ID 900201

mach_port_t
guest_console(void)
{
    mach_port_array_t ports = NULL;
    mach_msg_type_number_t count = 0;

    if (mach_ports_lookup(mach_task_self(), &ports, &count) != KERN_SUCCESS ||
        count <= OSTIA_PORT_CONSOLE)
        return MACH_PORT_NULL;
    return ports[OSTIA_PORT_CONSOLE];
}

mach_msg_return_t
guest_console_ask(mach_port_t console, mach_port_t reply)
{
#pragma pack(push, 4)
    struct {
        mach_msg_header_t header;
        NDR_record_t ndr;
        int max;
    } request = {
        .header =
            guest_header(console, MACH_MSG_TYPE_COPY_SEND, reply, READ_ID),
        .ndr = NDR_record,
        .max = 16,
    };
#pragma pack(pop)

    request.header.msgh_size = sizeof request;
    return mach_msg_send(&request.header);
}
