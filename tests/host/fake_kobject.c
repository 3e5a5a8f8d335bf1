/* SPDX-License-Identifier: MIT */
/*
 * fake_kobject.c - kernel objects and their routines for tests of ipc/.
 */
#include "fake_seam.h"
#include "ipc/ipc_kmsg.h"
#include "ipc/ipc_kobject.h"
#include "ipc/mig_kernel.h"

unsigned fake_console_messages;
mach_msg_id_t fake_console_last_id;
unsigned fake_no_senders_calls;
kern_return_t fake_routine_result;
ipc_port_t fake_kept_reply;

static void
console_message(ipc_port_t port, ipc_kmsg_t kmsg)
{
    mach_msg_header_t *header = ipc_kmsg_body(kmsg);

    (void)port;
    fake_console_messages++;
    fake_console_last_id = header->msgh_id;
    ipc_kmsg_destroy(kmsg);
}

static void
count_no_senders(ipc_port_t port)
{
    fake_no_senders_calls += port->ip_srights == 0;
}

const struct ipc_kobject_ops ipc_kobject_ops[IKOT_MAX] = {
    [IKOT_THREAD] = { .iko_name = "thread" },
    [IKOT_HOST] = { .iko_name = "host" },
    [IKOT_TASK] = { .iko_name = "task", .iko_sender_gone = count_no_senders },
    [IKOT_CONSOLE] = { .iko_name = "console",
                       .iko_sender_gone = count_no_senders,
                       .iko_message = console_message },
};

ipc_port_t
fake_console_port(void)
{
    static int console;

    return ipc_kobject_alloc(&console, IKOT_CONSOLE, &kernel_ledger);
}

/* One port descriptor in; on success it goes straight back out. */
static void
stub(ipc_kmsg_t request, ipc_kmsg_t reply)
{
    mig_reply_error_t *error = ipc_kmsg_body(reply);
    mach_msg_base_t *base = ipc_kmsg_body(reply);

    error->RetCode = fake_routine_result;
    if (fake_routine_result == MIG_NO_REPLY) {
        fake_kept_reply = ipc_kmsg_reply_port(request);
        ipc_kmsg_reply_taken(request);
        return;
    }
    if (fake_routine_result != KERN_SUCCESS)
        return;
    base->header.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
    base->header.msgh_size = sizeof(*base) + sizeof(mach_msg_port_descriptor_t);
    base->body.msgh_descriptor_count = 1;
    ipc_kmsg_put_port(reply, 0, ipc_kmsg_port(request, 0),
                      MACH_MSG_TYPE_PORT_SEND);
    ipc_kmsg_taken(request, 0);
}

static const struct mig_routine routines[] = {
    { stub, sizeof(mach_msg_base_t) + sizeof(mach_msg_port_descriptor_t), 1 },
};
static const struct mig_subsystem fake_subsystem = {
    .ms_name = "fake",
    .ms_start = FAKE_ID,
    .ms_end = FAKE_ID + 1,
    .ms_routines = routines,
};
extern const struct mig_subsystem mach_port_subsystem;

const struct mig_subsystem *
mig_subsystem_find(mach_msg_id_t id)
{
    if (id == FAKE_ID)
        return &fake_subsystem;
    if (id >= mach_port_subsystem.ms_start && id < mach_port_subsystem.ms_end)
        return &mach_port_subsystem;
    return NULL;
}
