/* SPDX-License-Identifier: MIT */
/*
 * fake_seam.h - the seam of ipc/ on the host: threads, time, memory and tasks
 * that a test drives step by step.
 *
 * A trap runs on the test's own stack until it returns or waits, and gives
 * control back to the test.  A thread that somebody made runnable goes on in
 * fake_run(), which every trap ends with.  User memory is host memory that
 * was registered; every other address is refused.
 */
#ifndef OSTIA_TESTS_HOST_FAKE_SEAM_H
#define OSTIA_TESTS_HOST_FAKE_SEAM_H

#include "fake_cpu.h"
#include "ipc/ipc_check.h"
#include "ipc/ipc_port.h"
#include "ipc/ipc_space.h"
#include "ipc/ipc_thread.h"
#include "kernel/core/kalloc.h"
#include "kernel/core/sched.h"
#include "kernel/syscall.h"

struct vm_map {
    unsigned long id;
};

/* Its ledger counts each allocation as a frame. */
struct fake_task {
    struct sched_task sched;
    struct ledger *ledger;
    ipc_space_t space;
    ipc_port_t self; /* the kernel object port */
    mach_port_name_t self_name;
    struct vm_map map;
};

/* TH_RUNNING outside of a trap: in user mode. */
struct fake_thread {
    union {
        struct sched_thread sched;
        struct ipc_thread ipc;
    };
    struct fake_task *task;
    uint64_t deadline;
    uint64_t result; /* of the last trap */
    struct progress progress;
    struct fake_thread *next;
};

/* What fake_trap and fake_msg give for a thread that waits. */
#define FAKE_BLOCKED 0x7fffffffu

void fake_init(void);

struct fake_task *fake_task_new(void);
/* Ends the task's threads, rights and memory. */
void fake_task_kill(struct fake_task *task);
struct fake_thread *fake_thread_new(struct fake_task *task);
void fake_thread_end(struct fake_thread *thread);

/* Runs a trap, and then every thread that it made runnable. */
uint64_t fake_trap(struct fake_thread *thread, trap_handler_t handler,
                   struct trap_args args);
uint64_t fake_msg(struct fake_thread *thread, void *message,
                  mach_msg_option_t option, mach_msg_size_t send_size,
                  mach_msg_size_t receive_size, mach_port_name_t name,
                  mach_msg_timeout_t timeout);
/* Messages are tried on the fast path first; so it is in the beginning. */
extern bool fake_fast;
void fake_run(void);
/* While held, no thread that was made runnable runs. */
void fake_hold(bool hold);
void fake_abort(struct fake_thread *thread);
void fake_terminate(struct fake_thread *thread);
void fake_advance_ms(uint32_t milliseconds);
/* At every nth look at it the budget is spent; 0: never. */
void fake_preempt_every(unsigned n);

/* Memory of a task; freed by fake_user_free, or with the task. */
void *fake_user(struct fake_task *task, size_t size);
/* All memory of this program from `start` to `end` is the task's too. */
void fake_user_lend(struct fake_task *task, uintptr_t start, uintptr_t end);
void fake_user_free(struct fake_task *task, void *memory);
void fake_user_free_all(struct fake_task *task);
/* From now on there is no room in address spaces. */
void fake_vm_full(bool full);
/* Is all of it the task's, to be used so? */
bool fake_user_has(struct fake_task *task, const void *address, size_t size,
                   copyio_access_t access);
/* Makes part of a task's memory unreadable. */
void fake_user_bad(struct fake_task *task, const void *address, size_t size);
/* Makes part of it unwritable; false: it is not the task's. */
bool fake_user_fix(struct fake_task *task, void *address, size_t size);

/* Bytes that vm_map_copy_at has made of all copies. */
extern size_t fake_copied;

/*
 * Work, in calls of the seam that allocate, free, wake or copy, since the last
 * moment at which others could have run: a look at the budget, the
 * start of a trap, of a continuation, of a step of the reaper.
 */
extern struct fake_work {
    unsigned now;
    unsigned most;
    unsigned long asked; /* work_spend */
    size_t largest;      /* bytes allocated in one piece by kalloc */
} fake_work;
void fake_work_begin(void);

/* Live allocations: of ipc/ and of copies, not of fakes nor what is_spare_… keeps. */
size_t fake_live(void);
/* Another ledger counts an allocation; false: it may have no more. */
bool fake_move(void *memory, struct ledger *ledger);
/* Counts one allocation for the fault injection; true: it is to fail. */
bool fake_injected(void);
/* The fault injection has struck (and is off). */
bool fake_failed(void);

/* Messages that the fake console kernel object has got. */
extern unsigned fake_console_messages;
extern mach_msg_id_t fake_console_last_id;
extern unsigned fake_no_senders_calls;
ipc_port_t fake_console_port(void);

/* The routine of id FAKE_ID: one port in, one port out. */
#define FAKE_ID 7000
extern kern_return_t fake_routine_result;
/* The send-once right that it has kept with MIG_NO_REPLY. */
extern ipc_port_t fake_kept_reply;

#endif
