/* SPDX-License-Identifier: MIT */
/*
 * t_host.c - the host port: facts, counts, and what it does not allow
 * (adversarial 28, 48; R51).
 */
#include <mach/host_priv.h>
#include <mach/host_reboot.h>
#include <mach/mach.h>
#include <mach/mach_vm.h>
#include <mach_debug/mach_debug_types.h>
#include <ostia/ostia.h>
#include <ostia/ports.h>
#include <string.h>

#include "guest.h"
#include "t0.h"
#include "tap.h"

#define MIB (1024 * 1024u)

/* What an idle system may use, with the kernel and the boot files in it */
#define IDLE_MIB_MAX 8

#define PAGES_MANY 64u

static mach_port_t host;

/* ---- An idle system ---- */

TEST(idle)
{
    unsigned pages = t0_used_pages();

    ok(pages < IDLE_MIB_MAX * MIB / GUEST_PAGE,
       "a system with the servers and one task uses less than %d MiB of RAM",
       IDLE_MIB_MAX);
    note("%u KiB of RAM are in use, the kernel and the boot files included",
         pages * (GUEST_PAGE / 1024));
}

/* ---- Facts ---- */

TEST(self)
{
    unsigned refs = guest_refs(host, MACH_PORT_RIGHT_SEND);

    is(mach_host_self(), host, "mach_host_self: one name");
    is(guest_refs(host, MACH_PORT_RIGHT_SEND), refs + 1,
       "mach_host_self: a reference more (R51)");
    is_kr(mach_port_deallocate(mach_task_self(), host), KERN_SUCCESS,
          "which can be given back");
}

TEST(basic_info)
{
    host_basic_info_data_t info;
    mach_msg_type_number_t count = HOST_BASIC_INFO_COUNT;

    is_kr(host_info(host, HOST_BASIC_INFO, (host_info_t)&info, &count),
          KERN_SUCCESS, "host_info: HOST_BASIC_INFO");
    is(count, HOST_BASIC_INFO_COUNT, "its count");
    is(info.avail_cpus, 1, "one processor");
    is(info.cpu_type, CPU_TYPE_X86_64, "of this kind");
    ok(info.max_mem >= 16 * MIB, "memory: %llu MiB",
       (unsigned long long)(info.max_mem / MIB));

    count = HOST_BASIC_INFO_COUNT - 1;
    is_kr(host_info(host, HOST_BASIC_INFO, (host_info_t)&info, &count),
          KERN_FAILURE, "host_info: no room");
}

TEST(other_info)
{
    union {
        host_sched_info_data_t sched;
        host_priority_info_data_t priority;
        integer_t words[68];
    } info;
    mach_msg_type_number_t count = HOST_SCHED_INFO_COUNT;

    is_kr(host_info(host, HOST_SCHED_INFO, info.words, &count), KERN_SUCCESS,
          "host_info: HOST_SCHED_INFO");
    ok(info.sched.min_quantum > 0, "a quantum of %d ms",
       info.sched.min_quantum);
    count = HOST_PRIORITY_INFO_COUNT;
    is_kr(host_info(host, HOST_PRIORITY_INFO, info.words, &count), KERN_SUCCESS,
          "host_info: HOST_PRIORITY_INFO");
    ok(info.priority.user_priority <= info.priority.maximum_priority,
       "priorities in order");
    count = 68;
    is_kr(host_info(host, 0, info.words, &count), KERN_INVALID_ARGUMENT,
          "host_info: no such flavor");
    is_kr(host_info(host, -1, info.words, &count), KERN_INVALID_ARGUMENT,
          "host_info: a negative flavor");
}

TEST(version)
{
    kernel_version_t version;
    vm_size_t size = 0;

    memset(version, 'x', sizeof version);
    is_kr(host_kernel_version(host, version), KERN_SUCCESS,
          "host_kernel_version");
    ok(ALL(strnlen(version, sizeof version) < sizeof version,
           strncmp(version, "Ostia", 5) == 0),
       "it is a string: %.64s", version);
    is_kr(host_page_size(host, &size), KERN_SUCCESS, "host_page_size");
    is((long long)size, GUEST_PAGE, "the size of a page");
}

/* ---- Counts ---- */

static vm_statistics64_data_t
statistics(void)
{
    vm_statistics64_data_t info;
    mach_msg_type_number_t count = HOST_VM_INFO64_COUNT;

    memset(&info, 0xff, sizeof info);
    is_kr(host_statistics64(host, HOST_VM_INFO64, (host_info64_t)&info, &count),
          KERN_SUCCESS, "host_statistics64: HOST_VM_INFO64");
    is(count, HOST_VM_INFO64_COUNT, "its count");
    return info;
}

/* Memory is given back in steps: waits until so many pages are active. */
static bool
active_until(natural_t wanted)
{
    vm_statistics64_data_t info;
    mach_msg_type_number_t count = HOST_VM_INFO64_COUNT;

    for (unsigned i = 0; i < 2000; i++) {
        if (host_statistics64(host, HOST_VM_INFO64, (host_info64_t)&info,
                              &count) == KERN_SUCCESS &&
            info.active_count == wanted)
            return true;
        guest_sleep(1);
    }
    return false;
}

TEST(statistics)
{
    host_basic_info_data_t basic;
    mach_msg_type_number_t count = HOST_BASIC_INFO_COUNT;
    vm_statistics64_data_t before, after;
    volatile char *pages;

    before = statistics();
    host_info(host, HOST_BASIC_INFO, (host_info_t)&basic, &count);
    is((long long)before.free_count + before.active_count + before.wire_count,
       (long long)(basic.max_mem / GUEST_PAGE),
       "free, active and wired pages are all of memory");
    is((long long)(before.pageins + before.pageouts + before.swapins), 0,
       "nothing is paged");

    pages = guest_pages(PAGES_MANY);
    for (unsigned i = 0; i < PAGES_MANY; i++)
        pages[i * GUEST_PAGE] = 1;
    after = statistics();
    is(after.active_count - before.active_count, PAGES_MANY,
       "pages that are written become active");
    ok(before.free_count - after.free_count >= PAGES_MANY,
       "and are free no more");
    guest_unmap(pages, PAGES_MANY * GUEST_PAGE);
    ok(active_until(before.active_count), "and come back");
}

TEST(old_statistics)
{
    vm_statistics_data_t info;
    vm_statistics64_data_t wide = statistics();
    mach_msg_type_number_t count = HOST_VM_INFO_COUNT;

    is_kr(host_statistics(host, HOST_VM_INFO, (host_info_t)&info, &count),
          KERN_SUCCESS, "host_statistics: HOST_VM_INFO");
    is(count, HOST_VM_INFO_COUNT, "its count");
    is(info.active_count, wide.active_count, "the same number of active pages");

    count = HOST_VM_INFO_REV0_COUNT;
    is_kr(host_statistics(host, HOST_VM_INFO, (host_info_t)&info, &count),
          KERN_SUCCESS, "host_statistics: for an old caller");
    is(count, HOST_VM_INFO_REV0_COUNT, "who gets no more than fits");
    count = HOST_VM_INFO_REV0_COUNT - 1;
    is_kr(host_statistics(host, HOST_VM_INFO, (host_info_t)&info, &count),
          KERN_FAILURE, "host_statistics: no room");
    count = HOST_VM_INFO64_REV0_COUNT - 1;
    is_kr(host_statistics64(host, HOST_VM_INFO64, (host_info64_t)&wide, &count),
          KERN_FAILURE, "host_statistics64: no room");
    count = HOST_VM_INFO64_COUNT;
    is_kr(host_statistics64(host, HOST_VM_INFO, (host_info64_t)&wide, &count),
          KERN_SUCCESS, "host_statistics64: takes the old flavors too");
    count = HOST_VM_INFO64_COUNT;
    is_kr(host_statistics64(host, 99, (host_info64_t)&wide, &count),
          KERN_INVALID_ARGUMENT, "host_statistics64: no such flavor");
    is_kr(host_statistics(host, HOST_CPU_LOAD_INFO, (host_info_t)&info, &count),
          KERN_INVALID_ARGUMENT, "host_statistics: load is not measured");
}

/* ---- Zones ---- */

/* The elements in use of one zone; ~0: there is none of that name. */
static uint64_t
zone_count(const char *name)
{
    mach_zone_name_array_t names;
    mach_zone_info_array_t info;
    mach_msg_type_number_t names_count, info_count;
    uint64_t found = ~0ull;

    if (mach_zone_info(host, &names, &names_count, &info, &info_count) !=
        KERN_SUCCESS)
        return ~0ull;
    for (unsigned i = 0; i < names_count; i++)
        if (strcmp(names[i].mzn_name, name) == 0)
            found = info[i].mzi_count;
    guest_unmap(names, names_count * sizeof *names);
    guest_unmap(info, info_count * sizeof *info);
    return found;
}

TEST(zones)
{
    mach_zone_name_array_t names;
    mach_zone_info_array_t info;
    mach_msg_type_number_t names_count, info_count;
    uint64_t ports;
    bool good = true;
    mach_port_t port;

    is_kr(mach_zone_info(host, &names, &names_count, &info, &info_count),
          KERN_SUCCESS, "mach_zone_info");
    is(names_count, info_count, "a name for each zone");
    for (unsigned i = 0; i < info_count; i++)
        good =
            good && names[i].mzn_name[0] != '\0' &&
            strnlen(names[i].mzn_name, ZONE_NAME_MAX_LEN) < ZONE_NAME_MAX_LEN &&
            info[i].mzi_cur_size >= info[i].mzi_count * info[i].mzi_elem_size;
    ok(good, "elements lie in memory that their zone has");

    ports = zone_count("ports");
    ok(ALL(ports != ~0ull, ports > 0), "there is a zone of ports");
    port = guest_receive();
    is((long long)zone_count("ports"), (long long)ports + 1,
       "a port is one more");
    guest_kill(port);
    is((long long)zone_count("ports"), (long long)ports, "until it is gone");
    ok(zone_count("tasks") >= 3, "there are tasks");
}

/* ---- What the host port does not allow (48) ---- */

/* What else a task may have in its hands that is not the privileged port. */
static void
refuse(const char *what, mach_port_t port, kern_return_t code)
{
    is_kr(host_reboot(port, HOST_REBOOT_HALT), code, "host_reboot by %s", what);
    is_kr(host_halt(port, 0, "forged"), code, "host_halt by %s", what);
}

/* Every routine of host_priv there is or may be, by hand */
static kern_return_t
call_privileged(mach_msg_id_t id)
{
    struct {
        mach_msg_header_t header;
        NDR_record_t ndr;
        int options;
        char room[512];
    } rpc = { .ndr = NDR_record };
    mach_port_t reply = mach_reply_port();
    mig_reply_error_t *answer = (mig_reply_error_t *)&rpc;
    mach_msg_return_t mr;

    rpc.header = guest_header(host, MACH_MSG_TYPE_COPY_SEND, reply, id);
    mr = mach_msg(&rpc.header, MACH_SEND_MSG | MACH_RCV_MSG, 36, sizeof rpc,
                  reply, 0, MACH_PORT_NULL);
    guest_kill(reply);
    return mr == MACH_MSG_SUCCESS ? answer->RetCode : mr;
}

TEST(privileged)
{
    mach_port_array_t ports;
    mach_msg_type_number_t count;
    mach_port_t dead = guest_dead(), mine = guest_port();
    unsigned allowed = 0;

    mach_ports_lookup(mach_task_self(), &ports, &count);
    is(ports[OSTIA_PORT_HOST_PRIV], MACH_PORT_NULL,
       "a job does not get the privileged port");
    is(ports[OSTIA_PORT_BOOTFS], MACH_PORT_NULL, "nor the boot file system");
    mach_port_deallocate(mach_task_self(), ports[OSTIA_PORT_CONSOLE]);
    guest_unmap(ports, count * sizeof *ports);

    refuse("the host port", host, KERN_INVALID_HOST);
    refuse("the task's port", mach_task_self(), KERN_INVALID_HOST);
    refuse("the null port", MACH_PORT_NULL, MACH_SEND_INVALID_DEST);
    refuse("a dead name", dead, MACH_SEND_INVALID_DEST);
    for (mach_msg_id_t id = 400; id <= 430; id++)
        allowed += call_privileged(id) == KERN_SUCCESS;
    is(allowed, 0, "no id of host_priv does anything at the host port");

    mach_port_deallocate(mach_task_self(), dead);
    mach_port_deallocate(mach_task_self(), mine);
    guest_kill(mine);
}

/* Facts are for holders of a host port only (28). */
TEST(wrong_port)
{
    integer_t words[68];
    mach_msg_type_number_t count = 68, names_count, info_count;
    mach_zone_name_array_t names;
    mach_zone_info_array_t info;
    kernel_version_t version;
    vm_size_t size;
    mach_port_t task = mach_task_self();

    is_kr(host_info(task, HOST_BASIC_INFO, words, &count), KERN_INVALID_HOST,
          "host_info: not a host");
    is_kr(host_kernel_version(task, version), KERN_INVALID_HOST,
          "host_kernel_version: not a host");
    is_kr(host_page_size(task, &size), KERN_INVALID_HOST,
          "host_page_size: not a host");
    count = 68;
    is_kr(host_statistics(task, HOST_VM_INFO, words, &count), KERN_INVALID_HOST,
          "host_statistics: not a host");
    count = 68;
    is_kr(host_statistics64(task, HOST_VM_INFO64, words, &count),
          KERN_INVALID_HOST, "host_statistics64: not a host");
    is_kr(mach_zone_info(task, &names, &names_count, &info, &info_count),
          KERN_INVALID_HOST, "mach_zone_info: not a host");
    is_kr(mach_zone_info(MACH_PORT_NULL, &names, &names_count, &info,
                         &info_count),
          MACH_SEND_INVALID_DEST, "mach_zone_info: no port");
}

int
main(void)
{
    host = mach_host_self();
    return tap_run();
}
