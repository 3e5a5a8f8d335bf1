/* SPDX-License-Identifier: MIT */
/*
 * ipc_world.h - two tasks with a thread each, and short names for what tests
 * of ipc/ do with them.
 */
#ifndef OSTIA_TESTS_HOST_IPC_WORLD_H
#define OSTIA_TESTS_HOST_IPC_WORLD_H

#include <mach/notify.h>
#include <stdlib.h>
#include <string.h>

#include "fake_seam.h"
#include "kernel/base/assert.h"
#include "mig/mach_port_server.h"
#include "tests/guest/tap.h"

#define RIGHT(name) MACH_PORT_RIGHT_##name
#define TYPE(name)  MACH_PORT_TYPE_##name
#define MSG_ROOM    4096

static struct fake_task *A, *B;
static struct fake_thread *a, *b;
static unsigned char *abuf, *bbuf; /* MSG_ROOM bytes of user memory each */

static inline void
world_begin(void)
{
    A = fake_task_new();
    B = fake_task_new();
    a = fake_thread_new(A);
    b = fake_thread_new(B);
    abuf = fake_user(A, MSG_ROOM);
    bbuf = fake_user(B, MSG_ROOM);
}

/* Everything is counted right, and the kernel holds no right of its own. */
static inline bool
world_sound(void)
{
    struct ipc_audit audit = ipc_check_all();

    return audit.ia_srights == 0 && audit.ia_sorights == 0;
}

/* Ends both tasks.  Returns whether nothing at all is left. */
static inline bool
world_end(void)
{
    bool sound = world_sound();

    fake_task_kill(A);
    fake_task_kill(B);
    return sound && fake_live() == 0;
}

/* Runs each TEST in a world of its own, of which nothing may be left.
 * Returns   the status for main */
static inline int
world_run(void (*begin)(void))
{
    fake_init();
    for (const struct tap_test *test = tap_test_below(0); test != NULL;
         test = tap_test_below(test->line)) {
        begin();
        test->function();
        ok(world_end(), "and nothing is left");
    }
    return tap_done();
}

/* Fills the task's table with dead names: the next name makes it grow. */
static inline void
fill_table(struct fake_task *task)
{
    while (task->space->is_free_first != 0 &&
           mach_port_allocate_name(task->space, MACH_PORT_RIGHT_DEAD_NAME,
                                   task->space->is_free_first << 8 | 0x3) ==
               KERN_SUCCESS)
        ;
}

static inline mach_port_name_t
new_right(struct fake_task *task, mach_port_right_t right)
{
    mach_port_name_t name = MACH_PORT_NULL;

    if (mach_port_allocate(task->space, right, &name) != KERN_SUCCESS)
        return MACH_PORT_NULL;
    return name;
}

static inline mach_port_name_t
new_port(struct fake_task *task)
{
    return new_right(task, MACH_PORT_RIGHT_RECEIVE);
}

/* Carries a right from one task to another.  Returns its name there. */
static inline mach_port_name_t
carry(struct fake_task *from, mach_port_name_t name,
      mach_msg_type_name_t disposition, struct fake_task *to)
{
    mach_msg_type_name_t type;
    ipc_port_t right;
    mach_port_name_t there;

    if (mach_port_extract_right(from->space, name, disposition, &right,
                                &type) != KERN_SUCCESS)
        return MACH_PORT_NULL;
    if (type == MACH_MSG_TYPE_PORT_SEND)
        return ipc_port_copyout_send(right, to->space);
    there = 0;
    for (mach_port_name_t index = 5000;; index++) {
        there = index << 8 | 0x3;
        if (mach_port_insert_right(to->space, there, right, type) ==
            KERN_SUCCESS)
            return there;
    }
}

static inline mach_port_name_t
carry_send(struct fake_task *from, mach_port_name_t name, struct fake_task *to)
{
    return carry(from, name, MACH_MSG_TYPE_MAKE_SEND, to);
}

/* Adds a send right to the receive right under the same name. */
static inline void
add_send(struct fake_task *task, mach_port_name_t name)
{
    (void)carry(task, name, MACH_MSG_TYPE_MAKE_SEND, task);
}

static inline mach_port_urefs_t
refs(struct fake_task *task, mach_port_name_t name, mach_port_right_t right)
{
    mach_port_urefs_t count = 9999999;

    (void)mach_port_get_refs(task->space, name, right, &count);
    return count;
}

static inline mach_port_type_t
type_of(struct fake_task *task, mach_port_name_t name)
{
    mach_port_type_t type = 0;

    (void)mach_port_type(task->space, name, &type);
    return type;
}

static inline kern_return_t
mod(struct fake_task *task, mach_port_name_t name, mach_port_right_t right,
    mach_port_delta_t delta)
{
    return mach_port_mod_refs(task->space, name, right, delta);
}

static inline mach_port_status_t
status(struct fake_task *task, mach_port_name_t name)
{
    mach_port_status_t s = { 0 };
    mach_msg_type_number_t count = MACH_PORT_RECEIVE_STATUS_COUNT;

    (void)mach_port_get_attributes(task->space, name, MACH_PORT_RECEIVE_STATUS,
                                   (mach_port_info_t)&s, &count);
    return s;
}

static inline kern_return_t
set_qlimit(struct fake_task *task, mach_port_name_t name, uint32_t limit)
{
    integer_t info = (integer_t)limit;

    return mach_port_set_attributes(task->space, name, MACH_PORT_LIMITS_INFO,
                                    &info, 1);
}

/* Asks for a notification to a port of the same task.  Returns the code. */
static inline kern_return_t
request(struct fake_task *task, mach_port_name_t name, mach_msg_id_t id,
        mach_port_mscount_t sync, mach_port_name_t notify_name)
{
    ipc_port_t notify = IP_NULL, previous = IP_NULL;
    mach_msg_type_name_t type = MACH_MSG_TYPE_PORT_SEND_ONCE;
    kern_return_t kr;

    if (notify_name != MACH_PORT_NULL &&
        mach_port_extract_right(task->space, notify_name,
                                MACH_MSG_TYPE_MAKE_SEND_ONCE, &notify,
                                &type) != KERN_SUCCESS)
        return -1;
    kr = mach_port_request_notification(task->space, name, id, sync, notify,
                                        type, &previous);
    ipc_port_release_sonce(kr == KERN_SUCCESS ? previous : IP_NULL);
    if (kr != KERN_SUCCESS)
        ipc_port_use_sonce(notify);
    fake_run();
    return kr;
}

/* Fills a header at `buffer`. */
static inline mach_msg_header_t *
header(void *buffer, mach_port_name_t dest, mach_msg_type_name_t dest_type,
       mach_port_name_t reply, mach_msg_type_name_t reply_type, int id)
{
    mach_msg_header_t *h = buffer;

    *h = (mach_msg_header_t){
        .msgh_bits = MACH_MSGH_BITS(dest_type, reply_type),
        .msgh_remote_port = dest,
        .msgh_local_port = reply,
        .msgh_id = id,
    };
    return h;
}

/* Thread a sends a bare header to a send right of its task, without waiting. */
static inline uint64_t
send_to(struct fake_thread *thread, void *buffer, mach_port_name_t dest, int id)
{
    header(buffer, dest, MACH_MSG_TYPE_COPY_SEND, 0, 0, id);
    return fake_msg(thread, buffer, MACH_SEND_MSG | MACH_SEND_TIMEOUT, 24, 0, 0,
                    0);
}

/* Takes what is there, without waiting.  Returns the code. */
static inline uint64_t
poll_port(struct fake_thread *thread, void *buffer, mach_port_name_t name)
{
    return fake_msg(thread, buffer, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
                    MSG_ROOM, name, 0);
}

/* Takes what is there and returns its id, or -1. */
static inline int
next_id(struct fake_thread *thread, void *buffer, mach_port_name_t name)
{
    mach_msg_header_t *h = buffer;

    return poll_port(thread, buffer, name) == MACH_MSG_SUCCESS ? h->msgh_id
                                                               : -1;
}

#endif
