/* SPDX-License-Identifier: MIT */
/*
 * t_ipc_fast.c - random programs of messages leave the same trace with the fast
 * path and without it (D30): who returned with what, the bytes that came, and so
 * the names in them.  Every reason to go the general way occurs often.
 *
 * Two tasks with two threads each serve and call each other.  Most messages are
 * calls and answers; some have a mistake or a wish that the fast path does not
 * serve.  PROGRAMS=n in the environment runs another number of programs.
 */
#include "ipc/mach_msg_fast.h"
#include "ipc_world.h"

#define PROGRAMS   2000ul
#define STEPS      60
#define THREADS    4
#define EVENTS     (STEPS * (THREADS + 1))
#define BUFFER     8192u
#define BODY_MAX   4200u
#define EACH_LEAST 100ul /* occurrences of each reason */
#define FAST_LEAST 30ul  /* per cent of all messages */

/* What a thread has, which it knows by the other's messages alone. */
struct actor {
    struct fake_task *task;
    struct fake_thread *thread;
    unsigned char *buffer;
    unsigned char *to;      /* the buffer of its last trap */
    mach_port_name_t reply; /* a port of its own */
    mach_port_name_t owed;  /* a right to answer; or none */

    mach_port_name_t service, set;
    mach_port_name_t gift;  /* both rights of a port of its own */
    mach_port_name_t other; /* a send right to the other task's service */
    bool told;              /* what its last trap returned is in the trace */
};

static struct actor actors[THREADS];
static uint64_t seed;
static uint64_t traces[2][EVENTS], *trace;
static unsigned events;

static unsigned
rnd(unsigned below)
{
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return (unsigned)(seed >> 33) % below;
}

/* ---- The trace ---- */

static uint64_t
mix(uint64_t hash, uint64_t value)
{
    return (hash ^ value) * 0x100000001b3ull;
}

static uint64_t
hash_of(const unsigned char *bytes, size_t size, uint64_t hash)
{
    for (size_t i = 0; i < size; i++)
        hash = mix(hash, bytes[i]);
    return hash;
}

/* The message that a trap has brought, with its trailer. */
static uint64_t
message_of(struct actor *actor)
{
    const mach_msg_header_t *header = (void *)actor->to;
    const mach_msg_trailer_t *trailer;

    if (actor->to >= actor->buffer + BUFFER) /* it has not received */
        return 0;
    trailer = (void *)(actor->to + header->msgh_size);
    if (MACH_MSGH_BITS_REMOTE(header->msgh_bits) ==
        MACH_MSG_TYPE_PORT_SEND_ONCE)
        actor->owed = header->msgh_remote_port;
    return hash_of(actor->to, header->msgh_size + trailer->msgh_trailer_size,
                   1);
}

/* Every thread that has come back since the last step. */
static void
record(void)
{
    for (unsigned i = 0; i < THREADS; i++) {
        struct actor *actor = &actors[i];
        uint64_t event = mix(mix(7, i), actor->thread->result);

        if (actor->told || actor->thread->sched.st_state != TH_RUNNING)
            continue;
        actor->told = true;
        if (actor->thread->result == MACH_MSG_SUCCESS)
            event = mix(event, message_of(actor));
        trace[events++] = event;
    }
}

/* ---- The steps ---- */

struct request {
    unsigned char *buffer;
    mach_msg_option_t option;
    mach_msg_size_t size, room;
    mach_port_name_t name;
};

static mach_port_name_t
some_name(const struct actor *actor)
{
    const mach_port_name_t names[] = {
        actor->reply, actor->owed,      actor->service, actor->set,
        actor->other, MACH_PORT_DEAD,   MACH_PORT_NULL, 0x7f03,
        0x20003,      actor->reply + 4,
    };

    return names[rnd(countof(names))];
}

/* A call of a routine of mach_port.defs about some names, without memory in its
 * answer; often of another size than it has, or to be answered elsewhere. */
static void
ask_kernel(struct actor *actor, struct request *r)
{
    mach_msg_header_t *header = (void *)actor->buffer;
    mig_reply_error_t *body = (void *)header;
    mach_port_name_t *words = (void *)(&body->NDR + 1);

    header->msgh_bits =
        MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE);
    header->msgh_remote_port = actor->task->self_name;
    header->msgh_id = 3201 + (mach_msg_id_t)rnd(10);
    if (rnd(4) != 0) {
        r->name = header->msgh_local_port = actor->reply;
        r->size =
            (mach_msg_size_t)(sizeof(*header) + sizeof(body->NDR)) + 4 * rnd(5);
        r->option |= MACH_SEND_MSG;
    }
    for (unsigned i = 0; i < 4; i++)
        words[i] = rnd(3) == 0 ? rnd(4) : some_name(actor);
}

/* A descriptor, mostly one that may go the fast way. */
static void
give_right(struct actor *actor, struct request *r)
{
    mach_msg_base_t *base = (void *)actor->buffer;
    mach_msg_port_descriptor_t *descriptor = (void *)(base + 1);

    base->header.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
    base->body.msgh_descriptor_count = rnd(16) != 0 ? 1 : rnd(3);
    *descriptor = (mach_msg_port_descriptor_t){
        .name = rnd(3) == 0   ? actor->task->self_name
                : rnd(3) != 0 ? actor->gift
                              : some_name(actor),
        .pad1 = rnd(2),
        .pad2 = rnd(2),
        .disposition = rnd(8) != 0 ? MACH_MSG_TYPE_COPY_SEND : 16 + rnd(6),
        .type = rnd(16) != 0 ? MACH_MSG_PORT_DESCRIPTOR : rnd(4),
    };
    if (rnd(8) != 0)
        r->size += (mach_msg_size_t)(sizeof(*base) + sizeof(*descriptor) -
                                     sizeof(base->header));
}

/* One mistake, or one wish. */
static void
spoil(struct actor *actor, struct request *r)
{
    static const mach_msg_option_t wishes[] = {
        MACH_SEND_TIMEOUT, MACH_RCV_TIMEOUT, MACH_RCV_LARGE_IDENTITY,
        MACH_SEND_NOTIFY,  MACH_SEND_MSG,    MACH_RCV_MSG,
    };
    mach_msg_header_t *header = (void *)actor->buffer;

    switch (rnd(12)) {
    case 0:
        r->option ^= wishes[rnd(countof(wishes))];
        break;
    case 1:
        r->option ^= (mach_msg_option_t)rnd(16) << 24;
        break;
    case 2:
        r->size = rnd(3) == 0 ? rnd(64) : r->size + 2 + rnd(5000);
        break;
    case 3:
        r->room = rnd(128);
        break;
    case 4:
        r->name = some_name(actor);
        break;
    case 5:
        header->msgh_remote_port = some_name(actor);
        break;
    case 6:
        header->msgh_local_port = some_name(actor);
        break;
    case 7:
        header->msgh_bits = MACH_MSGH_BITS(17 + rnd(5), rnd(2) * (17 + rnd(5)));
        break;
    case 8:
        header->msgh_bits |= MACH_MSGH_BITS_COMPLEX;
        break;
    case 9:
        header->msgh_voucher_port = some_name(actor);
        break;
    case 10: /* the end of the task's memory, or beyond */
        r->buffer = actor->buffer + BUFFER - rnd(2) * 32;
        break;
    case 11:
        ask_kernel(actor, r);
    }
}

static mach_msg_size_t
some_body(void)
{
    static const unsigned below[] = { 1, 1, 1, 10, 80, 300, BODY_MAX };

    return rnd(below[rnd(countof(below))]) & ~3u;
}

static void
send_and_receive(struct actor *actor)
{
    mach_msg_header_t *header = (void *)actor->buffer;
    bool answers = actor->owed != MACH_PORT_NULL;
    bool serves = answers || (actor >= &actors[2]) != (rnd(16) == 0);
    struct request r = {
        .buffer = actor->buffer,
        .option = MACH_RCV_MSG | (rnd(2) ? MACH_RCV_LARGE : 0) |
                  (mach_msg_option_t)rnd(4) << 24,
        .size = (mach_msg_size_t)sizeof(*header) + some_body(),
        .room = BUFFER,
        .name = !serves       ? actor->reply
                : rnd(2) == 0 ? actor->service
                              : actor->set,
    };

    *header = (mach_msg_header_t){ .msgh_id = (mach_msg_id_t)rnd(1000) };
    if (answers) {
        header->msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND_ONCE, 0);
        header->msgh_remote_port = actor->owed;
    } else if (!serves) {
        header->msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
                                           MACH_MSG_TYPE_MAKE_SEND_ONCE);
        header->msgh_remote_port = actor->other;
        header->msgh_local_port = actor->reply;
    }
    if (answers || !serves)
        r.option |= MACH_SEND_MSG;
    if (!answers && !serves && rnd(8) == 0)
        give_right(actor, &r);
    actor->owed = MACH_PORT_NULL;
    while (rnd(8) == 0)
        spoil(actor, &r);
    if (r.buffer != actor->buffer && r.buffer < actor->buffer + BUFFER)
        memcpy(r.buffer, header, sizeof(*header));
    actor->told = false;
    actor->to = r.buffer;
    (void)fake_msg(actor->thread, r.buffer, r.option, r.size, r.room, r.name,
                   0);
}

/* What happens to ports and threads besides. */
static void
happen(struct actor *actor)
{
    struct fake_task *task = actor->task;

    switch (rnd(9)) {
    case 0:
        (void)set_qlimit(task, actor->service, rnd(3));
        break;
    case 1:
        (void)mach_port_move_member(task->space, actor->service, actor->set);
        break;
    case 2:
        (void)mach_port_move_member(task->space, actor->service,
                                    MACH_PORT_NULL);
        break;
    case 3:
        (void)request(task, actor->owed, MACH_NOTIFY_DEAD_NAME, 0,
                      actor->reply);
        break;
    case 4:
        if (rnd(8) == 0)
            (void)mach_port_destroy(task->space, some_name(actor));
        break;
    case 5:
        fake_abort(actor->thread);
        break;
    case 6:
        actor->thread->sched.st_ast ^= AST_SUSPEND;
        break;
    case 7:
        fake_hold(true);
        send_and_receive(actor);
        fake_hold(false);
        fake_run();
        break;
    case 8:
        (void)new_port(task);
    }
}

/* The upper two serve; mostly they come first, so that calls find them waiting. */
static struct actor *
choose(void)
{
    for (unsigned i = 2; i < THREADS; i++)
        if (actors[i].thread->sched.st_state == TH_RUNNING && rnd(16) != 0)
            return &actors[i];
    return &actors[rnd(THREADS)];
}

static void
step(void)
{
    struct actor *actor = choose();

    if (actor->thread->sched.st_state != TH_RUNNING)
        fake_abort(rnd(4) == 0 ? actor->thread : actors[0].thread);
    else if (rnd(16) == 0)
        happen(actor);
    else
        send_and_receive(actor);
    record();
}

/* ---- The programs ---- */

static void
set_up(void)
{
    struct fake_task *tasks[2];
    mach_port_name_t services[2], sets[2];

    world_begin();
    tasks[0] = A;
    tasks[1] = B;
    for (unsigned t = 0; t < 2; t++) {
        /* Names age: some have gone already. */
        for (unsigned i = 0; i < IS_RING + 4; i++)
            (void)mach_port_destroy(tasks[t]->space, new_port(tasks[t]));
        services[t] = new_port(tasks[t]);
        sets[t] = new_right(tasks[t], RIGHT(PORT_SET));
    }
    for (unsigned i = 0; i < THREADS; i++) {
        struct fake_task *task = tasks[i % 2];

        actors[i] = (struct actor){
            .task = task,
            .thread = i == 0   ? a
                      : i == 1 ? b
                               : fake_thread_new(task),
            .buffer = fake_user(task, BUFFER),
            .reply = new_port(task),
            .gift = new_port(task),
            .service = services[i % 2],
            .set = sets[i % 2],
            .other = carry_send(tasks[1 - i % 2], services[1 - i % 2], task),
            .told = true,
        };
        (void)carry_send(task, actors[i].gift, task);
        if (i >= 2)
            (void)mach_port_move_member(task->space, services[i % 2],
                                        sets[i % 2]);
    }
}

static bool
run(uint64_t program, bool fast)
{
    seed = program * 7919 + 1;
    fake_fast = fast;
    trace = traces[fast];
    events = 0;
    set_up();
    fake_preempt_every(program % 4);
    for (unsigned i = 0; i < STEPS; i++)
        step();
    for (unsigned i = 0; i < THREADS; i++)
        fake_terminate(actors[i].thread);
    fake_preempt_every(0);
    return world_end();
}

static bool
same(uint64_t program)
{
    unsigned general;
    bool clean = run(program, false);

    general = events;
    clean = run(program, true) && clean;
    return clean && general == events &&
           memcmp(traces[0], traces[1], events * sizeof(*trace)) == 0;
}

int
main(void)
{
    const char *wanted = getenv("PROGRAMS");
    unsigned long programs =
        wanted != NULL ? strtoul(wanted, NULL, 10) : PROGRAMS;
    unsigned long good = 0, all = 0;

    fake_init();
    for (unsigned long n = 0; n < programs; n++) {
        if (same(n))
            good++;
        else
            note("program %lu differs", n);
    }
    is(good, programs, "random programs leave the same trace on both ways");
    for (unsigned i = 0; i < FAST_REASONS; i++) {
        note("reason %u: %lu", i, mach_msg_fast_reasons[i]);
        all += mach_msg_fast_reasons[i];
        ok(mach_msg_fast_reasons[i] >= EACH_LEAST,
           "each reason for the general way occurs");
    }
    ok(mach_msg_fast_reasons[FAST_DONE] * 100 >= all * FAST_LEAST,
       "... and many messages go the fast way");
    return tap_done();
}
