/* SPDX-License-Identifier: MIT */
/*
 * t_ledger.c - how much memory a job may have (D24, adversarial 40): each call
 * of mach/ledger.defs in use and in abuse, and what counts.
 *
 * The program is a privileged job, so that it gets its own ledger to change.
 * It makes ledgers below that, with tasks in them, whose memory and ports it
 * takes from outside.
 */
#include <mach/mach_vm.h>
#include <ostia/job.h>
#include <ostia/message.h>
#include <ostia/ostia.h>
#include <servers/bootstrap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "ledgers.h"
#include "tap.h"

#define DEPTH_MAX   5u    /* the root's is 0, ours 1 */
#define BOX         4096u /* frames that the ledger of a case may have */
#define TASK_COST   64u   /* an empty task takes fewer */
#define LIMIT       ((60u << 20) / GUEST_PAGE) /* etc/bootstrap.conf */
#define NO_LIMIT    0xffffffffu
#define OBJECTS     60000u
#define ONE_IN      32u
#define SINK        0x10003u /* a name in a task of ours */
#define AGAIN_PAGES 100u     /* as in ledgers.t */
#define LARGE       16384u
#define JOB_EXIT    910000

static ledger_t mine, reader; /* our job's: to change it, and to read it */

/* ---- Helpers ---- */

/* Has the kernel write pages of a task until it refuses; how many there are. */
static unsigned
take_pages(mach_port_t task, unsigned most, kern_return_t *code)
{
    static const char page[GUEST_PAGE] = "a page";
    mach_vm_address_t address = 0;
    unsigned count = 0;

    *code = mach_vm_allocate(task, &address, (mach_vm_size_t)BOX * GUEST_PAGE,
                             VM_FLAGS_ANYWHERE);
    while (*code == KERN_SUCCESS && count < most) {
        *code = mach_vm_write(task, address + count * GUEST_PAGE,
                              (vm_offset_t)page, sizeof page);
        count += *code == KERN_SUCCESS;
    }
    return count;
}

/* ---- Reading ---- */

TEST(reading)
{
    unsigned pages = (unsigned)(guest_memory() / GUEST_PAGE);
    ledger_t again, other, server;
    mach_port_t task;

    is_kr(task_get_ledger(SELF, &again), KERN_SUCCESS,
          "a task gets its ledger to read, as often as it asks");
    is(again, reader, "by the same name");
    drop(again);
    ok(ALL(guest_type(reader) == MACH_PORT_TYPE_SEND, reader != mine),
       "a send right to another port than who may change it has");
    is(limit_of(reader), limit_of(mine), "both are of the same ledger");
    is(limit_of(reader), LIMIT, "its limit is as the configuration says");
    ok(balance(reader) > 0, "we hold some of it");
    guest_must(job_get_ledger(bootstrap_port, JOB_SERVER, &server));
    ok(ALL(limit_of(server) <= pages / 2, limit_of(server) > pages / 4),
       "without that it is half of memory: %u of %u frames", limit_of(server),
       pages);
    drop(server);

    task = child_empty();
    guest_must(task_get_ledger(task, &other));
    is(other, reader, "a task that is made without a ledger is in its maker's");
    drop(other);
    child_end(task);
    is_kr(task_get_ledger(task, &other), MACH_SEND_INVALID_DEST,
          "a task that is gone has none");
}

/* ---- Wrong ports ---- */

/* All that changes a ledger, with a port that is none that may */
static void
refused(ledger_t port, kern_return_t code, const char *what)
{
    ledger_t made;

    is_kr(ledger_create(port, MACH_PORT_NULL, &made, BOX), code,
          "ledger_create: %s", what);
    is_kr(ledger_terminate(port), code, "ledger_terminate: %s", what);
    is_kr(ledger_transfer(port, mine, 1), code, "ledger_transfer: %s", what);
    is_kr(ledger_set_reservation(port, 1), code, "ledger_set_reservation: %s",
          what);
}

TEST(wrong_ports)
{
    mach_port_t dead = guest_dead(), host = mach_host_self();
    ledger_item_t used, limit;
    ledger_t root;

    refused(reader, KERN_INVALID_LEDGER, "who may read it may not change it");
    refused(SELF, KERN_INVALID_LEDGER, "a task's port is no ledger");
    refused(dead, MACH_SEND_INVALID_DEST, "a dead name is no ledger");
    is_kr(ledger_read(SELF, &used, &limit), KERN_INVALID_LEDGER,
          "ledger_read: a task's port is no ledger");
    is_kr(ledger_get_reservation(SELF, &used), KERN_INVALID_LEDGER,
          "ledger_get_reservation: a task's port is no ledger");
    is_kr(ledger_get_reservation(reader, &used), KERN_SUCCESS,
          "... who may read a ledger may read that");
    is_kr(task_get_ledger(host, &root), KERN_INVALID_ARGUMENT,
          "task_get_ledger: the host's port is no task");
    is_kr(host_get_ledger(host, &root), KERN_INVALID_HOST,
          "host_get_ledger: not for who has the host's name alone");
    drop(dead);
    drop(host);
}

/* ---- ledger_create ---- */

TEST(create)
{
    ledger_item_t before = balance(mine);
    ledger_t ledger, child;
    mach_port_t port = guest_port();

    is_kr(ledger_create(mine, mine, &ledger, BOX), KERN_SUCCESS,
          "create: a ledger, named by its parent twice");
    is(limit_of(ledger), BOX, "create: the limit that was asked for");
    is(balance(ledger), 0, "create: empty, and without a reservation");
    child = below(ledger, LEDGER_ITEM_INFINITY);
    is(limit_of(child), BOX / 2, "create: at most half of its parent's limit");
    drop(child);
    drop(ledger);
    ledger = below(mine, LEDGER_ITEM_INFINITY);
    is(limit_of(ledger), limit_of(mine) / 2,
       "create: without a limit it is half of ours");
    is_kr(ledger_create(mine, ledger, &child, BOX), KERN_INVALID_LEDGER,
          "create: another ledger as the second name");
    is_kr(ledger_create(mine, port, &child, BOX), KERN_INVALID_LEDGER,
          "create: a port as the second name");
    drop(ledger);
    mach_port_destroy(SELF, port);
    ok(balance(mine) <= before + 2, "create: nothing is left of them");
}

TEST(depth)
{
    ledger_t ledgers[DEPTH_MAX + 1], none;
    unsigned depth = 1;

    ledgers[depth] = mine;
    for (; depth < DEPTH_MAX; depth++)
        ledgers[depth + 1] = below(ledgers[depth], BOX);
    is_kr(ledger_create(ledgers[DEPTH_MAX], MACH_PORT_NULL, &none, 1),
          KERN_RESOURCE_SHORTAGE, "create: the tree has six levels");
    for (; depth > 1; depth--)
        drop(ledgers[depth]);
}

/* ---- ledger_transfer ---- */

TEST(transfer)
{
    ledger_t parent = below(mine, BOX), child = below(parent, 100);
    ledger_t grandchild = below(child, 10), child_reader;
    mach_port_t task = task_in(child);

    guest_must(task_get_ledger(task, &child_reader));
    is_kr(ledger_transfer(parent, child, 50), KERN_SUCCESS,
          "transfer: a part of the parent's limit");
    is(limit_of(child), 150, "transfer: is the child's");
    is_kr(ledger_transfer(parent, child, BOX - 149), KERN_RESOURCE_SHORTAGE,
          "transfer: not more than the parent itself may have");
    is_kr(ledger_transfer(parent, child, LEDGER_ITEM_INFINITY),
          KERN_RESOURCE_SHORTAGE, "transfer: nor all that there is");
    is(limit_of(child), 150, "transfer: refused, nothing has changed");
    is_kr(ledger_transfer(parent, child, BOX - 150), KERN_SUCCESS,
          "transfer: all that the parent may have");
    is(limit_of(child), BOX, "transfer: is the child's");

    is_kr(ledger_transfer(parent, grandchild, 1), KERN_INVALID_ARGUMENT,
          "transfer: not to a grandchild");
    is_kr(ledger_transfer(child, parent, 1), KERN_INVALID_ARGUMENT,
          "transfer: not to the parent");
    is_kr(ledger_transfer(parent, parent, 1), KERN_INVALID_ARGUMENT,
          "transfer: not to itself");
    is_kr(ledger_transfer(parent, child_reader, 1), KERN_INVALID_LEDGER,
          "transfer: not to what can only be read");
    is_kr(ledger_transfer(parent, MACH_PORT_NULL, 1), KERN_INVALID_LEDGER,
          "transfer: not to nothing");
    child_end(task);
    drop(child_reader);
    drop(grandchild);
    drop(child);
    drop(parent);
}

/* ---- ledger_set_reservation ---- */

TEST(reservation)
{
    ledger_t parent = below(mine, BOX), first = below(parent, BOX / 2);
    ledger_t second = below(parent, BOX / 2), third;
    ledger_item_t before = balance(parent);

    is_kr(ledger_set_reservation(first, BOX / 2), KERN_SUCCESS,
          "reservation: all that a ledger may have");
    is(balance(parent), before + BOX / 2,
       "reservation: the parent holds it at once");
    is(reservation_of(first), BOX / 2, "reservation: it can be read");
    is(reservation_of(second), 0, "reservation: another has none");
    is(balance(first), 0, "reservation: ... and the ledger uses none yet");
    is_kr(ledger_set_reservation(first, BOX / 2 + 1), KERN_INVALID_ARGUMENT,
          "reservation: no more than the limit");
    is_kr(ledger_set_reservation(second, BOX / 2), KERN_RESOURCE_SHORTAGE,
          "reservation: not what the parent cannot give");
    is(balance(parent), before + BOX / 2,
       "reservation: refused, nothing has changed");
    is(reservation_of(second), 0, "reservation: ... nor what is read");
    third = below(parent, BOX / 4);
    is(balance(third), 0,
       "reservation: a ledger without one can still be made");
    drop(third);
    is_kr(ledger_set_reservation(first, 100), KERN_SUCCESS,
          "reservation: less than before");
    is(balance(parent), before + 100, "reservation: the parent holds less");
    drop(first);
    drop(second);
    ok(balance(parent) <= before, "reservation: a ledger's end gives it back");
    drop(parent);
}

/* Two jobs of one parent, the first of which has something reserved. */
TEST(sibling)
{
    ledger_t parent = below(mine, BOX),
             first = below(parent, LEDGER_ITEM_INFINITY);
    ledger_t second = below(parent, LEDGER_ITEM_INFINITY);
    mach_port_t victim = task_in(first), hog = task_in(second);
    const unsigned reserved = 300;
    kern_return_t code;
    unsigned got;

    guest_must(ledger_set_reservation(first, reserved + TASK_COST));
    guest_must(ledger_transfer(parent, second, BOX - limit_of(second)));
    got = take_pages(hog, NO_LIMIT, &code);
    is_kr(code, KERN_RESOURCE_SHORTAGE, "a sibling takes all that it gets");
    ok(ALL(got > BOX / 2, got < BOX - reserved),
       "and that is all but what is reserved: %u", got);
    got = take_pages(victim, reserved, &code);
    is_kr(code, KERN_SUCCESS, "what was reserved is to be had");
    is(got, reserved, "all of it");
    got = take_pages(victim, BOX / 2, &code);
    is_kr(code, KERN_RESOURCE_SHORTAGE, "what was not is not");
    ok(balance(parent) <= BOX, "the parent holds no more than it may");
    child_end(hog);
    (void)take_pages(victim, reserved, &code);
    is_kr(code, KERN_SUCCESS, "when the sibling has ended there is more");
    child_end(victim);
    drop(second);
    drop(first);
    drop(parent);
}

/* ---- Tasks ---- */

TEST(task_create)
{
    ledger_t parent = below(mine, BOX), small = below(parent, 400), got;
    ledger_t two[2] = { small, small }, port = guest_port();
    mach_port_t task = task_in(small), child;
    ledger_item_t before;
    kern_return_t code;

    guest_must(task_create(task, NULL, 0, FALSE, &child));
    guest_must(task_get_ledger(child, &got));
    is(limit_of(got), 400, "a task is in the ledger of the one that is asked");
    drop(got);
    child_end(child);
    is_kr(task_create(SELF, two, 2, FALSE, &child), KERN_INVALID_ARGUMENT,
          "task_create: not two ledgers");
    is_kr(make_task(port, &child), KERN_INVALID_LEDGER,
          "task_create: not a port");
    is_kr(make_task(MACH_PORT_NULL, &child), KERN_INVALID_LEDGER,
          "task_create: not nothing");
    is_kr(make_task(reader, &child), KERN_INVALID_LEDGER,
          "task_create: not what can only be read");

    before = balance(parent);
    note("an empty task takes %u frames", balance(small));
    (void)take_pages(task, NO_LIMIT, &code);
    is_kr(code, KERN_RESOURCE_SHORTAGE, "a task is refused at its limit");
    ok(ALL(balance(small) <= 400, balance(small) >= 390),
       "which it has reached: %u", balance(small));
    ok(ALL(balance(parent) >= balance(small),
           balance(parent) <= balance(small) + 2),
       "all of that counts above, with what stands for the ledger");
    while (make_task(small, &child) == KERN_SUCCESS)
        continue;
    is_kr(make_task(small, &child), KERN_RESOURCE_SHORTAGE,
          "task_create: not at the limit");
    is_kr(task_create(task, NULL, 0, FALSE, &child), KERN_RESOURCE_SHORTAGE,
          "task_create: nor by who is in it");
    is_kr(make_task(parent, &child), KERN_SUCCESS,
          "task_create: beside it there is room");
    child_end(child);
    is_kr(ledger_terminate(small), KERN_SUCCESS, "the tasks are ended");
    ok(balance(parent) < before, "and their frames are back");
    mach_port_destroy(SELF, port);
    drop(task);
    drop(small);
    drop(parent);
}

/* ---- ledger_terminate ---- */

static void
spin(void *unused)
{
    (void)unused;
    for (;;)
        continue;
}

/* Three tasks that run, and in the last's memory much to be freed */
TEST(terminate)
{
    ledger_t parent = below(mine, BOX), ledger = below(parent, BOX / 2);
    ledger_t lower = below(ledger, BOX / 4);
    mach_port_t tasks[3], threads[3], task, beside = task_in(parent);
    mach_port_t under = task_in(lower);
    kern_return_t code;

    for (unsigned i = 0; i < 3; i++) {
        tasks[i] = task_in(ledger);
        child_fill(tasks[i]);
        threads[i] = child_thread(tasks[i], spin, NULL);
    }
    (void)take_pages(tasks[2], BOX / 8, &code);
    is_kr(ledger_terminate(ledger), KERN_SUCCESS, "terminate: is answered");
    for (unsigned i = 0; i < 3; i++) {
        is(guest_type(tasks[i]), MACH_PORT_TYPE_DEAD_NAME,
           "terminate: by then task %u is gone", i);
        drop(tasks[i]);
        drop(threads[i]);
    }
    ok(balance(ledger) <= balance(lower) + 4,
       "terminate: and its memory: %u frames are left", balance(ledger));
    is(guest_type(beside), MACH_PORT_TYPE_SEND,
       "terminate: a task of the parent lives");
    is(guest_type(under), MACH_PORT_TYPE_SEND,
       "terminate: a task of a ledger below lives");
    is_kr(make_task(ledger, &task), KERN_TERMINATED,
          "terminate: no task is born any more");
    is_kr(ledger_set_reservation(ledger, 1), KERN_TERMINATED,
          "terminate: nothing is reserved for it");
    is_kr(ledger_terminate(ledger), KERN_INVALID_ARGUMENT, "terminate: once");
    child_end(under);
    child_end(beside);
    drop(lower);
    drop(ledger);
    drop(parent);
}

/* A task may end its own ledger: then nobody is left to be answered. */
static void
end_own_ledger(void *ledger)
{
    (void)ledger_terminate(*(ledger_t *)ledger);
}

TEST(terminate_self)
{
    static ledger_t name = SINK;
    ledger_t ledger = below(mine, BOX);
    mach_port_t task = task_in(ledger);

    child_fill(task);
    guest_must(
        mach_port_insert_right(task, SINK, ledger, MACH_MSG_TYPE_COPY_SEND));
    drop(child_thread(task, end_own_ledger, &name));
    ok(child_dies(task), "terminate: by a task of the ledger ends that too");
    drop(task);
    drop(ledger);
}

/* Nobody can change it any more; it is there until its task has ended. */
TEST(forgotten)
{
    ledger_item_t before = balance(mine);
    ledger_t ledger = below(mine, BOX), left;
    mach_port_t task;
    kern_return_t code;

    guest_must(ledger_set_reservation(ledger, BOX));
    task = task_in(ledger);
    drop(ledger);
    (void)take_pages(task, 100, &code);
    is_kr(code, KERN_SUCCESS, "a ledger that nobody can change is still used");
    guest_must(task_get_ledger(task, &left));
    ok(ALL(limit_of(left) == BOX, balance(left) >= 100), "and still read");
    ok(balance(mine) >= before + BOX, "its reservation is held");
    child_end(task);
    drop(left);
    ok(balance(mine) < before + BOX / 2,
       "it goes when its last task and its last reader have gone");
}

/* ---- What counts: slabs ---- */

/* Gives back all ports but one in ONE_IN, or these. */
static void
give_back(mach_port_t task, const mach_port_t *ports, bool rest)
{
    for (unsigned i = 0; i < OBJECTS; i++)
        if ((i % ONE_IN == 0) == rest)
            guest_must(mach_port_mod_refs(task, ports[i],
                                          MACH_PORT_RIGHT_RECEIVE, -1));
}

TEST(slabs)
{
    static mach_port_t ports[OBJECTS];
    ledger_t ledger = below(mine, LEDGER_ITEM_INFINITY);
    mach_port_t task = task_in(ledger);
    unsigned empty = balance(ledger), full, held, gone;

    for (unsigned i = 0; i < OBJECTS; i++)
        guest_must(
            mach_port_allocate(task, MACH_PORT_RIGHT_RECEIVE, &ports[i]));
    full = balance(ledger) - empty;
    give_back(task, ports, false);
    held = balance(ledger) - empty;
    give_back(task, ports, true);
    gone = balance(ledger) - empty;
    note("%u ports: %u frames; one in %u: %u; none: %u", OBJECTS, full, ONE_IN,
         held, gone);
    ok(full * GUEST_PAGE / OBJECTS >= 32, "ports count for their maker");
    ok(held < full, "what is empty is given back");
    ok(held * 8 > full, "what is held for one port in 32 still counts");
    ok(gone * 4 < held, "and no longer when that has gone too");
    child_end(task);
    ok(balance(ledger) <= 1,
       "with the task all of it is back, but for one empty slab");
    drop(ledger);
}

/* ---- exit at the limit ---- */

/* Fills the sink, then nothing can be sent any more; and ends. */
static void
fill_and_exit(void *unused)
{
    static char bytes[LARGE];
    mach_msg_header_t *message = (void *)bytes;
    mach_msg_size_t size = sizeof bytes;

    (void)unused;
    for (;;) {
        message->msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
        message->msgh_remote_port = SINK;
        message->msgh_id = 1;
        if (mach_msg(message, MACH_SEND_MSG, size, 0, MACH_PORT_NULL, 0,
                     MACH_PORT_NULL) == MACH_MSG_SUCCESS)
            continue;
        if (size == sizeof *message)
            break;
        size = sizeof *message;
    }
    _exit(3);
}

/* Its bootstrap port is one of ours, at which nobody waits. */
TEST(exit)
{
    ledger_t ledger = below(mine, 800);
    mach_port_t task = task_in(ledger), server = guest_port();
    mach_port_t sink = guest_port();
    struct guest_buffer told;
    unsigned tries = 0, count = 0;

    guest_limit(sink, MACH_PORT_QLIMIT_LARGE);
    child_fill(task);
    guest_must(task_set_special_port(task, TASK_BOOTSTRAP_PORT, server));
    guest_must(
        mach_port_insert_right(task, SINK, sink, MACH_MSG_TYPE_COPY_SEND));
    drop(child_thread(task, fill_and_exit, NULL));
    while (count == 0 || count != guest_status(sink).mps_msgcount) {
        count = guest_status(sink).mps_msgcount;
        guest_sleep(200);
    }
    is(balance(ledger), limit_of(ledger), "exit: a task has all that it may");
    is(guest_poll(server, &told), MACH_RCV_TIMED_OUT,
       "exit: its status cannot be sent");
    is(guest_type(task), MACH_PORT_TYPE_SEND, "exit: so the task lives");
    guest_kill(sink);
    while (guest_poll(server, &told) != MACH_MSG_SUCCESS && tries++ < 2000)
        guest_sleep(1);
    is(told.header.msgh_id, JOB_EXIT,
       "exit: it is told as soon as there is memory");
    ok(child_dies(task), "exit: and then the task ends");
    drop(task);
    drop(sink);
    mach_port_destroy(SELF, server);
    drop(ledger);
}

/* A shell that does not stay up: each leaves a task to the next, with a thread
   that never runs. */
static int
part_again(void)
{
    mach_port_t task = child_empty();
    kern_return_t code;

    guest_must(task_get_ledger(SELF, &reader));
    printf("again: %u\n", balance(reader));
    (void)take_pages(task, AGAIN_PAGES, &code);
    (void)child_bare_thread(task, NULL, 0, 0, 0);
    return 1;
}

int
main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "again") == 0)
        return part_again();
    guest_must(job_get_ledger(bootstrap_port, JOB_SELF, &mine));
    guest_must(task_get_ledger(SELF, &reader));
    return guest_run();
}
