/* SPDX-License-Identifier: MIT */
/*
 * t_msg_memory.c - out-of-line memory in messages (rules R21, R46, R47,
 * adversarial #21, #31, #33, #53).
 */
#include <mach/mach_vm.h>
#include <string.h>

#include "rights.h"
#include "tap.h"

static mach_port_t queue;

static unsigned char
pattern(size_t i)
{
    return (unsigned char)(i * 7 + i / 251);
}

static void
fill(unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = pattern(i);
}

static bool
is_filled(const unsigned char *bytes, size_t from, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != pattern(from + i))
            return false;
    return true;
}

static kern_return_t
give_back(const void *address, mach_vm_size_t size)
{
    return mach_vm_deallocate(mach_task_self(), (mach_vm_address_t)address,
                              size);
}

/* ---- In use ---- */

#define PAGES 5u

static void
test_copy(mach_msg_copy_options_t copy, size_t offset, mach_msg_size_t size)
{
    unsigned char *pages = guest_pages(PAGES);
    struct memory_message message;
    union any_message any;
    unsigned char *there;

    fill(pages, PAGES * GUEST_PAGE);
    message = memory_message(queue, pages + offset, size, false);
    message.memory.copy = copy;
    is_kr(message_send(&message, sizeof message), MACH_MSG_SUCCESS,
          "%u bytes at offset %u by copy %u", size, (unsigned)offset, copy);
    memset(pages, 0, PAGES * GUEST_PAGE);
    is_kr(message_take(queue, &any), MACH_MSG_SUCCESS, "... arrive");
    there = any.memory.memory.address;
    ok(is_filled(there, offset, size),
       "... as they were when sent, whatever the sender writes after");
    is(any.memory.memory.size, size, "... of the same size");
    is(any.memory.memory.copy, copy, "... copied as the sender said");
    is(any.memory.memory.deallocate, copy == MACH_MSG_VIRTUAL_COPY,
       "... to be deallocated if virtual (2.3)");
    there[0] = 1;
    there[size - 1] = 2;
    ok(pages[offset] == 0, "... the receiver's writes are its own");
    is_kr(give_back(there, size), KERN_SUCCESS,
          "... and go by address and size (R46)");
    ok(ALL(!memory_there(there), !memory_there(there + size - 1)),
       "... to the last byte");
    give_back(pages, PAGES * GUEST_PAGE);
}

TEST(copies)
{
    for (unsigned copy = 0; copy < 2; copy++) {
        test_copy(copy, 0, GUEST_PAGE);
        test_copy(copy, 0, PAGES * GUEST_PAGE);
        test_copy(copy, 1, 1);
        test_copy(copy, 4095, 2);
        test_copy(copy, 123, 3 * GUEST_PAGE + 1);
    }
}

static void
test_deallocate(size_t offset, mach_msg_size_t size)
{
    unsigned char *pages = guest_pages(PAGES);
    struct memory_message message;
    union any_message any;

    fill(pages, PAGES * GUEST_PAGE);
    message = memory_message(queue, pages + offset, size, true);
    is_kr(message_send(&message, sizeof message), MACH_MSG_SUCCESS,
          "%u bytes at offset %u with deallocate", size, (unsigned)offset);
    ok(ALL(!memory_there(pages + offset),
           !memory_there(pages + offset + size - 1)),
       "... are gone from the sender");
    message_take(queue, &any);
    ok(is_filled(any.memory.memory.address, offset, size),
       "... and at the receiver");
    give_back(any.memory.memory.address, size);
    give_back(pages, PAGES * GUEST_PAGE);
}

TEST(deallocation)
{
    test_deallocate(0, GUEST_PAGE);
    test_deallocate(0, 4 * GUEST_PAGE);
    test_deallocate(17, 2 * GUEST_PAGE);
}

/* "Volatile" once said that the memory may change: it is taken as any other. */
TEST(volatile)
{
    unsigned char *pages = guest_pages(1);
    struct memory_message message;
    union any_message any;

    fill(pages, GUEST_PAGE);
    message = memory_message(queue, pages, 100, false);
    message.memory.type = MACH_MSG_OOL_VOLATILE_DESCRIPTOR;
    is_kr(message_send(&message, sizeof message), MACH_MSG_SUCCESS,
          "volatile memory is sent");
    message_take(queue, &any);
    is(any.memory.memory.type, MACH_MSG_OOL_VOLATILE_DESCRIPTOR,
       "... and arrives as what it was");
    ok(is_filled(any.memory.memory.address, 0, 100), "... with its bytes");
    give_back(any.memory.memory.address, 100);
    give_back(pages, GUEST_PAGE);
}

TEST(nothing)
{
    static const struct {
        void *address;
        const char *text;
    } places[] = {
        { NULL, "null" },
        { (void *)8, "the first page" },
        { (void *)GUEST_KERNEL_ADDRESS, "the kernel" },
        { (void *)GUEST_NON_CANONICAL, "nowhere" },
    };

    for (unsigned i = 0; i < sizeof places / sizeof places[0]; i++) {
        struct memory_message message =
            memory_message(queue, places[i].address, 0, i % 2);
        union any_message any;

        is_kr(message_send(&message, sizeof message), MACH_MSG_SUCCESS,
              "no bytes at %s (R47)", places[i].text);
        message_take(queue, &any);
        ok(any.memory.memory.address == NULL, "... arrive at NULL");
        is(any.memory.memory.size, 0, "... with size 0");
    }
}

/* Never touched, never written: zeros, before and after the source's write. */
TEST(untouched)
{
    unsigned char *pages = guest_pages(PAGES);
    struct memory_message message =
        memory_message(queue, pages, PAGES * GUEST_PAGE, false);
    union any_message any;
    bool zero = true;

    message_send(&message, sizeof message);
    memset(pages, 0xff, PAGES * GUEST_PAGE);
    message_take(queue, &any);
    for (size_t i = 0; i < PAGES * GUEST_PAGE; i++)
        zero = zero && ((unsigned char *)any.memory.memory.address)[i] == 0;
    ok(zero, "memory that nobody touched arrives as zeros (R64)");
    give_back(any.memory.memory.address, PAGES * GUEST_PAGE);
    give_back(pages, PAGES * GUEST_PAGE);
}

/* The rest of the receiver's pages shows nothing of anybody else. */
TEST(padding)
{
    unsigned char *pages = guest_pages(1);
    struct memory_message message;
    union any_message any;
    unsigned char *page;
    bool own = true;

    memset(pages, 0x77, GUEST_PAGE);
    message = memory_message(queue, pages + 100, 50, false);
    message_send(&message, sizeof message);
    message_take(queue, &any);
    page = (unsigned char *)((uintptr_t)any.memory.memory.address &
                             ~(uintptr_t)(GUEST_PAGE - 1));
    for (size_t i = 0; i < GUEST_PAGE; i++)
        own = own && (page[i] == 0 || page[i] == 0x77);
    ok(own, "around the bytes sent are zeros or the sender's own (#20)");
    give_back(any.memory.memory.address, 50);
    give_back(pages, GUEST_PAGE);
}

/* ---- In abuse ---- */

static void
refused(void *address, mach_msg_size_t size, bool deallocate, const char *text)
{
    struct memory_message message =
        memory_message(queue, address, size, deallocate);

    /* A modifier may say that it is more than the kernel would hold. */
    is_kr(message_send(&message, sizeof message) & ~MACH_MSG_MASK,
          MACH_SEND_INVALID_MEMORY, "memory %s, deallocate %d (#53)", text,
          deallocate);
    is(guest_next_id(queue), -1, "... is not sent");
}

TEST(bad_memory)
{
    unsigned char *pages = guest_pages(3);
    unsigned char *secret = guest_pages(1);

    give_back(pages + GUEST_PAGE, GUEST_PAGE);
    mach_vm_protect(mach_task_self(), (mach_vm_address_t)secret, GUEST_PAGE,
                    FALSE, VM_PROT_NONE);
    for (int deallocate = 0; deallocate < 2; deallocate++) {
        refused(NULL, 1, deallocate, "at null");
        refused((void *)GUEST_KERNEL_ADDRESS, 16, deallocate, "of the kernel");
        refused((void *)GUEST_PHYSMAP_ADDRESS, 16, deallocate, "of all RAM");
        refused((void *)GUEST_NON_CANONICAL, 1, deallocate, "nowhere");
        refused((void *)(GUEST_NON_CANONICAL - 1), 2, deallocate,
                "past the end of the user half");
        refused((void *)~0ull, ~0u, deallocate, "that wraps around (#33)");
        refused((void *)-4096ll, 4096, deallocate, "up to 2^64");
        refused(pages, 3 * GUEST_PAGE, deallocate, "with a hole");
        refused(pages + GUEST_PAGE - 1, 2, deallocate, "across a border");
        refused(secret, 1, deallocate, "that we may not read");
        refused(pages, ~0u, deallocate, "of 4 GiB");
    }
    ok(memory_there(pages), "a refused send with deallocate took nothing");
    ok(memory_there(pages + 2 * GUEST_PAGE), "... behind the hole neither");
    give_back(pages, 3 * GUEST_PAGE);
    give_back(secret, GUEST_PAGE);
}

/* A refused receive gives the memory back to the system. */
TEST(lost)
{
    enum {
        ROUNDS = 200,
        BYTES = 64 * 1024
    };
    unsigned char *pages = guest_pages(BYTES / GUEST_PAGE);
    bool good = true;

    for (unsigned i = 0; i < ROUNDS; i++) {
        struct memory_message message =
            memory_message(queue, pages, BYTES, false);
        mach_msg_header_t header;

        good = good &&
               message_send(&message, sizeof message) == MACH_MSG_SUCCESS &&
               mach_msg(&header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
                        sizeof header, queue, 0, 0) == MACH_RCV_TOO_LARGE;
    }
    ok(good, "200 messages with memory, dropped as too large");
    give_back(pages, BYTES);
}

/* Several in one message, each at its own place */
TEST(several)
{
    struct {
        mach_msg_header_t header;
        mach_msg_body_t body;
        mach_msg_ool_descriptor_t memory[3];
    } __attribute__((packed, aligned(4))) message;
    struct memory_message first;
    unsigned char *pages = guest_pages(3);
    union {
        mach_msg_header_t header;
        __typeof__(message) message;
        unsigned char bytes[256];
    } got;

    fill(pages, 3 * GUEST_PAGE);
    first = memory_message(queue, pages, 0, false);
    memcpy(&message, &first, sizeof first);
    message.body.msgh_descriptor_count = 3;
    for (unsigned i = 0; i < 3; i++) {
        message.memory[i] = first.memory;
        message.memory[i].address = pages + i * GUEST_PAGE + i;
        message.memory[i].size = 100 + i;
    }
    is_kr(message_send(&message, sizeof message), MACH_MSG_SUCCESS,
          "three pieces of memory in one message");
    mach_msg(&got.header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof got, queue,
             0, 0);
    for (unsigned i = 0; i < 3; i++) {
        ok(is_filled(got.message.memory[i].address, i * GUEST_PAGE + i,
                     100 + i),
           "... piece %u has its bytes", i);
        is_kr(give_back(got.message.memory[i].address, 100 + i), KERN_SUCCESS,
              "... and goes alone");
    }
    give_back(pages, 3 * GUEST_PAGE);
}

int
main(void)
{
    queue = guest_receive();
    return tap_run();
}
