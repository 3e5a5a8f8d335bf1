/* SPDX-License-Identifier: MIT */
/*
 * ipc_kmsg.h - a message in the kernel's hands.
 *
 *     ikm_header -->  +----------------------------+
 *                     | header, in the user's      |  names here are not
 *                     | layout, then body and data |  looked at once the
 *                     |                            |  rights are taken
 *     ikm_rest  --->  +- - - - - - - - - - - - - - +
 *                     | beyond IPC_KMSG_PIECE      |
 *                     +----------------------------+
 *                     | room for the trailer       |
 *                     +----------------------------+
 *     ikm_remote, ikm_local     the rights that the header names
 *     ikm_parts[]               what the descriptors carry, by their index
 */
#ifndef OSTIA_IPC_IPC_KMSG_H
#define OSTIA_IPC_IPC_KMSG_H

#include "ipc/ipc_types.h"
#include "kernel/core/work.h"
#include "vm/vm_copy.h"

typedef enum ipc_part_kind {
    PART_NONE,  /* nothing (yet), or given away */
    PART_PORT,  /* one right, which may be IP_NULL or IP_DEAD */
    PART_COPY,  /* memory */
    PART_PORTS, /* an array of rights of one kind */
} ipc_part_kind_t;

/*
 * What one descriptor carries.
 *
 * (K1) of pa_ports, which has room for pa_count, exactly the elements from
 *      pa_first to before pa_last are rights that the message holds
 */
struct ipc_kmsg_part {
    union {
        ipc_port_t pa_port;
        vm_map_copy_t pa_copy;
        ipc_ports_t pa_ports;
    };
    uint32_t pa_offset; /* of the descriptor in the message */
    uint32_t pa_count;
    uint32_t pa_first;
    uint32_t pa_last;
    uint8_t pa_kind;
    uint8_t pa_type;   /* of the rights: MACH_MSG_TYPE_PORT_… */
    bool pa_bad;       /* the array could not be read, or has no memory there */
    bool pa_delivered; /* the receiver's memory for the array is there */
};

/* How a receive right arrives that was sent with its guard (R49). */
typedef enum ipc_guard_mode {
    GUARD_REFUSED,  /* it is destroyed: the receiver does not know guards */
    GUARD_RECEIVED, /* guarded by ikm_guard, immovable if the sender said so */
    GUARD_RETURNED, /* guarded by ikm_guard: back with its sender */
} ipc_guard_mode_t;

/*
 * (K2) a message in a queue is in memory of a job's ledger: its sender's, of
 *      an answer its receiver's; the kernel's own is lent on the way alone
 * (K3) parts below ikm_done are committed; a message on a queue is wholly so
 */
struct ipc_kmsg {
    queue_chain_t ikm_link; /* on a port's queue */
    mach_msg_header_t *ikm_header;
    vm_map_copy_t ikm_rest; /* VM_MAP_COPY_NULL: all is at ikm_header */
    ipc_port_t ikm_remote;
    ipc_port_t ikm_local;
    struct ipc_kmsg_part *ikm_parts;
    uint32_t ikm_part_count;
    uint32_t ikm_parts_room; /* parts allocated; 0: the small ones inside */
    uint32_t ikm_room;       /* bytes of the message, with the trailer's */
    uint32_t ikm_done;       /* parts committed, delivered or destroyed */
    uint32_t ikm_gathered;   /* bytes of the message, or of the next array */
    uint32_t ikm_next;       /* offset of the next descriptor; 0: none yet */
    uint32_t ikm_ool_ports;  /* elements of all arrays so far */
    ipc_space_t ikm_space;   /* who sent it: a reference; NULL: the kernel */
    bool ikm_is_notice;      /* part of a struct ipc_kmsg_notice: never freed */
    bool ikm_circular;       /* would never be read (R31) */
    uint8_t ikm_guard_mode;  /* of the delivery */
    union {
        struct {
            mach_port_context_t ikm_guard; /* the receiver's buffer's address */
            ipc_port_t ikm_moving;         /* the receive right whose chain of
                                      destinations is searched for a circle */
            ipc_port_t ikm_follow;         /* the port that the search is at; a
                                      reference */
            struct ipc_listing *ikm_listing; /* of a request: what was done */
        };
        struct work ikm_work; /* of a message that ends */
    };
};

#define IKM_SMALL_PARTS 4
#define IKM_SMALL_BYTES 276

/* What the zone holds: most messages need nothing besides. */
struct ipc_kmsg_small {
    struct ipc_kmsg is_kmsg; /* first */
    struct ipc_kmsg_part is_parts[IKM_SMALL_PARTS];
    unsigned char is_bytes[IKM_SMALL_BYTES] ALIGNED(8);
};

/* A header and nothing else, in memory that is already there. */
struct ipc_kmsg_notice {
    struct ipc_kmsg in_kmsg; /* first */
    unsigned char in_bytes[sizeof(mach_msg_header_t) +
                           MAX_TRAILER_SIZE] ALIGNED(8);
};

#define IPC_KMSG_MAX_SIZE      ((48u << 20) - MAX_TRAILER_SIZE)
#define IPC_KMSG_MAX_OOL_PORTS 16383u
/* Header and descriptors lie in one piece of this size, and so do the parts. */
#define IPC_KMSG_PIECE           (16u << 10)
#define IPC_KMSG_MAX_DESCRIPTORS (IPC_KMSG_PIECE / sizeof(struct ipc_kmsg_part))

MUSTUSE ipc_kmsg_t ipc_kmsg_alloc(struct ledger *ledger, mach_msg_size_t size);
/* The same for a thread whose job has all it may, or IKM_NULL. */
MUSTUSE ipc_kmsg_t ipc_kmsg_lend(mach_msg_size_t size);
/* Room for the parts of `count` descriptors; false without memory. */
MUSTUSE bool ipc_kmsg_alloc_parts(ipc_kmsg_t kmsg, uint32_t count);
/*
 * The same message in memory of another ledger, with short arrays of rights if
 * its descriptors are few; what else it carries out of line stays where it is.
 * Consumes it, but for IKM_NULL: no memory.
 */
MUSTUSE ipc_kmsg_t ipc_kmsg_move(ipc_kmsg_t kmsg, struct ledger *ledger);
/* Frees a message that carries nothing any more. */
void ipc_kmsg_free(ipc_kmsg_t kmsg);
/* Frees a message with all it carries; work that is long goes on later. */
void ipc_kmsg_destroy(ipc_kmsg_t kmsg);
/* Gives up what one part carries, or some of it; true when all is gone. */
bool ipc_kmsg_clean_part(struct ipc_kmsg_part *part);

/* A send-once notification of `port`; takes over the right. */
void ipc_kmsg_init_notice(struct ipc_kmsg_notice *notice, ipc_port_t port);

MUSTUSE void *ipc_kmsg_piece_of_rest(ipc_kmsg_t kmsg, uint32_t offset,
                                     uint32_t end, uint32_t *size);
/*
 * Where byte `offset` lies, and in *size how many of those before `end` lie
 * there in one piece; NULL if there is no memory for them.
 */
MUSTUSE static inline void *
ipc_kmsg_piece(ipc_kmsg_t kmsg, uint32_t offset, uint32_t end, uint32_t *size)
{
    if (offset >= IPC_KMSG_PIECE)
        return ipc_kmsg_piece_of_rest(kmsg, offset, end, size);
    *size = min(end, IPC_KMSG_PIECE) - offset;
    return (unsigned char *)kmsg->ikm_header + offset;
}

/* The descriptor of a part. */
static inline mach_msg_descriptor_t *
ipc_kmsg_descriptor(ipc_kmsg_t kmsg, struct ipc_kmsg_part *part)
{
    return (void *)((unsigned char *)kmsg->ikm_header + part->pa_offset);
}

/*
 * The array that a routine makes for its reply, with room for `count` rights at
 * first; it is kept with the request, whose routine may be called again.  NULL
 * if there is no memory.
 */
MUSTUSE struct ipc_kmsg_part *ipc_kmsg_made(ipc_kmsg_t request, uint32_t count);
/* Adds a send right to such an array; false if there is no memory.
 * Requires  there is room. */
MUSTUSE bool ipc_kmsg_make_send(struct ipc_kmsg_part *made, ipc_port_t port);

/* ---- ipc_kmsg_copyin.c: gather and commit (D14) ---- */

void ipc_kmsg_preset(ipc_kmsg_t kmsg, const mach_msg_header_t *header,
                     uint32_t descriptors);
MUSTUSE mach_msg_return_t ipc_kmsg_gather(ipc_kmsg_t kmsg, user_addr_t from);
MUSTUSE mach_msg_return_t ipc_kmsg_copyin(ipc_kmsg_t kmsg, ipc_space_t space);
/* A receive right is in the message: looks where it goes, for a circle; and goes
 * on with that.  Returns  MACH_MSG_SUCCESS or WORK_UNFINISHED. */
MUSTUSE mach_msg_return_t ipc_kmsg_begin_search(ipc_kmsg_t kmsg,
                                                ipc_port_t right);
MUSTUSE mach_msg_return_t ipc_kmsg_search(ipc_kmsg_t kmsg);

/* ---- ipc_kmsg_copyout.c: deliver ---- */

mach_msg_return_t ipc_kmsg_copyout_header(ipc_kmsg_t kmsg, ipc_space_t space);
/* The destination alone, for a receiver that gets no more than the header. */
void ipc_kmsg_copyout_dest(ipc_kmsg_t kmsg, ipc_space_t space);
/* The message has arrived at a kernel object: its destination right is used,
 * and not given up, which would be told. */
void ipc_kmsg_use_dest(ipc_kmsg_t kmsg);
/* A pseudo-receive: the sender's header back, not turned around (R22). */
mach_msg_return_t ipc_kmsg_copyout_pseudo(ipc_kmsg_t kmsg, ipc_space_t space);
MUSTUSE bool ipc_kmsg_copyout_body(ipc_kmsg_t kmsg, ipc_space_t space,
                                   uint32_t end, mach_msg_return_t *error);
/* Writes the trailer behind the message.  Returns its size. */
mach_msg_size_t ipc_kmsg_put_trailer(ipc_kmsg_t kmsg, mach_msg_option_t option,
                                     mach_port_seqno_t seqno);

#endif
