/* SPDX-License-Identifier: MIT */
/*
 * t_abuse_ipc_leak.c - adversarial #19, #20: replies of the kernel, byte by
 * byte.  What is padding is zero, what is beyond is not written, and nothing
 * looks like an address of the kernel; the pages of arrays hold zeros behind
 * their last element.
 */
#include <mach/mach_vm.h>
#include <string.h>

#include "child.h"
#include "rights.h"
#include "tap.h"

#define POISON 0xa5

#pragma pack(push, 4)
union request {
    mach_msg_header_t header;
    struct {
        mach_msg_header_t header;
        NDR_record_t ndr;
        unsigned words[8];
    } simple;
    struct {
        mach_msg_header_t header;
        mach_msg_body_t body;
        mach_msg_port_descriptor_t port;
        NDR_record_t ndr;
        unsigned words[8];
    } complex;
};
#pragma pack(pop)

union answer {
    mach_msg_header_t header;
    mach_msg_base_t base;
    mig_reply_error_t error;
    unsigned char bytes[1024];
};

static mach_port_t reply;
static union answer got;

static void
call(mach_port_t port, union request *request, mach_msg_id_t id,
     mach_msg_size_t size)
{
    request->header.msgh_bits |=
        MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE);
    request->header.msgh_remote_port = port;
    request->header.msgh_local_port = reply;
    request->header.msgh_id = id;
    message_send(request, size);
    memset(&got, POISON, sizeof got);
    mach_msg(&got.header,
             MACH_RCV_MSG | MACH_RCV_TIMEOUT |
                 MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT),
             0, sizeof got, reply, CHILD_PATIENCE, MACH_PORT_NULL);
}

/* A simple request of some words */
static void
call_words(mach_port_t port, mach_msg_id_t id, unsigned count, unsigned a,
           unsigned b, unsigned c, unsigned d)
{
    union request request = { .simple = { .ndr = NDR_record,
                                          .words = { a, b, c, d } } };

    call(port, &request, id, count == 0 ? 24 : 32 + 4 * count);
}

static bool
is_kernel_address(uint64_t value)
{
    uint32_t high = (uint32_t)(value >> 32), low = (uint32_t)value;

    return (high >= 0xffff8000u && high < 0xfffff000u) ||
           (high == ~0u && low >= 0x80000000u && low < 0x90000000u);
}

static bool
no_addresses(const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i + 8 <= size; i += 4) {
        uint64_t value;

        memcpy(&value, bytes + i, sizeof value);
        if (is_kernel_address(value)) {
            note("offset %u: %#llx", (unsigned)i, (unsigned long long)value);
            return false;
        }
    }
    return true;
}

/* Everything in an array's last page behind the array */
static bool
tail_is_zero(const void *address, size_t size)
{
    const unsigned char *bytes = address;
    uintptr_t end = (uintptr_t)address + size;

    for (; end % GUEST_PAGE != 0; end++)
        if (bytes[end - (uintptr_t)address] != 0)
            return false;
    return true;
}

/* Checks a descriptor's padding, ends what it carries.  Returns its size. */
static size_t
check_descriptor(const unsigned char *bytes)
{
    mach_msg_descriptor_t d;
    size_t size;

    memcpy(&d, bytes, 12);
    if (d.type.type == MACH_MSG_PORT_DESCRIPTOR) {
        ok(ALL(d.port.pad1 == 0, d.port.pad2 == 0),
           "... a port descriptor's padding is zero (#20)");
        return 12;
    }
    memcpy(&d, bytes, 16);
    size = d.out_of_line.size;
    if (d.type.type == MACH_MSG_OOL_PORTS_DESCRIPTOR)
        size *= sizeof(mach_port_t);
    else
        is(d.out_of_line.pad1, 0, "... a memory descriptor's, too (#20)");
    ok(tail_is_zero(d.out_of_line.address, size),
       "... zeros behind an array of %u bytes (#20)", (unsigned)size);
    return 16;
}

static void
check(const char *text)
{
    size_t end =
        round_msg(got.header.msgh_size) + sizeof(mach_msg_audit_trailer_t);
    bool clean = true;

    ok(got.header.msgh_size <= sizeof got - 100, "%s: a reply of %u bytes",
       text, got.header.msgh_size);
    is(got.header.msgh_voucher_port, 0, "... no voucher");
    for (size_t i = end; i < sizeof got; i++)
        clean = clean && got.bytes[i] == POISON;
    ok(clean, "... no byte beyond its trailer (#19)");
    ok(no_addresses(got.bytes, end), "... no address of the kernel (#20)");
    if ((got.header.msgh_bits & MACH_MSGH_BITS_COMPLEX) != 0) {
        size_t at = sizeof(mach_msg_base_t);

        for (unsigned i = 0; i < got.base.body.msgh_descriptor_count; i++)
            at += check_descriptor(got.bytes + at);
    } else {
        ok(memcmp(&got.error.NDR, &NDR_record, sizeof NDR_record) == 0,
           "... with the NDR record");
    }
    mach_msg_destroy(&got.header);
}

TEST(port_calls)
{
    mach_port_t self = mach_task_self();
    mach_port_t port = guest_port(), set = guest_set();

    call_words(self, 3200, 0, 0, 0, 0, 0);
    check("names");
    call_words(self, 3201, 1, port, 0, 0, 0);
    check("type");
    call_words(self, 3204, 1, MACH_PORT_RIGHT_RECEIVE, 0, 0, 0);
    check("allocate");
    call_words(self, 3207, 2, port, MACH_PORT_RIGHT_SEND, 0, 0);
    check("get_refs");
    call_words(self, 3208, 3, port, MACH_PORT_RIGHT_SEND, 1, 0);
    check("mod_refs");
    call_words(self, 3211, 1, set, 0, 0, 0);
    check("get_set_status of an empty set");
    mach_port_insert_member(self, port, set);
    call_words(self, 3211, 1, set, 0, 0, 0);
    check("get_set_status");
    call_words(self, 3215, 2, port, MACH_MSG_TYPE_COPY_SEND, 0, 0);
    check("extract_right");
    for (unsigned room = 0; room <= 17; room++) {
        call_words(self, 3217, 3, port, MACH_PORT_RECEIVE_STATUS, room, 0);
        check("get_attributes");
    }
    call_words(self, 3217, 3, port, MACH_PORT_INFO_EXT, 17, 0);
    check("get_attributes, extended");
    call_words(self, 3205, 1, port, 0, 0, 0);
    check("destroy");
    call_words(self, 3205, 1, 0x77777703, 0, 0, 0);
    check("destroy, refused");
    mach_port_destroy(self, set);
}

TEST(request)
{
    mach_port_t port = guest_port(), notify = guest_receive();

    for (unsigned i = 0; i < 2; i++) {
        union request request = {
            .complex = { .header = { .msgh_bits = MACH_MSGH_BITS_COMPLEX },
                         .body = { .msgh_descriptor_count = 1 },
                         .port =
                             guest_right(notify, MACH_MSG_TYPE_MAKE_SEND_ONCE),
                         .ndr = NDR_record,
                         .words = { port, MACH_NOTIFY_DEAD_NAME, 0 } }
        };

        call(mach_task_self(), &request, 3213, 24 + 4 + 12 + 8 + 12);
        check(i == 0 ? "request_notification" : "... which replaces one");
    }
    mach_port_destroy(mach_task_self(), port);
    guest_kill(notify);
}

TEST(task_calls)
{
    mach_port_t task = child_empty();

    call_words(task, 3402, 0, 0, 0, 0, 0);
    check("threads of an empty task");
    call_words(mach_task_self(), 3402, 0, 0, 0, 0, 0);
    check("threads");
    call_words(mach_task_self(), 3404, 0, 0, 0, 0, 0);
    check("ports_lookup");
    for (unsigned which = 0; which < 10; which++) {
        call_words(mach_task_self(), 3409, 1, which, 0, 0, 0);
        check("get_special_port");
    }
    call_words(task, 3411, 0, 0, 0, 0, 0);
    check("thread_create");
    call_words(task, 77, 0, 0, 0, 0, 0);
    check("an unknown id");
    child_end(task);
}

int
main(void)
{
    reply = guest_receive();
    return tap_run();
}
