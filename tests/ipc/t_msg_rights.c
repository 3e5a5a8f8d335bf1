/* SPDX-License-Identifier: MIT */
/*
 * t_msg_rights.c - rights in a body: every disposition of every kind of name,
 * in a port descriptor and in an array (rules R10, R28, R32, R47,
 * adversarial #11, #27).
 */
#include <mach/mach_vm.h>
#include <string.h>

#include "rights.h"
#include "tap.h"

static mach_port_t queue;

/* Is the disposition lawful for a right of this kind?  A dead name passes
 * where a right to send would (catalogue 2.1). */
static bool
lawful(enum name_kind kind, mach_msg_type_name_t disposition)
{
    mach_port_type_t types;

    switch (disposition) {
    case MACH_MSG_TYPE_MOVE_RECEIVE:
    case MACH_MSG_TYPE_MAKE_SEND:
    case MACH_MSG_TYPE_MAKE_SEND_ONCE:
        types = MACH_PORT_TYPE_RECEIVE;
        break;
    case MACH_MSG_TYPE_MOVE_SEND:
    case MACH_MSG_TYPE_COPY_SEND:
        types = MACH_PORT_TYPE_SEND | MACH_PORT_TYPE_DEAD_NAME;
        break;
    case MACH_MSG_TYPE_MOVE_SEND_ONCE:
        types = MACH_PORT_TYPE_SEND_ONCE | MACH_PORT_TYPE_DEAD_NAME;
        break;
    default:
        return false;
    }
    return (kind_type(kind) & types) != 0;
}

static mach_msg_type_name_t
arrives(mach_msg_type_name_t disposition)
{
    switch (disposition) {
    case MACH_MSG_TYPE_MOVE_RECEIVE:
        return MACH_MSG_TYPE_PORT_RECEIVE;
    case MACH_MSG_TYPE_MOVE_SEND_ONCE:
    case MACH_MSG_TYPE_MAKE_SEND_ONCE:
        return MACH_MSG_TYPE_PORT_SEND_ONCE;
    default:
        return MACH_MSG_TYPE_PORT_SEND;
    }
}

/* Has the name the right that the disposition says? */
static bool
has_right(mach_port_t name, mach_msg_type_name_t type)
{
    static const mach_port_type_t types[] = {
        [MACH_MSG_TYPE_PORT_RECEIVE] = MACH_PORT_TYPE_RECEIVE,
        [MACH_MSG_TYPE_PORT_SEND] = MACH_PORT_TYPE_SEND,
        [MACH_MSG_TYPE_PORT_SEND_ONCE] = MACH_PORT_TYPE_SEND_ONCE,
    };

    return (guest_type(name) & types[type]) != 0;
}

static bool
arrived(enum name_kind kind, mach_port_t name, mach_msg_type_name_t type)
{
    if (kind == NAME_NULL)
        return name == MACH_PORT_NULL;
    if (kind == NAME_DEAD || kind == NAME_DEAD_NAME)
        return name == MACH_PORT_DEAD;
    return has_right(name, type);
}

/* Sends one right to ourselves, and looks at what comes. */
static bool
passes(enum name_kind kind, mach_msg_type_name_t disposition, bool array)
{
    struct sample sample = sample_make(kind);
    mach_msg_type_name_t type = arrives(disposition);
    struct port_message one =
        port_message(queue, MACH_MSG_TYPE_MAKE_SEND, sample.name, disposition);
    struct array_message many =
        array_message(queue, &sample.name, 1, disposition);
    mach_msg_return_t mr = array ? message_send(&many, sizeof many)
                                 : message_send(&one, sizeof one);
    union any_message any;
    mach_port_t name;
    bool good;

    if (kind != NAME_NULL && kind != NAME_DEAD && !lawful(kind, disposition)) {
        good = mr == MACH_SEND_INVALID_RIGHT && sample_intact(&sample) &&
               guest_next_id(queue) == -1;
        sample_drop(&sample);
        return good;
    }
    good = mr == MACH_MSG_SUCCESS &&
           message_take(queue, &any) == MACH_MSG_SUCCESS &&
           (any.header.msgh_bits & MACH_MSGH_BITS_COMPLEX) != 0;
    if (!good) {
        note("disposition %u: %#x", disposition, mr);
        return false;
    }
    name = array ? *(mach_port_t *)any.array.ports.address : any.port.port.name;
    good = arrived(kind, name, type) &&
           (array ? any.array.ports.disposition : any.port.port.disposition) ==
               type;
    if (!good)
        note("disposition %u: got %#x of type %#x", disposition, name,
             guest_type(name));
    mach_msg_destroy(&any.header);
    sample_drop(&sample);
    return good;
}

static void
test_kind(enum name_kind kind, bool array)
{
    bool good = true;

    for (unsigned disposition = 0; disposition < 32; disposition++) {
        if ((kind == NAME_NULL || kind == NAME_DEAD) &&
            (disposition < MACH_MSG_TYPE_MOVE_RECEIVE ||
             disposition > MACH_MSG_TYPE_MAKE_SEND_ONCE))
            continue; /* what XNU says of nothing at all is not promised */
        if (!passes(kind, disposition, array)) {
            note("disposition %u", disposition);
            good = false;
        }
    }
    ok(good, "%s: every disposition of %s (#11, #27)",
       array ? "array" : "port descriptor", kind_text(kind));
}

TEST(kinds)
{
    unsigned names = guest_names();

    for (enum name_kind kind = 0; kind < NAME_KINDS; kind++) {
        test_kind(kind, false);
        test_kind(kind, true);
    }
    is(guest_names(), names, "the rights that were passed leave no name");
}

/* ---- What is left with the sender ---- */

static void
references_of(mach_msg_type_name_t disposition, unsigned left)
{
    mach_port_t holder, name = away_make(&holder);
    struct port_message message =
        port_message(queue, MACH_MSG_TYPE_MAKE_SEND, name, disposition);
    union any_message any;

    mach_port_mod_refs(mach_task_self(), name, MACH_PORT_RIGHT_SEND, 1);
    message_send(&message, sizeof message);
    is(guest_refs(name, MACH_PORT_RIGHT_SEND), left,
       "disposition %u of two references leaves %u", disposition, left);
    message_take(queue, &any);
    is(any.port.port.name, name, "... and the right joins the name");
    is(guest_refs(name, MACH_PORT_RIGHT_SEND), left + 1,
       "... as one reference more");
    mach_port_destroy(mach_task_self(), name);
    guest_kill(holder);
}

TEST(references)
{
    references_of(MACH_MSG_TYPE_MOVE_SEND, 1);
    references_of(MACH_MSG_TYPE_COPY_SEND, 2);
}

TEST(make_counts)
{
    mach_port_t port = guest_port();
    mach_msg_type_name_t how[] = { MACH_MSG_TYPE_MAKE_SEND,
                                   MACH_MSG_TYPE_COPY_SEND,
                                   MACH_MSG_TYPE_MOVE_SEND,
                                   MACH_MSG_TYPE_MAKE_SEND_ONCE };

    for (unsigned i = 0; i < 4; i++) {
        struct port_message message =
            port_message(queue, MACH_MSG_TYPE_MAKE_SEND, port, how[i]);
        unsigned before = guest_status(port).mps_mscount;
        union any_message any;

        message_send(&message, sizeof message);
        is(guest_status(port).mps_mscount, before + (i == 0),
           "disposition %u and the make-send count (R10)", how[i]);
        message_take(queue, &any);
        is(guest_status(port).mps_mscount, before + (i == 0),
           "... which receiving does not change");
        if (how[i] == MACH_MSG_TYPE_MAKE_SEND_ONCE)
            mach_msg_destroy(&any.header);
    }
    mach_port_destroy(mach_task_self(), port);
}

/* ---- Arrays ---- */

#define ELEMENTS 16383u /* as many as there may be */

static void
test_big_array(bool deallocate)
{
    mach_vm_size_t bytes = ELEMENTS * sizeof(mach_port_t);
    unsigned pages = (unsigned)(bytes / GUEST_PAGE + 1);
    mach_port_t *names = guest_pages(pages);
    mach_port_t port = guest_port();
    struct array_message message;
    union any_message any;
    bool good = true;

    for (unsigned i = 0; i < ELEMENTS; i++)
        names[i] = i % 3 == 0   ? port
                   : i % 3 == 1 ? MACH_PORT_NULL
                                : MACH_PORT_DEAD;
    message = array_message(queue, names, ELEMENTS, MACH_MSG_TYPE_COPY_SEND);
    message.ports.deallocate = deallocate;
    is_kr(message_send(&message, sizeof message), MACH_MSG_SUCCESS,
          "an array of %u names, deallocate %d", ELEMENTS, deallocate);
    is_kr(mach_vm_protect(mach_task_self(), (mach_vm_address_t)names,
                          GUEST_PAGE, FALSE, VM_PROT_READ),
          deallocate ? KERN_INVALID_ADDRESS : KERN_SUCCESS,
          "... the sender's array is %s", deallocate ? "gone" : "there");
    is(guest_status(port).mps_srights, 1, "... its rights are counted");
    message_take(queue, &any);
    is(any.array.ports.count, ELEMENTS, "... arrives with its count");
    is(any.array.ports.deallocate, TRUE, "... to be deallocated");
    for (unsigned i = 0; i < ELEMENTS; i++) {
        mach_port_t got = ((mach_port_t *)any.array.ports.address)[i];

        good = good && got == (i % 3 == 0   ? port
                               : i % 3 == 1 ? MACH_PORT_NULL
                                            : MACH_PORT_DEAD);
    }
    ok(good, "... with each name at its place, NULL and DEAD too");
    is(guest_refs(port, MACH_PORT_RIGHT_SEND), 1 + (ELEMENTS + 2) / 3,
       "... and a reference for each");
    is_kr(mach_vm_deallocate(mach_task_self(),
                             (mach_vm_address_t)any.array.ports.address, bytes),
          KERN_SUCCESS, "... and can be freed by address and size (R46)");
    mach_port_destroy(mach_task_self(), port);
    if (!deallocate)
        guest_unmap(names, pages * GUEST_PAGE);
}

TEST(big_arrays)
{
    test_big_array(false);
    test_big_array(true);
}

TEST(empty_array)
{
    struct array_message message =
        array_message(queue, (void *)8, 0, MACH_MSG_TYPE_MOVE_SEND);
    union any_message any;

    is_kr(message_send(&message, sizeof message), MACH_MSG_SUCCESS,
          "an array of nothing, anywhere (R47)");
    message_take(queue, &any);
    ok(any.array.ports.address == NULL, "... arrives at NULL");
    is(any.array.ports.count, 0, "... with nothing");
}

TEST(most_ports)
{
    unsigned pages = 16384 * sizeof(mach_port_t) / GUEST_PAGE;
    void *names = guest_pages(pages);
    struct array_message message =
        array_message(queue, names, 16383, MACH_MSG_TYPE_MOVE_RECEIVE);
    union any_message any;

    is_kr(message_send(&message, sizeof message), MACH_MSG_SUCCESS,
          "an array of 16383 is the largest (#22)");
    is_kr(message_take(queue, &any), MACH_MSG_SUCCESS, "... and arrives");
    mach_msg_destroy(&any.header);
    message.ports.count = 16384;
    is_kr(message_send(&message, sizeof message), MACH_SEND_TOO_LARGE,
          "one more is too large");
    guest_unmap(names, pages * GUEST_PAGE);
}

int
main(void)
{
    queue = guest_receive();
    return guest_run();
}
