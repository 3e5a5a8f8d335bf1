/* SPDX-License-Identifier: MIT */
/*
 * t_task_ports.c - the rights that the kernel keeps for a task: special,
 * registered and exception ports, and what a child inherits of them.
 */
#include <mach/mach_vm.h>
#include <ostia/ports.h>

#include "child.h"
#include "rights.h"
#include "tap.h"

#define BEHAVIOR \
    ((exception_behavior_t)(EXCEPTION_DEFAULT | MACH_EXCEPTION_CODES))

#define SET_LOOPS 2000

static mach_port_t
special(mach_port_t task, int which)
{
    mach_port_t port = 0x1234;

    return task_get_special_port(task, which, &port) == KERN_SUCCESS ? port
                                                                     : 0x1234;
}

/* ---- special ports */

TEST(special)
{
    mach_port_t task = child_empty(), host = mach_host_self();
    mach_port_t port = guest_port();

    is(special(task, TASK_KERNEL_PORT), task, "TASK_KERNEL_PORT is its name");
    is(guest_refs(task, MACH_PORT_RIGHT_SEND), 2, "... with a new reference");
    is(special(task, TASK_HOST_PORT), host, "TASK_HOST_PORT is inherited");
    is(special(task, TASK_BOOTSTRAP_PORT), bootstrap_port,
       "TASK_BOOTSTRAP_PORT is inherited");

    notify_ask(port, MACH_NOTIFY_NO_SENDERS, 1, port);
    is_kr(task_set_special_port(task, TASK_BOOTSTRAP_PORT, port), KERN_SUCCESS,
          "task_set_special_port");
    is(guest_refs(port, MACH_PORT_RIGHT_SEND), 1, "... leaves us our right");
    mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_SEND, -1);
    is(guest_next_id(port), -1, "... and keeps one");
    is(special(task, TASK_BOOTSTRAP_PORT), port, "... which it gives back");
    mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_SEND, -1);
    is_kr(task_set_special_port(task, TASK_BOOTSTRAP_PORT, MACH_PORT_NULL),
          KERN_SUCCESS, "the null port can be set");
    is(guest_next_id(port), MACH_NOTIFY_NO_SENDERS, "... the old right ends");
    is(special(task, TASK_BOOTSTRAP_PORT), MACH_PORT_NULL, "... null comes");
    mach_port_deallocate(mach_task_self(), task);
    child_end(task);
    mach_port_destroy(mach_task_self(), port);
}

TEST(special_dies)
{
    mach_port_t task = child_empty(), port = guest_port();

    task_set_special_port(task, TASK_BOOTSTRAP_PORT, port);
    guest_kill(port);
    is(special(task, TASK_BOOTSTRAP_PORT), MACH_PORT_DEAD,
       "a special port that died comes as MACH_PORT_DEAD");
    mach_port_deallocate(mach_task_self(), port);
    port = guest_port();
    task_set_special_port(task, TASK_BOOTSTRAP_PORT, port);
    mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_SEND, -1);
    notify_ask(port, MACH_NOTIFY_NO_SENDERS, 1, port);
    child_end(task);
    is(guest_next_id(port), MACH_NOTIFY_NO_SENDERS,
       "the end of a task gives its special ports up");
    mach_port_destroy(mach_task_self(), port);
}

TEST(special_abuse)
{
    static const int unknown[] = { 0, 3, 5, 6, 9, 100, -1, 0x7fffffff };
    mach_port_t task = child_empty(), port = guest_port(), got = 0x1234;
    mach_port_t thread = mach_thread_self();
    unsigned refused = 0, names = guest_names();

    for (unsigned i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        refused += task_get_special_port(task, unknown[i], &got) ==
                   KERN_INVALID_ARGUMENT;
        refused += task_set_special_port(task, unknown[i], port) ==
                   KERN_INVALID_ARGUMENT;
    }
    is(refused, 2 * sizeof unknown / sizeof *unknown,
       "special ports that do not exist are refused");
    is_kr(task_set_special_port(task, TASK_KERNEL_PORT, port),
          KERN_INVALID_ARGUMENT, "a task's own port cannot be set");
    is_kr(task_set_special_port(task, TASK_BOOTSTRAP_PORT, 0x123403),
          MACH_SEND_INVALID_RIGHT, "... nor a name that is none");
    is(guest_status(port).mps_srights, 1, "a refused right is ours alone");
    is_kr(task_get_special_port(MACH_PORT_NULL, TASK_HOST_PORT, &got),
          MACH_SEND_INVALID_DEST, "task_get_special_port of the null port");
    is_kr(task_get_special_port(thread, TASK_HOST_PORT, &got),
          KERN_INVALID_ARGUMENT, "task_get_special_port of a thread");
    is_kr(task_set_special_port(thread, TASK_HOST_PORT, port),
          KERN_INVALID_ARGUMENT, "task_set_special_port of a thread");
    is(guest_names(), names, "... and no name more");
    child_end(task);
    mach_port_deallocate(mach_task_self(), thread);
    mach_port_destroy(mach_task_self(), port);
}

/* 14: two threads set the same port at the same time. */
static mach_port_t contended, choices[2];
static volatile int setters_done;

static void
set_again_and_again(void *argument)
{
    mach_port_t port = *(mach_port_t *)argument;

    for (unsigned i = 0; i < SET_LOOPS; i++)
        task_set_special_port(contended, TASK_BOOTSTRAP_PORT, port);
    __sync_fetch_and_add(&setters_done, 1);
}

TEST(special_contended)
{
    contended = child_empty();
    for (unsigned i = 0; i < 2; i++) {
        choices[i] = guest_port();
        guest_thread(set_again_and_again, &choices[i]);
    }
    for (unsigned i = 0; i < CHILD_PATIENCE && setters_done < 2; i++)
        guest_sleep(1);
    is(setters_done, 2, "14: two threads set one special port");
    is(guest_status(choices[0]).mps_srights +
           guest_status(choices[1]).mps_srights,
       2, "14: ... whose ports have senders still: our own rights");
    for (unsigned i = 0; i < 2; i++) {
        mach_port_mod_refs(mach_task_self(), choices[i], MACH_PORT_RIGHT_SEND,
                           -1);
        notify_ask(choices[i], MACH_NOTIFY_NO_SENDERS, 1, choices[i]);
    }
    is((guest_next_id(choices[0]) == MACH_NOTIFY_NO_SENDERS) +
           (guest_next_id(choices[1]) == MACH_NOTIFY_NO_SENDERS),
       1, "14: one of them is set, and has the one right");
    child_end(contended);
    for (unsigned i = 0; i < 2; i++)
        mach_port_destroy(mach_task_self(), choices[i]);
}

/* ---- registered ports */

static mach_msg_type_number_t
look_up(mach_port_t task, mach_port_t got[3])
{
    mach_port_array_t ports = NULL;
    mach_msg_type_number_t count = 0;

    got[0] = got[1] = got[2] = 0x1234;
    if (mach_ports_lookup(task, &ports, &count) != KERN_SUCCESS)
        return ~0u;
    for (unsigned i = 0; i < count && i < 3; i++)
        got[i] = ports[i];
    guest_unmap(ports, count * sizeof *ports);
    return count;
}

TEST(registered)
{
    mach_port_t task = child_empty(), own[3], got[3], grandchild;
    mach_port_t ports[4] = { guest_port(), guest_port(), guest_port() };

    is(look_up(mach_task_self(), own), 3, "mach_ports_lookup gives 3 ports");
    ok(own[OSTIA_PORT_CONSOLE] != MACH_PORT_NULL, "... the console with them");
    look_up(task, got);
    is(got[OSTIA_PORT_CONSOLE], own[OSTIA_PORT_CONSOLE],
       "a child inherits them");

    is_kr(mach_ports_register(task, ports, 3), KERN_SUCCESS,
          "mach_ports_register of 3 ports");
    look_up(task, got);
    ok(ALL(got[0] == ports[0], got[1] == ports[1], got[2] == ports[2]),
       "... in their order");
    task_create(task, NULL, 0, FALSE, &grandchild);
    look_up(grandchild, got);
    ok(ALL(got[0] == ports[0], got[1] == ports[1], got[2] == ports[2]),
       "... and a grandchild inherits them from its parent");
    child_end(grandchild);

    is_kr(mach_ports_register(task, ports, 1), KERN_SUCCESS,
          "mach_ports_register of 1 port");
    look_up(task, got);
    ok(ALL(got[0] == ports[0], got[1] == MACH_PORT_NULL,
           got[2] == MACH_PORT_NULL),
       "... empties the others");
    is_kr(mach_ports_register(task, NULL, 0), KERN_SUCCESS,
          "mach_ports_register of none");
    look_up(task, got);
    is(got[0], MACH_PORT_NULL, "... empties all");

    ports[3] = guest_port();
    is_kr(mach_ports_register(task, ports, 4), KERN_INVALID_ARGUMENT,
          "15: mach_ports_register of 4 ports is refused");
    is_kr(mach_ports_register(task, ports, ~0u), KERN_INVALID_ARGUMENT,
          "15: ... and of 2^32 - 1");
    is_kr(mach_ports_register(MACH_PORT_NULL, ports, 3), MACH_SEND_INVALID_DEST,
          "mach_ports_register of the null port");
    child_end(task);
    for (unsigned i = 0; i < 4; i++)
        mach_port_destroy(mach_task_self(), ports[i]);
}

/* ---- exception ports */

TEST(exception_ports)
{
    mach_port_t task = child_empty(), port = guest_port();

    mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_SEND, -1);
    mach_port_insert_right(mach_task_self(), port, port,
                           MACH_MSG_TYPE_MAKE_SEND);
    is_kr(task_set_exception_ports(task, EXC_MASK_ALL, port, BEHAVIOR,
                                   THREAD_STATE_NONE),
          KERN_SUCCESS, "task_set_exception_ports for all of them");
    mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_SEND, -1);
    notify_ask(port, MACH_NOTIFY_NO_SENDERS, 1, port);
    is(guest_next_id(port), -1, "... the kernel holds its rights");
    is_kr(task_set_exception_ports(task, EXC_MASK_ALL & ~EXC_MASK_BREAKPOINT,
                                   MACH_PORT_NULL, 0, 0),
          KERN_SUCCESS, "... taken back for all but one");
    is(guest_next_id(port), -1, "... one is left");
    is_kr(task_set_exception_ports(task, EXC_MASK_BREAKPOINT, MACH_PORT_NULL, 0,
                                   0),
          KERN_SUCCESS, "... and for that");
    is(guest_next_id(port), MACH_NOTIFY_NO_SENDERS, "... none is left");
    child_end(task);
    mach_port_destroy(mach_task_self(), port);
}

TEST(exception_ports_abuse)
{
    mach_port_t task = child_empty(), port = guest_port();
    mach_port_t thread = mach_thread_self();

    is_kr(task_set_exception_ports(task, 1u << 31, port, BEHAVIOR,
                                   THREAD_STATE_NONE),
          KERN_INVALID_ARGUMENT, "an exception that does not exist");
    is_kr(task_set_exception_ports(task, 1, port, BEHAVIOR, THREAD_STATE_NONE),
          KERN_INVALID_ARGUMENT, "exception 0");
    is_kr(task_set_exception_ports(task, EXC_MASK_ALL, port, 0,
                                   THREAD_STATE_NONE),
          KERN_INVALID_ARGUMENT, "behavior 0");
    is_kr(task_set_exception_ports(task, EXC_MASK_ALL, port, 77,
                                   THREAD_STATE_NONE),
          KERN_INVALID_ARGUMENT, "a behavior that does not exist");
    is_kr(task_set_exception_ports(task, EXC_MASK_ALL, port, BEHAVIOR, -1),
          KERN_INVALID_ARGUMENT, "flavor -1");
    is_kr(task_set_exception_ports(task, EXC_MASK_ALL, port, BEHAVIOR, 1000),
          KERN_INVALID_ARGUMENT, "a flavor that does not exist");
    is(guest_status(port).mps_srights, 1, "... each leaves us the only right");
    is_kr(task_set_exception_ports(MACH_PORT_NULL, EXC_MASK_ALL, port, BEHAVIOR,
                                   THREAD_STATE_NONE),
          MACH_SEND_INVALID_DEST, "of the null port");
    is_kr(task_set_exception_ports(thread, EXC_MASK_ALL, port, BEHAVIOR,
                                   THREAD_STATE_NONE),
          KERN_INVALID_ARGUMENT, "of a thread");
    child_end(task);
    mach_port_destroy(mach_task_self(), port);
    mach_port_deallocate(mach_task_self(), thread);
}

/* What task_get_exception_ports tells, or was told by the swap */
static struct exception_ports {
    mach_msg_type_number_t count;
    exception_mask_t masks[EXC_TYPES_COUNT];
    mach_port_t ports[EXC_TYPES_COUNT];
    exception_behavior_t behaviors[EXC_TYPES_COUNT];
    thread_state_flavor_t flavors[EXC_TYPES_COUNT];
} told;

static kern_return_t
get_exceptions(mach_port_t task, exception_mask_t mask)
{
    told = (struct exception_ports){ .count = EXC_TYPES_COUNT };
    return task_get_exception_ports(task, mask, told.masks, &told.count,
                                    told.ports, told.behaviors, told.flavors);
}

static kern_return_t
swap_exceptions(mach_port_t task, exception_mask_t mask, mach_port_t port,
                exception_behavior_t behavior)
{
    told = (struct exception_ports){ .count = EXC_TYPES_COUNT };
    return task_swap_exception_ports(task, mask, port, behavior,
                                     THREAD_STATE_NONE, told.masks, &told.count,
                                     told.ports, told.behaviors, told.flavors);
}

/* Whether entry `at` is so; its right is dropped. */
static bool
told_is(unsigned at, exception_mask_t mask, mach_port_t port,
        exception_behavior_t behavior)
{
    bool right = at < told.count && told.masks[at] == mask &&
                 told.ports[at] == port && told.behaviors[at] == behavior;

    if (!right)
        note("%u of %u: mask %#x, port %#x, behavior %#x", at, told.count,
             told.masks[at], told.ports[at], told.behaviors[at]);
    if (at < told.count)
        mach_port_deallocate(mach_task_self(), told.ports[at]);
    return right;
}

TEST(exception_ports_told)
{
    mach_port_t task = child_empty(), a = guest_port(), b = guest_port();
    exception_mask_t some = EXC_MASK_BREAKPOINT | EXC_MASK_SYSCALL;

    task_set_exception_ports(task, EXC_MASK_ALL, MACH_PORT_NULL, 0, 0);
    is_kr(get_exceptions(task, EXC_MASK_ALL), KERN_SUCCESS,
          "task_get_exception_ports");
    is(told.count, 1, "... gives what is not set as one entry");
    ok(told_is(0, EXC_MASK_ALL, MACH_PORT_NULL, 0), "... of the null port");
    is_kr(get_exceptions(task, 0), KERN_SUCCESS, "... of no exception");
    is(told.count, 0, "... gives none");

    task_set_exception_ports(task, EXC_MASK_ALL, a, BEHAVIOR,
                             THREAD_STATE_NONE);
    is_kr(swap_exceptions(task, some, b, BEHAVIOR), KERN_SUCCESS,
          "task_swap_exception_ports");
    is(told.count, 1, "... tells what was there");
    ok(told_is(0, some, a, BEHAVIOR), "... for its exceptions alone");
    get_exceptions(task, EXC_MASK_ALL);
    is(told.count, 2, "... and has set another");
    ok(ALL(told_is(0, EXC_MASK_ALL & ~some, a, BEHAVIOR),
           told_is(1, some, b, BEHAVIOR)),
       "equal ports share an entry, in the order of the exceptions");
    is(guest_refs(a, MACH_PORT_RIGHT_SEND), 1, "the rights told are ours");

    guest_kill(b);
    get_exceptions(task, some);
    ok(ALL(told.count == 1, told.ports[0] == MACH_PORT_DEAD),
       "a port that died comes as MACH_PORT_DEAD");
    child_end(task);
    is(guest_status(a).mps_srights, 1, "the task's rights end with it");
    mach_port_destroy(mach_task_self(), a);
    mach_port_destroy(mach_task_self(), b);
}

TEST(exception_ports_told_abuse)
{
    mach_port_t task = child_empty(), port = guest_port();
    mach_port_t thread = mach_thread_self();
    unsigned names;

    task_set_exception_ports(task, EXC_MASK_ALL, MACH_PORT_NULL, 0, 0);
    names = guest_names();
    is_kr(get_exceptions(task, 1), KERN_INVALID_ARGUMENT, "exception 0");
    is_kr(get_exceptions(task, 1u << 31), KERN_INVALID_ARGUMENT,
          "an exception that does not exist");
    is_kr(get_exceptions(thread, EXC_MASK_ALL), KERN_INVALID_ARGUMENT,
          "task_get_exception_ports of a thread");
    is_kr(swap_exceptions(task, 1u << 31, port, BEHAVIOR),
          KERN_INVALID_ARGUMENT, "a swap of an exception that is none");
    is_kr(swap_exceptions(task, EXC_MASK_ALL, port, 77), KERN_INVALID_ARGUMENT,
          "... for a behavior that is none");
    is_kr(swap_exceptions(thread, EXC_MASK_ALL, port, BEHAVIOR),
          KERN_INVALID_ARGUMENT, "... of a thread");
    is(guest_status(port).mps_srights, 1, "... each leaves us the only right");
    get_exceptions(task, EXC_MASK_ALL);
    ok(ALL(told.count == 1, told_is(0, EXC_MASK_ALL, MACH_PORT_NULL, 0)),
       "... and changes nothing");
    is(guest_names(), names, "... and gives no name");
    child_end(task);
    mach_port_destroy(mach_task_self(), port);
    mach_port_deallocate(mach_task_self(), thread);
}

/* A child's exception ports are those that its parent had then. */
static void
fault(void *argument)
{
    (void)argument;
    __asm__ volatile("ud2");
}

TEST(exception_ports_inherited)
{
    mach_port_t task = child_copy(), port = catch_port(task), grandchild;
    struct caught caught;

    ok(task_create(task, NULL, 0, FALSE, &grandchild) == KERN_SUCCESS,
       "a grandchild");
    thread_resume(
        child_bare_thread(grandchild, (const void *)fault, 0x20000, 0, 0));
    ok(catch_next(port, &caught),
       "its exceptions go to the port that it inherited");
    is(caught.type, EXC_BAD_ACCESS, "... that it has no memory to run in");
    is(caught.task, grandchild, "... by its own task port");
    catch_answer(&caught, KERN_FAILURE);
    ok(child_dies(grandchild), "refused, the grandchild ends");
    is(guest_type(task), MACH_PORT_TYPE_SEND, "... alone");
    child_end(task);
}
