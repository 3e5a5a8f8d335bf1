/* SPDX-License-Identifier: MIT */
/*
 * t_special.c - the ports that everybody has: self traps, special ports and
 * registered ports, with wrong names and 10,000 times (rule R51, adversarial
 * #3, #14, #15, #28; what they are for is in t_task_ports.c).
 */
#include <mach/mach_port.h>
#include <mach/mach_vm.h>
#include <mach/task.h>

#include "child.h"
#include "rights.h"
#include "tap.h"

#define LOOPS 10000u

/* ---- Self (R51) ---- */

static void
test_self(mach_port_t (*self)(void), const char *text)
{
    mach_port_t name = self();
    unsigned refs = guest_refs(name, MACH_PORT_RIGHT_SEND);
    bool same = true;

    is(guest_type(name), MACH_PORT_TYPE_SEND, "%s gives a send right", text);
    for (unsigned i = 0; i < 100; i++)
        same = self() == name && same;
    ok(same, "%s: always the same name", text);
    is(guest_refs(name, MACH_PORT_RIGHT_SEND), refs + 100,
       "%s: each call adds a reference (R51)", text);
    mach_port_mod_refs(mach_task_self(), name, MACH_PORT_RIGHT_SEND, -101);
}

TEST(selves)
{
    mach_port_t kept = mach_thread_self();

    test_self(thread_self_trap, "thread_self_trap");
    test_self(host_self_trap, "host_self_trap");
    test_self(task_self_trap, "task_self_trap");
    is(guest_refs(mach_task_self(), MACH_PORT_RIGHT_SEND), 1,
       "mach_task_self() is a variable, and adds none (R51)");
    is(guest_type(kept), MACH_PORT_TYPE_SEND, "a thread has one name");
    mach_port_deallocate(mach_task_self(), kept);
}

/* ---- 10,000 times (#1, #3) ---- */

TEST(special_many)
{
    mach_port_t port = guest_port(), child = child_empty(), got;
    unsigned names = guest_names();
    bool good = true;

    for (unsigned i = 0; i < LOOPS; i++) {
        good = task_set_special_port(child, TASK_BOOTSTRAP_PORT, port) ==
                   KERN_SUCCESS &&
               task_get_special_port(child, TASK_BOOTSTRAP_PORT, &got) ==
                   KERN_SUCCESS &&
               got == port && good;
        mach_port_deallocate(mach_task_self(), got);
    }
    ok(good, "a special port set and got 10,000 times (#3)");
    is(guest_refs(port, MACH_PORT_RIGHT_SEND), 1, "... keeps one reference");
    is(guest_names(), names, "... and no name");
    good = true;
    for (unsigned i = 0; i < LOOPS; i++)
        good =
            task_set_special_port(child, 99, port) == KERN_INVALID_ARGUMENT &&
            task_get_special_port(child, 99, &got) == KERN_INVALID_ARGUMENT &&
            good;
    ok(good, "... refused 10,000 times (#1)");
    is(guest_refs(port, MACH_PORT_RIGHT_SEND), 1, "... keeps one reference");
    child_end(child);
    mach_port_destroy(mach_task_self(), port);
}

TEST(registered_many)
{
    mach_port_t ports[3] = { guest_port(), MACH_PORT_NULL, guest_port() };
    mach_port_t child = child_empty();
    unsigned names = guest_names();
    bool good = true;

    for (unsigned i = 0; i < LOOPS / 4; i++) {
        mach_port_array_t got = NULL;
        mach_msg_type_number_t count = 0;

        good = mach_ports_register(child, ports, 3) == KERN_SUCCESS &&
               mach_ports_lookup(child, &got, &count) == KERN_SUCCESS &&
               count == 3 && got[0] == ports[0] && got[1] == ports[1] &&
               got[2] == ports[2] && good;
        mach_port_deallocate(mach_task_self(), ports[0]);
        mach_port_deallocate(mach_task_self(), ports[2]);
        guest_unmap(got, 3 * sizeof *got);
    }
    ok(good, "ports registered and looked up 2,500 times (#3)");
    is(guest_refs(ports[0], MACH_PORT_RIGHT_SEND), 1, "... one reference");
    is(guest_refs(ports[2], MACH_PORT_RIGHT_SEND), 1, "... each");
    is(guest_names(), names, "... and no name");
    child_end(child);
    mach_port_destroy(mach_task_self(), ports[0]);
    mach_port_destroy(mach_task_self(), ports[2]);
}

/* ---- Wrong names ---- */

/* A right that the kernel may be given as a send right, copied from us */
static kern_return_t
want_set(enum name_kind kind)
{
    if (kind == NAME_NULL || kind == NAME_DEAD || kind == NAME_DEAD_NAME)
        return KERN_SUCCESS;
    return (kind_type(kind) & MACH_PORT_TYPE_SEND) != 0
               ? KERN_SUCCESS
               : MACH_SEND_INVALID_RIGHT;
}

static void
wrong_port(enum name_kind kind)
{
    struct sample sample = sample_make(kind);
    mach_port_t child = child_empty(), got = 0x1234;
    mach_port_t ports[3] = { sample.name, sample.name, sample.name };
    kern_return_t kr =
        task_set_special_port(child, TASK_BOOTSTRAP_PORT, sample.name);

    if (kind_type(kind) == MACH_PORT_TYPE_DEAD_NAME || kind == NAME_DEAD)
        ok(kr == KERN_SUCCESS || kr == KERN_INVALID_ARGUMENT ||
               kr == KERN_INVALID_CAPABILITY,
           "a special port that is %s gives %d (#28)", kind_text(kind), kr);
    else
        is_kr(kr, want_set(kind), "a special port that is %s (#28)",
              kind_text(kind));
    is_kr(task_get_special_port(child, TASK_BOOTSTRAP_PORT, &got), KERN_SUCCESS,
          "... can be asked for");
    mach_port_deallocate(mach_task_self(), got);
    kr = mach_ports_register(child, ports, 3);
    ok(kr == want_set(kind) || kr == KERN_INVALID_CAPABILITY ||
           kr == KERN_INVALID_ARGUMENT,
       "registered ports that are %s give %#x (#28)", kind_text(kind), kr);
    ok(sample_intact(&sample), "... which is as it was");
    child_end(child);
    ok(sample_intact(&sample), "... also when the task is gone");
    sample_drop(&sample);
}

TEST(wrong_ports)
{
    for (enum name_kind kind = 0; kind < NAME_KINDS; kind++)
        wrong_port(kind);
}

TEST(counts)
{
    static const mach_msg_type_number_t counts[] = { 4, 5, 0x80000000u, ~0u };
    mach_port_t ports[3] = { 0 };

    for (unsigned i = 0; i < sizeof counts / sizeof counts[0]; i++)
        is_kr(mach_ports_register(mach_task_self(), ports, counts[i]),
              KERN_INVALID_ARGUMENT, "%u registered ports (#15)", counts[i]);
}

/* The kernel's right to a port counts as a sender. */
TEST(kernel_sender)
{
    mach_port_t child = child_empty(), port = guest_port();
    mach_port_t notify = guest_receive();

    task_set_special_port(child, TASK_BOOTSTRAP_PORT, port);
    notify_ask(port, MACH_NOTIFY_NO_SENDERS, 0, notify);
    mach_port_deallocate(mach_task_self(), port);
    is(guest_next_id(notify), -1, "the kernel's right is a sender (R11)");
    task_set_special_port(child, TASK_BOOTSTRAP_PORT, MACH_PORT_NULL);
    is(guest_next_id(notify), MACH_NOTIFY_NO_SENDERS,
       "... which ends when another takes its place");
    child_end(child);
    guest_kill(port);
    guest_kill(notify);
}

/* ---- Two threads set one port (#14) ---- */

static volatile int finished;
static mach_port_t shared_child, shared_port;

static void
set_often(void *argument)
{
    (void)argument;
    for (unsigned i = 0; i < LOOPS; i++)
        task_set_special_port(shared_child, TASK_BOOTSTRAP_PORT, shared_port);
    __atomic_add_fetch(&finished, 1, __ATOMIC_SEQ_CST);
}

TEST(two_threads)
{
    mach_port_t threads[2];

    shared_child = child_empty();
    shared_port = guest_port();
    threads[0] = guest_thread(set_often, NULL);
    threads[1] = guest_thread(set_often, NULL);
    for (unsigned i = 0; i < CHILD_PATIENCE && finished != 2; i++)
        guest_sleep(1);
    is(finished, 2, "two threads set one special port 20,000 times (#14)");
    is(guest_refs(shared_port, MACH_PORT_RIGHT_SEND), 1,
       "... and references are what they were");
    child_end(shared_child);
    mach_port_deallocate(mach_task_self(), threads[0]);
    mach_port_deallocate(mach_task_self(), threads[1]);
    is(guest_status(shared_port).mps_srights, 1, "... one send right");
    mach_port_deallocate(mach_task_self(), shared_port);
    is(guest_status(shared_port).mps_srights, 0, "... and then none");
    guest_kill(shared_port);
}
