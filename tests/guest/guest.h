/* SPDX-License-Identifier: MIT */
/*
 * guest.h - what the guest tests share: short forms of what they do often.
 *
 * None of these but guest_run checks anything: what a test is about stands in
 * the test.
 */
#ifndef TESTS_GUEST_H
#define TESTS_GUEST_H

#include <mach/mach.h>
#include <stdbool.h>

/* tap_run, and a check that the tests leave no name. */
int guest_run(void);

#define SELF mach_task_self()

/* Aborts unless it was a success. */
void guest_must(kern_return_t kr);

/* Rights */
mach_port_t guest_receive(void); /* a receive right alone */
mach_port_t guest_port(void);    /* receive and one send reference */
mach_port_t guest_set(void);     /* a port set */
mach_port_t guest_dead(void);    /* a dead name with one reference */
mach_port_t guest_send_once(mach_port_t port); /* made from `port` */
mach_port_t guest_free_name(void); /* a name that was in use, and is not */
void guest_kill(mach_port_t port); /* drops the receive right */
mach_port_type_t guest_type(mach_port_t name); /* 0: no such name */
unsigned guest_refs(mach_port_t name, mach_port_right_t right);
mach_port_status_t guest_status(mach_port_t port);
void guest_limit(mach_port_t port, unsigned limit); /* of its queue */
mach_port_t guest_full(void); /* a port whose queue of one message is full */
unsigned guest_names(void);   /* how many names the task has */

/* A message of an ID and one number */
struct guest_message {
    mach_msg_header_t header;
    unsigned number;
};

/* The same, with room for any trailer or notification */
struct guest_buffer {
    mach_msg_header_t header;
    unsigned number;
    char rest[256];
};

/* A header: a right to `dest` by `how`, and a send-once right made from the
 * port `reply`, if it is not MACH_PORT_NULL. */
mach_msg_header_t guest_header(mach_port_t dest, mach_msg_type_name_t how,
                               mach_port_t reply, mach_msg_id_t id);
mach_msg_port_descriptor_t guest_right(mach_port_t name,
                                       mach_msg_type_name_t disposition);
/* Sends at once or not at all. */
mach_msg_return_t guest_send(mach_port_t port, mach_msg_type_name_t how,
                             mach_msg_id_t id);
/* Takes a message that is there. */
mach_msg_return_t guest_poll(mach_port_t port, struct guest_buffer *buffer);
/* Waits for one, `timeout` milliseconds at most. */
mach_msg_return_t guest_wait(mach_port_t port, struct guest_buffer *buffer,
                             unsigned timeout);
/* The ID of the next message that is there, and is destroyed; or -1. */
mach_msg_id_t guest_next_id(mach_port_t port);

/* Threads: each has a stack of its own, and ends when its function returns. */
typedef void (*guest_function_t)(void *argument);
mach_port_t guest_thread(guest_function_t function, void *argument);
mach_port_t guest_thread_suspended(guest_function_t function, void *argument);
void guest_thread_end(void) __attribute__((noreturn));
/* Ends it, and drops its name whatever became of it. */
void guest_thread_kill(mach_port_t thread);
unsigned guest_thread_count(mach_port_t task); /* ~0: it cannot be asked */
/* TH_STATE_WAITING and others, or -1 */
int guest_run_state(mach_port_t thread);
bool guest_thread_waits(mach_port_t thread);
/* A thread's function that adds to an int, a volatile one, for ever */
void guest_count_up(void *counter);
/* Lets others run for that long. */
void guest_sleep(unsigned milliseconds);
/* Waits until *flag is what is wanted; false after two seconds. */
bool guest_until(volatile int *flag, int wanted);

/* Memory */
void *guest_pages(unsigned count); /* zeroed, readable and writable */
void *guest_hole(void);            /* a page that is not mapped */
void guest_unmap(const volatile void *address, mach_vm_size_t size);
uint64_t guest_memory(void);            /* bytes that the machine has */
long long guest_size(mach_port_t task); /* bytes that are mapped in it */
#define GUEST_PAGE 4096u

/* The console that our task was given, or MACH_PORT_NULL */
mach_port_t guest_console(void);
/* A request to read, without waiting for its answer */
mach_msg_return_t guest_console_ask(mach_port_t console, mach_port_t reply);

/* Addresses that no call may take */
#define GUEST_KERNEL_ADDRESS  0xffffffff80000000ull
#define GUEST_PHYSMAP_ADDRESS 0xffff800000000000ull
#define GUEST_NON_CANONICAL   0x0000800000000000ull

#endif
