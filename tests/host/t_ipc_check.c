/* SPDX-License-Identifier: MIT */
/*
 * t_ipc_check.c - each invariant of ipc/ that is broken on purpose is seen, by
 * the checker or by the assertion of the function that keeps it.
 *
 * A field is given a wrong value, the check runs, the panic is caught, and the
 * field gets its value back; at the end all is as it was.
 */
#include "fires.h"
#include "ipc/ipc_entry.h"
#include "ipc/ipc_hash.h"
#include "ipc/ipc_init.h"
#include "ipc/ipc_pset.h"
#include "ipc/ipc_request.h"
#include "ipc/ipc_right.h"
#include "ipc_world.h"

static void
check_all(void)
{
    (void)ipc_check_all();
}

/* `place` has a wrong value while everything is checked. */
#define BREAK(name, place, wrong, condition)   \
    do {                                       \
        __typeof__(place) right = (place);     \
                                               \
        (place) = (wrong);                     \
        ok(fires(check_all, condition), name); \
        (place) = right;                       \
    } while (0)

struct message {
    mach_msg_base_t base;
    union {
        mach_msg_port_descriptor_t port;
        mach_msg_ool_ports_descriptor_t array;
    };
};

/* A message from A to its own `dest`, with one descriptor. */
static uint64_t
send_one(mach_port_name_t dest, mach_msg_descriptor_type_t type,
         mach_port_name_t *name, mach_msg_type_name_t disposition)
{
    struct message *message = (void *)abuf;

    memset(message, 0, sizeof(*message));
    header(message, dest, MACH_MSG_TYPE_MAKE_SEND, 0, 0, 1);
    message->base.header.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
    message->base.body.msgh_descriptor_count = 1;
    if (type == MACH_MSG_PORT_DESCRIPTOR)
        message->port = (mach_msg_port_descriptor_t){
            .name = *name, .disposition = disposition, .type = type
        };
    else
        message->array =
            (mach_msg_ool_ports_descriptor_t){ .address = name,
                                               .count = 1,
                                               .disposition = disposition,
                                               .type = type };
    return fake_msg(a, message, MACH_SEND_MSG | MACH_SEND_TIMEOUT,
                    sizeof(message->base) + (type == MACH_MSG_PORT_DESCRIPTOR
                                                 ? sizeof(message->port)
                                                 : sizeof(message->array)),
                    0, 0, 0);
}

static ipc_entry_t
entry_of(struct fake_task *task, mach_port_name_t name)
{
    return ipc_entry_lookup(task->space, name);
}

static ipc_port_t
port_of(struct fake_task *task, mach_port_name_t name)
{
    return entry_of(task, name)->ie_port;
}

static ipc_kmsg_t
first_of(ipc_port_t port)
{
    return queue_element(queue_first(&port->ip_messages), struct ipc_kmsg,
                         ikm_link);
}

/* ---- Names ---- */

static void
spaces(void)
{
    ipc_space_t space = A->space;
    ipc_entry_t none = ipc_entry_at(space, 0);
    uint32_t first = space->is_free_first;

    BREAK("S1: index 0 is a name", none->ie_bits,
          MACH_PORT_TYPE_DEAD_NAME | IE_GEN_LOW << IE_GEN_SHIFT | 1,
          "index != 0");
    BREAK("S2: a slot in use is in the ring", space->is_ring[0], 1,
          "ie_type(ipc_entry_at(space, space->is_ring[place])) == 0");
    space->is_free_first = 0;
    ok(fires(check_all, "slots == names"),
       "S2: a slot is neither in use nor free");
    space->is_free_first = first;
    BREAK("S2: a hole below is_fresh", space->is_fresh, 4 * IE_CHUNK,
          "is_fresh");
    BREAK("S3: a name more is counted than there is", space->is_names,
          space->is_names + 1, "names == space->is_names");
}

static ipc_entry_t receive_entry, send_entry;

static void
hash_receive(void)
{
    ipc_hash_insert(A->space, receive_entry);
}

static void
hash_twice(void)
{
    ipc_hash_remove(B->space, send_entry);
    ipc_hash_remove(B->space, send_entry);
}

static void
free_free(void)
{
    ipc_entry_free(A->space, ipc_entry_at(A->space, A->space->is_free_first));
}

static void
entries(mach_port_name_t name, mach_port_name_t send)
{
    ipc_entry_t dead, free, once;

    dead = entry_of(A, new_right(A, RIGHT(DEAD_NAME)));
    free = ipc_entry_at(A->space, A->space->is_free_first);
    once = entry_of(B, carry(A, name, MACH_MSG_TYPE_MAKE_SEND_ONCE, B));
    receive_entry = entry_of(A, name);
    send_entry = entry_of(B, send);

    BREAK("E1: a free slot has an object", free->ie_object,
          receive_entry->ie_object, "entry->ie_object == NULL &&");
    ok(fires(free_free, "ie_type(entry) != 0"), "E1: a free slot is freed");
    BREAK("E2: a dead name has an object", dead->ie_object,
          receive_entry->ie_object, "(entry->ie_object == NULL) ==");
    BREAK("E3: a right has no port", entry_of(A, A->self_name)->ie_object, NULL,
          "(entry->ie_object == NULL) ==");
    BREAK("E3: a name's reference is not counted",
          receive_entry->ie_object->io_references, 1, "pf_references");
    BREAK("E4: a send right has no user reference", send_entry->ie_bits,
          send_entry->ie_bits & ~IE_UREFS_MAX, "urefs");
    BREAK("E4: a send-once right has two", once->ie_bits, once->ie_bits + 1,
          "urefs");
    BREAK("E4: a receive right alone has one", receive_entry->ie_bits,
          receive_entry->ie_bits + 1, "urefs");
    BREAK("E5: a request sits on a dead name", dead->ie_request,
          send_entry->ie_request, "MACH_PORT_TYPE_PORT_RIGHTS");

    BREAK("H1: an entry more is counted in the hash",
          B->space->is_hash.ih_count, 100, "ih_count");
    ok(fires(hash_twice, "*link != 0"), "H1: an entry leaves the hash twice");
    ok(fires(check_all, "ipc_hash_lookup"),
       "H1: a send right is not in the hash");
    ipc_hash_insert(B->space, send_entry);
    ok(fires(hash_receive, "== MACH_PORT_TYPE_SEND"),
       "H2: a receive right goes into the hash");

    ipc_right_destroy(A->space, dead);
    ipc_right_destroy(B->space, once);
    ok(next_id(a, abuf, name) == MACH_NOTIFY_SEND_ONCE,
       "the right that ended is told of");
}

/* ---- Requests ---- */

static void
requests(mach_port_name_t send)
{
    ipc_entry_t entry = entry_of(B, send);
    struct ipc_request *request = entry->ie_request;

    BREAK("Q1: a request's entry has another", entry->ie_request, NULL,
          "request->ir_entry->ie_request == request");
    BREAK("Q1: a request belongs to another space", request->ir_space, A->space,
          "entry->ie_request->ir_space == space");
    BREAK("Q2: a port counts a request more", entry->ie_port->ip_request_count,
          2, "count == port->ip_request_count");
    BREAK("Q2: an armed request is not in the line", request->ir_kind,
          IR_POSSIBLE, "ir_armed_link");
    BREAK("Q3: a request has no right to tell by", request->ir_kmsg->ikm_remote,
          IP_NULL, "ikm_remote != IP_NULL");
}

/* ---- Ports ---- */

static ipc_port_t port;

static void
destroy_dead(void)
{
    ipc_port_destroy(port);
}

/* `port` is received, with two messages in its queue. */
static void
ports(ipc_port_t other)
{
    ipc_object_t object = &port->ip_object;

    BREAK("O1: an object lives without references", object->io_references, 0,
          "io_references != 0");
    BREAK("O2, P1: a dead port is in a living one's state", object->io_active,
          false, "ip_active(port) ==");
    object->io_active = false;
    ok(fires(destroy_dead, "ip_active(port)"), "O2: a port dies twice");
    object->io_active = true;
    BREAK("P1: a living port is in a dead one's state", port->ip_state,
          IP_DEAD_STATE, "ip_received_by");
    BREAK("P2: a right's reference is not counted", object->io_references, 2,
          "pf_references");
    BREAK("P3: a send right is not counted", port->ip_srights, 0, "ip_srights");
    BREAK("P3: a send-once right is not counted", other->ip_sorights, 0,
          "ip_sorights");
    BREAK("P4: a message more is counted", port->ip_msgcount, 3, "ip_msgcount");
    BREAK("P4: a place in the queue for nothing owed", other->ip_owed_link.next,
          &other->ip_owed_link, "ip_owed_link");
    BREAK("P6: a right that is received is on its way", port->ip_destination,
          other, "ip_destination");
    BREAK("P7: a port is strict without a guard", port->ip_strict, true,
          "ip_strict");
    BREAK("P8: a question's reply goes elsewhere", A->self->ip_question,
          first_of(port), "ip_question");
    BREAK("P9: another space pays for the port", port->ip_home, B->space,
          "ip_home");
}

/* A message whose array holds the receive right of `moving`. */
static void
messages(ipc_port_t moving)
{
    ipc_kmsg_t kmsg = first_of(port);
    struct ipc_kmsg_part *part = kmsg->ikm_parts;

    BREAK("P6: a receive right moves to nowhere that lives", moving->ip_state,
          IP_RECEIVED, "ip_destination");
    BREAK("P7: a guarded right moves", moving->ip_guarded, true, "ip_strict");
    BREAK("K1: an array has more rights than elements", part->pa_last, 2,
          "part->pa_last <= part->pa_count");
    (void)fake_move(kmsg, &kernel_ledger);
    ok(fires(check_all, "&kernel_ledger"), "K2: no job pays for a message");
    (void)fake_move(kmsg, A->ledger);
    BREAK("K3: a queued message lacks what a descriptor names", part->pa_kind,
          PART_NONE, "!= PART_NONE");
    BREAK("K3: a queued message goes elsewhere", kmsg->ikm_remote, moving,
          "kmsg->ikm_remote == port");
}

static void
sets(mach_port_name_t member)
{
    mach_port_name_t name = new_right(A, RIGHT(PORT_SET));
    ipc_pset_t pset = entry_of(A, name)->ie_pset;
    struct ipc_link *link;

    ok(mach_port_insert_member(A->space, member, name) == KERN_SUCCESS,
       "a port with messages joins a set");
    link = queue_element(queue_first(&pset->ips_members), struct ipc_link,
                         il_set_link);
    BREAK("L1: a membership is in another set", link->il_set, NULL,
          "link->il_set == pset");
    BREAK("L1: a member is received nowhere", link->il_port->ip_state,
          IP_KERNEL, "");
    queue_remove(&link->il_ready_link);
    ok(fires(check_all, "il_ready_link"),
       "L2: a member with messages is not in line");
    enqueue_tail(&pset->ips_ready, &link->il_ready_link);
    BREAK("a set counts a member more", pset->ips_count, 2, "ips_count");
    ipc_right_destroy(A->space, entry_of(A, name));
}

/* ---- Threads ---- */

static void
threads_at(mach_port_name_t full, mach_port_name_t empty)
{
    ipc_port_t awaited = port_of(B, empty);

    header(abuf, full, MACH_MSG_TYPE_MAKE_SEND, 0, 0, 1);
    ok(fake_msg(a, abuf, MACH_SEND_MSG, 24, 0, 0, 0) == FAKE_BLOCKED,
       "a sender waits for room");
    BREAK("P5: a blocked sender's message goes elsewhere",
          a->ipc.ith_kmsg->ikm_remote, awaited,
          "thread->ith_kmsg->ikm_remote == port");
    BREAK("a sender waits though there is room", port->ip_qlimit, 100,
          "ip_qlimit");

    ok(fake_msg(b, bbuf, MACH_RCV_MSG, 0, MSG_ROOM, empty, 0) == FAKE_BLOCKED,
       "a receiver waits for a message");
    BREAK("T1: a waiting receiver has a message", b->ipc.ith_kmsg,
          a->ipc.ith_kmsg, "ith_kmsg == IKM_NULL");
    awaited->ip_owed = awaited->ip_msgcount = 1;
    awaited->ip_sorights++;
    enqueue_tail(&awaited->ip_messages, &awaited->ip_owed_link);
    ok(fires(check_all, "queue_empty(&port->ip_messages)"),
       "O3: a message and a receiver wait for each other");
    queue_remove(&awaited->ip_owed_link);
    awaited->ip_owed = awaited->ip_msgcount = 0;
    awaited->ip_sorights--;
    fake_abort(a);
    fake_abort(b);
}

/* ---- What a trap touched ---- */

static void
touch(void)
{
    ipc_check_trap();
    ipc_check_touch(B->space, 0x5003);
    ipc_check_touch(NULL, 0x103);
    ipc_check_touch(A->space, receive_entry->ie_index << 8 | 0x3);
    ipc_check_trap();
}

static void
trap(void)
{
    uint32_t *msgcount = &receive_entry->ie_port->ip_msgcount;

    touch();
    ok(true, "names that were touched are sound");
    ++*msgcount;
    ok(fires(touch, "ip_msgcount"), "a port that was touched is looked at");
    ipc_check_trap();
    ok(true, "... and is not by the trap after that");
    for (unsigned n = 0; n < 4096 - 1; n++)
        if (fires(ipc_check_trap, ""))
            break;
    ok(strstr(fires_reason(), "ip_msgcount") != NULL,
       "everything is looked at within 4096 traps");
    --*msgcount;
}

int
main(void)
{
    mach_port_name_t name, send, moving, awaited;
    mach_port_name_t *array;
    ipc_port_t moved;

    fake_init();
    world_begin();
    name = new_port(A);
    moving = new_port(A);
    awaited = new_port(B);
    send = carry_send(A, name, B);
    array = fake_user(A, sizeof(*array));
    *array = moving;
    port = port_of(A, name);

    ok(request(B, send, MACH_NOTIFY_DEAD_NAME, 0, awaited) == KERN_SUCCESS,
       "there is a request");
    spaces();
    entries(name, send);
    requests(send);

    moved = port_of(A, moving);
    ok(send_one(name, MACH_MSG_OOL_PORTS_DESCRIPTOR, array,
                MACH_MSG_TYPE_MOVE_RECEIVE) == MACH_MSG_SUCCESS,
       "a message carries a receive right");
    ok(send_one(name, MACH_MSG_PORT_DESCRIPTOR, &name,
                MACH_MSG_TYPE_MAKE_SEND) == MACH_MSG_SUCCESS,
       "... and one a send right");
    ports(port_of(B, awaited));
    messages(moved);
    sets(name);
    ok(set_qlimit(A, name, 2) == KERN_SUCCESS, "the queue is full");
    threads_at(name, awaited);
    trap();

    ok(world_sound(), "with each field as it was all is sound again");
    ok(world_end(), "and nothing is left");
    return tap_done();
}
