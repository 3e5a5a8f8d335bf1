/* SPDX-License-Identifier: MIT */
/*
 * ipc_kobject.c - ports that stand for objects of the kernel (D9): carrying
 * out the calls that come as messages.
 *
 *      request  -- by its id -->  the routine of a .defs file  -->  reply
 *
 * A reply is a mig_reply_error_t until the routine's stub makes more of it.
 * Whatever is left in the request when the routine is done, its rights, its
 * memory and the reply right if nobody used it, is destroyed with it.
 *
 * A routine whose work grows with what users have made does some of it, keeps
 * with its request (ikm_listing) or its thread (struct progress) how far it is,
 * and returns WORK_UNFINISHED as if it had failed.  It is called again, with the same request, when the
 * sender's thread goes on; nothing is on its stack meanwhile (D15).
 */
#include "ipc/ipc_kobject.h"

#include <mach/notify.h>

#include "ipc/ipc_init.h"
#include "ipc/ipc_kmsg.h"
#include "ipc/ipc_mqueue.h"
#include "ipc/ipc_port.h"
#include "ipc/ipc_space.h"
#include "ipc/ipc_thread.h"
#include "ipc/mig_kernel.h"
#include "kernel/base/assert.h"
#include "kernel/base/string.h"
#include "kernel/core/work.h"
#include "vm/handover.h"

#define REPLY_ID(request_id) ((request_id) + 100)

ipc_port_t
ipc_kobject_alloc(void *object, ipc_kotype_t type, struct ledger *ledger)
{
    ipc_port_t port = ipc_port_alloc(IP_KERNEL, ledger);

    assert(type > IKOT_NONE && type < IKOT_MAX);

    if (port == IP_NULL)
        return IP_NULL;
    port->ip_kobject = object;
    port->ip_kotype = type;
    return port;
}

void *
ipc_kobject_get(ipc_port_t port, ipc_kotype_t type)
{
    return ipc_kobject_type(port) == type ? port->ip_kobject : NULL;
}

/* IKOT_NONE for IP_NULL, IP_DEAD, dead ports and ports of tasks. */
ipc_kotype_t
ipc_kobject_type(ipc_port_t port)
{
    if (!IP_VALID(port) || port->ip_state != IP_KERNEL)
        return IKOT_NONE;
    return port->ip_kotype;
}

void
ipc_kobject_disable(ipc_port_t port)
{
    assert(port->ip_state == IP_KERNEL || !ip_active(port));

    port->ip_kobject = NULL;
    port->ip_kotype = IKOT_NONE;
}

void
ipc_kobject_destroy(ipc_port_t port)
{
    ipc_kobject_disable(port);
    ipc_port_destroy(port);
}

/* The object's function may destroy the port, which the caller's reference
 * keeps. */
void
ipc_kobject_sender_gone(ipc_port_t port)
{
    const struct ipc_kobject_ops *ops = &ipc_kobject_ops[port->ip_kotype];

    if (ops->iko_sender_gone != NULL)
        ops->iko_sender_gone(port);
}

/* ---- Replies ---- */

/* Makes the reply an error reply; a stub overwrites it on success. */
static void
set_result(ipc_kmsg_t reply, kern_return_t code)
{
    mig_reply_error_t *body = ipc_kmsg_body(reply);

    body->Head.msgh_size = sizeof(*body);
    body->NDR = NDR_record;
    body->RetCode = code;
}

/* What the routine returned: a complex reply is always a success. */
static kern_return_t
result_of(ipc_kmsg_t reply)
{
    mig_reply_error_t *body = ipc_kmsg_body(reply);

    return MACH_MSGH_BITS_IS_COMPLEX(body->Head.msgh_bits) ? KERN_SUCCESS
                                                           : body->RetCode;
}

/*
 * A reply without descriptors that the asker would receive next goes straight to
 * its memory, and its receive half is over.  Returns  false: nothing has happened,
 * but that some bytes may have been written.
 */
static bool
hand_over(ipc_kmsg_t reply, ipc_kmsg_t request, ipc_thread_t asker)
{
    struct ith_msg *wish = &asker->ith_msg;
    mach_msg_header_t *header = reply->ikm_header;
    ipc_port_t to = request->ikm_local;
    mach_msg_size_t size = header->msgh_size;

    if (MACH_MSGH_BITS_LOCAL(request->ikm_header->msgh_bits) !=
            MACH_MSG_TYPE_PORT_SEND_ONCE ||
        header->msgh_bits != 0 || !ipc_mqueue_next_for(to, size, asker))
        return false;
    header->msgh_bits = MACH_MSGH_BITS(0, MACH_MSG_TYPE_PORT_SEND_ONCE);
    header->msgh_local_port = to->ip_receiver_name;
    header->msgh_id = REPLY_ID(request->ikm_header->msgh_id);
    reply->ikm_remote = to; /* the trailer's context is this port's */
    size += ipc_kmsg_put_trailer(reply, wish->im_option, to->ip_seqno);
    reply->ikm_remote = IP_NULL;
    if (!user_half(wish->im_receive) ||
        !store_bytes(wish->im_receive, header, size)) {
        header->msgh_bits = 0;
        return false;
    }
    to->ip_seqno++;
    wish->im_option &= ~MACH_RCV_MSG;
    request->ikm_local = IP_NULL;
    to->ip_sorights--;
    ipc_port_release(to);
    return true;
}

/*
 * An error reply carries nothing, whatever its stub had put in already.  The
 * asker gets it in its hands, so that a job that has all it may can still call
 * the kernel.  Over a plain send right it finds no place in a full queue.
 */
static void
send_reply(ipc_kmsg_t reply, ipc_kmsg_t request, ipc_thread_t asker)
{
    mach_msg_header_t *header = ipc_kmsg_body(reply);
    mach_msg_bits_t other = MACH_MSGH_BITS_OTHER(header->msgh_bits);
    mach_msg_type_name_t type =
        MACH_MSGH_BITS_LOCAL(request->ikm_header->msgh_bits);
    ipc_port_t to = request->ikm_local;

    if (asker != NULL && IP_VALID(to) && hand_over(reply, request, asker)) {
        ipc_kmsg_destroy(reply);
        return;
    }
    ipc_kmsg_set_header(reply, to, type, IP_NULL, 0,
                        REPLY_ID(request->ikm_header->msgh_id), other != 0);
    request->ikm_local = IP_NULL;
    if (asker != NULL && IP_VALID(to) && ipc_mqueue_give(to, reply, asker))
        return;
    if (type == MACH_MSG_TYPE_PORT_SEND && IP_VALID(to) && ipc_mqueue_full(to))
        ipc_kmsg_destroy(reply);
    else
        (void)ipc_kmsg_send_kernel(reply);
}

/*
 * ipc_kobject_reply - answer a request whose routine said MIG_NO_REPLY.
 *
 * Consumes  the send-once right; IP_NULL and IP_DEAD are allowed.
 * Sends     send-once instead of the reply, if there is no memory for it.
 */
void
ipc_kobject_reply(ipc_port_t reply, mach_msg_id_t reply_id, kern_return_t code)
{
    ipc_kmsg_t kmsg;

    if (!IP_VALID(reply))
        return;
    kmsg = ipc_kmsg_alloc_kernel(&kernel_ledger, sizeof(mig_reply_error_t), 0);
    if (kmsg == IKM_NULL) {
        ipc_port_release_sonce(reply);
        return;
    }
    ipc_kmsg_set_header(kmsg, reply, MACH_MSG_TYPE_PORT_SEND_ONCE, IP_NULL, 0,
                        reply_id, false);
    set_result(kmsg, code);
    (void)ipc_kmsg_send_kernel(kmsg);
}

/* ---- Requests ---- */

/*
 * Would the reply to this request pass for a notification?  Who gets one goes
 * by the kernel's token, which a reply has too, wherever it is sent.
 */
static bool
is_forgery(mach_msg_id_t request_id)
{
    return request_id >= MACH_NOTIFY_FIRST - REPLY_ID(0) &&
           request_id <= MACH_NOTIFY_LAST - REPLY_ID(0);
}

ipc_kmsg_t
ipc_kobject_request(void)
{
    return ipc_state.is_request;
}

static const struct mig_routine *
routine_of(mach_msg_id_t id)
{
    static const struct mig_routine none = { .mr_stub = NULL };
    const struct mig_subsystem *subsystem = mig_subsystem_find(id);

    return subsystem == NULL
               ? &none
               : &subsystem->ms_routines[id - subsystem->ms_start];
}

/* Has the routine do it.  Returns  what it returned; the reply says so. */
static kern_return_t
carry_out(const struct mig_routine *routine, ipc_kmsg_t request,
          ipc_kmsg_t reply)
{
    ipc_kmsg_t outer = ipc_state.is_request;

    assert(request->ikm_remote->ip_state == IP_KERNEL);

    set_result(reply, MIG_BAD_ID);
    /* It may cause another request to be carried out, by a notification. */
    ipc_state.is_request = request;
    if (routine->mr_stub != NULL)
        routine->mr_stub(request, reply);
    ipc_state.is_request = outer;
    return result_of(reply);
}

/* Returns  false if the routine is to be called again. */
static bool
serve(ipc_kmsg_t request, ipc_thread_t asker)
{
    mach_msg_id_t id = request->ikm_header->msgh_id;
    const struct mig_routine *routine = routine_of(id);
    ipc_kmsg_t reply = ipc_kmsg_alloc_kernel(
        &kernel_ledger, max(routine->mr_reply_size, sizeof(mig_reply_error_t)),
        routine->mr_reply_descriptors);
    kern_return_t code;

    if (reply != IKM_NULL) {
        code = carry_out(routine, request, reply);
        if (code == WORK_UNFINISHED) {
            ipc_kmsg_destroy(reply);
            return false;
        }
        if (code == MIG_NO_REPLY || request->ikm_local == IP_NULL ||
            is_forgery(id))
            ipc_kmsg_destroy(reply);
        else
            send_reply(reply, request, asker);
    }
    ipc_kmsg_use_dest(request);
    ipc_kmsg_destroy(request);
    return true;
}

/*
 * ipc_kobject_server - carry out a request, and send the reply.
 *
 * Requires  the destination is a living port of the kernel.
 * Consumes  the request, but on false.  Its destination right counts as used:
 *           what arrived is not told of as unused.
 * Returns   false if the routine is to be called again
 * Sends     the reply; without memory for one the request is not carried out,
 *           and a client that gave a send-once right hears of its end.
 */
bool
ipc_kobject_server(ipc_kmsg_t request, ipc_thread_t asker)
{
    ipc_port_t port = request->ikm_remote;
    const struct ipc_kobject_ops *ops = &ipc_kobject_ops[port->ip_kotype];

    assert(port->ip_state == IP_KERNEL && port->ip_kotype < IKOT_MAX);

    if (ops->iko_message == NULL)
        return serve(request, asker);
    ipc_port_reference(port);
    ipc_kmsg_use_dest(request);
    ops->iko_message(port, request);
    ipc_port_release(port);
    return true;
}

/* ---- Asked by a thread that waits for the answer ----
 *
 * Requests and replies that are short and carry nothing lie in two messages that
 * are kept, lent by the kernel.  One that is to stay is given away, and another
 * takes its place the next time.
 */

#define SPARE_SIZE (IKM_SMALL_BYTES - MAX_TRAILER_SIZE)

static bool
have_spare(ipc_kmsg_t *spare)
{
    if (*spare == IKM_NULL)
        *spare = ipc_kmsg_lend(SPARE_SIZE);
    return *spare != IKM_NULL;
}

/*
 * Carries out a request in the first spare message, which holds a mere reference
 * to its destination: a send right would come and go.
 */
static enum ipc_kobject_asked
ask_now(ipc_thread_t self, const struct mig_routine *routine)
{
    ipc_kmsg_t request = ipc_state.is_spare_request;
    ipc_kmsg_t reply = ipc_state.is_spare_reply;
    kern_return_t code;

    memset(reply->ikm_header, 0, routine->mr_reply_size);
    code = carry_out(routine, request, reply);
    if (code == WORK_UNFINISHED) {
        ipc_state.is_spare_request = IKM_NULL;
        request->ikm_remote->ip_srights++; /* (P3) */
        request->ikm_space = ipc_space_reference(self->ith_space);
        self->ith_kmsg = request;
        return ASKED_TO_POST;
    }
    if (code == MIG_NO_REPLY || request->ikm_local == IP_NULL) {
        ipc_port_release_sonce(request->ikm_local);
    } else if (!hand_over(reply, request, self)) {
        ipc_state.is_spare_reply = IKM_NULL;
        send_reply(reply, request, self);
    }
    debug_assert(request->ikm_listing == NULL);
    ipc_port_release(request->ikm_remote);
    request->ikm_remote = IP_NULL;
    request->ikm_local = IP_NULL;
    request->ikm_space = IS_NULL;
    return ASKED;
}

enum ipc_kobject_asked
ipc_kobject_ask(ipc_thread_t self, ipc_port_t dest, ipc_port_t reply)
{
    mach_msg_size_t size = self->ith_msg.im_send_size;
    mach_msg_id_t id = self->ith_msg.im_header.msgh_id;
    const struct mig_routine *routine = routine_of(id);
    user_addr_t body =
        user_addr(self->ith_msg.im_receive.ua + sizeof(mach_msg_header_t));
    size_t words = (size - sizeof(mach_msg_header_t) + 7) / 8;
    bool now = routine->mr_reply_size != 0 &&
               routine->mr_reply_size <= SPARE_SIZE &&
               routine->mr_reply_descriptors == 0 && !is_forgery(id);
    ipc_kmsg_t kmsg;

    if (size > SPARE_SIZE ||
        ipc_kobject_ops[dest->ip_kotype].iko_message != NULL ||
        !have_spare(&ipc_state.is_spare_request) ||
        !have_spare(&ipc_state.is_spare_reply))
        return ASKED_NOTHING;
    kmsg = now ? ipc_state.is_spare_request
               : ipc_kmsg_alloc(zledger(self->ith_space), size);
    if (kmsg == IKM_NULL)
        return ASKED_NOTHING;
    if (words != 0 &&
        !load_words((uint64_t *)(kmsg->ikm_header + 1), body, words)) {
        if (!now)
            ipc_kmsg_free(kmsg);
        return ASKED_NOTHING;
    }
    *kmsg->ikm_header = (mach_msg_header_t){
        .msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_PORT_SEND,
                                    MACH_MSG_TYPE_PORT_SEND_ONCE),
        .msgh_size = size,
        .msgh_id = id,
    };
    kmsg->ikm_space = self->ith_space;
    kmsg->ikm_remote = dest;
    ipc_port_reference(dest);
    kmsg->ikm_local = reply;
    reply->ip_sorights++;
    ipc_port_reference(reply);
    if (now)
        return ask_now(self, routine);
    dest->ip_srights++; /* (P3) */
    kmsg->ikm_space = ipc_space_reference(self->ith_space);
    self->ith_kmsg = kmsg;
    return ASKED_TO_POST;
}
