/* SPDX-License-Identifier: MIT */
/*
 * sh - the prompt.
 *
 * A line is a program's name and its arguments.  The shell makes no task: it
 * asks the bootstrap server to run the program as a job, and to say how it
 * ended.  The line is edited in the C library: the console knows bytes alone.
 */
#include <mach/mach.h>
#include <ostia/job.h>
#include <servers/bootstrap.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROMPT    "ostia$ "
#define BLANKS    " \t"
#define LINE_SIZE 512
#define TEXT_SIZE 128 /* of a name or a text in job.defs */
#define COLUMNS   78

#define KIB(pages) ((unsigned)(pages) * (unsigned)(vm_page_size / 1024))

#define TEST_PREFIX "t_"

/* Reads one line, without its end; false at the end of the input. */
static bool
read_line(char *line)
{
    printf(PROMPT);
    fflush(stdout);
    if (fgets(line, LINE_SIZE, stdin) == NULL) {
        printf("\n");
        return false;
    }
    line[strcspn(line, "\n")] = '\0';
    return true;
}

/* Makes strings of the words after the first: "a  b" gives "a\0b\0". */
static size_t
pack_words(const char *words, char *packed)
{
    size_t length, size = 0;

    for (;;) {
        words += strspn(words, BLANKS);
        length = strcspn(words, BLANKS);
        if (length == 0)
            return size;
        memcpy(packed + size, words, length);
        size += length;
        packed[size++] = '\0';
        words += length;
    }
}

/* Runs a program, and tells how it ended if that was not well. */
static void
run(const char *program, const char *words)
{
    char name[TEXT_SIZE] = "";
    char how[TEXT_SIZE];
    char args[LINE_SIZE + 1];
    size_t size = pack_words(words, args);
    int job, status;
    kern_return_t kr;

    strncpy(name, program, sizeof name - 1);
    kr = job_spawn(bootstrap_port, name, args, (mach_msg_type_number_t)size,
                   &job);
    if (kr == KERN_INVALID_NAME) {
        printf("%s: there is no such program (try `ls`)\n", program);
        return;
    }
    if (kr == KERN_SUCCESS)
        kr = job_wait(bootstrap_port, job, &status, how);
    if (kr != KERN_SUCCESS)
        printf("%s: %s\n", program, bootstrap_strerror(kr));
    else if (status != 0)
        printf("%s: %s\n", program, how);
}

static void
do_help(void)
{
    printf("help     this\n"
           "ls       the programs that there are, and the tests (t_...)\n"
           "jobs     the jobs that run\n"
           "free     the memory that there is, and the jobs' shares of it\n"
           "exit     power off (also: halt, control-D)\n"
           "NAME ... run the program NAME with these arguments\n");
}

static bool
is_test(const char *name)
{
    return strncmp(name, TEST_PREFIX, strlen(TEST_PREFIX)) == 0;
}

/* The programs a line each, and below them the tests, side by side. */
static void
do_ls(void)
{
    char name[TEXT_SIZE];
    size_t column = 0;

    for (int i = 0; job_program(bootstrap_port, i, name) == KERN_SUCCESS; i++)
        if (!is_test(name))
            printf("%s\n", name);

    for (int i = 0; job_program(bootstrap_port, i, name) == KERN_SUCCESS; i++)
        if (is_test(name)) {
            if (column + 1 + strlen(name) > COLUMNS)
                column = 0;
            column += (size_t)printf(column == 0 ? "\n%s" : " %s", name);
        }
    printf(column == 0 ? "" : "\n");
}

static void
do_jobs(void)
{
    char name[TEXT_SIZE];
    char how[TEXT_SIZE];
    int job;

    for (int i = 0;
         job_list(bootstrap_port, i, &job, name, how) == KERN_SUCCESS; i++)
        printf("%4d  %-20s %s\n", job, name, how);
}

/* A line of `free`: what the job holds, with the jobs that hang on it. */
static void
show_ledger(int job, const char *name)
{
    ledger_t ledger;
    ledger_item_t used, limit, reservation;

    if (job_get_ledger(bootstrap_port, job, &ledger) != KERN_SUCCESS)
        return; /* it has ended */
    if (ledger_read(ledger, &used, &limit) == KERN_SUCCESS &&
        ledger_get_reservation(ledger, &reservation) == KERN_SUCCESS)
        printf("%4d  %-20s %8u %8u %8u\n", job, name, KIB(used), KIB(limit),
               KIB(reservation));
    mach_port_deallocate(mach_task_self(), ledger);
}

static void
do_free(void)
{
    mach_msg_type_number_t count = HOST_VM_INFO64_COUNT;
    mach_msg_type_number_t basic_count = HOST_BASIC_INFO_COUNT;
    vm_statistics64_data_t pages = { 0 };
    host_basic_info_data_t basic = { 0 };
    host_t host = mach_host_self();
    char name[TEXT_SIZE], how[TEXT_SIZE];
    int job;

    (void)host_statistics64(host, HOST_VM_INFO64, (host_info64_t)&pages,
                            &count);
    (void)host_info(host, HOST_BASIC_INFO, (host_info_t)&basic, &basic_count);
    mach_port_deallocate(mach_task_self(), host);
    printf("%u of %u KiB of memory are free\n\n", KIB(pages.free_count),
           (unsigned)(basic.max_mem / 1024));
    printf(" job  program              KiB used of limit reserved\n");
    show_ledger(JOB_SERVER, "bootstrap");
    for (int i = 0;
         job_list(bootstrap_port, i, &job, name, how) == KERN_SUCCESS; i++)
        show_ledger(job, name);
}

static void
do_exit(void)
{
    kern_return_t kr = job_halt(bootstrap_port, 0);

    /* Refused: then the end of this shell is the end of what it may do. */
    printf("sh: %s\n", bootstrap_strerror(kr));
    exit(1);
}

static const struct built_in {
    const char *name;
    void (*function)(void);
} built_ins[] = {
    { "help", do_help }, { "ls", do_ls },     { "jobs", do_jobs },
    { "free", do_free }, { "exit", do_exit }, { "halt", do_exit },
};

/* One line: a built-in or a program. */
static void
execute(char *line)
{
    char *word = line + strspn(line, BLANKS);
    char *rest = word + strcspn(word, BLANKS);

    if (*word == '\0')
        return;
    if (*rest != '\0')
        *rest++ = '\0';
    for (size_t i = 0; i < sizeof built_ins / sizeof built_ins[0]; i++)
        if (strcmp(word, built_ins[i].name) == 0) {
            built_ins[i].function();
            return;
        }
    run(word, rest);
}

int
main(void)
{
    char line[LINE_SIZE];

    printf("This is Ostia.  Type `help`.\n");
    while (read_line(line))
        execute(line);
    do_exit();
}
