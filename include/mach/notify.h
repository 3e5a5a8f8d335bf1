/* SPDX-License-Identifier: MIT */
/*
 * mach/notify.h - messages by which the kernel tells of ports and rights.
 *
 * They come to the send-once right that mach_port_request_notification was
 * given, and look like MIG's simpleroutines of subsystem notify.  The trailer
 * is part of the structures: they are what a receiver's buffer must hold.
 */
#ifndef _MACH_NOTIFY_H_
#define _MACH_NOTIFY_H_

#include <mach/message.h>
#include <mach/ndr.h>
#include <mach/port.h>

#define MACH_NOTIFY_FIRST          0100
#define MACH_NOTIFY_PORT_DELETED   (MACH_NOTIFY_FIRST + 001)
#define MACH_NOTIFY_SEND_POSSIBLE  (MACH_NOTIFY_FIRST + 002)
#define MACH_NOTIFY_PORT_DESTROYED (MACH_NOTIFY_FIRST + 005)
#define MACH_NOTIFY_NO_SENDERS     (MACH_NOTIFY_FIRST + 006)
#define MACH_NOTIFY_SEND_ONCE      (MACH_NOTIFY_FIRST + 007)
#define MACH_NOTIFY_DEAD_NAME      (MACH_NOTIFY_FIRST + 010)
#define MACH_NOTIFY_LAST           (MACH_NOTIFY_FIRST + 015)

typedef mach_port_t notify_port_t;

#pragma pack(push, 4)

/* The name that a request sat on was freed. */
typedef struct {
    mach_msg_header_t not_header;
    NDR_record_t NDR;
    mach_port_name_t not_port;
    mach_msg_format_0_trailer_t trailer;
} mach_port_deleted_notification_t;

/* A message can be queued again. */
typedef struct {
    mach_msg_header_t not_header;
    NDR_record_t NDR;
    mach_port_name_t not_port;
    mach_msg_format_0_trailer_t trailer;
} mach_send_possible_notification_t;

/* A receive right that would have been destroyed: here it is. */
typedef struct {
    mach_msg_header_t not_header;
    mach_msg_body_t not_body;
    mach_msg_port_descriptor_t not_port;
    mach_msg_format_0_trailer_t trailer;
} mach_port_destroyed_notification_t;

/* The last send right is gone; `not_count` is the make-send count. */
typedef struct {
    mach_msg_header_t not_header;
    NDR_record_t NDR;
    mach_msg_type_number_t not_count;
    mach_msg_format_0_trailer_t trailer;
} mach_no_senders_notification_t;

/* A send-once right of this port was destroyed unused. */
typedef struct {
    mach_msg_header_t not_header;
    mach_msg_format_0_trailer_t trailer;
} mach_send_once_notification_t;

/* The port is dead; the name has one user reference more. */
typedef struct {
    mach_msg_header_t not_header;
    NDR_record_t NDR;
    mach_port_name_t not_port;
    mach_msg_format_0_trailer_t trailer;
} mach_dead_name_notification_t;

#pragma pack(pop)

_Static_assert(sizeof(mach_port_deleted_notification_t) == 56, "port-deleted");
_Static_assert(sizeof(mach_send_possible_notification_t) == 56, "possible");
_Static_assert(sizeof(mach_port_destroyed_notification_t) == 60, "destroyed");
_Static_assert(sizeof(mach_no_senders_notification_t) == 56, "no-senders");
_Static_assert(sizeof(mach_send_once_notification_t) == 44, "send-once");
_Static_assert(sizeof(mach_dead_name_notification_t) == 56, "dead-name");

#endif
