/* SPDX-License-Identifier: MIT */
/*
 * main.c - the bootstrap server: the first task, and the one that all others
 * are started by and ask for ports.
 *
 * One thread, one port set, one loop: receive a message, serve it, reply.
 * Nothing in the loop waits for a client.
 *
 *      each job's port   its requests; its exceptions; the death of its task,
 *                        and of all others of its ledger
 *      sv_notify         deaths of ports that were published
 *
 * A message is told apart by who sent it, which the kernel writes in the
 * trailer and no task can forge: exceptions and notifications are believed
 * from the kernel alone, and requests are served for everyone else.
 *
 * Rights: whatever came with a request that is not answered with success is
 * destroyed with it.  A routine that succeeds has taken its rights over.
 */
#include <mach/mach.h>
#include <mach/mach_exc_server.h>
#include <mach/mach_vm.h>
#include <mach/notify.h>
#include <ostia/job_server.h>
#include <ostia/message.h>
#include <ostia/ostia.h>
#include <ostia/ports.h>
#include <servers/bootstrap_server.h>
#include <stdio.h>
#include <stdlib.h>

#include "job.h"
#include "log.h"
#include "names.h"
#include "script.h"
#include "server.h"

/* No request is as large as this; what is larger the kernel destroys. */
#define MESSAGE_MAX 8192

#define HALT_AGAIN_MS 100

#define LEDGER_TERMINATE_REPLY 5101

#define RECEIVE_OPTIONS                                                \
    (MACH_RCV_MSG | MACH_RCV_TRAILER_TYPE(MACH_MSG_TRAILER_FORMAT_0) | \
     MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_SENDER))

union message {
    mach_msg_header_t header;
    mig_reply_error_t error;
    mach_dead_name_notification_t dead_name;
    char bytes[MESSAGE_MAX];
};

struct server server;

/* ---- Ports ---- */

kern_return_t
server_port_adopt(mach_port_t port)
{
    kern_return_t kr;

    kr = mach_port_move_member(mach_task_self(), port, server.sv_set);
    if (kr != KERN_SUCCESS)
        server_port_destroy(port);
    return kr;
}

void
server_port_destroy(mach_port_t port)
{
    mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_RECEIVE, -1);
}

kern_return_t
server_watch(mach_port_t name, mach_port_t notify)
{
    mach_port_t previous = MACH_PORT_NULL;
    kern_return_t kr;

    /* Sync 1: a port that is dead already is told of at once. */
    kr = mach_port_request_notification(
        mach_task_self(), name, MACH_NOTIFY_DEAD_NAME, 1, notify,
        MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous);
    if (kr == KERN_SUCCESS)
        mach_port_deallocate(mach_task_self(), previous);
    return kr;
}

bool
server_port_dead(mach_port_t name)
{
    mach_port_type_t type = 0;

    return mach_port_type(mach_task_self(), name, &type) == KERN_SUCCESS &&
           (type & MACH_PORT_TYPE_DEAD_NAME) != 0;
}

/* The kernel may be short of memory for the call: then again, later. */
void
server_halt(int status, const char *reason)
{
    kern_return_t kr;

    for (;;) {
        kr = host_halt(server.sv_host_priv, status != 0, reason);
        log_line("the kernel does not halt (%s): %s", mach_error_string(kr),
                 reason);
        thread_switch(MACH_PORT_NULL, SWITCH_OPTION_WAIT, HALT_AGAIN_MS);
    }
}

/* ---- The loop ---- */

/* Did the kernel send it? */
static bool
is_from_kernel(const union message *request)
{
    const mach_msg_security_trailer_t *trailer =
        (const void *)(request->bytes + round_msg(request->header.msgh_size));

    return trailer->msgh_sender.val[0] == KERNEL_SECURITY_TOKEN.val[0] &&
           trailer->msgh_sender.val[1] == KERNEL_SECURITY_TOKEN.val[1];
}

/* A port that we have a name for died; the message brought a reference. */
static void
port_died(mach_port_t name)
{
    struct job *job = job_of_task(name);

    if (job != NULL)
        job_task_died(job);
    names_port_died(name);
    mach_port_deallocate(mach_task_self(), name);
}

/* The answer to our own request, since nobody else has a send-once right to a
   port of ours: the kernel's answers to others may come here too. */
static bool
is_answer(const mach_msg_header_t *header, mach_msg_id_t id)
{
    return header->msgh_id == id && MACH_MSGH_BITS_LOCAL(header->msgh_bits) ==
                                        MACH_MSG_TYPE_PORT_SEND_ONCE;
}

/* A message of the kernel; true if `reply` is one. */
static bool
serve_kernel(union message *request, union message *reply)
{
    if (mach_exc_server(&request->header, &reply->header))
        return true;

    if (request->header.msgh_id == MACH_NOTIFY_DEAD_NAME &&
        request->header.msgh_size ==
            sizeof request->dead_name - sizeof request->dead_name.trailer)
        port_died(request->dead_name.not_port);
    else if (is_answer(&request->header, LEDGER_TERMINATE_REPLY))
        job_ledger_ended(request->header.msgh_local_port, true);
    else if (is_answer(&request->header, MACH_NOTIFY_SEND_ONCE))
        job_ledger_ended(request->header.msgh_local_port, false);
    else
        mach_msg_destroy_received(&request->header);
    return false;
}

/* A message of a task; what nobody knows is answered MIG_BAD_ID. */
static bool
serve_client(union message *request, union message *reply)
{
    if (!bootstrap_server(&request->header, &reply->header))
        (void)job_server(&request->header, &reply->header);
    return true;
}

/*
 * Sends a reply, or what is in it goes back to nobody.  Never waits.  An answer
 * goes over a send-once right alone: one by a send right would lie in the
 * client's queue at our cost.
 */
static void
send_reply(union message *reply)
{
    mach_msg_return_t mr = MACH_SEND_INVALID_DEST;

    if (MACH_MSGH_BITS_REMOTE(reply->header.msgh_bits) ==
        MACH_MSG_TYPE_MOVE_SEND_ONCE)
        mr = mach_msg(&reply->header, MACH_SEND_MSG | MACH_SEND_TIMEOUT,
                      reply->header.msgh_size, 0, MACH_PORT_NULL, 0,
                      MACH_PORT_NULL);
    if (mr != MACH_MSG_SUCCESS)
        mach_msg_destroy(&reply->header);
}

/* One message, from its arrival to its reply. */
static void
serve(union message *request, union message *reply)
{
    bool answered = is_from_kernel(request) ? serve_kernel(request, reply)
                                            : serve_client(request, reply);

    if (!answered)
        return;
    if ((reply->header.msgh_bits & MACH_MSGH_BITS_COMPLEX) == 0 &&
        reply->error.RetCode != KERN_SUCCESS) {
        if (reply->error.RetCode == MIG_NO_REPLY)
            return;
        /* The reply right goes with the reply, the others end here. */
        request->header.msgh_remote_port = MACH_PORT_NULL;
        mach_msg_destroy_received(&request->header);
    }
    send_reply(reply);
}

static void __attribute__((noreturn)) loop(void)
{
    static union message request, reply;
    mach_msg_timeout_t patience;
    mach_msg_return_t mr;

    for (;;) {
        patience = script_go_on();
        mr = mach_msg(&request.header,
                      RECEIVE_OPTIONS | (patience != 0 ? MACH_RCV_TIMEOUT : 0),
                      0, sizeof request, server.sv_set, patience,
                      MACH_PORT_NULL);
        if (mr == MACH_MSG_SUCCESS)
            serve(&request, &reply);
        else if ((mr & ~MACH_MSG_MASK) == MACH_RCV_BODY_ERROR)
            mach_msg_destroy_received(
                &request.header); /* no room for all of it */
    }
}

/* ---- The beginning ---- */

/* What the kernel gave us, and gives to no program that somebody starts. */
static void
find_ports(void)
{
    mach_port_array_t ports;
    mach_msg_type_number_t count = 0;
    mach_vm_address_t address = 0;
    const char *size = getenv("BOOTFS_SIZE");

    if (mach_ports_lookup(mach_task_self(), &ports, &count) != KERN_SUCCESS ||
        count <= OSTIA_PORT_CONSOLE ||
        !MACH_PORT_VALID(ports[OSTIA_PORT_HOST_PRIV]) ||
        !MACH_PORT_VALID(ports[OSTIA_PORT_BOOTFS])) {
        printf("bootstrap: only the first task has the rights that I need\n");
        exit(1);
    }
    server.sv_host_priv = ports[OSTIA_PORT_HOST_PRIV];
    server.sv_console = ports[OSTIA_PORT_CONSOLE];
    if (host_get_ledger(server.sv_host_priv, &server.sv_ledger) != KERN_SUCCESS)
        server_halt(1, "the bootstrap server gets no ledger");

    server.sv_bootfs_size = size != NULL ? strtoul(size, NULL, 10) : 0;
    if (mach_vm_map(mach_task_self(), &address, server.sv_bootfs_size, 0,
                    VM_FLAGS_ANYWHERE, ports[OSTIA_PORT_BOOTFS], 0, FALSE,
                    VM_PROT_READ, VM_PROT_READ,
                    VM_INHERIT_NONE) != KERN_SUCCESS)
        server_halt(1, "there is no boot file system");
    server.sv_bootfs = (const void *)address;
}

static void
create_ports(void)
{
    if (mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_PORT_SET,
                           &server.sv_set) != KERN_SUCCESS ||
        mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE,
                           &server.sv_notify) != KERN_SUCCESS ||
        server_port_adopt(server.sv_notify) != KERN_SUCCESS)
        server_halt(1, "the bootstrap server gets no ports");
}

int
main(void)
{
    const char *cmdline = getenv("CMDLINE");

    find_ports();
    log_line("ready");
    create_ports();
    script_start(cmdline != NULL ? cmdline : "");
    loop();
}
