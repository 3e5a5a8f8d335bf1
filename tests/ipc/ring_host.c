/* SPDX-License-Identifier: MIT */
/*
 * ring_host.c - the kernel's side of the border of ring.h: traps, threads,
 * tasks and memory for a test of tests/ipc/ that runs on the host.
 *
 * Each thread of the test is a thread of the host, and one at a time runs: it
 * holds the turn, and hands it on when it waits in a trap.  When all of them
 * wait, time goes on.  All memory of the program is the test task's.
 */
#include "ring.h"

#include <mach/vm_prot.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <asm/prctl.h>

#include "ipc/ipc_entry.h"
#include "ipc/ipc_kobject.h"
#include "kernel/base/assert.h"
#include "kernel/core/clock.h"
#include "mig/mach_port_server.h"
#include "tests/host/fake_seam.h"
#include "tests/host/fake_stack.h"
#include "vm/vm_copy.h"

/* thread_switch's option to wait, as in <mach/thread_switch.h> */
#define SWITCH_OPTION_WAIT 2

#define PATIENCE_MS   200000 /* of time in which no thread can go on */
#define PREEMPT_EVERY 3  /* of the questions whether to preempt: one is yes */
#define TRAPS_A_CHECK 64 /* all invariants are checked after so many */
#define USER_START    0x10000u
#define USER_END      0x800000000000u
#define PAGE_BYTES    4096u
#define LEFT_OVER     3 /* the status if rights or memory are left */

struct ring_thread {
    struct fake_thread *fake;
    ipc_port_t port;
    void (*function)(void *);
    void *argument;
    pthread_cond_t turn; /* signalled when it may look again */
    unsigned suspended;
    bool is_over;
    struct ring_thread *next;
};

static struct fake_task *task;
static unsigned long traps;
static ipc_port_t host_port;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct ring_thread *threads, *holder; /* `holder` has the turn */

/* ---- Turns ---- */

static bool
can_run(const struct ring_thread *thread)
{
    return !thread->is_over && thread->suspended == 0 &&
           thread->fake->sched.st_state == TH_RUNNING;
}

/* A thread that can run, those after `last` first. */
static struct ring_thread *
choose(struct ring_thread *last)
{
    struct ring_thread *thread = last;

    do {
        thread = thread->next != NULL ? thread->next : threads;
        if (can_run(thread))
            return thread;
    } while (thread != last);
    return NULL;
}

/* Gives the turn to another thread, if need be by letting time go on. */
static void
pass_turn(struct ring_thread *self)
{
    struct ring_thread *next;

    for (unsigned i = 0; (next = choose(self)) == NULL; i++) {
        if (i == PATIENCE_MS)
            panic("every thread of the test waits for ever");
        fake_advance_ms(1);
    }
    holder = next;
    pthread_cond_signal(&next->turn);
}

static void
await_turn(struct ring_thread *self)
{
    while (holder != self)
        pthread_cond_wait(&self->turn, &lock);
}

/* ---- Traps ---- */

static NORETURN void
switch_continue(ipc_thread_t self, wait_result_t why UNUSED)
{
    thread_return(self, KERN_SUCCESS);
}

uint64_t
thread_switch(ipc_thread_t self, const struct trap_args *args)
{
    uint32_t ms =
        args->arg[1] == SWITCH_OPTION_WAIT ? (uint32_t)args->arg[2] : 0;

    thread_wait(self, NULL, clock_deadline_ms(ms), switch_continue);
}

uint64_t
swtch(ipc_thread_t self, const struct trap_args *args UNUSED)
{
    thread_wait(self, NULL, clock_deadline_ms(0), switch_continue);
}

uint64_t
task_self_trap(ipc_thread_t self, const struct trap_args *args UNUSED)
{
    return ipc_port_copyout_send(ipc_port_make_send(task->self),
                                 self->ith_space);
}

uint64_t
thread_self_trap(ipc_thread_t self, const struct trap_args *args UNUSED)
{
    return ipc_port_copyout_send(ipc_port_make_send(holder->port),
                                 self->ith_space);
}

uint64_t
host_self_trap(ipc_thread_t self, const struct trap_args *args UNUSED)
{
    return ipc_port_copyout_send(ipc_port_make_send(host_port),
                                 self->ith_space);
}

uint64_t
thread_fast_set_cthread_self64(ipc_thread_t self UNUSED,
                               const struct trap_args *args)
{
    return (uint64_t)syscall(SYS_arch_prctl, ARCH_SET_GS, args->arg[0]);
}

uint64_t
_kernelrpc_mach_vm_allocate_trap(ipc_thread_t self UNUSED,
                                 const struct trap_args *args)
{
    void *pages = mmap(NULL, args->arg[2], PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    assert(pages != MAP_FAILED);
    *(uint64_t *)args->arg[1] = (uint64_t)pages;
    return KERN_SUCCESS;
}

uint64_t
_kernelrpc_mach_vm_deallocate_trap(ipc_thread_t self UNUSED,
                                   const struct trap_args *args)
{
    return (uint64_t)vm_map_remove_range(&task->map, args->arg[1],
                                         args->arg[2]);
}

/* From all to VM_PROT_READ or to none, and never back. */
uint64_t
_kernelrpc_mach_vm_protect_trap(ipc_thread_t self UNUSED,
                                const struct trap_args *args)
{
    void *address = (void *)args->arg[1];

    if (!fake_user_fix(task, address, args->arg[2]))
        return KERN_INVALID_ADDRESS;
    if (args->arg[4] == VM_PROT_NONE)
        fake_user_bad(task, address, args->arg[2]);
    return KERN_SUCCESS;
}

#define UNKNOWN(name)                                          \
    uint64_t name(ipc_thread_t self UNUSED,                    \
                  const struct trap_args *args UNUSED)         \
    {                                                          \
        panic("%s: no test of tests/ipc/ may call it", #name); \
    }
UNKNOWN(_kernelrpc_mach_vm_map_trap)
UNKNOWN(swtch_pri)
UNKNOWN(mach_timebase_info_trap)
UNKNOWN(mach_wait_until_trap)

static const trap_handler_t handlers[] = {
#define TRAP(number, type, name, parameters)         [number] = (name),
#define MACHDEP_TRAP(number, type, name, parameters) [number] = (name),
#include <mach/traps.def>
};

uint64_t
ring_trap(unsigned number, const uint64_t args[RING_TRAP_ARGS])
{
    struct ring_thread *self = holder;
    struct trap_args registers;

    memcpy(registers.arg, args, sizeof registers.arg);
    memcpy(fake_stack_args, args + TRAP_REGISTER_ARGS, sizeof fake_stack_args);
    (void)fake_trap(self->fake, handlers[number], registers);
    if (++traps % TRAPS_A_CHECK == 0)
        (void)ipc_check_all();
    if (!can_run(self)) {
        pass_turn(self);
        await_turn(self);
    }
    return self->fake->result;
}

/* ---- Threads ---- */

static struct ring_thread *
thread_new(void)
{
    struct ring_thread *thread = calloc(1, sizeof(*thread));

    thread->fake = fake_thread_new(task);
    thread->port = ipc_kobject_alloc(thread, IKOT_THREAD, task->ledger);
    pthread_cond_init(&thread->turn, NULL);
    thread->next = threads;
    threads = thread;
    return thread;
}

static void
thread_over(struct ring_thread *thread)
{
    thread->is_over = true;
    fake_thread_end(thread->fake);
    ipc_kobject_destroy(thread->port);
}

void
ring_thread_end(void)
{
    struct ring_thread *self = holder;

    thread_over(self);
    pass_turn(self);
    pthread_mutex_unlock(&lock);
    pthread_exit(NULL);
}

static void *
start(void *argument)
{
    struct ring_thread *self = argument;

    pthread_mutex_lock(&lock);
    await_turn(self);
    self->function(self->argument);
    panic("a thread of a test returned");
}

uint32_t
ring_thread_create(void (*function)(void *), void *argument, bool suspended)
{
    struct ring_thread *thread = thread_new();
    pthread_t pthread;

    thread->function = function;
    thread->argument = argument;
    thread->suspended = suspended;
    if (pthread_create(&pthread, NULL, start, thread) != 0)
        panic("pthread_create");
    pthread_detach(pthread);
    return ipc_port_copyout_send(ipc_port_make_send(thread->port), task->space);
}

/* The kernel object that a name of the test's means, or NULL. */
static void *
object_of(mach_port_name_t name, ipc_kotype_t type)
{
    ipc_entry_t entry = ipc_entry_lookup(task->space, name);

    return entry == NULL || ie_type(entry) != MACH_PORT_TYPE_SEND
               ? NULL
               : ipc_kobject_get(entry->ie_port, type);
}

int
ring_thread_do(uint32_t name, enum ring_deed deed)
{
    struct ring_thread *thread = object_of(name, IKOT_THREAD);

    if (thread == NULL)
        return KERN_INVALID_ARGUMENT;
    switch (deed) {
    case RING_ABORT:
        fake_abort(thread->fake);
        break;
    case RING_TERMINATE:
        thread_over(thread);
        break;
    case RING_SUSPEND:
        thread->suspended++;
        break;
    case RING_RESUME:
        if (thread->suspended == 0)
            return KERN_FAILURE;
        thread->suspended--;
        break;
    }
    return KERN_SUCCESS;
}

bool
ring_thread_waits(uint32_t name)
{
    struct ring_thread *thread = object_of(name, IKOT_THREAD);

    return thread != NULL && thread->fake->sched.st_state == TH_WAITING;
}

/* ---- Tasks ---- */

/* It has no names, not even its own. */
static struct fake_task *
task_new(void)
{
    struct fake_task *new = fake_task_new();

    if (mach_port_deallocate(new->space, new->self_name) != KERN_SUCCESS)
        panic("task_new");
    return new;
}

uint32_t
ring_task_create(void)
{
    struct fake_task *other = task_new();

    return ipc_port_copyout_send(ipc_port_make_send(other->self), task->space);
}

int
ring_task_terminate(uint32_t name)
{
    struct fake_task *other = object_of(name, IKOT_TASK);

    if (other == NULL || other == task)
        return KERN_INVALID_ARGUMENT;
    fake_task_kill(other);
    return KERN_SUCCESS;
}

void
ring_task_tokens(uint32_t security[2], uint32_t audit[8])
{
    memcpy(security, &task->space->is_security, sizeof(security_token_t));
    memcpy(audit, &task->space->is_audit, sizeof(audit_token_t));
}

/* ---- The test ---- */

/* Whether all rights are counted right, and all memory comes back. */
static bool
is_sound(void)
{
    struct ipc_audit audit = ipc_check_all();

    for (struct ring_thread *t = threads; t != NULL; t = t->next)
        if (!t->is_over)
            thread_over(t);
    fake_task_kill(task);
    ipc_kobject_destroy(host_port);
    if (audit.ia_srights == 0 && audit.ia_sorights == 0 && fake_live() == 0)
        return true;
    fprintf(stderr, "left over: %lu send, %lu send-once rights, %zu blocks\n",
            audit.ia_srights, audit.ia_sorights, fake_live());
    return false;
}

int
main(void)
{
    int status;

    fake_init();
    task = task_new();
    host_port = ipc_kobject_alloc(&host_port, IKOT_HOST, &kernel_ledger);
    fake_user_lend(task, USER_START, USER_END);
    fake_preempt_every(PREEMPT_EVERY);
    pthread_mutex_lock(&lock);
    holder = thread_new();
    status = ring_main();
    fflush(stdout);
    return is_sound() ? status : LEFT_OVER;
}
