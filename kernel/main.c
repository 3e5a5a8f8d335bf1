/* SPDX-License-Identifier: MIT */
/*
 * main.c - how the kernel comes up, in order: a table of contents.
 *
 * boot/entry32.asm calls kernel_main in long mode, in the upper half, with
 * interrupts off and the first 4 GiB mapped.
 */
#include "ipc/ipc_init.h"
#include "kernel/base/printf.h"
#include "kernel/bootstrap.h"
#include "kernel/console.h"
#include "kernel/core/boot_info.h"
#include "kernel/core/frames.h"
#include "kernel/core/kmem.h"
#include "kernel/core/sched.h"
#include "kernel/core/trap.h"
#include "kernel/core/vm_param.h"
#include "kernel/core/work.h"
#include "kernel/ipc_host.h"
#include "kernel/task.h"
#include "kernel/thread.h"
#include "kernel/x86_64/machine.h"
#include "kernel/x86_64/x86.h"
#include "vm/copyio.h"

#define BYTES_PER_MIB (1024 * 1024)

extern uintptr_t __stack_chk_guard;

NORETURN void kernel_main(uint32_t magic, uint32_t information);

static void
greet(const struct calibration *found)
{
    kprintf("ostia: x86_64, by %s, %lu MiB of RAM, %lu MHz by %s\n",
            boot_info.loader, vm_frames_total() * PAGE_SIZE / BYTES_PER_MIB,
            found->mhz, found->source);
}

/* The kernel proper, on a stack that has a guard page. */
static NORETURN void
start_system(void *unused UNUSED)
{
    ipc_init();
    sched_init();
    task_init();
    host_init();
    console_init();
    work_init(thread_sched(thread_create_kernel()));

    bootstrap_init();
    sched_dispatch();
}

NORETURN void
kernel_main(uint32_t magic, uint32_t information)
{
    struct calibration found;

    __stack_chk_guard ^= rdtsc();

    serial_init();
    cpu_early_init();
    boot_info_init(magic, information);
    acpi_init();

    features_init();
    kmem_bootstrap();
    cpu_stacks_init();
    copyio_init();

    fpu_init();
    apic_init();
    timer_calibrate(&found);
    serial_interrupts_init();
    greet(&found);

    machine_call_on_stack(start_system, NULL);
}
