/* SPDX-License-Identifier: MIT */
/*
 * t_msg_receive.c - receiving: from what, how long, how large, and where to
 * (rules R35-R37, R39, R43, adversarial #11, #25, #27, #53).
 */
#include <mach/mach_vm.h>
#include <string.h>

#include "rights.h"
#include "tap.h"

#define PLAIN   sizeof(struct guest_message)
#define TRAILER sizeof(mach_msg_trailer_t)

static unsigned char room[4096];

static mach_msg_return_t
receive(mach_port_t port, mach_msg_option_t option, mach_msg_size_t size)
{
    memset(room, 0xa5, sizeof room);
    return mach_msg((mach_msg_header_t *)room,
                    MACH_RCV_MSG | MACH_RCV_TIMEOUT | option, 0, size, port, 0,
                    MACH_PORT_NULL);
}

/* No byte at or after `from` was written. */
static bool
untouched(size_t from)
{
    for (size_t i = from; i < sizeof room; i++)
        if (room[i] != 0xa5)
            return false;
    return true;
}

static mach_msg_header_t *
header(void)
{
    return (mach_msg_header_t *)room;
}

/* A request with a reply right made from `reply`. */
static void
send_request(mach_port_t port, mach_port_t reply, mach_msg_id_t id)
{
    struct guest_message message = {
        .header = { .msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND,
                                                MACH_MSG_TYPE_MAKE_SEND_ONCE),
                    .msgh_remote_port = port,
                    .msgh_local_port = reply,
                    .msgh_id = id },
        .number = 7,
    };

    message_send(&message, sizeof message);
}

/* ---- From what ---- */

TEST(names)
{
    for (enum name_kind kind = 0; kind < NAME_KINDS; kind++) {
        struct sample sample = sample_make(kind);
        bool good = kind == NAME_RECEIVE || kind == NAME_SEND_RECEIVE ||
                    kind == NAME_SET;

        is_kr(receive(sample.name, 0, sizeof room),
              good ? MACH_RCV_TIMED_OUT : MACH_RCV_INVALID_NAME,
              "receive on %s (#11, #27)", kind_text(kind));
        ok(sample_intact(&sample), "... which is as it was");
        ok(untouched(0), "... writes nothing");
        sample_drop(&sample);
    }
}

TEST(trailer_format)
{
    mach_port_t port = guest_receive();

    send_request(port, port, 1);
    for (unsigned format = 1; format < 16; format += 7)
        is_kr(receive(port, MACH_RCV_TRAILER_TYPE(format), sizeof room),
              MACH_RCV_INVALID_TRAILER, "trailer format %u is refused", format);
    is(guest_next_id(port), 1, "... and the message stays");
    guest_kill(port);
}

/* ---- How long ---- */

TEST(timeouts)
{
    mach_port_t port = guest_receive();
    struct guest_buffer buffer;

    is_kr(guest_wait(port, &buffer, 0), MACH_RCV_TIMED_OUT,
          "timeout 0 on an empty port: at once");
    is_kr(guest_wait(port, &buffer, 30), MACH_RCV_TIMED_OUT,
          "timeout 30 on an empty port: later");
    guest_send(port, MACH_MSG_TYPE_MAKE_SEND, 3);
    is_kr(guest_wait(port, &buffer, 0), MACH_MSG_SUCCESS,
          "timeout 0 takes a message that is there");
    guest_send(port, MACH_MSG_TYPE_MAKE_SEND, 3);
    is_kr(guest_wait(port, &buffer, 100000), MACH_MSG_SUCCESS,
          "a long timeout does, too");
    is_kr(mach_msg(&buffer.header, MACH_MSG_OPTION_NONE, 0, 0, 0, 0, 0),
          MACH_MSG_SUCCESS, "no option does nothing");
    guest_kill(port);
}

/* The receive half of a call is skipped when its send half fails. */
TEST(halves)
{
    mach_port_t port = guest_receive();
    struct guest_buffer buffer = {
        .header = { .msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0),
                    .msgh_remote_port = MACH_PORT_NULL }
    };

    guest_send(port, MACH_MSG_TYPE_MAKE_SEND, 4);
    is_kr(mach_msg(&buffer.header, MACH_SEND_MSG | MACH_RCV_MSG, PLAIN,
                   sizeof buffer, port, 0, MACH_PORT_NULL),
          MACH_SEND_INVALID_DEST, "the send half fails");
    is(guest_status(port).mps_msgcount, 1, "... and nothing is received");
    buffer.header.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0);
    buffer.header.msgh_remote_port = port;
    buffer.header.msgh_id = 5;
    is_kr(mach_msg(&buffer.header, MACH_SEND_MSG | MACH_RCV_MSG, PLAIN,
                   sizeof buffer, port, 0, MACH_PORT_NULL),
          MACH_MSG_SUCCESS, "both halves");
    is(buffer.header.msgh_id, 4, "... give the message that came first");
    is(guest_next_id(port), 5, "... and the one sent is there");
    is_kr(mach_msg(&buffer.header,
                   MACH_SEND_MSG | MACH_RCV_MSG | MACH_SEND_TIMEOUT |
                       MACH_RCV_TIMEOUT,
                   PLAIN, sizeof buffer, MACH_PORT_NULL, 0, MACH_PORT_NULL),
          MACH_SEND_INVALID_HEADER, "a received header cannot just be sent");
    guest_kill(port);
}

/* ---- How large ---- */

static void
receive_too_small(mach_msg_size_t size)
{
    mach_port_t port = guest_receive();
    mach_port_t reply = guest_receive();
    mach_msg_size_t most = sizeof(mach_msg_header_t) + TRAILER;
    unsigned names;

    send_request(port, reply, 9);
    names = guest_names();
    is_kr(receive(port, 0, size), MACH_RCV_TOO_LARGE,
          "room for %u of %u bytes (R35, R36, #25)", size,
          (unsigned)(PLAIN + TRAILER));
    ok(untouched(size < most ? size : most),
       "... writes header and trailer at most, and nothing past the room");
    is(guest_status(port).mps_msgcount, 0, "... the message is gone");
    is(guest_status(port).mps_seqno, 1, "... with its number");
    is(guest_names(), names, "... no right arrives");
    is(guest_next_id(reply), MACH_NOTIFY_SEND_ONCE,
       "... its reply right is destroyed");
    if (size >= most) {
        is(header()->msgh_size, sizeof(mach_msg_header_t),
           "... the header says 24 bytes");
        is(header()->msgh_id, 9, "... and what message it was");
        is(header()->msgh_remote_port, MACH_PORT_NULL, "... without reply");
        is(header()->msgh_local_port, port, "... on which port");
    }
    guest_kill(reply);
    guest_kill(port);
}

TEST(too_small)
{
    receive_too_small(0);
    receive_too_small(4);
    receive_too_small(23);
    receive_too_small(24);
    receive_too_small(sizeof(mach_msg_header_t) + TRAILER);
    receive_too_small(PLAIN + TRAILER - 1);
}

TEST(exact)
{
    mach_port_t port = guest_receive();

    send_request(port, MACH_PORT_NULL, 9);
    is_kr(receive(port, 0, PLAIN + TRAILER), MACH_MSG_SUCCESS,
          "room for exactly the message and its trailer (R36)");
    ok(untouched(PLAIN + TRAILER), "... no byte beyond");
    guest_kill(port);
}

static void
receive_large(mach_msg_size_t size)
{
    mach_port_t port = guest_receive();
    mach_port_t reply = guest_receive();

    send_request(port, reply, 9);
    is_kr(receive(port, MACH_RCV_LARGE, size), MACH_RCV_TOO_LARGE,
          "RCV_LARGE with room for %u (R35)", size);
    if (size >= 8) {
        is(header()->msgh_size, PLAIN, "... gives the true size");
        memset(&header()->msgh_size, 0xa5, 4);
    }
    ok(untouched(0), "... and nothing else");
    is(guest_status(port).mps_msgcount, 1, "... the message stays");
    is(guest_status(port).mps_seqno, 0, "... not numbered");
    is_kr(receive(port, MACH_RCV_LARGE, PLAIN + TRAILER), MACH_MSG_SUCCESS,
          "... for the next receive");
    is(header()->msgh_id, 9, "... it is the same");
    is(guest_type(header()->msgh_remote_port), MACH_PORT_TYPE_SEND_ONCE,
       "... with its reply right");
    mach_msg_destroy(header());
    guest_kill(reply);
    guest_kill(port);
}

TEST(large)
{
    receive_large(0);
    receive_large(7);
    receive_large(8);
    receive_large(24);
    receive_large(PLAIN + TRAILER - 1);
}

TEST(large_identity)
{
    mach_port_t port = guest_receive();
    mach_port_t set = guest_set();

    mach_port_insert_member(mach_task_self(), port, set);
    send_request(port, MACH_PORT_NULL, 9);
    is_kr(receive(set, MACH_RCV_LARGE | MACH_RCV_LARGE_IDENTITY, 24),
          MACH_RCV_TOO_LARGE, "RCV_LARGE_IDENTITY on a set");
    is(header()->msgh_local_port, port, "... names the member");
    is(header()->msgh_size, PLAIN, "... and the size");
    mach_port_destroy(mach_task_self(), set);
    guest_kill(port);
}

/* ---- Where to ---- */

static void
test_bad_buffer(const char *where, mach_vm_address_t address)
{
    mach_port_t port = guest_receive();
    mach_port_t reply = guest_receive();
    unsigned names;

    send_request(port, reply, 9);
    names = guest_names();
    is_kr(mach_msg((mach_msg_header_t *)address,
                   MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, 200, port, 0,
                   MACH_PORT_NULL),
          MACH_RCV_INVALID_DATA, "receive %s (R37, #53)", where);
    is(guest_status(port).mps_msgcount, 0, "... the message is lost");
    is(guest_names(), names, "... no right leaks into the space");
    is(guest_next_id(reply), MACH_NOTIFY_SEND_ONCE,
       "... its reply right is destroyed");
    is_kr(mach_msg((mach_msg_header_t *)address, MACH_SEND_MSG, PLAIN, 0, 0, 0,
                   0),
          address != 0 && strstr(where, "read-only") != NULL
              ? MACH_SEND_INVALID_HEADER
              : MACH_SEND_INVALID_DATA,
          "send from %s", where);
    guest_kill(reply);
    guest_kill(port);
}

/* What came by a send-once right has used it, read or not. */
TEST(bad_buffer_once)
{
    mach_port_t port = guest_receive();

    guest_send(port, MACH_MSG_TYPE_MAKE_SEND_ONCE, 9);
    is_kr(mach_msg(NULL, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, 200, port, 0,
                   MACH_PORT_NULL),
          MACH_RCV_INVALID_DATA, "receive to null by a send-once right (R37)");
    is(guest_next_id(port), -1, "... which was used: nothing is told of it");
    is(guest_status(port).mps_sorights, 0, "... and is gone");
    guest_kill(port);
}

TEST(bad_buffers)
{
    mach_vm_address_t pages = (mach_vm_address_t)guest_pages(2);
    mach_vm_address_t fixed = (mach_vm_address_t)guest_pages(1);

    mach_vm_deallocate(mach_task_self(), pages + GUEST_PAGE, GUEST_PAGE);
    mach_vm_protect(mach_task_self(), fixed, GUEST_PAGE, FALSE, VM_PROT_READ);
    test_bad_buffer("to null", 0);
    test_bad_buffer("to kernel memory", GUEST_KERNEL_ADDRESS);
    test_bad_buffer("to the physical map", GUEST_PHYSMAP_ADDRESS);
    test_bad_buffer("to a non-canonical address", GUEST_NON_CANONICAL);
    test_bad_buffer("to the last bytes", ~0ull - 7);
    test_bad_buffer("across the end of the user half",
                    GUEST_NON_CANONICAL - 16);
    test_bad_buffer("to unmapped memory", pages + GUEST_PAGE);
    test_bad_buffer("across a page border", pages + GUEST_PAGE - 16);
    test_bad_buffer("to read-only memory", fixed);
}

/* A message that fits in front of the border arrives. */
TEST(border)
{
    unsigned char *pages = guest_pages(2);
    mach_port_t port = guest_receive();

    mach_vm_deallocate(mach_task_self(), (mach_vm_address_t)pages + GUEST_PAGE,
                       GUEST_PAGE);
    send_request(port, MACH_PORT_NULL, 9);
    is_kr(mach_msg((mach_msg_header_t *)(pages + GUEST_PAGE - PLAIN - TRAILER),
                   MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, 4096, port, 0, 0),
          MACH_MSG_SUCCESS,
          "a message that ends at unmapped memory arrives, whatever the room");
    guest_kill(port);
}

/* ---- Rights that died on the way ---- */

TEST(dead_reply)
{
    mach_port_t port = guest_receive();
    mach_port_t reply = guest_receive();

    send_request(port, reply, 9);
    guest_kill(reply);
    is_kr(receive(port, 0, sizeof room), MACH_MSG_SUCCESS,
          "the reply port died in the queue (R39)");
    is(header()->msgh_remote_port, MACH_PORT_DEAD, "... the reply is DEAD");
    is(MACH_MSGH_BITS_REMOTE(header()->msgh_bits), MACH_MSG_TYPE_PORT_SEND_ONCE,
       "... and the bits keep its kind");
    guest_kill(port);
}

TEST(dead_right)
{
    mach_port_t port = guest_receive();
    mach_port_t carried = guest_receive();
    struct port_message message = port_message(
        port, MACH_MSG_TYPE_MAKE_SEND, carried, MACH_MSG_TYPE_MAKE_SEND);
    union any_message any;

    message_send(&message, sizeof message);
    guest_kill(carried);
    is_kr(message_take(port, &any), MACH_MSG_SUCCESS,
          "a carried right's port died in the queue");
    is(any.port.port.name, MACH_PORT_DEAD, "... it arrives as DEAD");
    is(any.port.port.disposition, MACH_MSG_TYPE_PORT_SEND, "... of its kind");
    guest_kill(port);
}
