/* SPDX-License-Identifier: MIT */
/*
 * ipc_kmsg.c - messages in the kernel's hands: memory, and what they carry.
 *
 * A message is made by a sending thread (ipc_kmsg_copyin.c) or by the kernel
 * (the calls of mig_kernel.h, below), and ends by being delivered
 * (ipc_kmsg_copyout.c) or destroyed with all that it carries.
 */
#include "ipc/ipc_kmsg.h"

#include <mach/notify.h>

#include "ipc/ipc_init.h"
#include "ipc/ipc_listing.h"
#include "ipc/ipc_port.h"
#include "ipc/ipc_ports.h"
#include "ipc/ipc_space.h"
#include "kernel/base/assert.h"
#include "kernel/base/string.h"
#include "kernel/core/work.h"

_Static_assert(sizeof(struct ipc_kmsg_small) <= 576, "seven in a page");

#define CLEAN_COST 500 /* instructions, to give up a right */

/* ---- Memory ---- */

/*
 * Memory for what is beyond the first piece; it comes page by page, as bytes
 * are written.  The last page comes now: the trailer has room when all else
 * has been gathered.
 */
static bool
alloc_rest(ipc_kmsg_t kmsg)
{
    uint32_t size = kmsg->ikm_room - IPC_KMSG_PIECE;
    uint64_t there;

    return vm_map_copy_create(size, zledger(kmsg), &kmsg->ikm_rest) ==
               KERN_SUCCESS &&
           vm_map_copy_at(kmsg->ikm_rest, size - 1, &there) != NULL;
}

/* The bytes at ikm_header. */
static uint32_t
first_size(ipc_kmsg_t kmsg)
{
    return min(kmsg->ikm_room, IPC_KMSG_PIECE);
}

static void
free_small(struct ipc_kmsg_small *small)
{
    ipc_kmsg_t kmsg = &small->is_kmsg;

    if (kmsg->ikm_parts_room != 0)
        kfree(kmsg->ikm_parts,
              kmsg->ikm_parts_room * sizeof(struct ipc_kmsg_part),
              zledger(kmsg));
    if (kmsg->ikm_room > IKM_SMALL_BYTES) {
        vm_map_copy_discard(kmsg->ikm_rest);
        kfree(kmsg->ikm_header, first_size(kmsg), zledger(kmsg));
    }
    zfree(&ipc_state.is_kmsg_zone, small);
}

/*
 * ipc_kmsg_alloc - an empty message with room for `size` bytes and a trailer.
 *
 * The bytes are uninitialised: the caller fills all `size`, ipc_kmsg_put_trailer
 * the trailer.
 *
 * Requires  size <= IPC_KMSG_MAX_SIZE
 * Returns   it, in memory of `ledger`, or IKM_NULL
 */
ipc_kmsg_t
ipc_kmsg_alloc(struct ledger *ledger, mach_msg_size_t size)
{
    struct ipc_kmsg_small *small = zalloc(&ipc_state.is_kmsg_zone, ledger);
    uint32_t room = size + MAX_TRAILER_SIZE;
    ipc_kmsg_t kmsg;

    if (small == NULL)
        return IKM_NULL;
    kmsg = &small->is_kmsg;
    kmsg->ikm_room = room;
    kmsg->ikm_parts = small->is_parts;
    kmsg->ikm_header = room <= IKM_SMALL_BYTES
                           ? (void *)small->is_bytes
                           : kalloc(first_size(kmsg), ledger);
    if (kmsg->ikm_header != NULL &&
        (room <= IPC_KMSG_PIECE || alloc_rest(kmsg)))
        return kmsg;
    free_small(small);
    return IKM_NULL;
}

/*
 * A job that has all it may still calls the kernel, and answers who waits: a
 * small message is lent, and comes back before it lies in any queue.  Half of
 * what is reserved for the kernel is for its own: whatever is lent, it answers.
 */
ipc_kmsg_t
ipc_kmsg_lend(mach_msg_size_t size)
{
    if (size > IKM_SMALL_BYTES - MAX_TRAILER_SIZE ||
        kernel_ledger.le_used >= kernel_ledger.le_reservation / 2)
        return IKM_NULL;
    return ipc_kmsg_alloc(&kernel_ledger, size);
}

bool
ipc_kmsg_alloc_parts(ipc_kmsg_t kmsg, uint32_t count)
{
    size_t bytes = count * sizeof(struct ipc_kmsg_part);
    struct ipc_kmsg_part *parts;

    if (count > IKM_SMALL_PARTS) {
        parts = kalloc(bytes, zledger(kmsg));
        if (parts == NULL)
            return false;
        kmsg->ikm_parts = parts;
        kmsg->ikm_parts_room = count;
    } else {
        memset(kmsg->ikm_parts, 0, bytes);
    }
    kmsg->ikm_part_count = count;
    return true;
}

void
ipc_kmsg_free(ipc_kmsg_t kmsg)
{
    ipc_space_release(kmsg->ikm_space);
    if (!kmsg->ikm_is_notice)
        free_small((struct ipc_kmsg_small *)kmsg);
}

/* A copy of kalloc'ed bytes in another ledger; NULL for NULL, or no memory. */
static void *
copy_bytes(const void *from, size_t size, struct ledger *ledger)
{
    void *to = kalloc(size, ledger);

    return to == NULL ? NULL : memcpy(to, from, size);
}

/* Of a message with few descriptors, all short arrays of rights, or some on
 * false: no memory. */
static bool
move_arrays(ipc_kmsg_t kmsg, struct ledger *ledger)
{
    for (uint32_t i = 0; i < kmsg->ikm_part_count; i++) {
        struct ipc_kmsg_part *part = &kmsg->ikm_parts[i];
        ipc_ports_t moved;

        if (part->pa_kind != PART_PORTS || part->pa_ports == NULL)
            continue;
        moved = ipc_ports_move(part->pa_ports, ledger);
        if (moved == NULL)
            return false;
        part->pa_ports = moved;
    }
    return true;
}

ipc_kmsg_t
ipc_kmsg_move(ipc_kmsg_t kmsg, struct ledger *ledger)
{
    struct ipc_kmsg_small *from = (struct ipc_kmsg_small *)kmsg;
    struct ipc_kmsg_small *to = zalloc(&ipc_state.is_kmsg_zone, ledger);
    bool inside = kmsg->ikm_room <= IKM_SMALL_BYTES;
    size_t parts = kmsg->ikm_parts_room * sizeof(struct ipc_kmsg_part);
    ipc_kmsg_t moved;

    if (to == NULL)
        return IKM_NULL;
    if (parts == 0 && !move_arrays(kmsg, ledger)) {
        zfree(&ipc_state.is_kmsg_zone, to);
        return IKM_NULL;
    }
    *to = *from;
    moved = &to->is_kmsg;
    moved->ikm_header =
        inside ? (void *)to->is_bytes
               : copy_bytes(kmsg->ikm_header, first_size(kmsg), ledger);
    moved->ikm_parts =
        parts == 0 ? to->is_parts : copy_bytes(kmsg->ikm_parts, parts, ledger);
    if (moved->ikm_header != NULL && moved->ikm_parts != NULL &&
        (kmsg->ikm_rest == VM_MAP_COPY_NULL ||
         vm_map_copy_charge(kmsg->ikm_rest, ledger) == KERN_SUCCESS)) {
        kmsg->ikm_rest = VM_MAP_COPY_NULL;
        free_small(from);
        return moved;
    }
    moved->ikm_rest = VM_MAP_COPY_NULL; /* it stays with the first one */
    free_small(to);
    return IKM_NULL;
}

/* ---- What it carries ---- */

/* Some rights of an array.  Returns  true when the array is gone. */
static bool
clean_ports(struct ipc_kmsg_part *part)
{
    while (part->pa_first < part->pa_last) {
        ipc_port_release_right(*ipc_ports_at(part->pa_ports, part->pa_first++),
                               part->pa_type);
        if (work_spend(CLEAN_COST))
            return false;
    }
    return ipc_ports_free(part->pa_ports);
}

bool
ipc_kmsg_clean_part(struct ipc_kmsg_part *part)
{
    ipc_part_kind_t kind = part->pa_kind;

    if (kind == PART_PORTS && !clean_ports(part))
        return false;
    part->pa_kind = PART_NONE;
    if (kind == PART_PORT)
        ipc_port_release_right(part->pa_port, part->pa_type);
    else if (kind == PART_COPY)
        vm_map_copy_discard(part->pa_copy);
    return true;
}

/* One part, or some of it. */
static void
end_step(struct work *work)
{
    ipc_kmsg_t kmsg = container_of(work, struct ipc_kmsg, ikm_work);

    if (ipc_kmsg_clean_part(&kmsg->ikm_parts[kmsg->ikm_part_count - 1]))
        kmsg->ikm_part_count--;
    if (kmsg->ikm_part_count != 0)
        return;
    work_end(work);
    ipc_kmsg_free(kmsg);
}

/*
 * ipc_kmsg_destroy - end a message with all that it carries.
 *
 * Consumes  the message, committed or not.
 * Sends     send-once, no-senders and all that the death of ports can cause.
 */
void
ipc_kmsg_destroy(ipc_kmsg_t kmsg)
{
    mach_msg_bits_t bits;
    ipc_port_t remote, local;

    if (kmsg == IKM_NULL)
        return;
    if (kmsg->ikm_follow != IP_NULL)
        ipc_port_release(kmsg->ikm_follow);
    if (kmsg->ikm_listing != NULL)
        ipc_listing_free(kmsg->ikm_listing);
    bits = kmsg->ikm_header->msgh_bits;
    remote = kmsg->ikm_remote;
    local = kmsg->ikm_local;
    kmsg->ikm_remote = IP_NULL;
    kmsg->ikm_local = IP_NULL;
    ipc_port_release_right(remote, MACH_MSGH_BITS_REMOTE(bits));
    ipc_port_release_right(local, MACH_MSGH_BITS_LOCAL(bits));
    if (kmsg->ikm_part_count == 0) {
        ipc_kmsg_free(kmsg);
        return;
    }
    kmsg->ikm_work = (struct work){ .wk_step = NULL };
    work_begin(&kmsg->ikm_work, end_step);
}

void
ipc_kmsg_init_notice(struct ipc_kmsg_notice *notice, ipc_port_t port)
{
    ipc_kmsg_t kmsg = &notice->in_kmsg;

    memset(notice, 0, sizeof(*notice));
    kmsg->ikm_header = (mach_msg_header_t *)notice->in_bytes;
    kmsg->ikm_room = sizeof(notice->in_bytes);
    kmsg->ikm_is_notice = true;
    kmsg->ikm_remote = port;
    kmsg->ikm_header->msgh_bits =
        MACH_MSGH_BITS(MACH_MSG_TYPE_PORT_SEND_ONCE, 0);
    kmsg->ikm_header->msgh_size = sizeof(mach_msg_header_t);
    kmsg->ikm_header->msgh_id = MACH_NOTIFY_SEND_ONCE;
}

/* ---- Its bytes ---- */

void *
ipc_kmsg_piece_of_rest(ipc_kmsg_t kmsg, uint32_t offset, uint32_t end,
                       uint32_t *size)
{
    uint64_t there;
    void *bytes =
        vm_map_copy_at(kmsg->ikm_rest, offset - IPC_KMSG_PIECE, &there);

    *size = (uint32_t)min(end - offset, there);
    return bytes;
}

/* What the message's memory has room for: its last page is there (alloc_rest). */
static void
put_bytes(ipc_kmsg_t kmsg, uint32_t at, const void *bytes, uint32_t size)
{
    uint32_t first = at < IPC_KMSG_PIECE ? min(size, IPC_KMSG_PIECE - at) : 0;
    kern_return_t kr;

    memcpy((unsigned char *)kmsg->ikm_header + at, bytes, first);
    if (first == size)
        return;
    kr = vm_map_copy_write(kmsg->ikm_rest, at + first - IPC_KMSG_PIECE,
                           (const char *)bytes + first, size - first);
    assert(kr == KERN_SUCCESS);
}

/* Any trailer, anywhere; the usual one is written by the caller. */
static __attribute__((noinline)) void
put_elements(ipc_kmsg_t kmsg, mach_msg_size_t size, mach_port_seqno_t seqno)
{
    bool kernel = kmsg->ikm_space == IS_NULL;
    mach_msg_mac_trailer_t trailer = {
        .msgh_trailer_type = MACH_MSG_TRAILER_FORMAT_0,
        .msgh_trailer_size = size,
        .msgh_seqno = seqno,
        .msgh_sender =
            kernel ? KERNEL_SECURITY_TOKEN : kmsg->ikm_space->is_security,
        .msgh_audit = kernel ? KERNEL_AUDIT_TOKEN : kmsg->ikm_space->is_audit,
        .msgh_context =
            IP_VALID(kmsg->ikm_remote) ? ip_context_shown(kmsg->ikm_remote) : 0,
    };

    put_bytes(kmsg, kmsg->ikm_header->msgh_size, &trailer, size);
}

mach_msg_size_t
ipc_kmsg_put_trailer(ipc_kmsg_t kmsg, mach_msg_option_t option,
                     mach_port_seqno_t seqno)
{
    mach_msg_size_t size = REQUESTED_TRAILER_SIZE(option);
    uint32_t at = kmsg->ikm_header->msgh_size;
    mach_msg_trailer_t *trailer = (void *)((char *)kmsg->ikm_header + at);

    if (size == sizeof(*trailer) && at + size <= IPC_KMSG_PIECE)
        *trailer = (mach_msg_trailer_t){
            .msgh_trailer_type = MACH_MSG_TRAILER_FORMAT_0,
            .msgh_trailer_size = size,
        };
    else
        put_elements(kmsg, size, seqno);
    return size;
}
