/* SPDX-License-Identifier: MIT */
/*
 * t0.c - counting what the kernel holds, and the bystander: see t0.h.
 *
 * Counted exactly: the elements of each zone, and the frames that no zone has.
 * Of frames that zones have, each zone may keep a few more than it needs: a
 * page that is empty, and pages that a long-lived element keeps from going.
 *
 * The bystander is a thread of ours.  It stands still while we count, so that
 * none of its messages is under way.
 */
#include "t0.h"

#include <mach/mach.h>
#include <mach/mach_vm.h>
#include <mach_debug/zone_info.h>
#include <servers/bootstrap.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"
#include "tap.h"

#define ZONES_MAX     96
#define ZONE_SLACK    2     /* pages that one zone may keep */
#define PATIENCE      10000 /* milliseconds until all must be gone */
#define KNOWN_SERVICE "org.ostia.echo"

struct counts {
    unsigned zones;
    char names[ZONES_MAX][32];
    uint64_t elements[ZONES_MAX];
    uint64_t zone_pages;
    uint64_t other_pages; /* in use, but not by zones or as tasks' memory */
    uint64_t task_pages;
};

static struct counts before, after;

static struct bystander {
    bool started;
    mach_port_t port;
    volatile int stop;    /* what we want */
    volatile int stopped; /* what it says */
    volatile unsigned rounds;
    volatile unsigned failures;
    volatile uint64_t slowest; /* in nanoseconds */
} bystander;

static unsigned rounds_before, failures_before;
static uint64_t began;

/* ---- The bystander ---- */

static bool
message_round(void)
{
    struct guest_buffer buffer;

    return guest_send(bystander.port, MACH_MSG_TYPE_MAKE_SEND_ONCE, 1) ==
               MACH_MSG_SUCCESS &&
           guest_poll(bystander.port, &buffer) == MACH_MSG_SUCCESS;
}

static bool
port_round(void)
{
    mach_port_t port;

    return mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE,
                              &port) == KERN_SUCCESS &&
           mach_port_destroy(mach_task_self(), port) == KERN_SUCCESS;
}

static bool
server_round(void)
{
    mach_port_t port;

    if (bootstrap_look_up(bootstrap_port, KNOWN_SERVICE, &port) != KERN_SUCCESS)
        return false;
    return mach_port_deallocate(mach_task_self(), port) == KERN_SUCCESS;
}

static void
one_round(void)
{
    uint64_t start = mach_absolute_time(), took;
    bool good = message_round() && port_round() && server_round();

    took = mach_absolute_time() - start;
    if (took > bystander.slowest)
        bystander.slowest = took;
    bystander.failures += !good;
    bystander.rounds++;
}

static void
live_on(void *unused)
{
    (void)unused;
    for (;;) {
        bystander.stopped = bystander.stop;
        if (!bystander.stop)
            one_round();
        guest_sleep(1);
    }
}

static void
bystander_stop(int stop)
{
    bystander.stop = stop;
    if (!guest_until(&bystander.stopped, stop))
        abort();
}

static void
bystander_start(void)
{
    if (bystander.started)
        return;
    bystander.started = true;
    bystander.port = guest_receive();
    guest_thread(live_on, NULL);
    if (!t0_goes_on(3))
        abort();
    note("a bystander lives"); /* and stdout has its memory */
}

bool
t0_goes_on(unsigned rounds)
{
    unsigned target = bystander.rounds + rounds;

    for (unsigned i = 0; i < PATIENCE; i++) {
        if ((int)(bystander.rounds - target) >= 0)
            return true;
        guest_sleep(1);
    }
    return false;
}

/* ---- Counting ---- */

static vm_statistics64_data_t
memory(void)
{
    vm_statistics64_data_t info;
    mach_msg_type_number_t count = HOST_VM_INFO64_COUNT;

    if (host_statistics64(mach_host_self(), HOST_VM_INFO64,
                          (host_info64_t)&info, &count) != KERN_SUCCESS)
        abort();
    return info;
}

unsigned
t0_used_pages(void)
{
    vm_statistics64_data_t info = memory();

    return info.active_count + info.wire_count;
}

static void
copy_zones(struct counts *counts, const mach_zone_name_t *names,
           const mach_zone_info_t *info, unsigned zones)
{
    memset(counts, 0, sizeof *counts);
    counts->zones = zones;
    for (unsigned i = 0; i < zones; i++) {
        strncpy(counts->names[i], names[i].mzn_name,
                sizeof counts->names[i] - 1);
        counts->elements[i] = info[i].mzi_count;
        counts->zone_pages += info[i].mzi_cur_size / GUEST_PAGE;
    }
}

static void
count_all(struct counts *counts)
{
    mach_zone_name_array_t names;
    mach_zone_info_array_t info;
    mach_msg_type_number_t names_count, info_count;
    vm_statistics64_data_t pages;

    if (mach_zone_info(mach_host_self(), &names, &names_count, &info,
                       &info_count) != KERN_SUCCESS ||
        names_count != info_count || names_count > ZONES_MAX)
        abort();
    copy_zones(counts, names, info, names_count);
    guest_unmap(names, names_count * sizeof *names);
    guest_unmap(info, info_count * sizeof *info);

    pages = memory();
    counts->task_pages = pages.active_count;
    counts->other_pages = pages.wire_count - counts->zone_pages;
}

static uint64_t
elements_of(const struct counts *counts, const char *name)
{
    for (unsigned i = 0; i < counts->zones; i++)
        if (strcmp(counts->names[i], name) == 0)
            return counts->elements[i];
    return 0;
}

/* ---- Comparing ---- */

/* One value; if it differs and `tell`, that is said. */
static bool
same(const char *what, uint64_t was, uint64_t is, bool tell)
{
    if (was != is && tell)
        note("%s: %llu before, %llu after", what, (unsigned long long)was,
             (unsigned long long)is);
    return was == is;
}

static bool
all_back(bool tell)
{
    uint64_t most = before.zone_pages + ZONE_SLACK * after.zones;
    bool good = true;

    for (unsigned i = 0; i < after.zones; i++)
        good &= same(after.names[i], elements_of(&before, after.names[i]),
                     after.elements[i], tell);
    good &= same("tasks' pages", before.task_pages, after.task_pages, tell);
    good &= same("other pages", before.other_pages, after.other_pages, tell);
    if (after.zone_pages > most) {
        good = false;
        same("zones' pages", before.zone_pages, after.zone_pages, tell);
    }
    return good;
}

/* What ended before this may still be going: until two counts agree. */
static void
count_when_still(void)
{
    count_all(&after);
    for (unsigned i = 0; i < PATIENCE; i++) {
        before = after;
        guest_sleep(2);
        count_all(&after);
        if (all_back(false))
            return;
    }
}

static void
wait_until_back(void)
{
    for (unsigned i = 0; i < PATIENCE; i++) {
        count_all(&after);
        if (all_back(false))
            return;
        guest_sleep(1);
    }
}

/* ---- Cases ---- */

static unsigned long long
milliseconds(uint64_t nanoseconds)
{
    return nanoseconds / 1000000;
}

/* Starts the bystander, at the first time, and counts. */
static void
begin_case(void)
{
    bystander_start();
    bystander_stop(1);
    count_when_still();
    rounds_before = bystander.rounds;
    failures_before = bystander.failures;
    bystander.slowest = 0;
    bystander_stop(0);
    began = mach_absolute_time();
}

/* Waits until all is gone that is going, counts, and judges. */
static void
end_case(const char *name)
{
    uint64_t took = mach_absolute_time() - began;
    unsigned failures;

    t0_goes_on(1);
    bystander_stop(1);
    failures = bystander.failures - failures_before;
    ok(ALL(failures == 0, bystander.rounds != rounds_before),
       "T0: %s: the bystander went on (40)", name);
    note("%u rounds in %llu ms, %u failed; the slowest took %llu ms",
         bystander.rounds - rounds_before, milliseconds(took), failures,
         milliseconds(bystander.slowest));
    wait_until_back();
    ok(all_back(true), "T0: %s: everything came back", name);
    bystander_stop(0);
}

void
t0_case(const char *name, void (*function)(void))
{
    function();
    begin_case();
    function();
    end_case(name);
}
