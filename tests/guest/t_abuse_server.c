/* SPDX-License-Identifier: MIT */
/*
 * t_abuse_server.c - a server keeps nothing of what it refuses: adversarial 1,
 * R57.
 *
 * Every routine of the bootstrap server, and ids that it does not know, with
 * every kind of descriptor, each with memory that was sent by a virtual and by a
 * physical copy.  What the server has afterwards is counted from outside: the
 * machine's frames and the elements of every zone (t0.h), and the rights to our
 * own ports.  A server's own loop, and the library's, are asked from inside.
 */
#include <mach/mach_vm.h>
#include <ostia/job.h>
#include <ostia/message.h>
#include <servers/bootstrap.h>
#include <string.h>

#include "guest.h"
#include "rights.h"
#include "t0.h"
#include "tap.h"

#define TIMES      10    /* of each kind of each id, in one round */
#define MANY       16383 /* the most rights that a message may carry */
#define BODY_BYTES 512   /* behind the descriptor: no routine takes so many */

enum kind {
    KIND_COPY_SEND,
    KIND_SEND_ONCE,
    KIND_RECEIVE,
    KIND_VIRTUAL,
    KIND_PHYSICAL,
    KIND_VOLATILE,
    KIND_PORTS,
    KIND_GUARDED,
    KINDS
};

static const char *const kind_names[KINDS] = {
    "send right",      "send-once right", "receive right", "virtual memory",
    "physical memory", "volatile memory", "array",         "guarded right",
};

/* What is sent, and what comes back over it */
static union {
    mach_msg_header_t header;
    mig_reply_error_t error;
#pragma pack(push, 4)
    struct {
        mach_msg_base_t base;
        mach_msg_descriptor_t descriptor;
        char rest[BODY_BYTES + 1024];
    };
#pragma pack(pop)
} message;

static mach_port_t port;  /* with one send right of ours */
static mach_port_t reply; /* for the server's answers */
static char memory[2 * GUEST_PAGE];
static mach_port_name_t names[MANY];

static mach_msg_size_t
put_port(mach_port_t name, mach_msg_type_name_t how)
{
    message.descriptor.port = guest_right(name, how);
    return sizeof message.descriptor.port;
}

static mach_msg_size_t
put_memory(mach_msg_copy_options_t copy, mach_msg_descriptor_type_t type)
{
    message.descriptor.out_of_line = (mach_msg_ool_descriptor_t){
        .address = memory,
        .size = sizeof memory,
        .copy = copy,
        .type = type,
    };
    return sizeof message.descriptor.out_of_line;
}

static mach_msg_size_t
put_array(unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        names[i] = port;
    message.descriptor.ool_ports = (mach_msg_ool_ports_descriptor_t){
        .address = names,
        .count = count,
        .copy = MACH_MSG_PHYSICAL_COPY,
        .disposition = MACH_MSG_TYPE_COPY_SEND,
        .type = MACH_MSG_OOL_PORTS_DESCRIPTOR,
    };
    return sizeof message.descriptor.ool_ports;
}

static mach_msg_size_t
put_guarded(void)
{
    message.descriptor.guarded_port = (mach_msg_guarded_port_descriptor_t){
        .name = guest_receive(),
        .flags = MACH_MSG_GUARD_FLAGS_UNGUARDED_ON_SEND,
        .disposition = MACH_MSG_TYPE_MOVE_RECEIVE,
        .type = MACH_MSG_GUARDED_PORT_DESCRIPTOR,
    };
    return sizeof message.descriptor.guarded_port;
}

/* Returns   the size of the descriptor that was put into the message. */
static mach_msg_size_t
put(enum kind kind)
{
    switch (kind) {
    case KIND_COPY_SEND:
        return put_port(port, MACH_MSG_TYPE_COPY_SEND);
    case KIND_SEND_ONCE:
        return put_port(port, MACH_MSG_TYPE_MAKE_SEND_ONCE);
    case KIND_RECEIVE:
        return put_port(guest_receive(), MACH_MSG_TYPE_MOVE_RECEIVE);
    case KIND_VIRTUAL:
        return put_memory(MACH_MSG_VIRTUAL_COPY, MACH_MSG_OOL_DESCRIPTOR);
    case KIND_PHYSICAL:
        return put_memory(MACH_MSG_PHYSICAL_COPY, MACH_MSG_OOL_DESCRIPTOR);
    case KIND_VOLATILE:
        return put_memory(MACH_MSG_PHYSICAL_COPY,
                          MACH_MSG_OOL_VOLATILE_DESCRIPTOR);
    case KIND_PORTS:
        return put_array(20);
    case KIND_GUARDED:
        return put_guarded();
    case KINDS:
        break;
    }
    return 0;
}

static void
begin(mach_port_t dest, mach_msg_id_t id)
{
    memset(&message, 0, sizeof message);
    message.header = guest_header(dest, MACH_MSG_TYPE_COPY_SEND, reply, id);
    message.header.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
    message.base.body.msgh_descriptor_count = 1;
}

/* Sends a request and takes its answer.  Returns   whether it was refused. */
static bool
refused(mach_msg_id_t id, enum kind kind)
{
    mach_msg_size_t size = sizeof message.base;

    begin(bootstrap_port, id);
    size += put(kind) + BODY_BYTES;
    return mach_msg(&message.header,
                    MACH_SEND_MSG | MACH_RCV_MSG | MACH_RCV_TIMEOUT, size,
                    sizeof message, reply, 5000,
                    MACH_PORT_NULL) == MACH_MSG_SUCCESS &&
           (message.header.msgh_bits & MACH_MSGH_BITS_COMPLEX) == 0 &&
           message.error.RetCode != KERN_SUCCESS;
}

static void
drain(void)
{
    while (guest_next_id(port) != -1)
        continue;
}

static void
refuse_all_ids(enum kind kind)
{
    static const mach_msg_id_t ids[] = {
        400,    401,    402,    403,    404,    405,    406,    407,
        408,    410,    415,    2405,   3401,   12345,  910000, 910001,
        910002, 910003, 910004, 910005, 910006, 900001, 0,
    };
    unsigned good = 0, sent = 0;

    for (unsigned i = 0; i < sizeof ids / sizeof *ids; i++)
        for (unsigned n = 0; n < TIMES; n++, sent++)
            good += refused(ids[i], kind);
    drain();
    is(good, sent, "a %s with each id: all are refused", kind_names[kind]);
    is(guest_status(port).mps_sorights, 0, "... no send-once right is kept");
    mach_port_deallocate(SELF, port);
    is(guest_status(port).mps_srights, 0, "... nor a send right");
    mach_port_insert_right(SELF, port, port, MACH_MSG_TYPE_MAKE_SEND);
}

static enum kind case_kind;

static void
refuse_case(void)
{
    for (unsigned n = 0; n < 5; n++)
        refuse_all_ids(case_kind);
}

/* ---- A routine's own refusal, and its success, whatever `copy` says ---- */

static void
test_routines(void)
{
    char service[2][BOOTSTRAP_MAX_NAME_LEN] = { "org.ostia.nobody" };
    mach_msg_size_t known = 0;

    for (unsigned n = 0; n < 200; n++) {
        struct {
            mach_msg_base_t base;
            mach_msg_ool_descriptor_t names;
            NDR_record_t ndr;
            mach_msg_type_number_t count;
            char rest[256];
        } request = { 0 };

        begin(bootstrap_port, 405);
        request.base = message.base;
        request.names = (mach_msg_ool_descriptor_t){
            .address = n % 2 ? (void *)memory : (void *)service,
            .size = n % 2 ? 21 * BOOTSTRAP_MAX_NAME_LEN : sizeof service,
            .copy = MACH_MSG_PHYSICAL_COPY,
            .type = MACH_MSG_OOL_DESCRIPTOR,
        };
        request.ndr = NDR_record;
        request.count = n % 2 ? 21 : 2;
        mach_msg(&request.base.header,
                 MACH_SEND_MSG | MACH_RCV_MSG | MACH_RCV_TIMEOUT,
                 offsetof(typeof(request), rest), sizeof request, reply, 5000,
                 MACH_PORT_NULL);
        known += (request.base.header.msgh_bits & MACH_MSGH_BITS_COMPLEX) != 0;
        mach_msg_destroy_received(&request.base.header);
    }
    is(known, 100, "look_up_array: two names are looked up, 21 are refused");
}

/* ---- Many rights ---- */

static void
test_many_rights(void)
{
    mach_port_t notify = guest_receive();
    struct guest_buffer buffer;

    for (unsigned n = 0; n < 3; n++) {
        mach_msg_size_t size = sizeof message.base;

        begin(bootstrap_port, 12345);
        size += put_array(MANY);
        is_kr(mach_msg(&message.header,
                       MACH_SEND_MSG | MACH_RCV_MSG | MACH_RCV_TIMEOUT, size,
                       sizeof message, reply, 5000, MACH_PORT_NULL),
              MACH_MSG_SUCCESS, "a message with 16,383 rights is answered");
    }
    notify_ask(port, MACH_NOTIFY_NO_SENDERS, 0, notify);
    mach_port_deallocate(SELF, port);
    is_kr(guest_wait(notify, &buffer, 5000), MACH_MSG_SUCCESS,
          "... and the server has none of them left");
    mach_port_insert_right(SELF, port, port, MACH_MSG_TYPE_MAKE_SEND);
    guest_kill(notify);
}

/* ---- The library ---- */

static boolean_t
refuse_everything(mach_msg_header_t *request, mach_msg_header_t *answer)
{
    (void)request, (void)answer;
    return FALSE;
}

/* Is the address free for a mapping? */
static bool
is_free(mach_vm_address_t address)
{
    kern_return_t kr = mach_vm_allocate(SELF, &address, GUEST_PAGE, 0);

    if (kr == KERN_SUCCESS)
        mach_vm_deallocate(SELF, address, GUEST_PAGE);
    return kr == KERN_SUCCESS;
}

static void
send_to_self(mach_port_t dest, enum kind kind)
{
    mach_msg_size_t size = sizeof message.base;

    begin(dest, 4711);
    message.header.msgh_bits =
        MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0) | MACH_MSGH_BITS_COMPLEX;
    message.header.msgh_local_port = MACH_PORT_NULL;
    size += put(kind);
    message_send(&message, size);
}

static void
test_server_loop(enum kind kind)
{
    mach_port_t dest = guest_receive();
    unsigned before_names;
    long long before_size;

    send_to_self(dest, KIND_COPY_SEND);
    mach_msg_server_once(refuse_everything, 1024, dest, 0);
    before_names = guest_names();
    before_size = guest_size(SELF);
    send_to_self(dest, kind);
    is_kr(mach_msg_server_once(refuse_everything, 1024, dest,
                               MACH_RCV_GUARDED_DESC | MACH_RCV_TIMEOUT),
          MACH_MSG_SUCCESS, "mach_msg_server refuses a %s", kind_names[kind]);
    drain();
    is(guest_names(), before_names, "... no name is left");
    is(guest_size(SELF), before_size, "... nor memory");
    is(guest_refs(port, MACH_PORT_RIGHT_SEND), 1, "... nor a reference");
    guest_kill(dest);
}

/* mach_msg_destroy is for messages of either kind, and goes by `deallocate`. */
static void
test_destroy(void)
{
    mach_port_t dest = guest_receive();
    mach_vm_address_t address;

    for (int received = 0; received < 2; received++) {
        send_to_self(dest, KIND_PHYSICAL);
        mach_msg(&message.header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
                 sizeof message, dest, 0, MACH_PORT_NULL);
        address = (mach_vm_address_t)message.descriptor.out_of_line.address;
        if (received)
            mach_msg_destroy_received(&message.header);
        else
            mach_msg_destroy(&message.header);
        is(is_free(address), received,
           received ? "mach_msg_destroy_received: it goes all the same"
                    : "mach_msg_destroy: memory without `deallocate` stays");
        if (!received)
            mach_vm_deallocate(SELF, address, sizeof memory);
    }
    guest_kill(dest);
}

/* More rights than go one by one, of each disposition, moved, copied, made. */
static void
test_destroy_many(void)
{
    struct {
        mach_msg_base_t base;
        mach_msg_port_descriptor_t ports[10];
        mach_msg_ool_ports_descriptor_t array;
    } many = { 0 };
    mach_port_t moved = guest_port(), once = guest_send_once(moved);
    unsigned mscount = guest_status(port).mps_mscount;

    mach_port_mod_refs(SELF, moved, MACH_PORT_RIGHT_SEND, 4);
    put_array(6);
    for (unsigned i = 0; i < 6; i++)
        names[i] = moved;
    many.base.header.msgh_bits = MACH_MSGH_BITS_COMPLEX;
    many.base.header.msgh_id = 4712;
    many.base.body.msgh_descriptor_count = 11;
    many.array = message.descriptor.ool_ports;
    for (unsigned i = 0; i < 10; i++)
        many.ports[i] = (mach_msg_port_descriptor_t){
            .name = i < 2    ? moved
                    : i == 2 ? once
                             : port,
            .disposition = i < 2    ? MACH_MSG_TYPE_MOVE_SEND
                           : i == 2 ? MACH_MSG_TYPE_MOVE_SEND_ONCE
                           : i < 6  ? MACH_MSG_TYPE_MAKE_SEND
                                    : MACH_MSG_TYPE_COPY_SEND,
            .type = MACH_MSG_PORT_DESCRIPTOR,
        };
    mach_msg_destroy(&many.base.header);
    is(guest_refs(moved, MACH_PORT_RIGHT_SEND), 3,
       "mach_msg_destroy of 16 rights: moved ones go, one reference each");
    is(guest_type(once), 0, "... the send-once right too");
    is(guest_refs(port, MACH_PORT_RIGHT_SEND), 1, "... copied ones stay");
    is(guest_status(port).mps_mscount, mscount + 3, "... made ones are made");
    is(many.base.header.msgh_id, 4712, "... and the header is what it was");
    drain();
    mach_port_destroy(SELF, moved);
}

int
main(void)
{
    unsigned before;

    port = guest_port();
    reply = guest_receive();
    memset(memory, 1, sizeof memory);
    t0_case("look_up_array", test_routines);
    before = guest_names(); /* the console's and the bystander's are there */
    for (case_kind = 0; case_kind < KINDS; case_kind++)
        t0_case(kind_names[case_kind], refuse_case);
    t0_case("many rights", test_many_rights);
    for (enum kind kind = 0; kind < KINDS; kind++)
        test_server_loop(kind);
    test_destroy();
    test_destroy_many();
    is(guest_names(), before, "no name is left over");
    mach_port_destroy(SELF, port);
    guest_kill(reply);
    return tap_done();
}
