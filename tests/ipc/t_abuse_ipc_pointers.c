/* SPDX-License-Identifier: MIT */
/*
 * t_abuse_ipc_pointers.c - adversarial #53: results that cannot be written.
 * Each trap with an out pointer, at every kind of bad address: a code, no
 * crash, and nothing done or left behind.
 */
#include <mach/mach_traps.h>
#include <mach/mach_vm.h>

#include "rights.h"
#include "tap.h"

struct place {
    const char *text;
    void *address;
};

#define PLACES 10u
static struct place places[PLACES];
static mach_port_t port;

static void
make_places(void)
{
    char *pages = guest_pages(2), *fixed = guest_pages(1);
    unsigned n = 0;

    mach_vm_deallocate(mach_task_self(),
                       (mach_vm_address_t)(pages + GUEST_PAGE), GUEST_PAGE);
    mach_vm_protect(mach_task_self(), (mach_vm_address_t)fixed, GUEST_PAGE,
                    FALSE, VM_PROT_READ);
    places[n++] = (struct place){ "null", NULL };
    places[n++] = (struct place){ "the first page", (void *)0xff8 };
    places[n++] = (struct place){ "kernel text", (void *)GUEST_KERNEL_ADDRESS };
    places[n++] =
        (struct place){ "the physical map", (void *)GUEST_PHYSMAP_ADDRESS };
    places[n++] = (struct place){ "a non-canonical address",
                                  (void *)GUEST_NON_CANONICAL };
    places[n++] = (struct place){ "the end of the user half",
                                  (void *)(GUEST_NON_CANONICAL - 2) };
    places[n++] = (struct place){ "the end of everything", (void *)-2ll };
    places[n++] = (struct place){ "unmapped memory", pages + GUEST_PAGE };
    places[n++] = (struct place){ "a page border", pages + GUEST_PAGE - 2 };
    places[n++] = (struct place){ "read-only memory", fixed };
}

static void
test_allocate(const struct place *place)
{
    static const mach_port_right_t rights[] = { MACH_PORT_RIGHT_RECEIVE,
                                                MACH_PORT_RIGHT_PORT_SET,
                                                MACH_PORT_RIGHT_DEAD_NAME };
    unsigned names = guest_names();

    for (unsigned i = 0; i < 3; i++)
        is_kr(_kernelrpc_mach_port_allocate_trap(mach_task_self(), rights[i],
                                                 place->address),
              KERN_INVALID_ADDRESS, "allocate to %s (#53)", place->text);
    is(guest_names(), names, "... makes no name");
}

static void
test_type(const struct place *place)
{
    is_kr(
        _kernelrpc_mach_port_type_trap(mach_task_self(), port, place->address),
        KERN_INVALID_ADDRESS, "type to %s (#53)", place->text);
}

static void
test_attributes(const struct place *place)
{
    mach_port_status_t status = { .mps_qlimit = 77 };
    mach_msg_type_number_t count = MACH_PORT_RECEIVE_STATUS_COUNT;

    is_kr(_kernelrpc_mach_port_get_attributes_trap(mach_task_self(), port,
                                                   MACH_PORT_RECEIVE_STATUS,
                                                   place->address, &count),
          KERN_INVALID_ADDRESS, "get_attributes to %s (#53)", place->text);
    is(count, MACH_PORT_RECEIVE_STATUS_COUNT, "... leaves the count");
    is_kr(_kernelrpc_mach_port_get_attributes_trap(
              mach_task_self(), port, MACH_PORT_RECEIVE_STATUS,
              (mach_port_info_t)&status, place->address),
          KERN_INVALID_ADDRESS, "get_attributes with the count at %s",
          place->text);
    is(status.mps_qlimit, 77, "... writes nothing");
}

static void
test_request(const struct place *place)
{
    mach_port_t notify = guest_receive();

    is_kr(_kernelrpc_mach_port_request_notification_trap(
              mach_task_self(), port, MACH_NOTIFY_NO_SENDERS, 99, notify,
              place->address),
          KERN_INVALID_ADDRESS, "request_notification to %s (#53)",
          place->text);
    is(guest_status(port).mps_nsrequest, 0, "... sets no request");
    is(guest_status(notify).mps_sorights, 0, "... and keeps no right");
    guest_kill(notify);
}

/* With a request that is replaced: it must not be lost. */
static void
test_replaced(const struct place *place)
{
    mach_port_t notify = guest_receive();

    notify_ask(port, MACH_NOTIFY_DEAD_NAME, 0, notify);
    _kernelrpc_mach_port_request_notification_trap(mach_task_self(), port,
                                                   MACH_NOTIFY_DEAD_NAME, 0,
                                                   notify, place->address);
    is(guest_type(port), MACH_PORT_TYPE_SEND_RECEIVE | MACH_PORT_TYPE_DNREQUEST,
       "a request stands when its successor is refused (%s)", place->text);
    is(guest_status(notify).mps_sorights, 1, "... with its one right");
    notify_ask(port, MACH_NOTIFY_DEAD_NAME, 0, MACH_PORT_NULL);
    guest_kill(notify);
}

/* ---- Messages that are read and written over a border ---- */

static void
test_send(const struct place *place)
{
    mach_msg_size_t size = 64;
    mach_msg_return_t mr = mach_msg(place->address, MACH_SEND_MSG, size, 0,
                                    MACH_PORT_NULL, 0, MACH_PORT_NULL);

    /* Read-only memory can be read: it is a header of zeros. */
    is_kr(mr,
          place == &places[PLACES - 1] ? MACH_SEND_INVALID_HEADER
                                       : MACH_SEND_INVALID_DATA,
          "send from %s (#53)", place->text);
}

/* Larger than a piece of the kernel's copy: the first half was written, the
 * rest cannot be; what was to be delivered there is destroyed. */
static void
test_long_receive(void)
{
    enum {
        PAGES = 4
    };
    mach_port_t queue = guest_receive(), carried = guest_port();
    mach_port_t notify = guest_receive();
    struct port_message head = port_message(queue, MACH_MSG_TYPE_MAKE_SEND,
                                            carried, MACH_MSG_TYPE_MOVE_SEND);
    char *from = guest_pages(PAGES), *to = guest_pages(PAGES);

    *(struct port_message *)from = head;
    notify_ask(carried, MACH_NOTIFY_NO_SENDERS, 0, notify);
    is_kr(message_send(from, PAGES * GUEST_PAGE - 256), MACH_MSG_SUCCESS,
          "a message of four pages with a right");
    mach_vm_deallocate(mach_task_self(),
                       (mach_vm_address_t)(to + 3 * GUEST_PAGE), GUEST_PAGE);
    is_kr(mach_msg((mach_msg_header_t *)to, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
                   PAGES * GUEST_PAGE, queue, 0, MACH_PORT_NULL),
          MACH_RCV_INVALID_DATA, "... into three pages (R37)");
    is(guest_status(queue).mps_msgcount, 0, "... is lost");
    if (guest_refs(carried, MACH_PORT_RIGHT_SEND) == 1)
        mach_port_deallocate(mach_task_self(), carried);
    is(guest_next_id(notify), MACH_NOTIFY_NO_SENDERS,
       "... its right is destroyed, or has the name that was written");
    guest_kill(carried);
    guest_kill(queue);
    guest_kill(notify);
    guest_unmap(from, PAGES * GUEST_PAGE);
    guest_unmap(to, PAGES * GUEST_PAGE);
}

int
main(void)
{
    tap_begin();
    make_places();
    port = guest_port();
    for (unsigned i = 0; i < PLACES; i++) {
        test_allocate(&places[i]);
        test_type(&places[i]);
        test_attributes(&places[i]);
        test_request(&places[i]);
        test_replaced(&places[i]);
        test_send(&places[i]);
    }
    test_long_receive();
    is(guest_status(port).mps_msgcount, 0, "the port heard of nothing");
    mach_port_destroy(mach_task_self(), port);
    return tap_done();
}
