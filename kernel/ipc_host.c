/* SPDX-License-Identifier: MIT */
/*
 * ipc_host.c - the host: facts about the machine, and its end.
 */
#include "kernel/ipc_host.h"

#include <mach/host_info.h>
#include <mach/host_reboot.h>

#include "ipc/ipc_kobject.h"
#include "kernel/base/assert.h"
#include "kernel/base/printf.h"
#include "kernel/core/boot_info.h"
#include "kernel/core/clock.h"
#include "kernel/core/frames.h"
#include "kernel/core/ledger.h"
#include "kernel/core/sched.h"
#include "kernel/core/trap.h"
#include "kernel/core/vm_param.h"
#include "kernel/info.h"
#include "mig/host_priv_server.h"
#include "mig/mach_host_server.h"
#include "mig/ostia_server.h"

#define OSTIA_VERSION "Ostia Kernel Version 0.1: Mach for x86_64"

/* host_halt's codes */
enum {
    HOST_HALT_PASS = 0,
    HOST_HALT_FAIL = 1,
};

struct host realhost;

void
host_init(void)
{
    realhost.ih_self = ipc_kobject_alloc(&realhost, IKOT_HOST, &kernel_ledger);
    realhost.ih_priv =
        ipc_kobject_alloc(&realhost, IKOT_HOST_PRIV, &kernel_ledger);
    if (realhost.ih_self == IP_NULL || realhost.ih_priv == IP_NULL)
        panic("no memory for the host's ports");
}

/* ---- facts */

static struct host_basic_info
basic_info(void)
{
    uint64_t memory = vm_frames_total() * PAGE_SIZE + boot_info.reserved;

    return (struct host_basic_info){
        .max_cpus = 1,
        .avail_cpus = 1,
        .memory_size = memory > INT32_MAX ? INT32_MAX : (natural_t)memory,
        .cpu_type = CPU_TYPE_X86_64,
        .cpu_subtype = CPU_SUBTYPE_X86_64_ALL,
        .cpu_threadtype = CPU_THREADTYPE_NONE,
        .physical_cpu = 1,
        .physical_cpu_max = 1,
        .logical_cpu = 1,
        .logical_cpu_max = 1,
        .max_mem = memory,
    };
}

static const struct host_sched_info sched_info = {
    .min_timeout = 1,
    .min_quantum = SCHED_SLICE_MS,
};

static const struct host_priority_info priority_info = {
    .kernel_priority = BASEPRI_DEFAULT,
    .system_priority = BASEPRI_DEFAULT,
    .server_priority = BASEPRI_DEFAULT,
    .user_priority = BASEPRI_DEFAULT,
    .depress_priority = DEPRESSPRI,
    .idle_priority = MINPRI,
    .minimum_priority = MINPRI,
    .maximum_priority = MAXPRI,
};

/*
 * host_info - one flavor of facts.
 *
 * Returns  KERN_SUCCESS, with *count words in `out`
 *          KERN_INVALID_ARGUMENT  another flavor
 *          KERN_FAILURE           *count is too small, as on XNU
 */
kern_return_t
host_info(host_t host UNUSED, host_flavor_t flavor, host_info_t out,
          mach_msg_type_number_t *count)
{
    struct host_basic_info basic = basic_info();
    mach_msg_type_number_t words;
    const void *info;

    switch (flavor) {
    case HOST_BASIC_INFO:
        info = &basic;
        words = HOST_BASIC_INFO_COUNT;
        break;
    case HOST_SCHED_INFO:
        info = &sched_info;
        words = HOST_SCHED_INFO_COUNT;
        break;
    case HOST_PRIORITY_INFO:
        info = &priority_info;
        words = HOST_PRIORITY_INFO_COUNT;
        break;
    default:
        return KERN_INVALID_ARGUMENT;
    }

    return info_give(info, words, words, out, count, KERN_FAILURE);
}

kern_return_t
host_kernel_version(host_t host UNUSED, kernel_version_t version)
{
    ksnprintf(version, KERNEL_VERSION_MAX, "%s", OSTIA_VERSION);
    return KERN_SUCCESS;
}

kern_return_t
host_page_size(host_t host UNUSED, vm_size_t *size)
{
    *size = PAGE_SIZE;
    return KERN_SUCCESS;
}

/* ---- the end */

/*
 * host_reboot - the machine can halt; it cannot start itself again.
 *
 * Returns  KERN_NOT_SUPPORTED  anything but HOST_REBOOT_HALT
 */
kern_return_t
host_reboot(host_priv_t host UNUSED, int options)
{
    if (options != HOST_REBOOT_HALT)
        return KERN_NOT_SUPPORTED;
    machine_halt(HALT_PASS, "exit 0");
}

/*
 * host_halt - end the run; `reason` is the status that the log's runner reads.
 *
 * Returns  KERN_INVALID_ARGUMENT  another code
 */
kern_return_t
host_halt(host_priv_t host UNUSED, int code, const char *reason)
{
    switch (code) {
    case HOST_HALT_PASS:
        machine_halt(HALT_PASS, reason);
    case HOST_HALT_FAIL:
        machine_halt(HALT_FAIL, reason);
    default:
        return KERN_INVALID_ARGUMENT;
    }
}
