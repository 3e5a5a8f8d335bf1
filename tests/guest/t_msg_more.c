/* SPDX-License-Identifier: MIT */
/*
 * t_msg_more.c - mach_msg_overwrite, mach_msg2, vouchers, volatile memory, and
 * options that are accepted or refused (R19, R22, R26, R36, adversarial #21,
 * #53).
 */
#include <mach/mach_traps.h>
#include <string.h>

#include "guest.h"
#include "rights.h"
#include "tap.h"

#define SELF mach_task_self()

#define SEND MACH_SEND_MSG
#define POLL (MACH_RCV_MSG | MACH_RCV_TIMEOUT)

static mach_port_t port; /* receive and send */
static struct guest_message out;
static struct guest_buffer in;

static void
write_out(mach_msg_id_t id)
{
    out = (struct guest_message){
        .header = { .msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0),
                    .msgh_remote_port = port,
                    .msgh_id = id },
        .number = (unsigned)id,
    };
    memset(&in, 0xa5, sizeof in);
}

static void
test_overwrite(void)
{
    write_out(50);
    is_kr(mach_msg_overwrite(&out.header, SEND | POLL, sizeof out, sizeof in,
                             port, 0, MACH_PORT_NULL, &in.header, 0),
          MACH_MSG_SUCCESS, "overwrite: both halves");
    ok(in.header.msgh_id == 50 && in.number == 50 &&
           in.header.msgh_local_port == port &&
           out.header.msgh_local_port == MACH_PORT_NULL,
       "... received to the other buffer");
    is_kr(mach_msg_overwrite(&in.header, POLL, 0, sizeof in, port, 0,
                             MACH_PORT_NULL, NULL, 0),
          MACH_RCV_TIMED_OUT, "overwrite: a receive alone");
    write_out(51);
    is_kr(mach_msg_overwrite_trap(&out.header, SEND | POLL, sizeof out,
                                  sizeof in, port, 0, 0, guest_hole()),
          MACH_RCV_INVALID_DATA, "#53: overwrite: a buffer that is not there");
    is(guest_status(port).mps_msgcount, 0, "R37: and the message is lost");
}

/* ---- mach_msg2 ---- */

static void
test_msg2(void)
{
    mach_msg_header_t header;

    write_out(60);
    header = out.header;
    memset(&out.header, 0xee, sizeof out.header);
    is_kr(mach_msg2(&out, MACH64_SEND_MSG | MACH64_SEND_MQ_CALL, header,
                    sizeof out, 0, MACH_PORT_NULL, 0, 0),
          MACH_MSG_SUCCESS, "msg2: the header in memory is not looked at");
    is_kr(mach_msg2(&in, MACH64_RCV_MSG | MACH64_RCV_TIMEOUT,
                    (mach_msg_header_t){ 0 }, 0, sizeof in, port, 0, 0),
          MACH_MSG_SUCCESS, "msg2: a receive");
    ok(in.header.msgh_id == 60 && in.number == 60 &&
           in.header.msgh_size == sizeof out,
       "... of what was sent");
    is_kr(mach_msg2(&in, MACH64_RCV_MSG | MACH64_RCV_TIMEOUT,
                    (mach_msg_header_t){ 0 }, 0, sizeof in, port, 20, 0),
          MACH_RCV_TIMED_OUT, "msg2: a timeout");
    is_kr(mach_msg2_internal(&out, MACH64_SEND_MSG,
                             (uint64_t)sizeof out << 32 | header.msgh_bits,
                             header.msgh_remote_port, 0, 1, 0, 0),
          MACH_SEND_TOO_LARGE, "msg2: descriptors in a simple message");
    is_kr(mach_msg2(&out, MACH64_SEND_MSG | MACH64_MSG_VECTOR, header, 1, 0,
                    MACH_PORT_NULL, 0, 0),
          MACH_SEND_INVALID_OPTIONS, "msg2: no vectors to send");
    is_kr(mach_msg2(&in, MACH64_RCV_MSG | MACH64_MSG_VECTOR, header, 0, 1, port,
                    0, 0),
          MACH_RCV_INVALID_ARGUMENTS, "msg2: nor to receive");
    is_kr(mach_msg2(guest_hole(), MACH64_SEND_MSG, header, sizeof out, 0,
                    MACH_PORT_NULL, 0, 0),
          MACH_SEND_INVALID_DATA, "#53: msg2: memory that is not there");
}

static void
test_msg2_complex(void)
{
    struct port_message message = port_message(port, MACH_MSG_TYPE_COPY_SEND,
                                               port, MACH_MSG_TYPE_MAKE_SEND);
    union any_message any;

    is_kr(mach_msg2(&message, MACH64_SEND_MSG, message.header, sizeof message,
                    0, MACH_PORT_NULL, 0, 0),
          MACH_MSG_SUCCESS, "msg2: a descriptor");
    is_kr(message_take(port, &any), MACH_MSG_SUCCESS, "... arrives");
    ok(any.port.body.msgh_descriptor_count == 1 && any.port.port.name == port &&
           guest_refs(port, MACH_PORT_RIGHT_SEND) == 2,
       "... with its right");
    mach_msg_destroy(&any.header);
}

/* ---- Vouchers and options ---- */

static mach_msg_return_t
with_voucher(mach_msg_type_name_t disposition, mach_port_t voucher)
{
    write_out(70);
    out.header.msgh_bits |= disposition << 16;
    out.header.msgh_voucher_port = voucher;
    return message_send(&out, sizeof out);
}

static void
test_voucher(void)
{
    const mach_msg_type_name_t copy = MACH_MSG_TYPE_COPY_SEND;

    is_kr(with_voucher(copy, MACH_PORT_NULL), MACH_MSG_SUCCESS,
          "voucher: none");
    is_kr(mach_msg(&in.header, POLL | MACH_RCV_VOUCHER, 0, sizeof in, port, 0,
                   MACH_PORT_NULL),
          MACH_MSG_SUCCESS, "MACH_RCV_VOUCHER is accepted");
    ok(MACH_MSGH_BITS_VOUCHER(in.header.msgh_bits) == 0 &&
           in.header.msgh_voucher_port == MACH_PORT_NULL,
       "... and there is none");
    is_kr(with_voucher(copy, MACH_PORT_DEAD), MACH_SEND_INVALID_VOUCHER,
          "voucher: MACH_PORT_DEAD");
    is_kr(with_voucher(MACH_MSG_TYPE_MOVE_SEND, port),
          MACH_SEND_INVALID_VOUCHER, "voucher: a port that is none");
    is_kr(with_voucher(copy, SELF), MACH_SEND_INVALID_VOUCHER,
          "voucher: a task");
    is(guest_refs(port, MACH_PORT_RIGHT_SEND), 1, "R19: nothing was consumed");
    write_out(71);
    out.header.msgh_bits |=
        MACH_MSGH_BITS_SET(0, MACH_MSG_TYPE_MAKE_SEND_ONCE, copy, 0);
    out.header.msgh_voucher_port = out.header.msgh_local_port = port;
    is_kr(message_send(&out, sizeof out), MACH_SEND_INVALID_REPLY,
          "R26: the reply port as voucher");
}

static void
test_options(void)
{
    write_out(80);
    is_kr(mach_msg(&out.header, SEND | MACH_SEND_TRAILER, sizeof out, 0,
                   MACH_PORT_NULL, 0, MACH_PORT_NULL),
          MACH_SEND_INVALID_TRAILER, "MACH_SEND_TRAILER is refused");
    is_kr(mach_msg(&out.header, SEND | MACH_SEND_OVERRIDE, sizeof out, 0,
                   MACH_PORT_NULL, 0, 47),
          MACH_MSG_SUCCESS, "MACH_SEND_OVERRIDE is accepted");
    is(guest_next_id(port), 80, "... and the message arrives");
}

static void
test_volatile(void)
{
    char *page = guest_pages(1);
    struct memory_message message = memory_message(port, page, 5, false);
    union any_message any;

    memcpy(page, "hello", 5);
    message.memory.type = MACH_MSG_OOL_VOLATILE_DESCRIPTOR;
    is_kr(message_send(&message, sizeof message), MACH_MSG_SUCCESS,
          "volatile memory");
    is_kr(message_take(port, &any), MACH_MSG_SUCCESS, "... is received");
    ok(any.memory.memory.type == MACH_MSG_OOL_VOLATILE_DESCRIPTOR &&
           any.memory.memory.size == 5 &&
           memcmp(any.memory.memory.address, "hello", 5) == 0,
       "... as what it is");
    mach_msg_destroy(&any.header);
    mach_vm_deallocate(SELF, (mach_vm_address_t)(uintptr_t)page, GUEST_PAGE);
}

int
main(void)
{
    unsigned names;

    note("the first line makes the console's name");
    names = guest_names();
    port = guest_port();
    test_overwrite();
    test_msg2();
    test_msg2_complex();
    test_voucher();
    test_options();
    test_volatile();
    mach_port_destroy(SELF, port);
    is(guest_names(), names, "T0: no name is left behind");
    return tap_done();
}
