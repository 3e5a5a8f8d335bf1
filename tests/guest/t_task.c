/* SPDX-License-Identifier: MIT */
/*
 * t_task.c - tasks: made, ended, held, asked about.
 *
 * The ports that the kernel keeps for a task are in t_task_ports.c.
 */
#include <mach/mach_vm.h>
#include <mach/task_info.h>
#include <ostia/ostia.h>
#include <string.h>

#include "child.h"
#include "rights.h"
#include "tap.h"

#define KILL_LOOPS   1000
#define LIST_LOOPS   50
#define RESUME_LOOPS 20u
#define MAP_TOP      0x7f8000000000ull

static volatile int counter;

/* ---- task_create */

TEST(create)
{
    mach_vm_address_t address = 0;
    vm_region_basic_info_data_64_t info;
    mach_msg_type_number_t count = VM_REGION_BASIC_INFO_COUNT_64;
    mach_vm_size_t size;
    mach_port_t task = MACH_PORT_NULL, object;

    is_kr(task_create(mach_task_self(), NULL, 0, FALSE, &task), KERN_SUCCESS,
          "task_create gives a task");
    is(guest_type(task), MACH_PORT_TYPE_SEND, "... by a send right");
    is(guest_refs(task, MACH_PORT_RIGHT_SEND), 1, "... with one reference");
    is(guest_thread_count(task), 0, "it has no threads");
    is_kr(mach_vm_region(task, &address, &size, VM_REGION_BASIC_INFO_64,
                         (vm_region_info_t)&info, &count, &object),
          KERN_INVALID_ADDRESS, "it has no memory");
    child_end(task);
    is(guest_type(task), 0, "ended and forgotten, its name is free");
}

TEST(create_abuse)
{
    mach_port_t child = 0x1234;
    unsigned names = guest_names();

    is_kr(task_create(mach_task_self(), NULL, 0, TRUE, &child),
          KERN_NOT_SUPPORTED, "task_create with inherited memory is refused");
    is(child, 0x1234, "a refused task_create gives nothing");
    is(guest_names(), names, "... and leaves no name");
}

/* ---- task_terminate */

/* R52: rights in the queues of a task that ends are destroyed. */
static volatile mach_port_t queue_port;

static void
offer_queue(void *argument)
{
    mach_port_t port = guest_port();

    (void)argument;
    mach_ports_register(mach_task_self(), &port, 1);
    queue_port = port;
    while (1)
        guest_sleep(1000);
}

static mach_port_t
registered_port(mach_port_t task)
{
    mach_port_array_t ports = NULL;
    mach_msg_type_number_t count = 0;
    mach_port_t port;

    for (unsigned i = 0; i < CHILD_PATIENCE; i++) {
        if (mach_ports_lookup(task, &ports, &count) != KERN_SUCCESS ||
            count == 0)
            return MACH_PORT_NULL;
        port = ports[0];
        for (unsigned k = 1; k < count; k++)
            mach_port_deallocate(mach_task_self(), ports[k]);
        guest_unmap(ports, count * sizeof *ports);
        if (port != MACH_PORT_NULL)
            return port;
        guest_sleep(1);
    }
    return MACH_PORT_NULL;
}

TEST(terminate_rights)
{
    mach_port_t task = child_copy();
    mach_port_t none[3] = { MACH_PORT_NULL, MACH_PORT_NULL, MACH_PORT_NULL };
    mach_port_t port, reply = guest_receive();
    mach_msg_header_t message;

    mach_ports_register(task, none, 3);
    child_thread(task, offer_queue, NULL);
    port = registered_port(task);
    message = guest_header(port, MACH_MSG_TYPE_COPY_SEND, reply, 0);
    is(mach_msg(&message, MACH_SEND_MSG, sizeof message, 0, MACH_PORT_NULL, 0,
                MACH_PORT_NULL),
       MACH_MSG_SUCCESS, "a message waits in a queue of the task");
    is_kr(task_terminate(task), KERN_SUCCESS, "task_terminate of a child");
    is(guest_type(task), MACH_PORT_TYPE_DEAD_NAME, "... its name is dead");
    is(guest_type(port), MACH_PORT_TYPE_DEAD_NAME,
       "... and so are those of its ports");
    is(guest_next_id(reply), MACH_NOTIFY_SEND_ONCE,
       "R52: the right in its queue told that it was not used");
    is_kr(task_terminate(task), MACH_SEND_INVALID_DEST,
          "R54: task_terminate again finds nobody");
    mach_port_destroy(mach_task_self(), task);
    mach_port_destroy(mach_task_self(), port);
    mach_port_destroy(mach_task_self(), reply);
}

/* Our send rights in the child go with it: no-senders. */
TEST(terminate_no_senders)
{
    mach_port_t task = child_empty(), port = guest_receive();

    notify_ask(port, MACH_NOTIFY_NO_SENDERS, 1, port);
    is_kr(mach_port_insert_right(task, 0x103, port, MACH_MSG_TYPE_MAKE_SEND),
          KERN_SUCCESS, "a right can be put into a child");
    is(guest_next_id(port), -1, "... as long as it lives there are senders");
    task_terminate(task);
    is(guest_next_id(port), MACH_NOTIFY_NO_SENDERS,
       "its end gives the right up: no-senders");
    mach_port_destroy(mach_task_self(), task);
    mach_port_destroy(mach_task_self(), port);
}

static void
end_self(void *argument)
{
    (void)argument;
    task_terminate(mach_task_self());
    counter = 1;
}

TEST(terminate_self)
{
    mach_port_t task = child_copy();

    child_thread(task, guest_count_up, (void *)&counter);
    child_thread(task, end_self, NULL);
    ok(child_dies(task), "a task ends itself, with its other threads");
    mach_port_deallocate(mach_task_self(), task);
}

TEST(kill_loop)
{
    unsigned names = guest_names(), ended = 0;
    mach_vm_address_t address;
    mach_port_t task, thread;

    for (unsigned i = 0; i < KILL_LOOPS; i++) {
        if (task_create(mach_task_self(), NULL, 0, FALSE, &task) !=
            KERN_SUCCESS)
            break;
        address = 0;
        mach_vm_allocate(task, &address, 4 * GUEST_PAGE, VM_FLAGS_ANYWHERE);
        if (i % 8 == 0) {
            thread_create(task, &thread);
            mach_port_deallocate(mach_task_self(), thread);
        }
        ended += task_terminate(task) == KERN_SUCCESS &&
                 guest_type(task) == MACH_PORT_TYPE_DEAD_NAME;
        mach_port_deallocate(mach_task_self(), task);
    }
    is(ended, KILL_LOOPS, "%d tasks were made and ended", KILL_LOOPS);
    is(guest_names(), names, "... and leave no name");
}

/* ---- task_threads */

TEST(threads)
{
    thread_act_array_t threads = NULL;
    mach_msg_type_number_t count = 0;
    mach_port_t self = mach_thread_self(), task = child_empty(), thread[3];
    unsigned found = 0;

    is_kr(task_threads(mach_task_self(), &threads, &count), KERN_SUCCESS,
          "task_threads of ourselves");
    is(count, 1, "... is one thread");
    is(threads[0], self, "... ours, R56: by a name of our own");
    is(guest_refs(self, MACH_PORT_RIGHT_SEND), 2, "R56: ... with a reference");
    is_kr(mach_vm_deallocate(mach_task_self(), (mach_vm_address_t)threads,
                             count * sizeof *threads),
          KERN_SUCCESS, "R56: the array is ours to free");
    mach_port_mod_refs(mach_task_self(), self, MACH_PORT_RIGHT_SEND, -2);

    for (unsigned i = 0; i < 3; i++)
        thread_create(task, &thread[i]);
    task_threads(task, &threads, &count);
    is(count, 3, "task_threads of a child gives all of them");
    for (unsigned i = 0; i < count; i++)
        for (unsigned k = 0; k < 3; k++)
            found += threads[i] == thread[k];
    is(found, 3, "... by the names that we know");
    thread_terminate(thread[1]);
    is(guest_thread_count(task), 2, "... without one that was ended");
    child_end(task);
    for (unsigned k = 0; k < 3; k++)
        mach_port_destroy(mach_task_self(), thread[k]);
}

/* 13: threads come and go while they are listed. */
static volatile int stop_churning;

extern const char spin[];
__asm__(".pushsection .text\n"
        "spin: jmp spin\n"
        ".popsection");

static void
churn(void *argument)
{
    mach_port_t thread;

    (void)argument;
    while (!stop_churning) {
        thread = child_bare_thread(mach_task_self(), spin, 0, 0, 0);
        thread_resume(thread);
        thread_terminate(thread);
        mach_port_deallocate(mach_task_self(), thread);
    }
}

TEST(threads_churn)
{
    unsigned names = guest_names(), listed = 0, count;
    mach_port_t churners[2];

    for (unsigned i = 0; i < 2; i++)
        churners[i] = guest_thread(churn, NULL);
    for (unsigned i = 0; i < LIST_LOOPS; i++) {
        count = guest_thread_count(mach_task_self());
        listed += count >= 3 && count <= 5;
        swtch();
    }
    stop_churning = 1;
    is(listed, LIST_LOOPS, "13: threads listed while others come and go");
    for (unsigned i = 0; i < 2; i++) {
        child_dies(churners[i]);
        mach_port_deallocate(mach_task_self(), churners[i]);
    }
    is(guest_names(), names, "13: ... no name is left");
}

/* More threads than are listed, or resumed, in one go. */
#define CROWD 400u

static mach_port_t crowd[CROWD];

extern const char sleep_on[];
__asm__(".pushsection .text\n"
        "sleep_on: mov $0x100005a, %eax\n" /* mach_wait_until */
        "mov $-1, %rdi\n"
        "syscall\n"
        "jmp sleep_on\n"
        ".popsection");

/* A suspended task, whose threads sleep as soon as it goes on. */
static mach_port_t
crowd_made(void)
{
    mach_port_t task = child_copy();

    task_suspend(task);
    for (unsigned i = 0; i < CROWD; i++) {
        crowd[i] = child_bare_thread(task, sleep_on, 0, 0, 0);
        thread_resume(crowd[i]);
    }
    return task;
}

static unsigned
crowd_held(void)
{
    unsigned held = 0;

    guest_sleep(5);
    for (unsigned i = 0; i < CROWD; i++)
        held += guest_run_state(crowd[i]) == TH_STATE_STOPPED;
    return held;
}

static mach_port_t crowded;

static void
join_and_leave(void *argument)
{
    (void)argument;
    for (;;) {
        mach_port_t thread;

        if (thread_create(crowded, &thread) != KERN_SUCCESS)
            continue;
        thread_terminate(thread);
        mach_port_deallocate(mach_task_self(), thread);
    }
}

TEST(threads_of_a_crowd)
{
    thread_act_array_t list = NULL;
    mach_msg_type_number_t count = 0;
    mach_port_t other;
    unsigned once = 0;

    crowded = crowd_made();
    other = guest_thread(join_and_leave, NULL);
    is_kr(task_threads(crowded, &list, &count), KERN_SUCCESS,
          "task_threads of %u, while others come and go", CROWD);
    for (unsigned i = 0; i < CROWD; i++)
        once += guest_refs(crowd[i], MACH_PORT_RIGHT_SEND) == 2;
    is(once, CROWD, "... lists each of them once");
    guest_thread_kill(other);
    child_end(crowded);
    for (unsigned i = 0; i < count; i++)
        mach_port_deallocate(mach_task_self(), list[i]);
    guest_unmap(list, count * sizeof *list);
    for (unsigned i = 0; i < CROWD; i++)
        mach_port_deallocate(mach_task_self(), crowd[i]);
}

static void
hold_and_let_go(void *argument)
{
    (void)argument;
    for (;;) {
        task_suspend(crowded);
        task_resume(crowded);
    }
}

static unsigned
suspend_count(mach_port_t task)
{
    struct task_basic_info_64 info;
    mach_msg_type_number_t count = TASK_BASIC_INFO_64_COUNT;

    guest_must(task_info(task, TASK_BASIC_INFO_64, (task_info_t)&info, &count));
    return (unsigned)info.suspend_count;
}

TEST(resume_of_a_crowd)
{
    unsigned held;

    crowded = crowd_made();
    is(crowd_held(), CROWD, "%u threads of a suspended task are held", CROWD);
    task_resume(crowded);
    is(crowd_held(), 0, "... and all go on when it is resumed");

    held = 0;
    for (unsigned i = 0; i < RESUME_LOOPS; i++) {
        mach_port_t other = guest_thread(hold_and_let_go, NULL);

        swtch();
        guest_thread_kill(other);
        while (suspend_count(crowded) > 0)
            task_resume(crowded);
        held += crowd_held();
    }
    is(held, 0, "... wherever whoever resumes it is ended");
    child_end(crowded);
    for (unsigned i = 0; i < CROWD; i++)
        mach_port_deallocate(mach_task_self(), crowd[i]);
}

/* ---- task_suspend, task_resume */

TEST(suspend)
{
    mach_port_t task = child_copy();
    struct task_basic_info_64 info;
    mach_msg_type_number_t count = TASK_BASIC_INFO_64_COUNT;

    is_kr(task_resume(task), KERN_FAILURE,
          "task_resume of a task that is not suspended");
    child_thread(task, guest_count_up, (void *)&counter);
    ok(child_moves(task, &counter), "a child runs");
    is_kr(task_suspend(task), KERN_SUCCESS, "task_suspend");
    ok(child_stands(task, &counter), "... stops it");
    is_kr(task_suspend(task), KERN_SUCCESS, "task_suspend again");
    task_info(task, TASK_BASIC_INFO_64, (task_info_t)&info, &count);
    is(info.suspend_count, 2, "... counts");
    task_resume(task);
    ok(child_stands(task, &counter), "one task_resume is not enough");
    is_kr(task_resume(task), KERN_SUCCESS, "the second");
    ok(child_moves(task, &counter), "... lets it run");

    task_suspend(task);
    task_terminate(task);
    ok(child_dies(task), "44: a suspended task can be ended");
    mach_port_deallocate(mach_task_self(), task);
}

/* Both counts must be zero. */
TEST(suspend_both)
{
    mach_port_t task = child_copy();
    mach_port_t thread = child_thread(task, guest_count_up, (void *)&counter);

    ok(child_moves(task, &counter), "a child runs");
    task_suspend(task);
    thread_suspend(thread);
    task_resume(task);
    ok(child_stands(task, &counter),
       "task resumed, its thread suspended: it stands");
    task_suspend(task);
    thread_resume(thread);
    ok(child_stands(task, &counter),
       "thread resumed, its task suspended: it stands");
    task_resume(task);
    ok(child_moves(task, &counter), "both resumed: it runs");
    child_end(task);
    mach_port_destroy(mach_task_self(), thread);
}

/* ---- task_info */

TEST(info_flavors)
{
    static const struct {
        const char *name;
        task_flavor_t flavor;
        mach_msg_type_number_t count;
    } flavors[] = {
        { "TASK_BASIC_INFO_64", TASK_BASIC_INFO_64, TASK_BASIC_INFO_64_COUNT },
        { "MACH_TASK_BASIC_INFO", MACH_TASK_BASIC_INFO,
          MACH_TASK_BASIC_INFO_COUNT },
        { "TASK_THREAD_TIMES_INFO", TASK_THREAD_TIMES_INFO,
          TASK_THREAD_TIMES_INFO_COUNT },
        { "TASK_SECURITY_TOKEN", TASK_SECURITY_TOKEN,
          TASK_SECURITY_TOKEN_COUNT },
        { "TASK_AUDIT_TOKEN", TASK_AUDIT_TOKEN, TASK_AUDIT_TOKEN_COUNT },
    };
    integer_t info[94];
    mach_msg_type_number_t count;

    for (unsigned i = 0; i < sizeof flavors / sizeof *flavors; i++) {
        memset(info, 0xa5, sizeof info);
        count = 94;
        is_kr(task_info(mach_task_self(), flavors[i].flavor, info, &count),
              KERN_SUCCESS, "task_info: %s", flavors[i].name);
        is(count, flavors[i].count, "... gives as many words as it has");
        is(info[count], (integer_t)0xa5a5a5a5, "... and not one more");
        count = flavors[i].count - 1;
        is_kr(task_info(mach_task_self(), flavors[i].flavor, info, &count),
              KERN_INVALID_ARGUMENT, "... a count too small is refused");
        count = 0;
        is_kr(task_info(mach_task_self(), flavors[i].flavor, info, &count),
              KERN_INVALID_ARGUMENT, "... and count 0");
    }
}

TEST(info)
{
    struct mach_task_basic_info info;
    mach_msg_type_number_t count = MACH_TASK_BASIC_INFO_COUNT;
    integer_t words[94];
    mach_port_t task = child_empty(), thread = mach_thread_self();

    task_info(mach_task_self(), MACH_TASK_BASIC_INFO, (task_info_t)&info,
              &count);
    ok(ALL(info.virtual_size >= info.resident_size, info.resident_size > 0,
           info.virtual_size < MAP_TOP, info.suspend_count == 0),
       "task_info: our sizes make sense");
    child_pages(task, 3);
    count = MACH_TASK_BASIC_INFO_COUNT;
    task_info(task, MACH_TASK_BASIC_INFO, (task_info_t)&info, &count);
    is((long long)info.virtual_size, 3 * GUEST_PAGE,
       "task_info: a child has the memory that it was given");
    count = 94;
    is_kr(task_info(task, 0x7777, words, &count), KERN_INVALID_ARGUMENT,
          "task_info: unknown flavor");
    child_end(task);
    is_kr(task_info(task, MACH_TASK_BASIC_INFO, words, &count),
          MACH_SEND_INVALID_DEST, "R54: task_info of a task that is gone");
    mach_port_deallocate(mach_task_self(), thread);
}

TEST(name)
{
    mach_port_t task = child_empty();

    is_kr(task_set_name(task, "child"), KERN_SUCCESS, "task_set_name");
    is_kr(task_set_name(task, ""), KERN_SUCCESS, "task_set_name: empty");
    is_kr(task_set_name(task, "\033[2J\n# panic: forged"), KERN_SUCCESS,
          "task_set_name: control characters");
    child_end(task);
}
