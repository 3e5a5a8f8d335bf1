/* SPDX-License-Identifier: MIT */
/*
 * t_libmach.c - what libmach adds to the traps: reply ports, error texts,
 * sending and receiving by the header, destroying, serving, arrays of ports.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mach/mach.h>
#include <servers/bootstrap.h>

#include "guest.h"
#include "tap.h"

struct simple_message {
    mach_msg_header_t header;
    NDR_record_t ndr;
    int number;
    mach_msg_trailer_t trailer;
};

#define SIMPLE_SIZE                                    \
    ((mach_msg_size_t)(sizeof(struct simple_message) - \
                       sizeof(mach_msg_trailer_t)))

TEST(self)
{
    mach_port_t self = task_self_trap();
    mach_port_t thread = mach_thread_self();
    mach_port_t host = mach_host_self();

    ok(self == mach_task_self(),
       "mach_task_self: the name that the trap gives");
    ok(MACH_PORT_VALID(thread), "mach_thread_self: a port");
    ok(MACH_PORT_VALID(host), "mach_host_self: a port");
    ok((mach_task_self() & 3) == 3, "names have their low bits set");
    mach_port_deallocate(mach_task_self(), self);
    mach_port_deallocate(mach_task_self(), thread);
    mach_port_deallocate(mach_task_self(), host);
    is((long long)vm_page_size, PAGE_SIZE, "vm_page_size");
}

TEST(reply_port)
{
    mach_port_t first = mig_get_reply_port();
    mach_port_t second;
    mach_port_type_t type = 0;

    ok(MACH_PORT_VALID(first), "mig_get_reply_port: makes a port");
    is(mig_get_reply_port(), first, "mig_get_reply_port: the same again");
    mig_put_reply_port(first);
    is(mig_get_reply_port(), first, "mig_put_reply_port: keeps it");

    mig_dealloc_reply_port(first);
    second = mig_get_reply_port();
    ok(ALL(MACH_PORT_VALID(second), second != first),
       "mig_dealloc_reply_port: the next one is new");
    is_kr(mach_port_type(mach_task_self(), first, &type), KERN_INVALID_NAME,
          "mig_dealloc_reply_port: the old name is free");
}

TEST(errors)
{
    static const struct {
        mach_error_t code;
        const char *text;
    } texts[] = {
        { KERN_SUCCESS, "(os/kern) successful" },
        { KERN_INVALID_NAME, "(os/kern) invalid name" },
        { KERN_NOT_FOUND, "(os/kern) result not found" },
        { KERN_NOT_FOUND + 1, "unknown error code" },
        { BOOTSTRAP_UNKNOWN_SERVICE, "unknown error code" },
        { MACH_SEND_INVALID_DEST, "(ipc/send) invalid destination port" },
        { MACH_SEND_NO_GRANT_DEST,
          "(ipc/send) destination does not accept OOL ports" },
        { MACH_SEND_NO_GRANT_DEST + 1, "unknown error code" },
        { MACH_RCV_TIMED_OUT, "(ipc/rcv) timed out" },
        { MACH_RCV_BODY_ERROR | MACH_MSG_VM_SPACE, "unknown error code" },
        { MIG_TYPE_ERROR, "(ipc/mig) client type check failure" },
        { MIG_BAD_ID, "(ipc/mig) bad request message ID" },
        { MIG_TRAILER_ERROR, "(ipc/mig) unknown trailer format" },
        { MIG_TRAILER_ERROR - 1, "unknown error code" },
        { 12345678, "(operating system/?) unknown subsystem error" },
        { err_server, "(server/?) unknown subsystem error" },
        { err_mach_ipc | err_sub(3), "(ipc/?) unknown subsystem error" },
    };

    for (unsigned i = 0; i < sizeof texts / sizeof texts[0]; i++)
        is_string(mach_error_string(texts[i].code), texts[i].text,
                  "mach_error_string: as Darwin");
    ok(ALL(mach_error_string(-1) == NULL, mach_error_string(-400) == NULL),
       "mach_error_string: nothing of an unknown system");
    is_string(mach_error_type(BOOTSTRAP_UNKNOWN_SERVICE), "(os/kern)",
              "mach_error_type: bootstrap's");
    is_string(mach_error_type(-1), "(?/?)", "mach_error_type: nobody's");
    is_string(mach_error_type(MACH_RCV_TIMED_OUT), "(ipc/rcv)",
              "mach_error_type");
    is_string(bootstrap_strerror(BOOTSTRAP_UNKNOWN_SERVICE),
              "Unknown service name", "bootstrap_strerror");
    is_string(bootstrap_strerror(KERN_SUCCESS), "Success",
              "bootstrap_strerror: no error");
    is_string(bootstrap_strerror(KERN_NO_SPACE), "(os/kern) no space available",
              "bootstrap_strerror: a code of another");
}

static struct simple_message
simple_message(mach_port_t dest, mach_port_t reply, mach_msg_id_t id,
               int number)
{
    struct simple_message message = {
        .header = guest_header(dest, MACH_MSG_TYPE_COPY_SEND, reply, id),
        .number = number,
    };

    message.header.msgh_size = SIMPLE_SIZE;
    return message;
}

TEST(messages)
{
    mach_port_t port = guest_port();
    struct simple_message message =
        simple_message(port, MACH_PORT_NULL, 77, 4711);

    is_kr(mach_msg_send(&message.header), MACH_MSG_SUCCESS, "mach_msg_send");

    memset(&message, 0, sizeof message);
    message.header.msgh_local_port = port;
    message.header.msgh_size = sizeof message;
    is_kr(mach_msg_receive(&message.header), MACH_MSG_SUCCESS,
          "mach_msg_receive");
    ok(ALL(message.header.msgh_id == 77, message.number == 4711),
       "the message is what was sent");
    mach_port_destroy(mach_task_self(), port);
}

/* Sends from one buffer to `port`, receives on it into another. */
TEST(overwrite)
{
    mach_port_t port = guest_port();
    struct simple_message sent = simple_message(port, MACH_PORT_NULL, 0, 5);
    struct simple_message received = { .number = 0 };

    is_kr(mach_msg_overwrite(&sent.header, MACH_SEND_MSG | MACH_RCV_MSG,
                             SIMPLE_SIZE, sizeof received, port,
                             MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL,
                             &received.header, 0),
          MACH_MSG_SUCCESS, "mach_msg_overwrite: sends and receives");
    ok(ALL(received.number == 5, sent.header.msgh_remote_port == port),
       "mach_msg_overwrite: the first buffer stays");
    mach_port_destroy(mach_task_self(), port);
}

TEST(destroy)
{
    mach_port_t port = guest_port();
    struct {
        mach_msg_base_t base;
        mach_msg_port_descriptor_t moved;
        mach_msg_port_descriptor_t copied;
        mach_msg_ool_descriptor_t memory;
    } message = {
        .base.header.msgh_bits =
            MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND, 0) | MACH_MSGH_BITS_COMPLEX,
        .base.header.msgh_remote_port = port,
        .base.body.msgh_descriptor_count = 3,
        .moved = { .name = port, .disposition = MACH_MSG_TYPE_MOVE_SEND },
        .copied = { .name = port, .disposition = MACH_MSG_TYPE_COPY_SEND },
    };
    mach_vm_address_t memory = 0;
    kern_return_t kr;

    mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_SEND, 3);
    mach_vm_allocate(mach_task_self(), &memory, PAGE_SIZE, VM_FLAGS_ANYWHERE);
    message.memory = (mach_msg_ool_descriptor_t){
        .address = (void *)(uintptr_t)memory,
        .size = PAGE_SIZE,
        .deallocate = TRUE,
        .type = MACH_MSG_OOL_DESCRIPTOR,
    };

    mach_msg_destroy(&message.base.header);
    is(guest_refs(port, MACH_PORT_RIGHT_SEND), 2,
       "mach_msg_destroy: moved rights go, copied ones stay");

    kr = mach_vm_allocate(mach_task_self(), &memory, PAGE_SIZE, VM_FLAGS_FIXED);
    is_kr(kr, KERN_SUCCESS, "mach_msg_destroy: the memory is free again");
    mach_vm_deallocate(mach_task_self(), memory, PAGE_SIZE);
    mach_port_destroy(mach_task_self(), port);
}

/* ---- Serving ---- */

/* Answers twice the number; odd ones are refused. */
static boolean_t
double_server(mach_msg_header_t *request, mach_msg_header_t *reply)
{
    const struct simple_message *in = (const struct simple_message *)request;
    mig_reply_error_t *out = (mig_reply_error_t *)reply;

    out->Head.msgh_bits =
        MACH_MSGH_BITS(MACH_MSGH_BITS_REMOTE(request->msgh_bits), 0);
    out->Head.msgh_size = sizeof *out;
    out->Head.msgh_remote_port = request->msgh_remote_port;
    out->Head.msgh_local_port = MACH_PORT_NULL;
    out->Head.msgh_id = request->msgh_id + 100;
    out->RetCode = in->number % 2 == 0 ? KERN_SUCCESS : KERN_INVALID_ARGUMENT;
    if (in->number < 0)
        out->RetCode = MIG_NO_REPLY;
    return TRUE;
}

static void
send_request(mach_port_t port, mach_port_t reply, int number)
{
    struct simple_message message = simple_message(port, reply, 1000, number);

    mach_msg_send(&message.header);
}

/* What came to `reply`: its code, or 1 if nothing did. */
static kern_return_t
poll_reply(mach_port_t reply)
{
    struct {
        mig_reply_error_t error;
        mach_msg_trailer_t trailer;
    } message;

    if (mach_msg(&message.error.Head, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
                 sizeof message, reply, 0, MACH_PORT_NULL) != MACH_MSG_SUCCESS)
        return 1;

    return message.error.RetCode;
}

TEST(server)
{
    mach_port_t port = guest_port();
    mach_port_t reply = guest_port();
    const mach_msg_size_t size = sizeof(struct simple_message);

    send_request(port, reply, 2);
    is_kr(mach_msg_server_once(double_server, size, port, 0), MACH_MSG_SUCCESS,
          "mach_msg_server_once: serves");
    is_kr(poll_reply(reply), KERN_SUCCESS, "the client has its reply");

    send_request(port, reply, 3);
    mach_msg_server_once(double_server, size, port, 0);
    is_kr(poll_reply(reply), KERN_INVALID_ARGUMENT,
          "the client is told that its request was refused");

    send_request(port, reply, -2);
    mach_msg_server_once(double_server, size, port, 0);
    is_kr(poll_reply(reply), 1, "MIG_NO_REPLY sends nothing");

    send_request(port, reply, 4);
    send_request(port, reply, 5);
    send_request(port, reply, 6);
    is_kr(mach_msg_server(double_server, size, port, MACH_RCV_TIMEOUT),
          MACH_RCV_TIMED_OUT, "mach_msg_server: serves until there is no more");
    is_kr(poll_reply(reply), KERN_SUCCESS, "the first reply");
    is_kr(poll_reply(reply), KERN_INVALID_ARGUMENT, "the second");
    is_kr(poll_reply(reply), KERN_SUCCESS, "the third");

    mach_port_destroy(mach_task_self(), port);
    mach_port_destroy(mach_task_self(), reply);
}

/* ---- Arrays of ports ---- */

TEST(registered)
{
    mach_port_array_t ports;
    mach_msg_type_number_t count = 0;

    is_kr(mach_ports_register(mach_task_self(), NULL, 4), KERN_INVALID_ARGUMENT,
          "mach_ports_register: at most three");
    is_kr(mach_ports_lookup(mach_task_self(), &ports, &count), KERN_SUCCESS,
          "mach_ports_lookup");
    is(count, TASK_PORT_REGISTER_MAX, "mach_ports_lookup: three slots");
    ok(MACH_PORT_VALID(ports[2]), "mach_ports_lookup: the console is there");

    for (mach_msg_type_number_t i = 0; i < count; i++)
        mach_port_deallocate(mach_task_self(), ports[i]);
    guest_unmap(ports, count * sizeof *ports);
}

TEST(names)
{
    char name[200];
    mach_port_t port;

    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    is_kr(bootstrap_look_up(bootstrap_port, name, &port), BOOTSTRAP_BAD_COUNT,
          "bootstrap_look_up: a name too long is refused");
}

TEST(other_task)
{
    mach_port_t child = MACH_PORT_NULL;
    mach_port_t name = MACH_PORT_NULL;
    mach_port_type_t type = 0;
    mach_vm_address_t address = 0;

    is_kr(task_create(mach_task_self(), NULL, 0, FALSE, &child), KERN_SUCCESS,
          "task_create");
    is_kr(mach_port_allocate(child, MACH_PORT_RIGHT_RECEIVE, &name),
          KERN_SUCCESS, "mach_port_allocate: in another task, by a message");
    is_kr(mach_port_type(child, name, &type), KERN_SUCCESS,
          "mach_port_type: in another task");
    is(type, MACH_PORT_TYPE_RECEIVE, "it has a receive right there");
    is_kr(mach_vm_allocate(child, &address, PAGE_SIZE, VM_FLAGS_ANYWHERE),
          KERN_SUCCESS, "mach_vm_allocate: in another task");
    task_terminate(child);
    mach_port_deallocate(mach_task_self(), child);

    is_kr(mach_port_allocate(MACH_PORT_NULL, MACH_PORT_RIGHT_RECEIVE, &name),
          MACH_SEND_INVALID_DEST, "mach_port_allocate: in no task");
}
