/* SPDX-License-Identifier: MIT */
/*
 * t_job.c - jobs: starting programs, and hearing how they ended.
 *
 * The program runs itself again; its first argument is the part to play.
 */
#include <ostia/job.h>
#include <ostia/ostia.h>
#include <servers/bootstrap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"
#include "tap.h"

#define TEXT_MAX     128
#define CHILDREN_MAX 23 /* 32 with this one, and the 8 that are kept */
#define LEVELS       "9"
#define TASK         "org.ostia.test.task"
#define MANY         100

struct end {
    int status;
    char how[TEXT_MAX];
};

/* Starts this program with one argument more, or `args` as they are. */
static kern_return_t
spawn(const char *args, size_t size, int *job)
{
    return job_spawn(bootstrap_port, "t_job", args,
                     (mach_msg_type_number_t)size, job);
}

/* Runs a part to its end. */
static struct end
play(const char *name)
{
    struct end end = { -1, "" };
    int job;

    if (spawn(name, strlen(name) + 1, &job) == KERN_SUCCESS)
        job_wait(bootstrap_port, job, &end.status, end.how);
    return end;
}

static bool
starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

TEST(status)
{
    struct end end = play("exit-0");

    is(end.status, 0, "a job that ends well has status 0");
    is_string(end.how, "exit 0", "said in words");
    end = play("exit-3");
    is(end.status, 3, "the status of exit(3) arrives");
    is_string(end.how, "exit 3", "said in words");
    end = play("exit-minus");
    is(end.status, -7, "the status is a whole int");
    end = play("return");
    is(end.status, 5, "return from main is exit");
    end = play("terminate");
    ok(end.status != 0, "a task that ends without a word has not ended well");
    note("it is said as: %s", end.how);
}

TEST(crash)
{
    struct end end = play("null");

    ok(end.status != 0, "a job that crashes has not ended well");
    is_string(end.how, "crashed: EXC_BAD_ACCESS (KERN_INVALID_ADDRESS) at 0x10",
              "it is said where");
    end = play("read-only");
    ok(starts(end.how, "crashed: EXC_BAD_ACCESS (KERN_PROTECTION_FAILURE) at"),
       "a write to constants: %s", end.how);
    end = play("undefined");
    ok(starts(end.how, "crashed: EXC_BAD_INSTRUCTION (EXC_I386_INVOP)"),
       "an undefined instruction: %s", end.how);
    end = play("divide");
    ok(starts(end.how, "crashed: EXC_ARITHMETIC (EXC_I386_DIV)"),
       "a division by zero: %s", end.how);
    end = play("abort");
    ok(end.status != 0, "abort is no good end: %s", end.how);
    end = play("crash-after-exit");
    ok(starts(end.how, "crashed: "),
       "a job that says exit 0 and then crashes has crashed");
    end = play("child-crashes");
    is_string(end.how, "exit 0",
              "the crash of a task that a job made is not the job's");
}

TEST(arguments)
{
    static const char args[] = "arguments\0one\0\0two words";
    int job, status = -1;
    char how[TEXT_MAX];

    is_kr(spawn(args, sizeof args, &job), KERN_SUCCESS, "spawn with arguments");
    job_wait(bootstrap_port, job, &status, how);
    is(status, 0, "argc and argv are as they were given");
    is_kr(spawn(args, sizeof args - 1, &job), KERN_INVALID_ARGUMENT,
          "arguments that do not end in NUL are refused");
    is_kr(job_spawn(bootstrap_port, "hello", NULL, 0, &job), KERN_SUCCESS,
          "spawn without arguments");
    is_kr(job_wait(bootstrap_port, job, &status, how), KERN_SUCCESS,
          "and that job ends too");
}

TEST(many_arguments)
{
    static char args[2048];
    int job, status = -1;
    char how[TEXT_MAX];

    /* 2,048 bytes: the part's name, and then empty arguments */
    memset(args, 0, sizeof args);
    strcpy(args, "count");
    is_kr(spawn(args, sizeof args, &job), KERN_SUCCESS,
          "spawn with as many arguments as a message holds");
    job_wait(bootstrap_port, job, &status, how);
    is(status, 0, "all of them arrive: %s", how);
}

TEST(refused)
{
    int job, status;
    char how[TEXT_MAX];

    is_kr(job_spawn(bootstrap_port, "no-such-program", NULL, 0, &job),
          KERN_INVALID_NAME, "spawn of a program that does not exist");
    is_kr(job_spawn(bootstrap_port, "", NULL, 0, &job), KERN_INVALID_NAME,
          "spawn of the empty name");
    is_kr(job_spawn(bootstrap_port, "../etc/bootstrap.conf", NULL, 0, &job),
          KERN_INVALID_NAME, "spawn of a path that leads out of bin/");
    is_kr(job_wait(bootstrap_port, 0, &status, how), KERN_INVALID_ARGUMENT,
          "wait for no job");
    is_kr(job_wait(bootstrap_port, 1, &status, how), KERN_INVALID_ARGUMENT,
          "wait for a job that is not a child");
    is_kr(job_wait(bootstrap_port, -1, &status, how), KERN_INVALID_ARGUMENT,
          "wait for a job that never was");
    is_kr(job_halt(bootstrap_port, 0), BOOTSTRAP_NOT_PRIVILEGED,
          "an ordinary job cannot end the run");
}

TEST(wait)
{
    int job, status;
    char how[TEXT_MAX];

    spawn("exit-3", 7, &job);
    guest_sleep(100);
    is_kr(job_wait(bootstrap_port, job, &status, how), KERN_SUCCESS,
          "a job that ended before the wait is remembered");
    is(status, 3, "with its status");
    is_kr(job_wait(bootstrap_port, job, &status, how), KERN_INVALID_ARGUMENT,
          "once: then it is forgotten");
}

TEST(children)
{
    int jobs[CHILDREN_MAX], job, status, good = 0;
    char how[TEXT_MAX];
    kern_return_t kr = KERN_SUCCESS;
    unsigned count = 0;

    while (count < CHILDREN_MAX && kr == KERN_SUCCESS)
        kr = spawn("sleep", 6, &jobs[count++]);
    is_kr(kr, KERN_SUCCESS, "a root job may have 23 jobs below it");
    is_kr(spawn("sleep", 6, &job), KERN_RESOURCE_SHORTAGE, "and no more");
    while (count-- > 0)
        good += job_wait(bootstrap_port, jobs[count], &status, how) ==
                    KERN_SUCCESS &&
                status == 0;
    is(good, CHILDREN_MAX, "all of them are heard of");
    is(play("exit-0").status, 0, "and then there is room again");
}

/* The share is the root job's with all that it starts, not each job's. */
TEST(grandchildren)
{
    int jobs[CHILDREN_MAX], job, status = -1;
    char how[TEXT_MAX];
    unsigned count = 0;

    while (count < CHILDREN_MAX - 2)
        guest_must(spawn("sleep", 6, &jobs[count++]));
    is(play("spawn-all").status, 1,
       "what its children start counts against a root job");
    while (count-- > 0)
        job_wait(bootstrap_port, jobs[count], &status, how);
    is_kr(spawn("nest\0" LEVELS, sizeof "nest\0" LEVELS, &job), KERN_SUCCESS,
          "a job that starts one that starts one, and so on");
    job_wait(bootstrap_port, job, &status, how);
    is(status, 0, "nine times, deeper than the tree of ledgers: %s", how);
}

/* ---- Ledgers ---- */

TEST(ledger)
{
    ledger_t mine = MACH_PORT_NULL, got = MACH_PORT_NULL;
    ledger_item_t used = 0, below = 0, limit, half = 0;
    char how[TEXT_MAX];
    int job, status;

    guest_must(task_get_ledger(mach_task_self(), &mine));
    is_kr(job_get_ledger(bootstrap_port, JOB_SELF, &got), KERN_SUCCESS,
          "a job gets its own ledger");
    is(got, mine, "is that of its task, to be read");
    is_kr(ledger_set_reservation(got, 1), KERN_INVALID_LEDGER,
          "and not to be changed by who is not privileged");
    is_kr(job_get_ledger(bootstrap_port, JOB_SERVER, &got), KERN_SUCCESS,
          "and the bootstrap server's");
    is_kr(ledger_read(got, &used, &limit), KERN_SUCCESS, "which can be read");
    mach_port_deallocate(mach_task_self(), got);
    is_kr(job_get_ledger(bootstrap_port, -2, &got), KERN_INVALID_ARGUMENT,
          "there is no job of number -2");

    guest_must(ledger_read(mine, &used, &limit));
    guest_must(spawn("sleep", 6, &job));
    is_kr(job_get_ledger(bootstrap_port, job, &got), KERN_SUCCESS,
          "a child has a ledger");
    guest_must(ledger_read(got, &below, &half));
    mach_port_deallocate(mach_task_self(), got);
    is(half, limit / 2, "which may have half of its parent's");
    guest_must(ledger_read(mine, &used, &limit));
    ok(ALL(below > 0, used > below), "and counts in its parent's");
    job_wait(bootstrap_port, job, &status, how);
    is_kr(job_get_ledger(bootstrap_port, job, &got), KERN_INVALID_ARGUMENT,
          "when the job has ended there is none");
    mach_port_deallocate(mach_task_self(), mine);
}

/* The child makes a task, which it registers. */
TEST(tasks_end)
{
    mach_port_t task = MACH_PORT_NULL;
    char how[TEXT_MAX];
    int job, status;

    guest_must(spawn("leave-task", 11, &job));
    for (unsigned i = 0; i < 2000 && task == MACH_PORT_NULL; i++) {
        guest_sleep(1);
        (void)bootstrap_look_up(bootstrap_port, TASK, &task);
    }
    is(guest_type(task), MACH_PORT_TYPE_SEND, "a job has made a task");
    job_wait(bootstrap_port, job, &status, how);
    is(guest_type(task), MACH_PORT_TYPE_DEAD_NAME,
       "when the job has ended that is gone too");
    mach_port_deallocate(mach_task_self(), task);
}

/* Many, one after another: nothing may be left of them. */
TEST(many)
{
    int good = 0;

    for (int i = 0; i < MANY; i++)
        good += play("exit-3").status == 3;
    is(good, MANY, "100 jobs one after another");
}

/* A second thread that waits for the same child. */
static volatile int second_code;

static void
wait_too(void *job)
{
    char how[TEXT_MAX];
    int status;

    second_code = job_wait(bootstrap_port, *(int *)job, &status, how);
    guest_thread_end();
}

TEST(second_wait)
{
    char how[TEXT_MAX];
    int job, status = -1;

    second_code = -1;
    spawn("sleep", 6, &job);
    guest_thread(wait_too, &job);
    guest_sleep(50);
    is_kr(job_wait(bootstrap_port, job, &status, how), KERN_FAILURE,
          "a second wait for one child is refused");
    ok(guest_until(&second_code, KERN_SUCCESS), "the first is answered");
}

TEST(list)
{
    char program[TEXT_MAX], how[TEXT_MAX];
    bool found = false;
    int job, i = 0;

    while (job_list(bootstrap_port, i++, &job, program, how) == KERN_SUCCESS)
        found |= strcmp(program, "t_job") == 0;
    ok(found, "the list of jobs has this one");
    found = false;
    for (i = 0; job_program(bootstrap_port, i, program) == KERN_SUCCESS; i++)
        found |= strcmp(program, "t_job") == 0;
    ok(found, "the list of programs has this one");
    is_kr(job_program(bootstrap_port, -1, program), KERN_INVALID_ARGUMENT,
          "there is no program number -1");
}

/* ---- The parts ---- */

static int
part_arguments(int argc, char **argv)
{
    return argc != 5 || strcmp(argv[0], "t_job") != 0 ||
           strcmp(argv[2], "one") != 0 || strcmp(argv[3], "") != 0 ||
           strcmp(argv[4], "two words") != 0 || argv[5] != NULL ||
           ((uintptr_t)argv & 7) != 0;
}

/* A task of this job's own, whose one thread has nothing to run. */
static int
part_child_crashes(void)
{
    x86_thread_state64_t state = { .__rip = 0x400000 };
    mach_port_t task, thread;

    if (task_create(mach_task_self(), NULL, 0, FALSE, &task) != KERN_SUCCESS ||
        thread_create_running(task, x86_THREAD_STATE64, (thread_state_t)&state,
                              x86_THREAD_STATE64_COUNT,
                              &thread) != KERN_SUCCESS)
        return 1;
    for (unsigned i = 0; i < 2000; i++) {
        if (guest_type(task) == MACH_PORT_TYPE_DEAD_NAME)
            return 0;
        guest_sleep(1);
    }
    return 2;
}

static int
part_crash(const char *name)
{
    static const int constant = 1;
    volatile int one = 1, zero = 0;
    volatile uintptr_t nowhere = 0x10;

    if (strcmp(name, "crash-after-exit") == 0)
        job_exit(bootstrap_port, 0);
    if (strcmp(name, "read-only") == 0)
        *(volatile int *)(uintptr_t)&constant = 2;
    if (strcmp(name, "undefined") == 0)
        __asm__ volatile("ud2");
    if (strcmp(name, "divide") == 0)
        return one / zero;
    if (strcmp(name, "abort") == 0)
        abort();
    return *(volatile int *)nowhere;
}

/* How many children can it have? */
static int
part_spawn_all(void)
{
    int job, count = 0;

    while (spawn("sleep", 6, &job) == KERN_SUCCESS)
        count++;
    return count;
}

/* A job that starts the same with a number less, down to 0 */
static int
part_nest(const char *number)
{
    char args[] = "nest\0n", how[TEXT_MAX];
    int job, status = -1;

    if (*number == '0')
        return 0;
    args[5] = (char)(*number - 1);
    if (spawn(args, sizeof args, &job) == KERN_SUCCESS)
        job_wait(bootstrap_port, job, &status, how);
    return status;
}

static int
part_leave_task(void)
{
    mach_port_t task;

    if (task_create(mach_task_self(), NULL, 0, FALSE, &task) != KERN_SUCCESS ||
        bootstrap_register(bootstrap_port, TASK, task) != KERN_SUCCESS)
        return 1;
    guest_sleep(500);
    return 0;
}

static int
part(int argc, char **argv)
{
    const char *name = argv[1];

    if (strcmp(name, "exit-0") == 0)
        exit(0);
    if (strcmp(name, "exit-3") == 0)
        exit(3);
    if (strcmp(name, "exit-minus") == 0)
        exit(-7);
    if (strcmp(name, "return") == 0)
        return 5;
    if (strcmp(name, "terminate") == 0)
        return task_terminate(mach_task_self());
    if (strcmp(name, "arguments") == 0)
        return part_arguments(argc, argv);
    if (strcmp(name, "count") == 0)
        return argc != 2 + 2048 - 6;
    if (strcmp(name, "spawn-all") == 0)
        return part_spawn_all();
    if (strcmp(name, "nest") == 0)
        return part_nest(argv[2]);
    if (strcmp(name, "leave-task") == 0)
        return part_leave_task();
    if (strcmp(name, "child-crashes") == 0)
        return part_child_crashes();
    if (strcmp(name, "sleep") == 0) {
        guest_sleep(500);
        return 0;
    }
    return part_crash(name);
}

int
main(int argc, char **argv)
{
    if (argc > 1)
        return part(argc, argv);
    return tap_run();
}
