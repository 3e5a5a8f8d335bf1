/* SPDX-License-Identifier: MIT */
/*
 * t_abuse_bootstrap.c - hostile clients of the bootstrap server: adversarial
 * 1, 6, 7, 46, 47; R57, B8.
 *
 * After each of them the server must still answer, and no right that it was
 * sent may be left with it.
 */
#include <mach/mach_exc.h>
#include <ostia/job.h>
#include <servers/bootstrap.h>
#include <stdio.h>
#include <string.h>

#include "guest.h"
#include "t0.h"
#include "tap.h"

#define ECHO "org.ostia.echo"
#define MINE "org.ostia.test.abuse"

#define REQUESTS_MANY 10000
#define UNREAD        1000
#define ECHO_ID       1000
#define ECHO_BYTES    64
#define KEPT_PORTS    100
#define SERVER_SLACK  3 /* frames */

/* Room for every request of the server, and for every reply */
union rpc {
    mach_msg_header_t header;
    mig_reply_error_t error;
    __Request__bootstrap_look_up_t look_up;
    __Request__bootstrap_register_t registration;
    __Reply__bootstrap_look_up_t found;
    __Request__bootstrap_look_up_array_t many;
    __Request__mach_exception_raise_t exception;
    mach_dead_name_notification_t dead_name;
    char bytes[16 * 1024];
};

static union rpc rpc;

/* Is the server there, and does it know what it should? */
static bool
server_lives(void)
{
    mach_port_t port;

    if (bootstrap_look_up(bootstrap_port, ECHO, &port) != KERN_SUCCESS)
        return false;
    mach_port_deallocate(mach_task_self(), port);
    return true;
}

/* The header of a request to the server */
static void
begin(mach_port_t reply, mach_msg_id_t id, bool complex)
{
    rpc.header =
        guest_header(bootstrap_port, MACH_MSG_TYPE_COPY_SEND, reply, id);
    rpc.header.msgh_bits |= complex ? MACH_MSGH_BITS_COMPLEX : 0;
}

/* Sends it, and does not wait. */
static void
send(size_t size)
{
    mach_msg(&rpc.header, MACH_SEND_MSG, (mach_msg_size_t)size, 0,
             MACH_PORT_NULL, 0, MACH_PORT_NULL);
}

/* A request by hand; what the reply says, or why there is none. */
static kern_return_t
call(mach_msg_id_t id, size_t size, bool complex)
{
    mach_port_t reply = mach_reply_port();
    kern_return_t kr;

    begin(reply, id, complex);
    kr = mach_msg(&rpc.header, MACH_SEND_MSG | MACH_RCV_MSG | MACH_RCV_TIMEOUT,
                  (mach_msg_size_t)size, sizeof rpc, reply, 5000,
                  MACH_PORT_NULL);
    mach_port_mod_refs(mach_task_self(), reply, MACH_PORT_RIGHT_RECEIVE, -1);
    if (kr != MACH_MSG_SUCCESS)
        return kr;
    if (rpc.header.msgh_id == MACH_NOTIFY_SEND_ONCE)
        return MIG_SERVER_DIED;
    return rpc.header.msgh_bits & MACH_MSGH_BITS_COMPLEX ? KERN_SUCCESS
                                                         : rpc.error.RetCode;
}

/* ---- Malformed requests (R57) ---- */

static void
set_name(char *field, const char *name)
{
    memset(field, 0x5a, BOOTSTRAP_MAX_NAME_LEN);
    strcpy(field, name);
}

TEST(malformed)
{
    size_t size = sizeof rpc.look_up;

    set_name(rpc.look_up.service_name, ECHO);
    is_kr(call(404, size, false), KERN_SUCCESS,
          "a name ends at its NUL: what follows does not count (B9)");
    mach_port_deallocate(mach_task_self(), rpc.found.sp.name);

    memset(rpc.look_up.service_name, 'x', BOOTSTRAP_MAX_NAME_LEN);
    is_kr(call(404, size, false), MIG_BAD_ARGUMENTS,
          "a name without NUL is refused");
    set_name(rpc.look_up.service_name, ECHO);
    is_kr(call(404, size - 4, false), MIG_BAD_ARGUMENTS,
          "a request that is too short is refused (R57)");
    is_kr(call(404, size + 4, false), MIG_BAD_ARGUMENTS,
          "a request that is too long is refused (R57)");
    is_kr(call(404, sizeof rpc.header, false), MIG_BAD_ARGUMENTS,
          "a request that is a header alone is refused (R57)");
    is_kr(call(400, size, false), MIG_BAD_ID, "the id of a skipped routine");
    is_kr(call(399, size, false), MIG_BAD_ID, "an id before the first");
    is_kr(call(499, size, false), MIG_BAD_ID, "an id after the last");
    is_kr(call(504, size, false), MIG_BAD_ID, "the id of a reply");
    is_kr(call(-1, size, false), MIG_BAD_ID, "a negative id");
    is_kr(call(404, sizeof rpc, false), MIG_SERVER_DIED,
          "a message larger than any request: its reply right is destroyed");
    ok(server_lives(), "the server answers after all that");
}

static void
put_registration(mach_port_t port, mach_msg_type_name_t how)
{
    memset(&rpc.registration, 0, sizeof rpc.registration);
    rpc.registration.msgh_body.msgh_descriptor_count = 1;
    rpc.registration.sp = guest_right(port, how);
}

/* A registration by hand, with a right of this disposition. */
static kern_return_t
call_register(mach_port_t port, mach_msg_type_name_t how)
{
    put_registration(port, how);
    strcpy(rpc.registration.service_name, MINE);
    return call(403, sizeof rpc.registration, true);
}

TEST(wrong_rights)
{
    mach_port_t port = guest_port(), moved = guest_receive();

    is_kr(call_register(port, MACH_MSG_TYPE_MAKE_SEND_ONCE), MIG_TYPE_ERROR,
          "a send-once right where a send right must be");
    is(guest_next_id(port), MACH_NOTIFY_SEND_ONCE, "it was destroyed");
    is_kr(call_register(moved, MACH_MSG_TYPE_MOVE_RECEIVE), MIG_TYPE_ERROR,
          "a receive right where a send right must be");
    is(guest_type(moved), 0, "it is gone from here");
    ok(server_lives(), "the server answers after these");
    is_kr(call_register(port, MACH_MSG_TYPE_MAKE_SEND), KERN_SUCCESS,
          "a send right is taken");
    bootstrap_register(bootstrap_port, MINE, MACH_PORT_NULL);
    mach_port_destroy(mach_task_self(), port);
}

/* One request with descriptors that no routine has. */
static kern_return_t
call_strange(unsigned count, mach_msg_descriptor_type_t type, void *address,
             unsigned size)
{
    mach_msg_ool_descriptor_t *ool =
        (void *)(rpc.bytes + sizeof(mach_msg_base_t));

    memset(&rpc, 0, sizeof rpc);
    ((mach_msg_base_t *)&rpc)->body.msgh_descriptor_count = count;
    for (unsigned i = 0; i < count; i++)
        ool[i] = (mach_msg_ool_descriptor_t){
            .address = address,
            .copy = MACH_MSG_VIRTUAL_COPY,
            .type = type,
            .size = size,
        };
    return call(404, sizeof(mach_msg_base_t) + count * sizeof *ool, true);
}

TEST(strange)
{
    void *memory = guest_pages(256);
    unsigned good = 0;

    is_kr(call_strange(0, MACH_MSG_OOL_DESCRIPTOR, NULL, 0), MIG_BAD_ARGUMENTS,
          "a body without descriptors");
    for (unsigned i = 0; i < 100; i++)
        good += call_strange(4, MACH_MSG_OOL_DESCRIPTOR, memory,
                             256 * GUEST_PAGE) == MIG_BAD_ARGUMENTS;
    is(good, 100, "400 MiB that nobody asked for are given back");
    ok(server_lives(), "the server answers after that");
}

/* ---- References (1) ---- */

TEST(references)
{
    mach_port_t port = guest_receive();
    unsigned good = 0;

    bootstrap_register(bootstrap_port, MINE, bootstrap_port);
    for (unsigned i = 0; i < REQUESTS_MANY; i++)
        good += call_register(port, MACH_MSG_TYPE_MAKE_SEND) ==
                BOOTSTRAP_NAME_IN_USE;
    is(good, REQUESTS_MANY, "10,000 registrations are refused (1)");
    ok(guest_status(port).mps_srights == 0,
       "the server keeps none of the rights that they brought (1)");
    is(guest_status(port).mps_mscount, REQUESTS_MANY,
       "each of them had brought one");
    bootstrap_register(bootstrap_port, MINE, MACH_PORT_NULL);

    good = 0;
    for (unsigned i = 0; i < REQUESTS_MANY / 10; i++)
        good += call_register(port, MACH_MSG_TYPE_MAKE_SEND) == KERN_SUCCESS &&
                bootstrap_register(bootstrap_port, MINE, MACH_PORT_NULL) ==
                    KERN_SUCCESS;
    is(good, REQUESTS_MANY / 10, "1,000 registrations are withdrawn again");
    ok(guest_status(port).mps_srights == 0, "and leave nothing behind (1)");
    guest_kill(port);
}

TEST(look_up_references)
{
    mach_port_t port;
    unsigned good = 0;

    for (unsigned i = 0; i < REQUESTS_MANY / 10; i++)
        good += bootstrap_look_up(bootstrap_port, ECHO, &port) == KERN_SUCCESS;
    is(guest_refs(port, MACH_PORT_RIGHT_SEND), good,
       "1,000 look-ups give 1,000 references, and cost the server none (1)");
    mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_SEND,
                       -(int)good);
    ok(server_lives(), "the server still has its own (1)");
}

/* ---- Forged messages of the kernel (6, 7) ---- */

/* A dead-name notification by hand. */
static void
forge_dead_name(mach_port_t name)
{
    memset(&rpc.dead_name, 0, sizeof rpc.dead_name);
    rpc.dead_name.NDR = NDR_record;
    rpc.dead_name.not_port = name;
    begin(MACH_PORT_NULL, MACH_NOTIFY_DEAD_NAME, false);
    send(sizeof rpc.dead_name - sizeof rpc.dead_name.trailer);
}

TEST(forged_notifications)
{
    mach_port_t port = guest_port(), found;

    bootstrap_register(bootstrap_port, MINE, port);
    /* Every name that the server can have given to anything so far */
    for (unsigned index = 1; index < 256; index++)
        for (unsigned generation = 3; generation < 64; generation += 4)
            forge_dead_name(index << 8 | generation);
    is_kr(bootstrap_look_up(bootstrap_port, MINE, &found), KERN_SUCCESS,
          "forged dead-name notifications free no name (6)");
    is(found, port, "and change no port (6)");
    mach_port_deallocate(mach_task_self(), found);
    ok(server_lives(), "the server still has its rights (6)");

    for (mach_msg_id_t id = 64; id <= 77; id++)
        is_kr(call(id, sizeof rpc.dead_name - sizeof rpc.dead_name.trailer,
                   false),
              MIG_BAD_ID, "notification %d of a task is no request (6)", id);
    bootstrap_register(bootstrap_port, MINE, MACH_PORT_NULL);
    mach_port_destroy(mach_task_self(), port);
}

/* An exception message by hand: this job's task is said to have crashed. */
static kern_return_t
forge_exception(mach_port_t thread, mach_port_t task)
{
    memset(&rpc.exception, 0, sizeof rpc.exception);
    rpc.exception.msgh_body.msgh_descriptor_count = 2;
    rpc.exception.thread = guest_right(thread, MACH_MSG_TYPE_COPY_SEND);
    rpc.exception.task = guest_right(task, MACH_MSG_TYPE_COPY_SEND);
    rpc.exception.NDR = NDR_record;
    rpc.exception.exception = EXC_BAD_ACCESS;
    rpc.exception.codeCnt = 2;
    return call(2405, sizeof rpc.exception, true);
}

TEST(forged_exceptions)
{
    static const char part[] = "crash-forged";
    mach_port_t port = guest_port();
    char how[128] = "";
    int job, status = -1;

    is_kr(forge_exception(port, port), MIG_BAD_ID,
          "an exception message of a task is no request (7)");
    mach_port_deallocate(mach_task_self(), port);
    ok(guest_status(port).mps_srights == 0,
       "the rights that it brought were destroyed (7)");
    guest_kill(port);

    job_spawn(bootstrap_port, "t_abuse_bootstrap", part, sizeof part, &job);
    job_wait(bootstrap_port, job, &status, how);
    is(status, 0, "a job that forges its crash has not crashed: %s (7)", how);
    ok(server_lives(), "the server answers after that");
}

/* A right to the job's own task, published: its death is heard all the same. */
TEST(task_published)
{
    static const char part[] = "publish-task";
    char how[128] = "";
    int job, status = -1;

    job_spawn(bootstrap_port, "t_abuse_bootstrap", part, sizeof part, &job);
    is_kr(job_wait(bootstrap_port, job, &status, how), KERN_SUCCESS,
          "the end of a job that registered its task port is heard of");
    is(status, 0, "with its status: %s", how);
}

/* ---- Replies that do not go (41, 47) ---- */

/* Look-ups with a send right to answer by: the answers would fill the client's
 * queue, and count as the server's. */
static void
test_reply_by_send(void)
{
    mach_port_t reply = guest_port();
    struct guest_buffer buffer;
    unsigned replies = 0;

    for (unsigned i = 0; i < 100; i++) {
        set_name(rpc.look_up.service_name, ECHO);
        begin(reply, 404, false);
        rpc.header.msgh_bits =
            MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_COPY_SEND);
        send(sizeof rpc.look_up);
    }
    ok(server_lives(), "the server does not wait for a reply queue");
    while (guest_poll(reply, &buffer) == MACH_MSG_SUCCESS) {
        mach_msg_destroy(&buffer.header);
        replies++;
    }
    is(replies, 0, "it answers over send-once rights alone");
    mach_port_deallocate(mach_task_self(), reply);
    ok(guest_status(reply).mps_srights == 0,
       "the rights to answer by are gone");
    guest_kill(reply);
}

/* Look-ups and check-ins whose reply port is dead before the reply. */
static void
test_dead_reply(void)
{
    for (unsigned i = 0; i < 100; i++) {
        mach_port_t reply = guest_receive();

        set_name(rpc.look_up.service_name, ECHO);
        begin(reply, 404, false);
        send(sizeof rpc.look_up);
        guest_kill(reply);
    }
    ok(server_lives(), "the server outlives clients that do not wait (45)");
}

/* Requests without a reply port. */
static void
test_no_reply(void)
{
    mach_port_t port = guest_receive();

    put_registration(port, MACH_MSG_TYPE_MAKE_SEND);
    begin(MACH_PORT_NULL, 403, true); /* of the empty name: refused */
    send(sizeof rpc.registration);
    ok(server_lives(), "a request without a reply port is served");
    ok(guest_status(port).mps_srights == 0, "and its rights are destroyed");
    guest_kill(port);
}

T0_CASE(lost_replies, "lost replies")
{
    test_reply_by_send();
    test_dead_reply();
    test_no_reply();
}

/* ---- What the server has for others ---- */

/* Frames of the server's own */
static unsigned
server_frames(void)
{
    ledger_item_t used, limit;
    ledger_t ledger;

    guest_must(job_get_ledger(bootstrap_port, JOB_SERVER, &ledger));
    guest_must(ledger_read(ledger, &used, &limit));
    mach_port_deallocate(mach_task_self(), ledger);
    return used;
}

/* Answers with arrays of rights that nobody reads */
TEST(unread)
{
    static name_t names[BOOTSTRAP_MAX_LOOKUP_COUNT];
    mach_port_t reply = guest_receive();
    unsigned before = server_frames();

    for (unsigned i = 0; i < UNREAD; i++) {
        begin(reply, 405, true);
        rpc.many = (typeof(rpc.many)){
            .Head = rpc.header,
            .msgh_body.msgh_descriptor_count = 1,
            .service_names = { .address = names,
                               .size = sizeof names,
                               .type = MACH_MSG_OOL_DESCRIPTOR },
            .NDR = NDR_record,
            .service_namesCnt = BOOTSTRAP_MAX_LOOKUP_COUNT,
        };
        send(sizeof rpc.many);
    }
    ok(server_lives(), "the server has answered many look-ups of many names");
    is(guest_status(reply).mps_msgcount, UNREAD, "nobody reads the answers");
    ok(server_frames() <= before + SERVER_SLACK,
       "they are not at the server's cost: %u frames, then %u", before,
       server_frames());
    guest_kill(reply);
}

/* Asks the echo service; whether it answers. */
static bool
echoes(mach_port_t echo, mach_port_t reply, mach_msg_type_name_t how)
{
    rpc.header = guest_header(echo, MACH_MSG_TYPE_COPY_SEND, reply, ECHO_ID);
    rpc.header.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, how);
    send(sizeof(mach_msg_header_t) + ECHO_BYTES);
    return mach_msg(&rpc.header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof rpc,
                    reply, 500, MACH_PORT_NULL) == MACH_MSG_SUCCESS;
}

TEST(echo)
{
    mach_port_t reply = guest_port(), echo;

    guest_must(bootstrap_look_up(bootstrap_port, ECHO, &echo));
    ok(!echoes(echo, reply, MACH_MSG_TYPE_COPY_SEND),
       "the echo service leaves nothing in a client's queue at its own cost");
    ok(echoes(echo, reply, MACH_MSG_TYPE_MAKE_SEND_ONCE),
       "and answers by a send-once right");
    is(guest_status(reply).mps_srights, 1, "what it refused it has dropped");
    mach_port_deallocate(mach_task_self(), echo);
    mach_port_destroy(mach_task_self(), reply);
}

/* A job hands its port on, and ends. */
static int
hand_on(void)
{
    struct {
        mach_msg_header_t header;
        mach_msg_body_t body;
        mach_msg_port_descriptor_t right;
    } message = { .body.msgh_descriptor_count = 1 };
    mach_port_t to;

    guest_must(bootstrap_look_up(bootstrap_port, MINE, &to));
    message.header = guest_header(to, MACH_MSG_TYPE_COPY_SEND, 0, 1);
    message.header.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
    message.header.msgh_size = sizeof message;
    message.right = guest_right(bootstrap_port, MACH_MSG_TYPE_COPY_SEND);
    return mach_msg(&message.header, MACH_SEND_MSG, sizeof message, 0,
                    MACH_PORT_NULL, 0, MACH_PORT_NULL);
}

TEST(kept_ports)
{
    mach_port_t port = guest_port();
    unsigned before = server_frames(), done = 0;
    char how[BOOTSTRAP_MAX_NAME_LEN];
    int job, status;

    guest_limit(port, MACH_PORT_QLIMIT_LARGE);
    guest_must(bootstrap_register(bootstrap_port, MINE, port));
    for (unsigned i = 0; i < KEPT_PORTS; i++) {
        guest_must(job_spawn(bootstrap_port, "t_abuse_bootstrap", "hand-on",
                             sizeof "hand-on", &job));
        guest_must(job_wait(bootstrap_port, job, &status, how));
        done += status == 0;
    }
    is(done, KEPT_PORTS, "many jobs have come and gone");
    is(guest_status(port).mps_msgcount, KEPT_PORTS, "their ports are kept");
    ok(server_frames() <= before + SERVER_SLACK,
       "what is left of these is not the server's: %u frames, then %u", before,
       server_frames());
    guest_must(bootstrap_register(bootstrap_port, MINE, MACH_PORT_NULL));
    mach_port_destroy(mach_task_self(), port);
}

int
main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "hand-on") == 0)
        return hand_on();
    if (argc > 1 && strcmp(argv[1], "crash-forged") == 0)
        return forge_exception(mach_thread_self(), mach_task_self()) !=
               MIG_BAD_ID;
    if (argc > 1)
        return bootstrap_register(bootstrap_port, MINE, mach_task_self());
    return tap_run();
}
