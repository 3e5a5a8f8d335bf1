/* SPDX-License-Identifier: MIT */
/*
 * t_msg_forms.c - mach_msg_overwrite, mach_msg2, vouchers, volatile memory, and
 * options that are accepted or refused (R19, R22, R26, R36, adversarial #21,
 * #53).
 */
#include <mach/mach_traps.h>
#include <string.h>

#include "guest.h"
#include "rights.h"
#include "tap.h"

#define SEND MACH_SEND_MSG
#define POLL (MACH_RCV_MSG | MACH_RCV_TIMEOUT)

static mach_port_t port; /* receive and send */
static struct guest_message out;
static struct guest_buffer in;

static void
write_out(mach_msg_id_t id)
{
    out = (struct guest_message){
        .header =
            guest_header(port, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, id),
        .number = (unsigned)id,
    };
    memset(&in, 0xa5, sizeof in);
}

TEST(overwrite)
{
    write_out(50);
    is_kr(mach_msg_overwrite(&out.header, SEND | POLL, sizeof out, sizeof in,
                             port, 0, MACH_PORT_NULL, &in.header, 0),
          MACH_MSG_SUCCESS, "overwrite: both halves");
    is(in.header.msgh_id, 50, "... received to the other buffer");
    is(in.number, 50, "... with its bytes");
    is(in.header.msgh_local_port, port, "... on that port");
    is(out.header.msgh_local_port, MACH_PORT_NULL,
       "... and the first is as it was");
    in.header = out.header;
    is_kr(mach_msg_overwrite(&in.header, SEND | POLL, sizeof out, sizeof in,
                             port, 0, MACH_PORT_NULL, NULL, 0),
          MACH_MSG_SUCCESS, "overwrite: without another buffer");
    is(in.header.msgh_local_port, port, "... received to the message's own");
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

TEST(msg2)
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
    is(in.header.msgh_id, 60, "... of what was sent: the id");
    is(in.number, 60, "... the bytes behind the header");
    is(in.header.msgh_size, sizeof out, "... the size");
    is(in.header.msgh_local_port, port, "... on that port");
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
    is_kr(mach_msg2(NULL, MACH64_SEND_MSG, header, sizeof header, 0,
                    MACH_PORT_NULL, 0, 0),
          MACH_MSG_SUCCESS, "msg2: of a bare header no memory is read");
    is(guest_next_id(port), 60, "... it arrives");
    is_kr(mach_msg2(&out, MACH64_SEND_MSG, header, sizeof header - 4, 0,
                    MACH_PORT_NULL, 0, 0),
          MACH_SEND_MSG_TOO_SMALL, "msg2: no room for a header");
}

TEST(msg2_reply)
{
    mach_port_t reply = guest_receive();

    write_out(61);
    out.header.msgh_bits =
        MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE);
    out.header.msgh_local_port = reply;
    is_kr(mach_msg2(&out, MACH64_SEND_MSG, out.header, sizeof out, 0,
                    MACH_PORT_NULL, 0, 0),
          MACH_MSG_SUCCESS, "msg2: a reply right goes along");
    is(guest_next_id(port), 61, "... to the receiver, who drops it");
    is(guest_next_id(reply), MACH_NOTIFY_SEND_ONCE, "... and we hear of it");
    guest_kill(reply);
}

/* The number of descriptors in the register counts, not that in memory. */
static mach_msg_return_t
send_counted(struct port_message *message, mach_msg_size_t size,
             unsigned descriptors)
{
    message->body.msgh_descriptor_count = 4000;
    return mach_msg2_internal(message, MACH64_SEND_MSG,
                              (uint64_t)size << 32 | message->header.msgh_bits,
                              message->header.msgh_remote_port, 0, descriptors,
                              0, 0);
}

TEST(msg2_complex)
{
    struct port_message message = port_message(port, MACH_MSG_TYPE_COPY_SEND,
                                               port, MACH_MSG_TYPE_MAKE_SEND);
    union any_message any;

    is_kr(mach_msg2(&message, MACH64_SEND_MSG, message.header, sizeof message,
                    0, MACH_PORT_NULL, 0, 0),
          MACH_MSG_SUCCESS, "msg2: a descriptor");
    is_kr(message_take(port, &any), MACH_MSG_SUCCESS, "... arrives");
    is(any.port.body.msgh_descriptor_count, 1, "... with a descriptor");
    is(any.port.port.name, port, "... of that port");
    is(guest_refs(port, MACH_PORT_RIGHT_SEND), 2, "... and its right");
    mach_msg_destroy(&any.header);
    is_kr(send_counted(&message, sizeof message, 1), MACH_MSG_SUCCESS,
          "msg2: how many descriptors there are is in the register");
    message_take(port, &any);
    is(any.port.body.msgh_descriptor_count, 1, "... and arrives");
    mach_msg_destroy(&any.header);
    is_kr(send_counted(&message, sizeof message, 2), MACH_SEND_MSG_TOO_SMALL,
          "msg2: two descriptors in the room of one");
    is_kr(send_counted(&message, sizeof message.header, 1),
          MACH_SEND_MSG_TOO_SMALL, "msg2: one in the room of none");
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

TEST(voucher)
{
    const mach_msg_type_name_t copy = MACH_MSG_TYPE_COPY_SEND;

    is_kr(with_voucher(copy, MACH_PORT_NULL), MACH_MSG_SUCCESS,
          "voucher: none");
    is_kr(mach_msg(&in.header, POLL | MACH_RCV_VOUCHER, 0, sizeof in, port, 0,
                   MACH_PORT_NULL),
          MACH_MSG_SUCCESS, "MACH_RCV_VOUCHER is accepted");
    is(MACH_MSGH_BITS_VOUCHER(in.header.msgh_bits), 0, "... there is none");
    is(in.header.msgh_voucher_port, MACH_PORT_NULL, "... and no name of one");
    is_kr(with_voucher(copy, MACH_PORT_DEAD), MACH_SEND_INVALID_VOUCHER,
          "voucher: MACH_PORT_DEAD");
    is_kr(with_voucher(MACH_MSG_TYPE_MOVE_SEND, port),
          MACH_SEND_INVALID_VOUCHER, "voucher: a port that is none");
    is_kr(with_voucher(copy, SELF), MACH_SEND_INVALID_VOUCHER,
          "voucher: a task");
    is_kr(with_voucher(copy, guest_free_name()), MACH_SEND_INVALID_VOUCHER,
          "voucher: a free name");
    is_kr(with_voucher(MACH_MSG_TYPE_MAKE_SEND, MACH_PORT_NULL),
          MACH_SEND_INVALID_VOUCHER, "voucher: made of nothing");
    is(guest_refs(port, MACH_PORT_RIGHT_SEND), 1, "R19: nothing was consumed");
    write_out(71);
    out.header.msgh_bits |=
        MACH_MSGH_BITS_SET(0, MACH_MSG_TYPE_MAKE_SEND_ONCE, copy, 0);
    out.header.msgh_voucher_port = out.header.msgh_local_port = port;
    is_kr(message_send(&out, sizeof out), MACH_SEND_INVALID_REPLY,
          "R26: the reply port as voucher");
    out.header.msgh_remote_port = guest_free_name();
    is_kr(message_send(&out, sizeof out), MACH_SEND_INVALID_DEST,
          "R19: the destination is looked at first");
    is(guest_status(port).mps_sorights, 0, "R19: no reply right is made");
    is(guest_status(port).mps_msgcount, 0, "R19: nothing is sent");
}

TEST(options)
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

TEST(volatile)
{
    char *page = guest_pages(1);
    struct memory_message message = memory_message(port, page, 5, false);
    union any_message any;

    memcpy(page, "hello", 5);
    message.memory.type = MACH_MSG_OOL_VOLATILE_DESCRIPTOR;
    is_kr(message_send(&message, sizeof message), MACH_MSG_SUCCESS,
          "volatile memory");
    is_kr(message_take(port, &any), MACH_MSG_SUCCESS, "... is received");
    is(any.memory.memory.type, MACH_MSG_OOL_VOLATILE_DESCRIPTOR,
       "... as what it is");
    is(any.memory.memory.size, 5, "... with its size");
    ok(memcmp(any.memory.memory.address, "hello", 5) == 0, "... and bytes");
    mach_msg_destroy(&any.header);
    guest_unmap(page, GUEST_PAGE);
}

int
main(void)
{
    unsigned names;

    tap_begin();
    names = guest_names();
    port = guest_port();
    tap_run_tests();
    mach_port_destroy(SELF, port);
    is(guest_names(), names, "T0: no name is left behind");
    return tap_done();
}
