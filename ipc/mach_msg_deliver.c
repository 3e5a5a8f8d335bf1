/* SPDX-License-Identifier: MIT */
/*
 * mach_msg_deliver.c - a message in a thread's hands goes to its memory.
 *
 * Per piece: prepare the buffer, turn what lies in the piece into names and
 * addresses, copy (D14).  Once a right has a name the bytes that say so are
 * as good as written.  On a bad piece the rest of the message is destroyed
 * (R37).  A message in hand is not given back: an abort does not stop its
 * delivery, only termination does.
 */
#include "ipc/ipc_port.h"
#include "ipc/ipc_thread.h"
#include "ipc/mach_msg.h"
#include "kernel/base/assert.h"
#include "kernel/base/string.h"
#include "kernel/core/wait.h"
#include "kernel/core/work.h"
#include "vm/copyio.h"

/* Bytes that an instruction makes room for and copies. */
#define BYTES_COPIED 2
/* What is no longer is copied at once. */
#define SHORT 1024

/* ---- A message that stays queued ---- */

static bool
put_word(ipc_thread_t self, size_t offset, uint32_t word)
{
    if (self->ith_msg.im_receive_size < offset + sizeof(word))
        return true;
    return copyout(&word, user_addr(self->ith_msg.im_receive.ua + offset),
                   sizeof(word)) == COPYIO_OK;
}

static NORETURN void
refuse(ipc_thread_t self)
{
    bool written =
        put_word(self, offsetof(mach_msg_header_t, msgh_size), self->ith_msize);

    if ((self->ith_msg.im_option & MACH_RCV_LARGE_IDENTITY) != 0)
        written &= put_word(self, offsetof(mach_msg_header_t, msgh_local_port),
                            self->ith_large);
    thread_return(self, written ? MACH_RCV_TOO_LARGE : MACH_RCV_INVALID_DATA);
}

/* ---- A message in hand ---- */

/*
 * Gives the receiver the header alone, with a trailer: the message is too
 * large, or its reply right has no room.  What else it carries is destroyed.
 */
static NORETURN void
deliver_header_only(ipc_thread_t self, mach_msg_return_t mr)
{
    ipc_kmsg_t kmsg = self->ith_kmsg;
    mach_msg_header_t *header = kmsg->ikm_header;
    mach_msg_size_t total = sizeof(*header);

    header->msgh_size = sizeof(*header);
    total +=
        ipc_kmsg_put_trailer(kmsg, self->ith_msg.im_option, self->ith_seqno);
    ipc_kmsg_copyout_dest(kmsg, self->ith_space);
    total = min(total, self->ith_msg.im_receive_size);
    if (total >= sizeof(*header) &&
        copyout(header, self->ith_msg.im_receive, total) != COPYIO_OK)
        mr = MACH_RCV_INVALID_DATA;
    mach_msg_end(self, mr);
}

/* Nothing more can be written: the rest of the message ends. */
static NORETURN void
deliver_lost(ipc_thread_t self)
{
    mach_msg_return_t code = self->ith_delivery.id_code;

    mach_msg_end(self, code != MACH_MSG_SUCCESS ? code : MACH_RCV_INVALID_DATA);
}

/* The body, piece by piece; shortages are or-ed into what the thread is told.
 */
static NORETURN void
deliver_pieces(ipc_thread_t self)
{
    struct ith_delivery *delivery = &self->ith_delivery;
    ipc_kmsg_t kmsg = self->ith_kmsg;
    mach_msg_return_t mr = delivery->id_code;

    while (delivery->id_done < delivery->id_total) {
        user_addr_t to = user_addr(delivery->id_to.ua + delivery->id_done);
        uint32_t piece;
        void *from =
            ipc_kmsg_piece(kmsg, delivery->id_done, delivery->id_total, &piece);
        uint32_t end = delivery->id_done + piece;

        assert(from != NULL); /* it was gathered */
        if (kmsg->ikm_done < kmsg->ikm_part_count) {
            if (copyio_prepare(to, piece, COPYIO_WRITE) != COPYIO_OK)
                deliver_lost(self);
            if (!ipc_kmsg_copyout_body(kmsg, self->ith_space, end,
                                       &delivery->id_error))
                mach_msg_pause(self, deliver_pieces);
        }
        if (copyout(from, to, piece) != COPYIO_OK)
            deliver_lost(self);
        delivery->id_done = end;
        if (work_spend(piece / BYTES_COPIED) && end < delivery->id_total)
            mach_msg_pause(self, deliver_pieces);
    }
    if (mr == MACH_MSG_SUCCESS && delivery->id_error != 0)
        mr = MACH_RCV_BODY_ERROR;
    mach_msg_end(self, mr | delivery->id_error);
}

/* Returns  false if the buffer for the header is bad. */
static bool
deliver_begin(ipc_thread_t self, user_addr_t to, uint32_t total,
              mach_msg_return_t code, ipc_guard_mode_t guard_mode)
{
    ipc_kmsg_t kmsg = self->ith_kmsg;

    debug_assert(kmsg->ikm_follow == IP_NULL);
    debug_assert(!kmsg->ikm_is_notice ||
                 kmsg == &self->ith_notice.in_kmsg); /* (T3) */

    kmsg->ikm_done = 0;
    kmsg->ikm_guard = to.ua;
    kmsg->ikm_guard_mode = (uint8_t)guard_mode;
    self->ith_delivery = (struct ith_delivery){
        .id_to = to,
        .id_total = total,
        .id_code = code,
    };
    return copyio_prepare(to, min(total, IPC_KMSG_PIECE), COPYIO_WRITE) ==
           COPYIO_OK;
}

/* Of a message that is short and has no descriptors: its bytes are final as soon
 * as the header is. */
static NORETURN void
deliver_short(ipc_thread_t self, mach_msg_size_t total)
{
    ipc_kmsg_t kmsg = self->ith_kmsg;
    user_addr_t to = self->ith_msg.im_receive;
    mach_msg_return_t mr;

    if (copyio_prepare(to, total, COPYIO_WRITE) != COPYIO_OK) {
        ipc_kmsg_use_dest(kmsg); /* received, and not read */
        mach_msg_end(self, MACH_RCV_INVALID_DATA);
    }
    mr = ipc_kmsg_copyout_header(kmsg, self->ith_space);
    if (mr != MACH_MSG_SUCCESS)
        deliver_header_only(self, mr);
    if (copyout(kmsg->ikm_header, to, total) != COPYIO_OK)
        mr = MACH_RCV_INVALID_DATA;
    self->ith_kmsg = IKM_NULL;
    ipc_kmsg_free(kmsg);
    thread_return(self, (uint32_t)mr);
}

/*
 * mach_msg_deliver - give the message in ith_kmsg to its receiver; IKM_NULL: tell
 * it of the message that is too large and stays.
 *
 * Returns  never; the user sees
 *          MACH_MSG_SUCCESS
 *          MACH_RCV_TOO_LARGE     the header alone was delivered (R35)
 *          MACH_RCV_HEADER_ERROR  likewise
 *          MACH_RCV_BODY_ERROR    some parts were not (R38)
 *          MACH_RCV_INVALID_DATA  the message is lost (R37)
 */
void
mach_msg_deliver(ipc_thread_t self)
{
    ipc_kmsg_t kmsg = self->ith_kmsg;
    mach_msg_option_t option = self->ith_msg.im_option;
    mach_msg_size_t size;
    mach_msg_return_t mr;

    if (kmsg == IKM_NULL)
        refuse(self);
    size = kmsg->ikm_header->msgh_size;
    if (!ipc_thread_fits(self, size))
        deliver_header_only(self, MACH_RCV_TOO_LARGE);
    size += ipc_kmsg_put_trailer(kmsg, option, self->ith_seqno);
    if (kmsg->ikm_part_count == 0 && size <= SHORT)
        deliver_short(self, size);
    if (!deliver_begin(self, self->ith_msg.im_receive, size, MACH_MSG_SUCCESS,
                       (option & MACH_RCV_GUARDED_DESC) != 0 ? GUARD_RECEIVED
                                                             : GUARD_REFUSED)) {
        ipc_kmsg_use_dest(kmsg); /* received, and not read */
        deliver_lost(self);
    }
    mr = ipc_kmsg_copyout_header(kmsg, self->ith_space);
    if (mr != MACH_MSG_SUCCESS)
        deliver_header_only(self, mr);
    deliver_pieces(self);
}

/*
 * mach_msg_pseudo_receive - a message that was not sent goes back (R22).
 *
 * Every right and all memory come to the sender as if received; the header is
 * not turned around, and there is no trailer.
 */
void
mach_msg_pseudo_receive(ipc_thread_t self, mach_msg_return_t code)
{
    ipc_kmsg_t kmsg = self->ith_kmsg;

    if (!deliver_begin(self, self->ith_msg.im_send, kmsg->ikm_header->msgh_size,
                       code, GUARD_RETURNED))
        deliver_lost(self);
    self->ith_delivery.id_error =
        ipc_kmsg_copyout_pseudo(kmsg, self->ith_space);
    deliver_pieces(self);
}
