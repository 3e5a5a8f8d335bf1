/* SPDX-License-Identifier: MIT */
/*
 * rights.c - names of each kind, messages, notifications: see rights.h.
 */
#include "rights.h"

#include <stdlib.h>
#include <string.h>

/* ---- Kinds ---- */

static const struct {
    const char *text;
    mach_port_type_t type;
} kinds[NAME_KINDS] = {
    [NAME_NULL] = { "MACH_PORT_NULL", 0 },
    [NAME_DEAD] = { "MACH_PORT_DEAD", 0 },
    [NAME_FREE] = { "a free name", 0 },
    [NAME_RECEIVE] = { "a receive right", MACH_PORT_TYPE_RECEIVE },
    [NAME_SEND] = { "a send right", MACH_PORT_TYPE_SEND },
    [NAME_SEND_RECEIVE] = { "send and receive", MACH_PORT_TYPE_SEND_RECEIVE },
    [NAME_SEND_ONCE] = { "a send-once right", MACH_PORT_TYPE_SEND_ONCE },
    [NAME_DEAD_NAME] = { "a dead name", MACH_PORT_TYPE_DEAD_NAME },
    [NAME_SET] = { "a port set", MACH_PORT_TYPE_PORT_SET },
};

const char *
kind_text(enum name_kind kind)
{
    return kinds[kind].text;
}

mach_port_type_t
kind_type(enum name_kind kind)
{
    return kinds[kind].type;
}

mach_port_t
away_make(mach_port_t *holder)
{
    mach_port_t port = guest_port();
    struct port_message message;

    *holder = guest_receive();
    message = port_message(*holder, MACH_MSG_TYPE_MAKE_SEND, port,
                           MACH_MSG_TYPE_MOVE_RECEIVE);
    guest_must(message_send(&message, sizeof message));
    return port;
}

mach_port_t
away_fetch(mach_port_t holder)
{
    union any_message any;

    guest_must(message_take(holder, &any));
    return any.port.port.name;
}

struct sample
sample_make(enum name_kind kind)
{
    struct sample sample = { .kind = kind, .name = MACH_PORT_NULL };

    switch (kind) {
    case NAME_NULL:
        break;
    case NAME_DEAD:
        sample.name = MACH_PORT_DEAD;
        break;
    case NAME_FREE:
        sample.name = guest_free_name();
        break;
    case NAME_RECEIVE:
        sample.name = guest_receive();
        break;
    case NAME_SEND:
        sample.name = away_make(&sample.holder);
        break;
    case NAME_SEND_RECEIVE:
        sample.name = guest_port();
        break;
    case NAME_SEND_ONCE:
        sample.holder = guest_receive();
        sample.name = guest_send_once(sample.holder);
        break;
    case NAME_DEAD_NAME:
        sample.name = guest_dead();
        break;
    case NAME_SET:
        sample.name = guest_set();
        break;
    case NAME_KINDS:
        abort();
    }
    return sample;
}

bool
sample_intact(const struct sample *sample)
{
    mach_port_type_t type = kind_type(sample->kind);

    if (sample->kind == NAME_NULL || sample->kind == NAME_DEAD)
        return true;
    if (guest_type(sample->name) != type)
        return false;
    for (mach_port_right_t right = 0; right <= MACH_PORT_RIGHT_DEAD_NAME;
         right++)
        if ((type & MACH_PORT_TYPE(right)) != 0 &&
            guest_refs(sample->name, right) != 1)
            return false;
    return true;
}

void
sample_drop(struct sample *sample)
{
    mach_port_destroy(mach_task_self(), sample->name);
    mach_port_destroy(mach_task_self(), sample->holder);
}

/* ---- Messages ---- */

static mach_msg_header_t
complex_header(mach_port_t dest, mach_msg_type_name_t how)
{
    return (mach_msg_header_t){
        .msgh_bits = MACH_MSGH_BITS(how, 0) | MACH_MSGH_BITS_COMPLEX,
        .msgh_remote_port = dest,
        .msgh_id = 0x5eed,
    };
}

struct port_message
port_message(mach_port_t dest, mach_msg_type_name_t how, mach_port_t name,
             mach_msg_type_name_t disposition)
{
    return (struct port_message){
        .header = complex_header(dest, how),
        .body = { .msgh_descriptor_count = 1 },
        .port = guest_right(name, disposition),
    };
}

struct memory_message
memory_message(mach_port_t dest, void *address, mach_msg_size_t size,
               bool deallocate)
{
    return (struct memory_message){
        .header = complex_header(dest, MACH_MSG_TYPE_MAKE_SEND),
        .body = { .msgh_descriptor_count = 1 },
        .memory = { .address = address,
                    .size = size,
                    .deallocate = deallocate,
                    .copy = MACH_MSG_VIRTUAL_COPY,
                    .type = MACH_MSG_OOL_DESCRIPTOR },
    };
}

struct array_message
array_message(mach_port_t dest, void *names, mach_msg_size_t count,
              mach_msg_type_name_t disposition)
{
    return (struct array_message){
        .header = complex_header(dest, MACH_MSG_TYPE_MAKE_SEND),
        .body = { .msgh_descriptor_count = 1 },
        .ports = { .address = names,
                   .count = count,
                   .disposition = disposition,
                   .copy = MACH_MSG_VIRTUAL_COPY,
                   .type = MACH_MSG_OOL_PORTS_DESCRIPTOR },
    };
}

mach_msg_return_t
message_send(void *message, mach_msg_size_t size)
{
    return mach_msg(message, MACH_SEND_MSG | MACH_SEND_TIMEOUT, size, 0,
                    MACH_PORT_NULL, 0, MACH_PORT_NULL);
}

mach_msg_return_t
message_take(mach_port_t port, union any_message *any)
{
    memset(any, 0xa5, sizeof *any);
    return mach_msg(&any->header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
                    sizeof *any, port, 0, MACH_PORT_NULL);
}

bool
memory_there(const void *address)
{
    mach_port_t port = guest_receive();
    struct memory_message message =
        memory_message(port, (void *)(uintptr_t)address, 1, false);
    mach_msg_return_t mr = message_send(&message, sizeof message);

    guest_kill(port);
    return mr == MACH_MSG_SUCCESS;
}

/* ---- Notifications ---- */

kern_return_t
notify_request(mach_port_t name, mach_msg_id_t id, mach_port_mscount_t sync,
               mach_port_t notify, mach_port_t *previous)
{
    return mach_port_request_notification(mach_task_self(), name, id, sync,
                                          notify, MACH_MSG_TYPE_MAKE_SEND_ONCE,
                                          previous);
}

void
notify_ask(mach_port_t name, mach_msg_id_t id, mach_port_mscount_t sync,
           mach_port_t notify)
{
    mach_port_t previous = MACH_PORT_NULL;

    guest_must(notify_request(name, id, sync, notify, &previous));
    guest_must(mach_port_deallocate(mach_task_self(), previous));
}
