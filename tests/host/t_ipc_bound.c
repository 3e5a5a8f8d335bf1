/* SPDX-License-Identifier: MIT */
/*
 * t_ipc_bound.c - work that grows with what users have made is done in small
 * pieces: a million names, chains and sets of ten thousand, ten thousand
 * threads, messages of many megabytes (adversarial 39-41; R31).
 *
 * Work is what fake_work counts.  Loops that only look at things do not call
 * the seam, so for these it is asked how often they asked to be preempted.
 */
#include "fake_stack.h"
#include "ipc_world.h"
#include "vm/vm_copy.h"

#define MANY     10000u
#define MILLION  1000000u
#define WORK_MAX 600u /* calls of the seam in one go */

static bool
bounded(void)
{
    if (fake_work.most > WORK_MAX)
        note("%u calls in one go", fake_work.most);
    return fake_work.most <= WORK_MAX;
}

/* ---- Calls that answer with arrays ---- */

#define GET_NAMES      3200
#define GET_SET_STATUS 3211

struct request {
    mach_msg_header_t header;
    NDR_record_t ndr;
    mach_port_name_t name;
};

struct answer {
    mach_msg_header_t header;
    mach_msg_body_t body;
    mach_msg_ool_descriptor_t array[2];
    char rest[256];
};

/* Thread a asks for a list; the answer is at abuf when it has come. */
static uint64_t
ask(mach_msg_id_t id, mach_port_name_t reply, mach_port_name_t name)
{
    struct request *request = (void *)abuf;
    mach_msg_size_t size =
        id == GET_NAMES ? sizeof(request->header) : sizeof(*request);

    header(request, A->self_name, MACH_MSG_TYPE_COPY_SEND, reply,
           MACH_MSG_TYPE_MAKE_SEND_ONCE, id);
    request->name = name;
    return fake_msg(a, request, MACH_SEND_MSG | MACH_RCV_MSG, size, MSG_ROOM,
                    reply, 0);
}

/* How often each name of a sequence from..to is in the array; 2: too often. */
static bool
all_once(const mach_port_name_t *array, uint32_t count,
         const mach_port_name_t *names, uint32_t from, uint32_t to)
{
    unsigned char *seen = calloc(1u << 21, 1);
    bool good = true;

    for (uint32_t i = 0; i < count; i++)
        seen[array[i] >> 8]++;
    for (uint32_t i = from; i < to; i++)
        good = good && seen[names[i] >> 8] == 1;
    free(seen);
    return good;
}

/* Asks, and has `change` called when the call has been preempted. */
static struct answer *
ask_and_change(mach_msg_id_t id, mach_port_name_t reply, mach_port_name_t name,
               void (*change)(void))
{
    fake_preempt_every(7);
    fake_hold(true);
    (void)ask(id, reply, name);
    ok(a->sched.st_state == TH_RUNNABLE, "... the call gives way");
    change();
    fake_hold(false);
    fake_run();
    fake_preempt_every(0);
    return (struct answer *)abuf;
}

static mach_port_name_t *names;

static void
change_names(void)
{
    for (uint32_t i = 0; i < 1000; i++) {
        (void)mach_port_deallocate(A->space, names[i * 7]);
        (void)new_right(A, RIGHT(DEAD_NAME));
    }
}

TEST(names)
{
    mach_port_name_t reply;
    struct answer *answer;

    world_begin();
    names = calloc(MILLION, sizeof(*names));
    reply = new_port(A);
    fake_work_begin();
    for (uint32_t i = 0; i < MILLION; i++)
        names[i] = new_right(A, RIGHT(DEAD_NAME));
    ok(names[MILLION - 1] != MACH_PORT_NULL, "a million names");
    fake_work_begin();
    answer = ask_and_change(GET_NAMES, reply, 0, change_names);
    ok(ALL(a->result == MACH_MSG_SUCCESS, answer->header.msgh_id == 3300,
           fake_work.asked >= MILLION / 64, bounded()),
       "mach_port_names: in small pieces");
    ok(ALL(answer->array[0].size >= (MILLION - 1000) * 4,
           all_once(answer->array[0].address, answer->array[0].size / 4, names,
                    7000, MILLION)),
       "... each name that stayed is listed once");
    fake_work_begin();
    free(names);
    ok(ALL(world_end(), bounded()), "a million names end in small pieces");
}

/* Names that were chosen lie in the way of the next fresh one. */
TEST(chosen_names)
{
    unsigned made = 0;

    world_begin();
    for (uint32_t index = 200000; index > 300; index--)
        made += mach_port_allocate_name(A->space, RIGHT(DEAD_NAME),
                                        index << 8 | 3) == KERN_SUCCESS;
    ok(made > 199000, "200,000 names are chosen, from above");
    fake_work_begin();
    for (uint32_t i = 0; i < 1000; i++)
        (void)new_right(A, RIGHT(DEAD_NAME));
    ok(bounded(), "... and one more costs no more");
    fake_work_begin();
    ok(ALL(mach_port_allocate_name(A->space, RIGHT(DEAD_NAME), 1u << 28 | 3) ==
               KERN_SUCCESS,
           fake_work.largest <= IPC_KMSG_PIECE),
       "... nor takes a name of a large index memory in one large piece");
    ok(world_end(), "... and nothing is left");
}

/* ---- Members of a set ---- */

static mach_port_name_t set;

static void
change_members(void)
{
    for (uint32_t i = 0; i < 1000; i++)
        (void)mach_port_extract_member(A->space, names[i * 3], set);
    for (uint32_t i = 0; i < 500; i++)
        (void)mach_port_insert_member(A->space, names[i * 3], set);
    fake_work.most = 0;
}

TEST(members)
{
    mach_port_name_t reply;
    struct answer *answer;
    unsigned joined = 0;

    world_begin();
    names = calloc(MANY, sizeof(*names));
    reply = new_port(A);
    set = new_right(A, RIGHT(PORT_SET));
    for (uint32_t i = 0; i < MANY; i++) {
        names[i] = new_port(A);
        joined +=
            mach_port_insert_member(A->space, names[i], set) == KERN_SUCCESS;
    }
    ok(joined == MANY, "a set of ten thousand");
    fake_work_begin();
    answer = ask_and_change(GET_SET_STATUS, reply, set, change_members);
    ok(ALL(a->result == MACH_MSG_SUCCESS, answer->header.msgh_id == 3311,
           fake_work.asked >= MANY / 64, bounded()),
       "mach_port_get_set_status: in small pieces");
    ok(all_once(answer->array[0].address, answer->array[0].size / 4, names,
                3000, MANY),
       "... each member that stayed is listed once");

    fake_preempt_every(3);
    fake_hold(true);
    (void)ask(GET_SET_STATUS, reply, set);
    (void)mach_port_destroy(A->space, set);
    fake_hold(false);
    fake_run();
    ok(ALL(a->result == MACH_MSG_SUCCESS,
           ((mig_reply_error_t *)abuf)->RetCode == KERN_INVALID_NAME),
       "... a set that ends meanwhile is an invalid name");
    fake_preempt_every(0);
    fake_work_begin();
    free(names);
    ok(ALL(world_end(), bounded()), "... and all ends in small pieces");
}

TEST(sets_of_a_port)
{
    mach_port_name_t port;
    unsigned joined = 0;

    world_begin();
    port = new_port(A);
    while (joined < MANY &&
           mach_port_insert_member(
               A->space, port, new_right(A, RIGHT(PORT_SET))) == KERN_SUCCESS)
        joined++;
    ok(joined == 64, "a port is in 64 sets at most");
    ok(world_end(), "... and nothing is left");
}

/* ---- Threads ---- */

static struct fake_thread *waiters[MANY];

/* Ten thousand threads of A wait for a name. */
static void
wait_all(mach_port_name_t name, mach_msg_option_t option, mach_msg_size_t room)
{
    for (unsigned i = 0; i < MANY; i++) {
        waiters[i] = fake_thread_new(A);
        (void)fake_msg(waiters[i], abuf, MACH_RCV_MSG | option, 0, room, name,
                       0);
    }
}

/* How many have been told this; all threads end. */
static unsigned
told(mach_msg_return_t mr)
{
    unsigned count = 0;

    for (unsigned i = MANY; i-- > 0;) {
        count += waiters[i]->sched.st_state == TH_RUNNING &&
                 waiters[i]->result == (uint32_t)mr;
        fake_thread_end(waiters[i]);
    }
    return count;
}

TEST(waiters)
{
    mach_port_name_t port;

    world_begin();
    port = new_port(A);
    wait_all(port, 0, MSG_ROOM);
    fake_work_begin();
    (void)mod(A, port, RIGHT(RECEIVE), -1);
    fake_run();
    ok(ALL(bounded(), told(MACH_RCV_PORT_CHANGED) == MANY),
       "ten thousand receivers: the port dies, all hear of it piece by piece");

    set = new_right(A, RIGHT(PORT_SET));
    wait_all(set, 0, MSG_ROOM);
    fake_work_begin();
    (void)mach_port_destroy(A->space, set);
    fake_run();
    ok(ALL(bounded(), told(MACH_RCV_PORT_CHANGED) == MANY), "... the set dies");

    port = new_port(A);
    wait_all(port, 0, MSG_ROOM);
    fake_work_begin();
    (void)carry(A, port, MACH_MSG_TYPE_MOVE_RECEIVE, B);
    fake_run();
    ok(ALL(bounded(), told(MACH_RCV_PORT_CHANGED) == MANY),
       "... the right moves");
    ok(world_end(), "... and nothing is left");
}

TEST(large_waiters)
{
    mach_port_name_t port, there;

    world_begin();
    port = new_port(A);
    there = carry_send(A, port, B);
    wait_all(port, MACH_RCV_LARGE, 24);
    fake_work_begin();
    fake_hold(true);
    (void)send_to(b, bbuf, there, 1);
    (void)send_to(b, bbuf, there, 2);
    fake_hold(false);
    fake_run();
    ok(ALL(bounded(), told(MACH_RCV_TOO_LARGE) == MANY),
       "ten thousand receivers without room: all hear of the size");
    ok(ALL(next_id(a, abuf, port) == 1, next_id(a, abuf, port) == 2),
       "... and the messages are there still, in their order");
    ok(world_end(), "... and nothing is left");
}

TEST(many_for_many)
{
    mach_port_name_t port, there;
    mach_msg_type_name_t type;
    ipc_port_t right;

    world_begin();
    port = new_port(A);
    there = carry_send(A, port, B);
    for (unsigned i = 0; i < MANY; i++) {
        (void)mach_port_extract_right(
            A->space, port, MACH_MSG_TYPE_MAKE_SEND_ONCE, &right, &type);
        ipc_port_release_sonce(right);
    }
    set = new_right(A, RIGHT(PORT_SET));
    wait_all(set, 0, MSG_ROOM);
    (void)send_to(b, bbuf, there, 5);
    fake_work_begin();
    (void)mach_port_insert_member(A->space, port, set);
    fake_run();
    ok(ALL(bounded(), told(MACH_MSG_SUCCESS) == MANY),
       "ten thousand messages join ten thousand receivers");
    ok(world_end(), "... and nothing is left");
}

/* ---- Chains ---- */

struct carrier {
    mach_msg_header_t header;
    mach_msg_body_t body;
    mach_msg_port_descriptor_t right;
};

/* Sends the receive right `name` to `dest`, of which A has a send right. */
static uint64_t
send_receive(mach_port_name_t dest, mach_port_name_t name)
{
    struct carrier *carrier = (void *)abuf;

    header(carrier, dest, MACH_MSG_TYPE_COPY_SEND, 0, 0, 1)->msgh_bits |=
        MACH_MSGH_BITS_COMPLEX;
    carrier->body.msgh_descriptor_count = 1;
    carrier->right = (mach_msg_port_descriptor_t){
        .name = name,
        .disposition = MACH_MSG_TYPE_MOVE_RECEIVE,
        .type = MACH_MSG_PORT_DESCRIPTOR,
    };
    return fake_msg(a, carrier, MACH_SEND_MSG | MACH_SEND_TIMEOUT,
                    sizeof(*carrier), 0, 0, 0);
}

TEST(chain)
{
    unsigned sent = 0;

    world_begin();
    names = calloc(MANY, sizeof(*names));
    for (uint32_t i = 0; i < MANY; i++) {
        names[i] = new_port(A);
        add_send(A, names[i]);
    }
    fake_preempt_every(1);
    fake_work_begin();
    for (uint32_t i = 1; i < MANY; i++)
        sent += send_receive(names[i - 1], names[i]) == MACH_MSG_SUCCESS;
    ok(ALL(sent == MANY - 1, fake_work.asked > MANY, bounded()),
       "R31: a chain of ten thousand is followed in pieces");
    ok(type_of(A, names[MANY - 1]) == TYPE(SEND), "... and waits in it");

    ok(send_receive(names[MANY - 1], names[0]) == MACH_MSG_SUCCESS,
       "R31: its first link goes into its last");
    fake_run();
    ok(ALL(type_of(A, names[0]) == TYPE(DEAD_NAME),
           type_of(A, names[MANY - 1]) == TYPE(DEAD_NAME), bounded()),
       "... the circle is found, and all of it ends, piece by piece");
    fake_preempt_every(0);
    free(names);
    ok(world_end(), "... and nothing is left");
}

/* Two threads close one circle: each says where its right goes while the other
 * is still looking. */
TEST(two_halves)
{
    struct fake_thread *other;
    uint32_t half = 2000;

    world_begin();
    other = fake_thread_new(A);
    names = calloc(2 * half, sizeof(*names));
    for (uint32_t i = 0; i < 2 * half; i++) {
        names[i] = new_port(A);
        add_send(A, names[i]);
    }
    for (uint32_t i = 1; i < half; i++) {
        (void)send_receive(names[i - 1], names[i]);
        (void)send_receive(names[half + i - 1], names[half + i]);
    }
    fake_preempt_every(1);
    fake_hold(true);
    (void)send_receive(names[2 * half - 1], names[0]);
    ok(a->sched.st_state == TH_RUNNABLE,
       "R31: one half is still being looked at");
    {
        struct fake_thread *self = a;

        a = other;
        (void)send_receive(names[half - 1], names[half]);
        a = self;
    }
    fake_hold(false);
    fake_run();
    ok(ALL(a->result == MACH_MSG_SUCCESS, other->result == MACH_MSG_SUCCESS),
       "... when the other closes the circle; both senders go on");
    ok(ALL(type_of(A, names[0]) == TYPE(DEAD_NAME),
           type_of(A, names[half]) == TYPE(DEAD_NAME)),
       "... and the circle has ended");
    fake_preempt_every(0);
    free(names);
    ok(world_end(), "... and nothing is left");
}

/* ---- Bytes ---- */

#define LARGE (40u << 20)

TEST(large_message)
{
    mach_port_name_t port;
    unsigned char *large, *room;
    uint64_t result;

    world_begin();
    port = new_port(A);
    add_send(A, port);
    large = fake_user(A, LARGE);
    room = fake_user(A, LARGE + 4096);
    memset(large, 0x77, LARGE);
    header(large, port, MACH_MSG_TYPE_COPY_SEND, 0, 0, 9);
    fake_preempt_every(1);
    fake_work_begin();
    result = fake_msg(a, large, MACH_SEND_MSG, LARGE, 0, 0, 0);
    ok(ALL(result == MACH_MSG_SUCCESS, fake_copied >= LARGE - COPYIO_MAX,
           fake_work.asked >= LARGE / COPYIO_MAX - 1),
       "forty megabytes come in by pieces");
    result = fake_msg(a, room, MACH_RCV_MSG, 0, LARGE + 4096, port, 0);
    ok(ALL(result == MACH_MSG_SUCCESS,
           memcmp(room + 24, large + 24, LARGE - 24) == 0),
       "... and arrive whole");
    ok(ALL(fake_copied == 0, bounded()),
       "... and have gone when they have arrived");

    (void)fake_msg(a, large, MACH_SEND_MSG, LARGE, 0, 0, 0);
    fake_preempt_every(0);
    ok(ALL(world_end(), fake_copied == 0), "... or when their port ends");
}

TEST(large_failure)
{
    mach_port_name_t port;
    enum {
        SIZE = 22 * 4096 /* the trailer has a page of its own */
    };
    unsigned char *large;
    uint64_t result = MACH_SEND_NO_BUFFER;
    bool good = true;
    unsigned long n;

    world_begin();
    port = new_port(A);
    add_send(A, port);
    large = fake_user(A, 100000);
    for (n = 1; result == MACH_SEND_NO_BUFFER; n++) {
        header(large, port, MACH_MSG_TYPE_COPY_SEND, 0, 0, 9);
        kalloc_fail_after(n);
        result = fake_msg(a, large, MACH_SEND_MSG, SIZE, 0, 0, 0);
        good = good && world_sound() &&
               (result == MACH_MSG_SUCCESS || fake_copied == 0);
    }
    note("%lu allocations, code %#x", n - 2, (unsigned)result);
    ok(ALL(good, result == MACH_MSG_SUCCESS, n > 20),
       "each piece may be lacking: the message is not sent");
    kalloc_fail_after(1);
    result = fake_msg(a, large, MACH_RCV_MSG, 0, 100000, port, 0);
    ok(ALL(result == MACH_MSG_SUCCESS, !fake_failed()),
       "... once it is sent it arrives, whatever is lacking");
    kalloc_fail_after(0);
    ok(ALL(world_end(), fake_copied == 0), "... and nothing is left");
}

int
main(void)
{
    fake_init();
    return tap_run();
}
