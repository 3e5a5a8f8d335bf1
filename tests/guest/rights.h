/* SPDX-License-Identifier: MIT */
/*
 * rights.h - a name of each kind, for tests of what a call does to each, and
 * the message shapes that the tests of messages share.
 *
 * Helpers that cannot do their work abort, as in guest.c.
 */
#ifndef TESTS_RIGHTS_H
#define TESTS_RIGHTS_H

#include <mach/mach.h>
#include <mach/notify.h>
#include <stdbool.h>
#include <stddef.h>

#include "guest.h"

/* ---- A name of each kind ---- */

enum name_kind {
    NAME_NULL, /* MACH_PORT_NULL */
    NAME_DEAD, /* MACH_PORT_DEAD */
    NAME_FREE, /* meant a right once */
    NAME_RECEIVE,
    NAME_SEND, /* one reference; the receive right is in a message */
    NAME_SEND_RECEIVE,
    NAME_SEND_ONCE,
    NAME_DEAD_NAME,
    NAME_SET,
    NAME_KINDS,
};

struct sample {
    enum name_kind kind;
    mach_port_t name;
    mach_port_t holder; /* what keeps the port alive, or MACH_PORT_NULL */
};

const char *kind_text(enum name_kind kind);
/* The type that mach_port_type gives; 0: there is no such name. */
mach_port_type_t kind_type(enum name_kind kind);
struct sample sample_make(enum name_kind kind);
/* Whether the name still is what it was when it was made */
bool sample_intact(const struct sample *sample);
void sample_drop(struct sample *sample);

/* A send right whose receive right waits in a message to *holder. */
mach_port_t away_make(mach_port_t *holder);
/* The receive right comes back from there, under the name returned. */
mach_port_t away_fetch(mach_port_t holder);

/* ---- Messages ---- */

#pragma pack(push, 4)

/* A header and one port descriptor */
struct port_message {
    mach_msg_header_t header;
    mach_msg_body_t body;
    mach_msg_port_descriptor_t port;
};

struct memory_message {
    mach_msg_header_t header;
    mach_msg_body_t body;
    mach_msg_ool_descriptor_t memory;
};

struct array_message {
    mach_msg_header_t header;
    mach_msg_body_t body;
    mach_msg_ool_ports_descriptor_t ports;
};

/* Any of them, received with any trailer */
union any_message {
    mach_msg_header_t header;
    struct port_message port;
    struct memory_message memory;
    struct array_message array;
    mach_port_deleted_notification_t deleted;
    mach_no_senders_notification_t no_senders;
    mach_dead_name_notification_t dead_name;
    mach_port_destroyed_notification_t destroyed;
    mach_send_once_notification_t send_once;
    unsigned char bytes[512];
};

#pragma pack(pop)

/* Complex messages with one descriptor, to `dest` */
struct port_message port_message(mach_port_t dest, mach_msg_type_name_t how,
                                 mach_port_t name,
                                 mach_msg_type_name_t disposition);
struct memory_message memory_message(mach_port_t dest, void *address,
                                     mach_msg_size_t size, bool deallocate);
struct array_message array_message(mach_port_t dest, void *names,
                                   mach_msg_size_t count,
                                   mach_msg_type_name_t disposition);

/* Sends at once or not at all. */
mach_msg_return_t message_send(void *message, mach_msg_size_t size);
/* Whether a message can take the byte at `address` along */
bool memory_there(const void *address);
/* Takes a message that is there; *any is filled with 0xa5 before. */
mach_msg_return_t message_take(mach_port_t port, union any_message *any);

/* ---- Notifications ---- */

/* Asks for one, by a send-once right made from `notify`.
 * Returns   the call's code; *previous is the right of the request before */
kern_return_t notify_request(mach_port_t name, mach_msg_id_t id,
                             mach_port_mscount_t sync, mach_port_t notify,
                             mach_port_t *previous);
/* Asks for one, to the port `notify`; aborts unless that is a success. */
void notify_ask(mach_port_t name, mach_msg_id_t id, mach_port_mscount_t sync,
                mach_port_t notify);

#endif
