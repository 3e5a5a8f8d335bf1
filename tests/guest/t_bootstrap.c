/* SPDX-License-Identifier: MIT */
/*
 * t_bootstrap.c - names of services: in use (B2, B4, B7, B9) and in abuse
 * (adversarial 46).
 *
 * The program runs itself again for what takes a second job: its argument
 * says which part that job plays, and its exit status how it went.
 */
#include <mach/mach_vm.h>
#include <ostia/job.h>
#include <ostia/ports.h>
#include <servers/bootstrap.h>
#include <stdio.h>
#include <string.h>

#include "guest.h"
#include "tap.h"

#define ECHO   "org.ostia.echo"       /* declared for another job */
#define FIRST  "org.ostia.test.first" /* declared for this one */
#define SECOND "org.ostia.test.second"
#define MINE   "org.ostia.test.registered"
#define NOBODY "org.ostia.test.nobody"

#define REGISTERED_MAX 16

static kern_return_t
look_up(const char *name, mach_port_t *port)
{
    *port = MACH_PORT_NULL;
    return bootstrap_look_up(bootstrap_port, name, port);
}

static kern_return_t
status_of(const char *name, bootstrap_status_t *status)
{
    *status = -1;
    return bootstrap_status(bootstrap_port, name, status);
}

/* Runs this program again in another part; its exit status. */
static int
play(const char *part)
{
    char how[128];
    int job, status;

    if (job_spawn(bootstrap_port, "t_bootstrap", part,
                  (mach_msg_type_number_t)strlen(part) + 1,
                  &job) != KERN_SUCCESS ||
        job_wait(bootstrap_port, job, &status, how) != KERN_SUCCESS)
        return -1;
    return status;
}

/* ---- Look-up ---- */

TEST(look_up)
{
    mach_port_t port, again;

    is_kr(look_up(ECHO, &port), KERN_SUCCESS, "look-up: a declared service");
    ok(guest_type(port) == MACH_PORT_TYPE_SEND, "look-up gives a send right");
    is_kr(look_up(ECHO, &again), KERN_SUCCESS, "look-up again");
    is(again, port, "both look-ups give the same port, so the same name");
    is(guest_refs(port, MACH_PORT_RIGHT_SEND), 2,
       "each look-up adds one user reference");
    mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_SEND, -2);

    is_kr(look_up(NOBODY, &port), BOOTSTRAP_UNKNOWN_SERVICE,
          "look-up: a name that nobody has");
    is(port, MACH_PORT_NULL, "a look-up that fails gives nothing");
    is_kr(look_up("", &port), BOOTSTRAP_UNKNOWN_SERVICE,
          "look-up: the empty name");
}

/* Copies the ports into `found`, and gives the array back. */
static kern_return_t
look_up_many(name_array_t names, unsigned count, boolean_t *all,
             mach_port_t found[])
{
    mach_port_array_t ports = NULL;
    mach_msg_type_number_t got = 0;
    kern_return_t kr = bootstrap_look_up_array(bootstrap_port, names, count,
                                               &ports, &got, all);

    if (kr != KERN_SUCCESS)
        return kr;
    if (got != count)
        return KERN_FAILURE;
    memcpy(found, ports, count * sizeof *ports);
    guest_unmap(ports, count * sizeof *ports);
    return KERN_SUCCESS;
}

TEST(look_up_array)
{
    static name_t names[BOOTSTRAP_MAX_LOOKUP_COUNT + 1];
    mach_port_t found[BOOTSTRAP_MAX_LOOKUP_COUNT], port;
    boolean_t all = FALSE;

    for (unsigned i = 0; i <= BOOTSTRAP_MAX_LOOKUP_COUNT; i++)
        strcpy(names[i], ECHO);
    look_up(ECHO, &port);
    is_kr(look_up_many(names, BOOTSTRAP_MAX_LOOKUP_COUNT, &all, found),
          KERN_SUCCESS, "look-up array: as many as may be");
    ok(ALL(all, found[0] == port,
           found[BOOTSTRAP_MAX_LOOKUP_COUNT - 1] == port),
       "look-up array: all are known, and are the same ports");
    is(guest_refs(port, MACH_PORT_RIGHT_SEND), BOOTSTRAP_MAX_LOOKUP_COUNT + 1,
       "look-up array: each has a reference");
    is_kr(look_up_many(names, BOOTSTRAP_MAX_LOOKUP_COUNT + 1, &all, found),
          BOOTSTRAP_BAD_COUNT, "look-up array: one more");

    strcpy(names[1], NOBODY);
    is_kr(look_up_many(names, 3, &all, found), KERN_SUCCESS,
          "look-up array: nobody has one of the names");
    ok(ALL(!all, found[0] == port, found[1] == MACH_PORT_NULL,
           found[2] == port),
       "look-up array: ... not all are known: that one is null");
    memset(names[2], 'n', sizeof names[2]);
    is_kr(look_up_many(names, 3, &all, found), BOOTSTRAP_BAD_COUNT,
          "look-up array: a name of 128 bytes (B9)");
    mach_port_destroy(mach_task_self(), port);
}

TEST(long_names)
{
    char name[BOOTSTRAP_MAX_NAME_LEN + 8];
    mach_port_t port, mine = guest_port();
    kern_return_t kr;

    memset(name, 'n', sizeof name);
    name[BOOTSTRAP_MAX_NAME_LEN - 1] = '\0';
    is_kr(bootstrap_register(bootstrap_port, name, mine), KERN_SUCCESS,
          "register: a name of 127 bytes (B9)");
    is_kr(look_up(name, &port), KERN_SUCCESS, "look-up: a name of 127 bytes");
    is(port, mine, "and it is the port that was registered");
    mach_port_deallocate(mach_task_self(), port);
    bootstrap_register(bootstrap_port, name, MACH_PORT_NULL);

    name[BOOTSTRAP_MAX_NAME_LEN - 1] = 'n';
    name[BOOTSTRAP_MAX_NAME_LEN] = '\0';
    kr = look_up(name, &port);
    ok(kr == BOOTSTRAP_BAD_COUNT || kr == BOOTSTRAP_UNKNOWN_SERVICE,
       "look-up: a name of 128 bytes is refused (B9)");
    ok(bootstrap_register(bootstrap_port, name, mine) != KERN_SUCCESS,
       "register: a name of 128 bytes is refused (B9)");
    mach_port_destroy(mach_task_self(), mine);
}

/* ---- Check-in ---- */

TEST(check_in)
{
    struct guest_buffer buffer;
    bootstrap_status_t status;
    mach_port_t client, server = MACH_PORT_NULL;

    is_kr(look_up(FIRST, &client), KERN_SUCCESS,
          "look-up before check-in succeeds (B2)");
    is_kr(status_of(FIRST, &status), KERN_SUCCESS, "status before check-in");
    is(status, BOOTSTRAP_STATUS_INACTIVE, "it is inactive");
    is_kr(guest_send(client, MACH_MSG_TYPE_COPY_SEND, 77), MACH_MSG_SUCCESS,
          "a message to a service before check-in waits in its queue (B2)");

    is_kr(bootstrap_check_in(bootstrap_port, FIRST, &server), KERN_SUCCESS,
          "check-in gives the service of this job");
    is(server, client, "the receive right joins the send right's name (R32)");
    ok(guest_type(server) == MACH_PORT_TYPE_SEND_RECEIVE,
       "the name holds both rights");
    is(guest_next_id(server), 77, "the message that waited is there (B2)");
    is_kr(status_of(FIRST, &status), KERN_SUCCESS, "status after check-in");
    is(status, BOOTSTRAP_STATUS_ACTIVE, "it is active");

    is_kr(bootstrap_check_in(bootstrap_port, FIRST, &server),
          BOOTSTRAP_SERVICE_ACTIVE, "check-in twice is refused (B7)");
    is_kr(bootstrap_register(bootstrap_port, FIRST, client),
          BOOTSTRAP_SERVICE_ACTIVE,
          "register over a service that is checked in is refused");
    is_kr(guest_poll(client, &buffer), MACH_RCV_TIMED_OUT,
          "and left nothing in its queue");

    /* The port dies while its job lives: the job may check in again. */
    guest_kill(client);
    is_kr(look_up(FIRST, &server), KERN_SUCCESS,
          "look-up of a service whose port died gives a new port");
    ok(ALL(server != client, guest_type(server) == MACH_PORT_TYPE_SEND),
       "it is another port, and alive");
    is_kr(status_of(FIRST, &status), KERN_SUCCESS, "status of it");
    is(status, BOOTSTRAP_STATUS_INACTIVE, "it is inactive again");
    mach_port_deallocate(mach_task_self(), server);
    is_kr(bootstrap_check_in(bootstrap_port, FIRST, &server), KERN_SUCCESS,
          "its job checks in again");
    mach_port_destroy(mach_task_self(), server);
    mach_port_destroy(mach_task_self(), client);
}

TEST(check_in_refused)
{
    mach_port_t port = MACH_PORT_NULL;

    is_kr(bootstrap_check_in(bootstrap_port, NOBODY, &port),
          BOOTSTRAP_UNKNOWN_SERVICE, "check-in of a name that nobody declared");
    is_kr(bootstrap_check_in(bootstrap_port, ECHO, &port),
          BOOTSTRAP_NOT_PRIVILEGED, "check-in of another job's service");
    is(port, MACH_PORT_NULL, "check-in that is refused gives nothing");
    is(play("check-in"), 0,
       "another job cannot check in this job's service, checked in or not");
    is_kr(bootstrap_check_in(bootstrap_port, SECOND, &port), KERN_SUCCESS,
          "which is still there for its own job");
}

/* ---- Register ---- */

TEST(register)
{
    bootstrap_status_t status;
    mach_port_t port, mine = guest_port(), other = guest_port();

    is_kr(bootstrap_register(bootstrap_port, MINE, mine), KERN_SUCCESS,
          "register a name");
    is_kr(look_up(MINE, &port), KERN_SUCCESS, "look-up finds it");
    is(port, mine, "with the port that was registered");
    mach_port_deallocate(mach_task_self(), port);
    is_kr(status_of(MINE, &status), KERN_SUCCESS, "status of it");
    is(status, BOOTSTRAP_STATUS_ACTIVE, "it is active");

    is_kr(bootstrap_register(bootstrap_port, MINE, other),
          BOOTSTRAP_NAME_IN_USE, "register a name that is taken (46)");
    is_kr(bootstrap_register(bootstrap_port, MINE, mine), BOOTSTRAP_NAME_IN_USE,
          "even by the same job with the same port");
    is(play("steal"), 0,
       "another job can neither replace nor withdraw it (46)");
    is_kr(look_up(MINE, &port), KERN_SUCCESS, "look-up after these");
    is(port, mine, "gives the first port still (46)");
    mach_port_deallocate(mach_task_self(), port);
    is_kr(bootstrap_check_in(bootstrap_port, MINE, &port),
          BOOTSTRAP_UNKNOWN_SERVICE,
          "check-in of a registered name: there is nothing to take");

    is_kr(bootstrap_register(bootstrap_port, MINE, MACH_PORT_NULL),
          KERN_SUCCESS, "the job withdraws its name");
    is_kr(look_up(MINE, &port), BOOTSTRAP_UNKNOWN_SERVICE,
          "then nobody knows it");
    is_kr(bootstrap_register(bootstrap_port, MINE, MACH_PORT_NULL),
          BOOTSTRAP_UNKNOWN_SERVICE, "nor can it be withdrawn again");
    mach_port_destroy(mach_task_self(), mine);
    mach_port_destroy(mach_task_self(), other);
}

TEST(register_refused)
{
    mach_port_t port, mine = guest_port();

    is_kr(bootstrap_register(bootstrap_port, ECHO, mine),
          BOOTSTRAP_NOT_PRIVILEGED, "register over another job's service (46)");
    is_kr(bootstrap_register(bootstrap_port, ECHO, MACH_PORT_NULL),
          BOOTSTRAP_NOT_PRIVILEGED, "withdraw another job's service (46)");
    is_kr(look_up(ECHO, &port), KERN_SUCCESS, "look-up of that service");
    ok(port != mine, "gives its own port");
    mach_port_deallocate(mach_task_self(), port);
    is_kr(bootstrap_register(bootstrap_port, MINE, MACH_PORT_DEAD),
          KERN_INVALID_CAPABILITY, "register a dead port");
    is_kr(bootstrap_register(bootstrap_port, "", mine), BOOTSTRAP_BAD_COUNT,
          "register the empty name");
    mach_port_destroy(mach_task_self(), mine);
}

TEST(port_dies)
{
    mach_port_t port, mine = guest_port(), other = guest_port();

    bootstrap_register(bootstrap_port, MINE, mine);
    bootstrap_register(bootstrap_port, NOBODY, mine);
    guest_kill(mine);
    is_kr(look_up(MINE, &port), BOOTSTRAP_UNKNOWN_SERVICE,
          "a registered port that dies frees its name (B4)");
    is_kr(look_up(NOBODY, &port), BOOTSTRAP_UNKNOWN_SERVICE,
          "and every other name that it has (B4)");
    is_kr(bootstrap_register(bootstrap_port, MINE, other), KERN_SUCCESS,
          "the name can be registered again (B4)");
    is_kr(look_up(MINE, &port), KERN_SUCCESS, "and is found");
    is(port, other, "with its new port");
    mach_port_deallocate(mach_task_self(), mine);
    mach_port_destroy(mach_task_self(), other);
}

/* ---- Jobs ---- */

TEST(job_ends)
{
    mach_port_t port;

    is(play("register"), 0, "another job registers a name, and ends");
    is_kr(look_up(NOBODY, &port), BOOTSTRAP_UNKNOWN_SERVICE,
          "its names end with the job");
}

TEST(limit)
{
    char name[32];
    mach_port_t mine = guest_port();
    kern_return_t kr = KERN_SUCCESS;
    unsigned count = 0;

    for (; count < 2 * REGISTERED_MAX && kr == KERN_SUCCESS; count++) {
        snprintf(name, sizeof name, "org.ostia.test.%u", count);
        kr = bootstrap_register(bootstrap_port, name, mine);
    }
    is_kr(kr, BOOTSTRAP_NO_MEMORY, "a job can register so many names");
    is(count, REGISTERED_MAX + 1, "and no more");
    while (count-- > 0) {
        snprintf(name, sizeof name, "org.ostia.test.%u", count);
        bootstrap_register(bootstrap_port, name, MACH_PORT_NULL);
    }
    mach_port_deallocate(mach_task_self(), mine);
    ok(guest_status(mine).mps_srights == 0,
       "withdrawn names keep no right of the port");
    mach_port_destroy(mach_task_self(), mine);
}

TEST(ports)
{
    mach_port_array_t ports;
    mach_msg_type_number_t count = 0;

    is_kr(mach_ports_lookup(mach_task_self(), &ports, &count), KERN_SUCCESS,
          "a job's registered ports");
    is(count, 3, "are three");
    is(ports[OSTIA_PORT_HOST_PRIV], MACH_PORT_NULL,
       "the host's privileged port is not among them");
    is(ports[OSTIA_PORT_BOOTFS], MACH_PORT_NULL, "nor is the boot file system");
    ok(guest_type(ports[OSTIA_PORT_CONSOLE]) == MACH_PORT_TYPE_SEND,
       "the console is");
}

/* ---- The second job's parts: 0 is as it should be ---- */

static int
part_check_in(void)
{
    mach_port_t port;

    return bootstrap_check_in(bootstrap_port, FIRST, &port) !=
               BOOTSTRAP_NOT_PRIVILEGED ||
           bootstrap_check_in(bootstrap_port, SECOND, &port) !=
               BOOTSTRAP_NOT_PRIVILEGED;
}

static int
part_steal(void)
{
    mach_port_t mine = guest_port();

    return bootstrap_register(bootstrap_port, MINE, mine) !=
               BOOTSTRAP_NAME_IN_USE ||
           bootstrap_register(bootstrap_port, MINE, MACH_PORT_NULL) !=
               BOOTSTRAP_NOT_PRIVILEGED;
}

/* A port that outlives this job: its parent's, found by name. */
static int
part_register(void)
{
    mach_port_t port;

    return look_up(ECHO, &port) != KERN_SUCCESS ||
           bootstrap_register(bootstrap_port, NOBODY, port) != KERN_SUCCESS;
}

static int
part(const char *name)
{
    if (strcmp(name, "check-in") == 0)
        return part_check_in();
    if (strcmp(name, "steal") == 0)
        return part_steal();
    if (strcmp(name, "register") == 0)
        return part_register();
    return 99;
}

int
main(int argc, char **argv)
{
    bootstrap_status_t status;

    if (argc > 1)
        return part(argv[1]);
    if (status_of(FIRST, &status) != KERN_SUCCESS) {
        printf("Bail out!  A run that names me (test=t_bootstrap) declares my "
               "services\n");
        return 1;
    }
    return tap_run();
}
