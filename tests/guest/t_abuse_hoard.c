/* SPDX-License-Identifier: MIT */
/*
 * t_abuse_hoard.c - tasks that take all memory, and answers that nobody reads:
 * the others run, and the server lives (adversarial 40, 41).
 */
#include <mach/mach_vm.h>
#include <mach/notify.h>
#include <ostia/job.h>
#include <servers/bootstrap.h>
#include <stdio.h>
#include <string.h>

#include "child.h"
#include "tap.h"

#define ECHO "org.ostia.echo"

/* ---- 40: memory for nobody */

#define HOARDERS_MAX 8
#define HOARD_SIZE   (1ull << 32)
#define CHUNK_PAGES  64u

static mach_vm_address_t address; /* of the memory in each of them */

/* Fills a task's memory from outside; true if it took any. */
static bool
hoard(mach_port_t task, const void *bytes)
{
    mach_vm_size_t piece = CHUNK_PAGES * GUEST_PAGE, done = 0;

    address = 0;
    if (mach_vm_allocate(task, &address, HOARD_SIZE, VM_FLAGS_ANYWHERE) !=
        KERN_SUCCESS)
        return false;
    while (done < HOARD_SIZE) {
        if (mach_vm_write(task, address + done, (vm_offset_t)bytes,
                          (mach_msg_type_number_t)piece) == KERN_SUCCESS)
            done += piece;
        else if (piece > GUEST_PAGE)
            piece /= 2;
        else
            return done != 0;
    }
    return true;
}

/* The server must allocate, and touch what it got. */
static kern_return_t
look_up_many(void)
{
    static name_t names[2] = { ECHO, "org.ostia.test.none" };
    mach_port_array_t ports = NULL;
    mach_msg_type_number_t count = 0;
    boolean_t all = TRUE;
    kern_return_t kr;

    kr = _rpc_bootstrap_look_up_array(bootstrap_port, names, 2, &ports, &count,
                                      &all);
    if (kr == KERN_SUCCESS) {
        mach_port_deallocate(mach_task_self(), ports[0]);
        guest_unmap(ports, count * sizeof *ports);
    }
    return kr;
}

/* A task that stands for itself, started by the server, gets new memory. */
static bool
others_run(void)
{
    char how[128] = "";
    int job, status = -1;

    return job_spawn(bootstrap_port, "hello", "", 0, &job) == KERN_SUCCESS &&
           job_wait(bootstrap_port, job, &status, how) == KERN_SUCCESS &&
           status == 0;
}

TEST(hoarders)
{
    mach_port_t hoarders[HOARDERS_MAX];
    void *bytes = guest_pages(CHUNK_PAGES);
    unsigned count = 0;

    note("tasks are filled with memory until there is none");
    memset(bytes, 0x5a, CHUNK_PAGES * GUEST_PAGE);
    for (unsigned i = 0; i < 2; i++)
        look_up_many(); /* so that our own memory is there */
    ok(others_run(), "another job runs");
    while (count < HOARDERS_MAX &&
           task_create(mach_task_self(), NULL, 0, FALSE, &hoarders[count]) ==
               KERN_SUCCESS &&
           hoard(hoarders[count], bytes))
        count++;
    note("%u tasks hold all memory", count);
    /* One page more each time: for the request, then for the server. */
    for (unsigned i = 0; i < 64; i++) {
        mach_vm_deallocate(hoarders[0], address + i * GUEST_PAGE, GUEST_PAGE);
        (void)look_up_many(); /* may be refused; may not end the server */
    }
    ok(others_run(), "40: another job runs when we have all that we may");
    for (unsigned i = 0; i <= count && i < HOARDERS_MAX; i++)
        child_end(hoarders[i]);
    is_kr(look_up_many(), KERN_SUCCESS,
          "40: the bootstrap server outlives tasks that take all memory");
    guest_unmap(bytes, CHUNK_PAGES * GUEST_PAGE);
}

/* ---- 41: answers that nobody reads */

#define REQUESTS 400000u /* whose answers would be half of memory or more */
#define REQUEST  3404    /* mach_ports_lookup3 */

static mach_msg_return_t
ask(mach_port_t queue)
{
    mach_msg_header_t request =
        guest_header(mach_task_self(), MACH_MSG_TYPE_COPY_SEND, queue, REQUEST);

    request.msgh_size = sizeof request;
    return mach_msg_send(&request);
}

/*
 * Answers are charged to who asks; without the memory for one the request is
 * not carried out, and its send-once right tells so.
 */
TEST(answers)
{
    mach_port_t queue = guest_receive();
    unsigned asked = 0, answers = 0, ends = 0;
    mach_msg_id_t id;

    while (asked < REQUESTS && ask(queue) == MACH_MSG_SUCCESS)
        asked++;
    while ((id = guest_next_id(queue)) != -1) {
        answers += id == REQUEST + 100;
        ends += id == MACH_NOTIFY_SEND_ONCE;
    }
    note("%u requests, %u answers", asked, answers);
    ok(ALL(answers > 0, answers < REQUESTS),
       "41: answers that nobody reads come to an end");
    is(answers + ends, asked, "41: ... and each request is told of its own");
    ok(ALL(ask(queue) == MACH_MSG_SUCCESS,
           guest_next_id(queue) == REQUEST + 100),
       "41: when they have been read, there are more");
    guest_kill(queue);
}
