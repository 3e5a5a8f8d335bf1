/* SPDX-License-Identifier: MIT */
/*
 * fake.c - the host's stand-in for the kernel and libmach (see fake.h).
 */
#include "fake.h"

#include <mach/mach_init.h>
#include <mach/mig.h>
#include <mach/ndr.h>
#include <ostia/message.h>
#include <stdlib.h>
#include <string.h>

#include "kinds_server.h"

struct fake fake;
NDR_record_t NDR_record = { .int_rep = NDR_INT_LITTLE_ENDIAN };

/* Room for any message of kinds.defs */
#define BUFFER 4080 /* a multiple of the header's size */

typedef mach_msg_header_t buffer_t[BUFFER / sizeof(mach_msg_header_t)];

static buffer_t true_reply; /* before it was spoiled */

/* ---- Messages */

static mach_msg_type_name_t
arrived(mach_msg_type_name_t sent)
{
    switch (sent) {
    case MACH_MSG_TYPE_COPY_SEND:
    case MACH_MSG_TYPE_MAKE_SEND:
        return MACH_MSG_TYPE_PORT_SEND;
    case MACH_MSG_TYPE_MAKE_SEND_ONCE:
        return MACH_MSG_TYPE_PORT_SEND_ONCE;
    default:
        return sent;
    }
}

/* Calls `each` for every descriptor of a complex message. */
static void
each_descriptor(mach_msg_header_t *message,
                void (*each)(mach_msg_descriptor_t *))
{
    char *at = (char *)(message + 1);
    mach_msg_body_t body;

    if (!(message->msgh_bits & MACH_MSGH_BITS_COMPLEX))
        return;
    memcpy(&body, at, sizeof(body));
    at += sizeof(body);
    for (unsigned i = 0; i < body.msgh_descriptor_count; i++) {
        mach_msg_descriptor_t *descriptor = (mach_msg_descriptor_t *)at;

        each(descriptor);
        at +=
            ((mach_msg_type_descriptor_t *)at)->type == MACH_MSG_PORT_DESCRIPTOR
                ? sizeof(mach_msg_port_descriptor_t)
                : sizeof(mach_msg_ool_descriptor_t);
    }
}

static void *
copied(void *address, size_t size)
{
    void *copy = size == 0 ? NULL : malloc(size);

    if (copy != NULL)
        memcpy(copy, address, size);
    return copy;
}

static void
carry(mach_msg_descriptor_t *descriptor)
{
    mach_msg_ool_descriptor_t *memory = &descriptor->out_of_line;
    mach_msg_ool_ports_descriptor_t *ports = &descriptor->ool_ports;
    void *old;

    switch (((mach_msg_type_descriptor_t *)descriptor)->type) {
    case MACH_MSG_PORT_DESCRIPTOR:
        descriptor->port.disposition = arrived(descriptor->port.disposition);
        return;
    case MACH_MSG_OOL_DESCRIPTOR:
        old = memory->address;
        memory->address = copied(old, memory->size);
        break;
    case MACH_MSG_OOL_PORTS_DESCRIPTOR:
        old = ports->address;
        ports->address = copied(old, ports->count * sizeof(mach_port_t));
        ports->disposition = arrived(ports->disposition);
        break;
    default:
        abort();
    }
    if (memory->deallocate)
        free(old);
    memory->deallocate = TRUE;
}

/* Turns a sent message into a received one. */
static void
transfer(mach_msg_header_t *message)
{
    mach_msg_bits_t bits = message->msgh_bits;
    mach_port_t remote = message->msgh_remote_port;
    mach_msg_audit_trailer_t trailer = {
        .msgh_trailer_size = sizeof(trailer),
        .msgh_seqno = 7,
        .msgh_sender = { { 21, 22 } },
        .msgh_audit = { { 31, 32, 33, 34, 35, 36, 37, 38 } },
    };

    message->msgh_bits = (bits & MACH_MSGH_BITS_COMPLEX) |
                         MACH_MSGH_BITS(arrived(MACH_MSGH_BITS_LOCAL(bits)),
                                        arrived(MACH_MSGH_BITS_REMOTE(bits)));
    message->msgh_remote_port = message->msgh_local_port;
    message->msgh_local_port = remote;
    each_descriptor(message, carry);
    memcpy((char *)message + round_msg(message->msgh_size), &trailer,
           sizeof(trailer));
}

static void
destroy_one(mach_msg_descriptor_t *descriptor)
{
    switch (((mach_msg_type_descriptor_t *)descriptor)->type) {
    case MACH_MSG_PORT_DESCRIPTOR:
        fake.destroyed_rights += descriptor->port.name != MACH_PORT_NULL;
        return;
    case MACH_MSG_OOL_PORTS_DESCRIPTOR:
        fake.destroyed_rights += descriptor->ool_ports.count;
        free(descriptor->ool_ports.address);
        return;
    case MACH_MSG_OOL_DESCRIPTOR:
        free(descriptor->out_of_line.address);
        return;
    }
}

void
mach_msg_destroy_received(mach_msg_header_t *message)
{
    fake.destroyed++;
    if (fake.spoil_reply != NULL)
        message = true_reply;
    each_descriptor(message, destroy_one);
}

/* What mach_msg_server does with one request. */
static void
serve(mach_msg_header_t *request, mach_msg_header_t *reply)
{
    mig_reply_error_t *error = (mig_reply_error_t *)reply;
    buffer_t intact;

    memset(reply, 0xa5, BUFFER);
    transfer(request);
    memcpy(intact, request, BUFFER);
    if (fake.spoil_request != NULL)
        fake.spoil_request(request);
    kinds_server(request, reply);
    fake.code = reply->msgh_bits & MACH_MSGH_BITS_COMPLEX ? KERN_SUCCESS
                                                          : error->RetCode;
    fake.no_reply = fake.code == MIG_NO_REPLY;
    if (fake.code != KERN_SUCCESS && !fake.no_reply)
        mach_msg_destroy_received(intact);
}

mach_msg_return_t
mach_msg(mach_msg_header_t *message, mach_msg_option_t options,
         mach_msg_size_t send_size, mach_msg_size_t rcv_size,
         mach_port_name_t rcv_name, mach_msg_timeout_t timeout,
         mach_port_name_t notify)
{
    static buffer_t request, reply;

    (void)notify;
    fake.messages++;
    fake.sent = *message;
    fake.request_size = send_size;
    fake.options = options;
    fake.timeout = timeout;
    if (fake.refuse != MACH_MSG_SUCCESS)
        return fake.refuse;
    memcpy(request, message, send_size);
    request->msgh_size = send_size;
    serve(request, reply);
    if (!(options & MACH_RCV_MSG))
        return MACH_MSG_SUCCESS;
    if (fake.no_reply)
        return MACH_RCV_TIMED_OUT;
    fake.reply_size = reply->msgh_size;
    transfer(reply);
    reply->msgh_local_port = rcv_name;
    memcpy(true_reply, reply, BUFFER);
    if (fake.spoil_reply != NULL)
        fake.spoil_reply(reply);
    if (fake.reply_size + sizeof(mach_msg_trailer_t) > rcv_size)
        return MACH_RCV_TOO_LARGE;
    memcpy(message, reply, fake.reply_size + sizeof(mach_msg_trailer_t));
    return MACH_MSG_SUCCESS;
}

/* ---- libmach */

mach_port_t
mig_get_reply_port(void)
{
    return FAKE_REPLY_PORT;
}

void
mig_put_reply_port(mach_port_t port)
{
    fake.put += port == FAKE_REPLY_PORT;
}

void
mig_dealloc_reply_port(mach_port_t port)
{
    fake.dealloced += port == FAKE_REPLY_PORT;
}

int
mig_strncpy(char *dest, const char *src, int len)
{
    int used = (int)strnlen(src, (size_t)len - 1);

    memcpy(dest, src, (size_t)used);
    dest[used] = '\0';
    return used + 1;
}

int
mig_strncpy_zerofill(char *dest, const char *src, int len)
{
    memset(dest, 0, (size_t)len);
    return mig_strncpy(dest, src, len);
}
