/* SPDX-License-Identifier: MIT */
/*
 * bootstrap.c - the first user task, boot/bootstrap of the boot file system.
 *
 * The kernel makes an empty task with one thread, gives it the rights that
 * nobody else has (D21), and lets the thread map its own program, which
 * tools/mkbootfs has laid out as pages: running in its address space it can
 * use what every trap uses to reach user memory.  Then it leaves for user
 * mode, on a stack that holds
 *
 *     rsp -> argc = 1 | argv[0], 0 | CMDLINE=..., BOOTFS_SIZE=..., 0 | strings
 */
#include "kernel/bootstrap.h"

#include <mach/thread_status.h>
#include <mach/vm_inherit.h>
#include <mach/vm_statistics.h>

#include "ipc/ipc_port.h"
#include "kernel/base/assert.h"
#include "kernel/base/printf.h"
#include "kernel/base/string.h"
#include "kernel/console.h"
#include "kernel/core/boot_info.h"
#include "kernel/core/frames.h"
#include "kernel/core/kalloc.h"
#include "kernel/core/sched.h"
#include "kernel/core/trap.h"
#include "kernel/core/vm_param.h"
#include "kernel/core/work.h"
#include "kernel/ipc_host.h"
#include "kernel/memory_entry.h"
#include "kernel/task.h"
#include "mig/mach_vm_server.h"
#include "vm/copyio.h"
#include "vm/vm_map.h"

#include <ostia/ports.h>

#define BOOTSTRAP_NAME  "bootstrap"
#define BOOTSTRAP_SHARE 16 /* of memory: what nobody else can have */
#define STACK_SIZE      (64 * PAGE_SIZE)
#define STACK_ALIGN     16
#define STRINGS_MAX     (BOOT_CMDLINE_MAX + 128)

#define BOOT_FILE     "boot/bootstrap"
#define BOOT_IMAGE_AT 512 /* the first file's bytes in a ustar archive */
#define BOOT_MAGIC    "Ostia 1\n"
#define BOOT_SEGMENTS 8

/* Whole pages: those at bs_offset of the module, or zeros for offset 0. */
struct boot_segment {
    uint64_t bs_address;
    uint64_t bs_size; /* 0: none */
    uint64_t bs_offset;
    uint64_t bs_prot;
};

/* The program as tools/mkbootfs lays it out, in the module's first page. */
struct boot_image {
    char bi_magic[sizeof(BOOT_MAGIC) - 1];
    uint64_t bi_entry;
    struct boot_segment bi_segments[BOOT_SEGMENTS];
};

_Static_assert(BOOT_IMAGE_AT + sizeof(struct boot_image) <= PAGE_SIZE,
               "in one page");

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

static struct vm_object *bootfs_object; /* the module */

static uint64_t
bootfs_size(void)
{
    return boot_info.bootfs.end - boot_info.bootfs.start;
}

/* ---- the thread's own part, in its address space */

/* Maps a copy of a part of the module, or fresh memory for offset 0. */
static void
map_memory(uint64_t address, uint64_t size, uint64_t offset, vm_prot_t prot)
{
    struct vm_object *object =
        offset != 0 ? vm_object_reference(bootfs_object) : NULL;
    kern_return_t kr;

    do
        kr = vm_map_enter(vm_map_current(), &address, size, 0, VM_FLAGS_FIXED,
                          object, offset, offset != 0, prot, VM_PROT_ALL,
                          VM_INHERIT_DEFAULT);
    while (kr == WORK_UNFINISHED);
    if (kr == KERN_RESOURCE_SHORTAGE)
        panic("no memory for the bootstrap server; give the machine more "
              "(MEM=)");
    if (kr != KERN_SUCCESS)
        panic("bad " BOOT_FILE ": %lu bytes at %#lx (%d); build it again with "
              "make",
              size, address, kr);
}

static void
copy_out(uint64_t to, const void *from, size_t size)
{
    if (copyout(from, user_addr(to), size) != COPYIO_OK)
        panic("no memory for the bootstrap server's stack; give the machine "
              "more (MEM=)");
}

/* Maps the program, and returns its entry point.  Nothing of the image is
 * trusted: vm_map_enter refuses all that cannot be mapped. */
static uint64_t
load_program(void)
{
    const struct boot_image *image =
        phys_to_virt(boot_info.bootfs.start + BOOT_IMAGE_AT);

    if (bootfs_size() < PAGE_SIZE ||
        memcmp(image->bi_magic, BOOT_MAGIC, sizeof(image->bi_magic)) != 0)
        panic("no " BOOT_FILE " in the boot file system; build it with make "
              "and load build/bootfs.tar beside the kernel");

    for (unsigned i = 0; i < BOOT_SEGMENTS; i++) {
        const struct boot_segment *segment = &image->bi_segments[i];

        if (segment->bs_size != 0)
            map_memory(segment->bs_address, segment->bs_size,
                       segment->bs_offset, (vm_prot_t)segment->bs_prot);
    }
    return image->bi_entry;
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
    map_memory(top - STACK_SIZE, STACK_SIZE, 0, VM_PROT_READ | VM_PROT_WRITE);
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
        panic("bad " BOOT_FILE ": entry point %#lx; build it again with make",
              state.__rip);
    kalloc_start_failing(); /* from here on somebody can be told */
    sched_return(&self->ith_sched);
}

/* ---- the task */

/* A memory entry for the boot file system, read-only. */
static ipc_port_t
bootfs_entry(void)
{
    ipc_port_t right = IP_NULL;

    bootfs_object = vm_object_of_frames(boot_info.bootfs.start, bootfs_size());
    if (bootfs_object != NULL)
        right = memory_entry_create(vm_object_reference(bootfs_object),
                                    bootfs_size(), VM_PROT_READ);
    if (right == IP_NULL)
        panic("no memory for the boot file system's entry");
    return right;
}

static void
give_ports(struct task *task)
{
    ipc_port_t *registered = &task->itk_ports[ITK_REGISTERED];

    task->itk_ports[ITK_HOST] = ipc_port_make_send(realhost.ih_self);
    registered[OSTIA_PORT_HOST_PRIV] = ipc_port_make_send(realhost.ih_priv);
    registered[OSTIA_PORT_BOOTFS] = bootfs_entry();
    registered[OSTIA_PORT_CONSOLE] = console_port();
}

void
bootstrap_init(void)
{
    struct ledger *ledger;
    struct task *task;
    struct thread *thread;

    if (bootfs_size() == 0)
        panic("no boot file system: load build/bootfs.tar as the module (GRUB) "
              "or with -initrd (QEMU)");
    ledger = ledger_alloc(&root_ledger, SIZE_MAX);
    if (ledger == NULL ||
        !ledger_reserve(ledger, vm_frames_total() / BOOTSTRAP_SHARE) ||
        task_create_internal(kernel_task, ledger, &task) != KERN_SUCCESS ||
        thread_create_in(task, false, &thread) != KERN_SUCCESS)
        panic("no memory for the first task; give the machine more (MEM=)");

    task_rename(task, BOOTSTRAP_NAME);
    give_ports(task);
    thread->th_ipc.ith_sched.st_continue = bootstrap_continue;
    thread_release(thread);
    thread_deallocate(thread);
    bootstrap_task = task;
}

void
bootstrap_ended(void)
{
    kprintf("halt: the bootstrap server has ended\n");
    machine_halt(HALT_FAIL, "the bootstrap server ended");
}
