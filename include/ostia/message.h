/* SPDX-License-Identifier: MIT */
/*
 * ostia/message.h - what Ostia's library has for messages beyond Darwin's.
 */
#ifndef _OSTIA_MESSAGE_H_
#define _OSTIA_MESSAGE_H_

#include <mach/message.h>

/*
 * As mach_msg_destroy, for a message that was received: out-of-line memory goes
 * whatever its descriptor says of `deallocate`, which follows what the *sender*
 * wrote into `copy`.
 */
extern void mach_msg_destroy_received(mach_msg_header_t *msg);

#endif
