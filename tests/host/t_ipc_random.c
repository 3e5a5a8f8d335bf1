/* SPDX-License-Identifier: MIT */
/*
 * t_ipc_random.c - random calls on two tasks with four threads, from fixed
 * seeds: after each one every right is counted again, and a small model of
 * user references agrees with get_refs.
 */
#include "ipc_world.h"

#define NAMES   12
#define THREADS 4
#define STEPS   3000
#define SEEDS   20

static uint64_t seed;
static struct fake_task *tasks[2];
static struct fake_thread *thread[THREADS];
static unsigned char *buffer[THREADS];
/* Names that the task has, had, or never heard of. */
static mach_port_name_t names[2][NAMES];

static unsigned
rnd(unsigned below)
{
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return (unsigned)(seed >> 33) % below;
}

static mach_port_name_t
some_name(unsigned t)
{
    unsigned i = rnd(NAMES + 2);

    return i < NAMES ? names[t][i] : i == NAMES ? 0 : MACH_PORT_DEAD;
}

static void
remember(unsigned t, mach_port_name_t name)
{
    if (MACH_PORT_VALID(name))
        names[t][rnd(NAMES)] = name;
}

static void
do_allocate(unsigned t)
{
    mach_port_name_t name = new_right(tasks[t], rnd(6));

    remember(t, name);
}

static void
do_end(unsigned t)
{
    mach_port_name_t name = some_name(t);

    switch (rnd(4)) {
    case 0:
        (void)mach_port_destroy(tasks[t]->space, name);
        break;
    case 1:
        (void)mach_port_deallocate(tasks[t]->space, name);
        break;
    default:
        (void)mod(tasks[t], name, rnd(5), (int)rnd(5) - 2);
        break;
    }
    fake_run();
}

static void
do_set(unsigned t)
{
    mach_port_name_t member = some_name(t), set = some_name(t);

    switch (rnd(3)) {
    case 0:
        (void)mach_port_move_member(tasks[t]->space, member, set);
        break;
    case 1:
        (void)mach_port_insert_member(tasks[t]->space, member, set);
        break;
    default:
        (void)mach_port_extract_member(tasks[t]->space, member, set);
        break;
    }
    fake_run();
}

static void
do_request(unsigned t)
{
    static const int ids[] = { MACH_NOTIFY_DEAD_NAME, MACH_NOTIFY_NO_SENDERS,
                               MACH_NOTIFY_PORT_DESTROYED };

    (void)request(tasks[t], some_name(t), ids[rnd(3)], rnd(2), some_name(t));
}

static void
do_carry(unsigned t)
{
    mach_port_name_t name = some_name(t);
    mach_msg_type_name_t type;
    ipc_port_t right;

    if (mach_port_extract_right(tasks[t]->space, name, 16 + rnd(6), &right,
                                &type) != KERN_SUCCESS)
        return;
    name = rnd(4) == 0 ? some_name(!t) : (0x100 + rnd(2000)) << 8 | 0x3;
    if (mach_port_insert_right(tasks[!t]->space, name, right, type) !=
        KERN_SUCCESS)
        ipc_port_release_right(right, type);
    else
        remember(!t, name);
    fake_run();
}

static void
do_limit(unsigned t)
{
    (void)set_qlimit(tasks[t], some_name(t), rnd(7));
    fake_run();
}

/* A message with up to three ports and an array of two. */
static mach_msg_size_t
build(unsigned t, unsigned char *at)
{
    mach_msg_base_t *base = (void *)at;
    mach_msg_port_descriptor_t *d = (void *)(base + 1);
    mach_msg_ool_ports_descriptor_t *array;
    mach_port_name_t *elements = (void *)(at + 1024);
    unsigned count = rnd(4);

    header(base, some_name(t), 17 + rnd(5), some_name(t),
           rnd(4) ? 17 + rnd(5) : 0, (int)rnd(100));
    if (rnd(2) == 0)
        return 24 + 4 * rnd(60);
    base->header.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
    base->body.msgh_descriptor_count = count + 1;
    for (unsigned i = 0; i < count; i++)
        *d++ =
            (mach_msg_port_descriptor_t){ .name = some_name(t),
                                          .disposition = (16 + rnd(6)) & 0xff };
    array = (void *)d;
    *array = (mach_msg_ool_ports_descriptor_t){
        .address = elements,
        .count = 2,
        .disposition = (16 + rnd(6)) & 0xff,
        .type = MACH_MSG_OOL_PORTS_DESCRIPTOR,
    };
    elements[0] = some_name(t);
    elements[1] = some_name(t);
    return (mach_msg_size_t)((unsigned char *)(array + 1) - at);
}

/* What a thread has received: its names are worth trying. */
static void
learn(unsigned n)
{
    mach_msg_base_t *base = (void *)buffer[n];
    mach_msg_port_descriptor_t *d = (void *)(base + 1);

    remember(n % 2, base->header.msgh_remote_port);
    if (MACH_MSGH_BITS_IS_COMPLEX(base->header.msgh_bits) &&
        base->body.msgh_descriptor_count != 0 &&
        d->type == MACH_MSG_PORT_DESCRIPTOR)
        remember(n % 2, d->name);
}

static void
do_message(unsigned t)
{
    unsigned n = t + 2 * rnd(THREADS / 2);
    mach_msg_option_t option = (mach_msg_option_t)(1 + rnd(3));
    mach_msg_size_t size = 0;

    if (thread[n]->sched.st_state != TH_RUNNING) {
        if (rnd(3) == 0)
            fake_abort(thread[n]);
        else if (rnd(10) == 0)
            fake_terminate(thread[n]);
        return;
    }
    if ((option & MACH_SEND_MSG) != 0)
        size = build(t, buffer[n]);
    if (rnd(2) == 0)
        option |= MACH_SEND_TIMEOUT | MACH_RCV_TIMEOUT;
    if (rnd(4) == 0)
        option |= MACH_RCV_LARGE;
    if (fake_msg(thread[n], buffer[n], option, size, rnd(4) ? 1000 : rnd(200),
                 some_name(t), rnd(3)) != FAKE_BLOCKED)
        learn(n);
}

static void
do_time(unsigned t)
{
    (void)t;
    fake_advance_ms(rnd(3));
}

static void
step(void)
{
    static void (*const doing[])(unsigned t) = {
        do_allocate, do_allocate, do_end,     do_set,     do_request, do_carry,
        do_limit,    do_message,  do_message, do_message, do_message, do_time,
    };

    if (rnd(8) == 0)
        kalloc_fail_after(1 + rnd(6));
    doing[rnd(countof(doing))](rnd(2));
    kalloc_fail_after(0);
    (void)ipc_check_all();
}

static void
begin(unsigned n)
{
    seed = n * 7919 + 1;
    world_begin();
    tasks[0] = A;
    tasks[1] = B;
    thread[0] = a;
    thread[1] = b;
    thread[2] = fake_thread_new(A);
    thread[3] = fake_thread_new(B);
    for (unsigned i = 0; i < THREADS; i++)
        buffer[i] = fake_user(tasks[i % 2], MSG_ROOM);
    memset(names, 0, sizeof(names));
    fake_preempt_every(n % 4);
}

static bool
end(void)
{
    bool sound;

    for (unsigned i = 0; i < THREADS; i++)
        fake_terminate(thread[i]);
    sound = world_sound();
    fake_preempt_every(0);
    fake_task_kill(A);
    (void)ipc_check_all();
    fake_task_kill(B);
    return sound && fake_live() == 0;
}

int
main(void)
{
    fake_init();
    for (unsigned n = 0; n < SEEDS; n++) {
        begin(n);
        for (unsigned i = 0; i < STEPS; i++)
            step();
        if (!ok(end(), "3,000 random calls: sound, and nothing is left"))
            note("seed %u", n);
    }
    return tap_done();
}
