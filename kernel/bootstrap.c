/* SPDX-License-Identifier: MIT */
/*
 * bootstrap.c - the first user task, bin/bootstrap of the boot file system.
 *
 * The kernel makes an empty task with one thread, gives it the rights that
 * nobody else has (D21), and lets the thread load its own program: running in
 * its address space it can use what every trap uses to reach user memory.
 * Then it leaves for user mode, on a stack that holds
 *
 *     rsp -> argc = 1 | argv[0], 0 | CMDLINE=..., BOOTFS_SIZE=..., 0 | strings
 */
#include "kernel/bootstrap.h"

#include <mach/thread_status.h>
#include <mach/vm_inherit.h>
#include <mach/vm_statistics.h>

#include "ipc/ipc_port.h"
#include "kernel/base/assert.h"
#include "kernel/base/elf.h"
#include "kernel/base/printf.h"
#include "kernel/base/string.h"
#include "kernel/base/tar.h"
#include "kernel/console.h"
#include "kernel/core/boot_info.h"
#include "kernel/core/kalloc.h"
#include "kernel/core/sched.h"
#include "kernel/ipc_host.h"
#include "kernel/memory_entry.h"
#include "kernel/task.h"
#include "kernel/trap.h"
#include "mig/mach_vm_server.h"
#include "vm/copyio.h"
#include "vm/vm_map.h"
#include "vm/vm_param.h"

#include <ostia/ports.h>

#define BOOTSTRAP_FILE "bin/bootstrap"
#define BOOTSTRAP_NAME "bootstrap"
#define STACK_SIZE     (64 * PAGE_SIZE)
#define STACK_ALIGN    16
#define STRINGS_MAX    (BOOT_CMDLINE_MAX + 128)

/* The words below the strings. */
enum {
    WORD_ARGC,
    WORD_ARGV0,
    WORD_ARGV_END,
    WORD_CMDLINE,
    WORD_BOOTFS_SIZE,
    WORD_ENVP_END,
    WORDS,
};

task_t bootstrap_task;

static uint64_t
bootfs_size(void)
{
    return boot_info.bootfs.end - boot_info.bootfs.start;
}

/* ---- the thread's own part, in its address space */

static void
copy_out(uint64_t to, const void *from, uint64_t size)
{
    for (uint64_t done = 0; done < size;) {
        uint64_t piece = size - done < COPYIO_MAX ? size - done : COPYIO_MAX;

        if (copyout((const char *)from + done, user_addr(to + done), piece) !=
            COPYIO_OK)
            panic("%s: no memory at %#lx; give the machine more (MEM=)",
                  BOOTSTRAP_FILE, to + done);
        done += piece;
    }
}

/* Fresh memory, writable until it is protected. */
static void
map_memory(uint64_t address, uint64_t size)
{
    kern_return_t kr = vm_map_enter(
        vm_map_current(), &address, size, 0, VM_FLAGS_FIXED, NULL, 0, false,
        VM_PROT_READ | VM_PROT_WRITE, VM_PROT_ALL, VM_INHERIT_DEFAULT);

    if (kr != KERN_SUCCESS)
        panic("%s: no room for %lu bytes at %#lx (%d)", BOOTSTRAP_FILE, size,
              address, kr);
}

static void
load_segment(const struct elf_segment *segment)
{
    uint64_t start = trunc_page(segment->es_address);
    uint64_t end = round_page(segment->es_address + segment->es_memory_size);
    vm_prot_t prot = (segment->es_readable ? VM_PROT_READ : 0) |
                     (segment->es_writable ? VM_PROT_WRITE : 0) |
                     (segment->es_executable ? VM_PROT_EXECUTE : 0);

    map_memory(start, end - start);
    copy_out(segment->es_address, segment->es_bytes, segment->es_file_size);
    if (mach_vm_protect(vm_map_current(), start, end - start, false, prot) !=
        KERN_SUCCESS)
        panic("%s: cannot protect the segment at %#lx", BOOTSTRAP_FILE, start);
}

/* Finds the program, loads it, and returns its entry point. */
static uint64_t
load_program(void)
{
    const void *bootfs = phys_to_virt(boot_info.bootfs.start);
    struct tar_entry file;
    struct elf_image image;
    struct elf_segment segment;
    elf_result_t result;
    unsigned cursor = 0;

    if (tar_find(bootfs, bootfs_size(), BOOTSTRAP_FILE, &file) != TAR_FOUND)
        panic("no %s in the boot file system; build it with make and load "
              "build/bootfs.tar beside the kernel",
              BOOTSTRAP_FILE);
    result = elf_open(&image, file.te_bytes, file.te_size, VM_MIN_ADDRESS,
                      VM_MAX_ADDRESS - STACK_SIZE);
    if (result != ELF_OK)
        panic("%s: %s; build it again with make", BOOTSTRAP_FILE,
              elf_result_string(result));

    while (elf_next_segment(&image, &cursor, &segment))
        load_segment(&segment);
    return image.ei_entry;
}

/* Makes the stack; returns the stack pointer. */
static uint64_t
make_stack(void)
{
    static char strings[STRINGS_MAX];
    uint64_t top = VM_MAX_ADDRESS;
    size_t cmdline = sizeof(BOOTSTRAP_NAME);
    size_t size = cmdline + 1 +
                  (size_t)ksnprintf(strings + cmdline, STRINGS_MAX - cmdline,
                                    "CMDLINE=%s", boot_info.cmdline);
    size_t bootfs = size;
    uint64_t words[WORDS] = { [WORD_ARGC] = 1 };
    uint64_t base;

    memcpy(strings, BOOTSTRAP_NAME, cmdline);
    size += 1 + (size_t)ksnprintf(strings + bootfs, STRINGS_MAX - bootfs,
                                  "BOOTFS_SIZE=%lu", bootfs_size());
    base = (top - size) & ~(uint64_t)(STACK_ALIGN - 1);
    words[WORD_ARGV0] = base;
    words[WORD_CMDLINE] = base + cmdline;
    words[WORD_BOOTFS_SIZE] = base + bootfs;

    _Static_assert(sizeof(words) % STACK_ALIGN == 0, "rsp is aligned");
    map_memory(top - STACK_SIZE, STACK_SIZE);
    copy_out(base, strings, size);
    copy_out(base - sizeof(words), words, sizeof(words));
    return base - sizeof(words);
}

static NORETURN void
bootstrap_continue(ipc_thread_t self, wait_result_t why UNUSED)
{
    x86_thread_state64_t state = {
        .__rip = load_program(),
        .__rsp = make_stack(),
    };

    if (machine_thread_set_state(thread_of(self), x86_THREAD_STATE64,
                                 (const natural_t *)&state,
                                 x86_THREAD_STATE64_COUNT) != KERN_SUCCESS)
        panic("%s: bad entry point %#lx", BOOTSTRAP_FILE, state.__rip);
    kalloc_start_failing(); /* from here on somebody can be told */
    sched_return(thread_of(self));
}

/* ---- the task */

/* A memory entry for the boot file system, read-only. */
static ipc_port_t
bootfs_entry(void)
{
    uint64_t size = round_page(bootfs_size());
    struct vm_object *object =
        vm_object_of_frames(boot_info.bootfs.start, size);
    ipc_port_t right = IP_NULL;

    if (object != NULL)
        right = memory_entry_create(object, bootfs_size(), VM_PROT_READ);
    if (right == IP_NULL)
        panic("no memory for the boot file system's entry");
    return right;
}

static void
give_ports(struct task *task)
{
    task->itk_host = ipc_port_make_send(realhost.ih_self);
    task->itk_registered[OSTIA_PORT_HOST_PRIV] =
        ipc_port_make_send(realhost.ih_priv);
    task->itk_registered[OSTIA_PORT_BOOTFS] = bootfs_entry();
    task->itk_registered[OSTIA_PORT_CONSOLE] = console_port();
}

void
bootstrap_init(void)
{
    struct task *task;
    struct thread *thread;

    if (bootfs_size() == 0)
        panic("no boot file system: load build/bootfs.tar as the module (GRUB) "
              "or with -initrd (QEMU)");
    if (task_create_internal(kernel_task, &task) != KERN_SUCCESS ||
        thread_create_in(task, false, &thread) != KERN_SUCCESS)
        panic("no memory for the first task; give the machine more (MEM=)");

    task_rename(task, BOOTSTRAP_NAME);
    vm_map_use_reserve(task->task_map); /* all others depend on it */
    give_ports(task);
    thread->th_ipc.ith_waiter.wr_continue = bootstrap_continue;
    thread_start(thread);
    thread_deallocate(thread);
    bootstrap_task = task;
}

void
bootstrap_ended(void)
{
    kprintf("halt: the bootstrap server has ended\n");
    machine_halt(HALT_FAIL, "the bootstrap server ended");
}
