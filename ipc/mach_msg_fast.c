/* SPDX-License-Identifier: MIT */
/*
 * mach_msg_fast.c - a call, or its answer, to a thread that waits for it: from
 * SYSCALL in the one thread to user mode in the other (D30).
 *
 *       look             pick              cross             commit
 *     at the request    the receiver      the message       the rights,
 *     and its names     that waits        lies there        we wait, it goes on
 *     \_____________ each may give up ______________/       \_ cannot fail _/
 *
 * What gives up has changed nothing but bytes of a buffer whose owner waits, and
 * goes the general way (mach_msg.c), which is right for every message without
 * this file.  Each step names the function there that it stands for.
 *
 * A call is COPY_SEND and MAKE_SEND_ONCE, to receive where the answer comes; an
 * answer is MOVE_SEND_ONCE.  Both are bytes, but that a call may give one send
 * right (COPY_SEND).
 *
 * The Makefile compiles this file without frame pointers and stack protector, and
 * with all registers for itself: entry.asm, its one caller, needs none.
 */
#include "ipc/mach_msg_fast.h"

#include "ipc/ipc_entry.h"
#include "ipc/ipc_port.h"
#include "ipc/ipc_pset.h"
#include "ipc/ipc_thread.h"
#include "ipc/mach_msg.h"
#include "kernel/base/assert.h"
#include "vm/handover.h"

#define CALL \
    MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE)
#define CALL_WITH_PORT (CALL | MACH_MSGH_BITS_COMPLEX)
#define ANSWER         MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND_ONCE, 0)

/* Disposition and kind of the descriptor that a call may have. */
#define COPIED (MACH_MSG_TYPE_COPY_SEND | MACH_MSG_PORT_DESCRIPTOR << 8)

/* As they arrive (R39). */
#define CALLED \
    MACH_MSGH_BITS(MACH_MSG_TYPE_PORT_SEND_ONCE, MACH_MSG_TYPE_PORT_SEND)
#define ANSWERED MACH_MSGH_BITS(0, MACH_MSG_TYPE_PORT_SEND_ONCE)

#define HEADER   ((mach_msg_size_t)sizeof(mach_msg_header_t))
#define BODY_MAX 4096u

unsigned long mach_msg_fast_reasons[FAST_REASONS];

/* Some of the trap's arguments, and what they lead to. */
struct crossing {
    ipc_thread_t self;
    user_addr_t message;
    mach_msg_size_t size;
    mach_port_name_t receive_name;
    uint64_t header[3];
    ipc_entry_t ours; /* where we receive */
    ipc_port_t dest;
    ipc_thread_t receiver;
    bool asks; /* the kernel */
};

/* Counts why this message goes the general way; false. */
static ALWAYS_INLINE bool
general(enum mach_msg_fast_reason reason)
{
    mach_msg_fast_reasons[reason]++;
    return false;
}

/* Two words of the header in one. */
static ALWAYS_INLINE uint64_t
pair(uint32_t low, uint32_t high)
{
    return low | (uint64_t)high << 32;
}

/* ---- Look ---- */

/* As ipc_entry_lookup; NULL, too, if it is none of `types`. */
static ALWAYS_INLINE ipc_entry_t
look_up(ipc_space_t space, mach_port_name_t name, mach_port_type_t types)
{
    ipc_entry_t entry = ipc_entry_near(space, name >> IE_NAME_SHIFT);

    if (entry == NULL || entry->ie_generation != (uint8_t)name ||
        (entry->ie_bits & types) == 0)
        return NULL;
    return entry;
}

/* Does nothing wait to be received there?  (ipc_mqueue_take) */
static ALWAYS_INLINE bool
is_empty(ipc_entry_t entry)
{
    return (ie_type(entry) & MACH_PORT_TYPE_RECEIVE) != 0
               ? queue_empty(&entry->ie_port->ip_messages)
               : queue_empty(&entry->ie_pset->ips_ready);
}

/* The request: these sizes, and a place to receive from. */
static ALWAYS_INLINE bool
look(struct crossing *c)
{
    if (c->size - HEADER > BODY_MAX || c->size % sizeof(natural_t) != 0)
        return general(FAST_SIZE);
    if (!user_half(c->message) || !load_header(c->message, c->header))
        return general(FAST_FAULT);
    c->ours = look_up(c->self->ith_space, c->receive_name,
                      MACH_PORT_TYPE_RECEIVE | MACH_PORT_TYPE_PORT_SET);
    if (c->ours == NULL)
        return general(FAST_NAME);
    return is_empty(c->ours) || general(FAST_QUEUE);
}

/* ---- Pick ---- */

/* The first who waits for the port, or for the one set that it is in, or NULL.
 * (receiver_of, ipc_mqueue.c) */
static ALWAYS_INLINE ipc_thread_t
receiver_of(ipc_port_t port)
{
    ipc_thread_t thread = waitq_first(&port->ip_object.io_receivers);

    if (thread != NULL || port->ip_set_count != 1)
        return thread;
    return waitq_first(
        &queue_element(port->ip_sets.next, struct ipc_link, il_port_link)
             ->il_set->ips_object.io_receivers);
}

/* A receiver who waits for just such a message. (ipc_mqueue_send, give) */
static ALWAYS_INLINE bool
pick(struct crossing *c)
{
    if (!queue_empty(&c->dest->ip_messages))
        return general(FAST_QUEUE);
    c->receiver = receiver_of(c->dest);
    if (c->receiver == NULL)
        return general(FAST_NOBODY);
    debug_assert(c->dest->ip_state == IP_RECEIVED); /* or nobody waits (O3) */
    if ((int32_t)c->size > c->receiver->ith_fast)
        return general(FAST_RECEIVER);
    return can_pass(c->self, c->receiver) || general(FAST_PROCESSOR);
}

/* ---- Cross ---- */

/* A trailer that is more than empty.  Returns  false on a fault. */
static __attribute__((noinline)) bool
store_trailer(user_addr_t to, mach_msg_size_t size, ipc_space_t sender,
              mach_port_seqno_t seqno)
{
    mach_msg_audit_trailer_t trailer = {
        .msgh_trailer_size = size,
        .msgh_seqno = seqno,
        .msgh_sender = sender->is_security,
        .msgh_audit = sender->is_audit,
    };

    return store_bytes(to, &trailer, size);
}

/* Bodies are on their way here: one processor, and no interrupt. */
static uint64_t on_the_way[BODY_MAX / sizeof(uint64_t)];

/* A body crosses in whole words: what is too much of the last is the trailer's
 * place. */
static ALWAYS_INLINE size_t
words_of(const struct crossing *c)
{
    return (c->size - HEADER + 7) / 8;
}

/* The body is on its way. */
static ALWAYS_INLINE bool
load_body(struct crossing *c)
{
    size_t words = words_of(c);

    return words == 0 ||
           load_words(on_the_way, user_addr(c->message.ua + HEADER), words) ||
           general(FAST_FAULT);
}

/* Into the receiver's memory, whose address space is loaded from now on; the body
 * too, if it is not on its way.  (ipc_kmsg_gather, mach_msg_deliver) */
static ALWAYS_INLINE bool
cross(struct crossing *c, mach_msg_bits_t bits, mach_port_name_t reply,
      bool loaded)
{
    user_addr_t to = c->receiver->ith_msg.im_receive;
    user_addr_t end = user_addr(to.ua + c->size);
    mach_msg_size_t trailer = c->receiver->ith_trailer;
    size_t words = words_of(c);

    if (!loaded && !load_body(c))
        return false;
    c->header[0] = pair(bits, c->size);
    c->header[1] = pair(reply, c->dest->ip_receiver_name);
    load_space_of(c->receiver);
    if ((words == 0 ||
         store_words(user_addr(to.ua + HEADER), on_the_way, words)) &&
        store_header(to, c->header, end, pair(0, trailer)) &&
        (trailer == sizeof(mach_msg_trailer_t) ||
         store_trailer(end, trailer, c->self->ith_space, c->dest->ip_seqno)))
        return true;
    load_space_of(c->self);
    return general(FAST_FAULT);
}

/* ---- Commit ---- */

/* The message has come; we wait where we receive, and the receiver goes on.
 * (mach_msg_receive, mach_msg_receive_continue) */
static NORETURN ALWAYS_INLINE void
change_over(struct crossing *c)
{
    ipc_thread_t self = c->self;
    ipc_object_t object = c->ours->ie_object;

    c->dest->ip_seqno++;
    self->ith_object = object;
    object->io_references++; /* (O1) */
    c->receiver->ith_object->io_references--;
    c->receiver->ith_object = NULL;
    if (DEBUG)
        (void)general(FAST_DONE);
    pass_to(self, c->receiver, &object->io_receivers,
            mach_msg_receive_continue);
}

/* A copy of a send right for the receiver, and its name there. */
struct carried {
    ipc_port_t port;
    ipc_entry_t entry; /* its type is 0: the name is new */
};

/* The one descriptor on the way: it shall say what will be so. */
static ALWAYS_INLINE bool
carry(struct crossing *c, struct carried *carried)
{
    ipc_space_t space = c->receiver->ith_space;
    ipc_entry_t named =
        look_up(c->self->ith_space, on_the_way[0] >> 32, MACH_PORT_TYPE_SEND);

    if (c->size < HEADER + 2 * sizeof(uint64_t) ||
        (uint32_t)on_the_way[0] != 1 || on_the_way[1] >> 48 != COPIED)
        return general(FAST_SHAPE);
    if (named == NULL || !ip_active(named->ie_port) ||
        named->ie_port->ip_receiver == space)
        return general(FAST_NAME);
    carried->port = named->ie_port;
    carried->entry = ipc_hash_lookup(space, carried->port);
    if (carried->entry == NULL && space->is_free_first != 0)
        carried->entry = ipc_entry_at(space, space->is_free_first);
    if (carried->entry == NULL)
        return general(FAST_ENTRY);
    if (carried->entry->ie_bits == 0) /* as ipc_entry_alloc */
        carried->entry->ie_bits = IE_GEN_LOW << IE_GEN_SHIFT;
    on_the_way[0] = pair(1, ie_name(carried->entry));
    on_the_way[1] +=
        (uint64_t)(MACH_MSG_TYPE_PORT_SEND - MACH_MSG_TYPE_COPY_SEND) << 48;
    return true;
}

/* After the reply's name.  (ipc_right_copyout) */
static inline void
put(ipc_space_t space, const struct carried *carried)
{
    ipc_entry_t entry = carried->entry;
    kern_return_t kr;

    if (ie_type(entry) != 0) {
        ie_urefs_add(entry, 1);
        return;
    }
    kr = ipc_entry_alloc(space, MACH_PORT_NULL, &entry);
    assert(kr == KERN_SUCCESS && entry == carried->entry);
    entry->ie_port = carried->port;
    ie_set(entry, MACH_PORT_TYPE_SEND, 1);
    ipc_hash_insert(space, entry);
    carried->port->ip_srights++;
    carried->port->ip_object.io_references++; /* (P2) */
}

/* The copied right to the destination comes and goes (P3), and the right to answer
 * gets a name in the receiver's space.  (ipc_kmsg_copyin, ipc_right_put) */
static ALWAYS_INLINE bool
call(struct crossing *c, bool carries)
{
    struct carried carried = { .port = IP_NULL };
    ipc_entry_t named = look_up(c->self->ith_space, (uint32_t)c->header[1],
                                MACH_PORT_TYPE_SEND);
    ipc_port_t reply = c->ours->ie_port;
    ipc_space_t space;
    ipc_entry_t fresh;

    if (named == NULL || (ie_type(c->ours) & MACH_PORT_TYPE_RECEIVE) == 0 ||
        c->header[1] >> 32 != c->receive_name)
        return general(FAST_NAME);
    c->dest = named->ie_port;
    if (!pick(c)) {
        c->asks =
            !carries && c->receiver == NULL && c->dest->ip_state == IP_KERNEL;
        return false;
    }
    if (!queue_empty(&c->dest->ip_senders) || c->dest->ip_qlimit == 0)
        return general(FAST_QUEUE);
    space = c->receiver->ith_space;
    fresh = ipc_entry_aged(space);
    if (fresh == NULL)
        return general(FAST_ENTRY);
    if ((carries && (!load_body(c) || !carry(c, &carried))) ||
        !cross(c, carries ? CALLED | MACH_MSGH_BITS_COMPLEX : CALLED,
               ie_name(fresh), carries))
        return false;

    ipc_entry_use_aged(space, fresh);
    fresh->ie_port = reply;
    ie_set(fresh, MACH_PORT_TYPE_SEND_ONCE, 1);
    reply->ip_sorights++;
    reply->ip_object.io_references++; /* (P2) */
    if (carries)
        put(space, &carried);
    return true;
}

/* The right to answer and its name are used up. */
static ALWAYS_INLINE bool
answer(struct crossing *c)
{
    ipc_space_t space = c->self->ith_space;
    ipc_entry_t named =
        look_up(space, (uint32_t)c->header[1], MACH_PORT_TYPE_SEND_ONCE);

    if (named == NULL || named->ie_request != NULL ||
        c->header[1] >> 32 != MACH_PORT_NULL)
        return general(FAST_NAME);
    c->dest = named->ie_port;
    if (!pick(c) || !cross(c, ANSWERED, MACH_PORT_NULL, false))
        return false;

    ipc_entry_retire(space, named);
    c->dest->ip_sorights--;
    c->dest->ip_object.io_references--; /* (P2); the receive right has one */
    return true;
}

/* By itself: what is in registers for others would not be.  The header is read
 * anew, and may be another by now.  Returns  false: the general way. */
static __attribute__((noinline)) bool
call_with_port(ipc_thread_t self, mach_msg_size_t size)
{
    struct crossing c = {
        .self = self,
        .message = self->ith_msg.im_receive,
        .size = size,
        .receive_name = self->ith_msg.im_receive_name,
    };

    if (look(&c) &&
        ((mach_msg_bits_t)c.header[0] == CALL_WITH_PORT ||
         general(FAST_SHAPE)) &&
        call(&c, true))
        change_over(&c);
    return false;
}

struct mach_msg_question
mach_msg_fast(user_addr_t message, mach_msg_option_t option,
              mach_msg_size_t size, mach_msg_size_t receive_size,
              mach_port_name_t receive_name, ipc_thread_t self)
{
    struct crossing c = {
        .self = self,
        .message = message,
        .size = size,
        .receive_name = receive_name,
    };
    struct mach_msg_question none = { .dest = IP_NULL };
    mach_msg_bits_t bits;

    if (DEBUG)
        ipc_check_trap();
    if ((option & ~(MACH_RCV_LARGE | FAST_TRAILERS)) !=
        (MACH_SEND_MSG | MACH_RCV_MSG)) {
        (void)general(FAST_OPTION);
        return none;
    }
    /* For our wait, if it comes to that; the general way writes them anew. */
    self->ith_msg.im_receive = message;
    self->ith_msg.im_option = option;
    self->ith_msg.im_receive_size = receive_size;
    self->ith_msg.im_receive_name = receive_name;
    self->ith_trailer = REQUESTED_TRAILER_SIZE(option);
    self->ith_fast = (int32_t)(receive_size - self->ith_trailer);

    if (!look(&c))
        return none;
    bits = (mach_msg_bits_t)c.header[0];
    if (bits == CALL             ? call(&c, false)
        : bits == ANSWER         ? answer(&c)
        : bits == CALL_WITH_PORT ? call_with_port(self, size)
                                 : general(FAST_SHAPE))
        change_over(&c);
    if (!c.asks)
        return none;
    self->ith_msg.im_send_size = size;
    self->ith_msg.im_header.msgh_id = (mach_msg_id_t)(c.header[2] >> 32);
    return (struct mach_msg_question){ c.dest, c.ours->ie_port };
}
