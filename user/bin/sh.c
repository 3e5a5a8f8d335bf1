/* SPDX-License-Identifier: MIT */
/*
 * sh - the prompt.
 *
 * A line is a program's name and its arguments.  The shell makes no task: it
 * asks the bootstrap server to run the program as a job, and to say how it
 * ended.  The console delivers bytes as they are typed, so the shell shows
 * them itself.
 */
#include <mach/mach.h>
#include <ostia/job.h>
#include <servers/bootstrap.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROMPT    "ostia$ "
#define LINE_SIZE 512
#define TEXT_SIZE 128 /* of a name or a text in job.defs */

#define KEY_INTERRUPT 0x03 /* control-C: forget the line */
#define KEY_END       0x04 /* control-D */
#define KEY_BACKSPACE 0x08
#define KEY_DELETE    0x7f
#define KEY_KILL      0x15 /* control-U: the same, on the same line */

/* Takes `count` characters back from the screen. */
static void
rub_out(size_t count)
{
    while (count-- > 0)
        printf("\b \b");
}

/* Reads and edits one line; false at the end of the input. */
static bool
read_line(char *line)
{
    size_t length = 0;
    int c;

    printf(PROMPT);
    for (;;) {
        fflush(stdout);
        c = getchar();
        if (c == EOF || (c == KEY_END && length == 0)) {
            printf("\n");
            return false;
        }
        if (c == '\r' || c == '\n')
            break;
        if (c == KEY_INTERRUPT) {
            length = 0;
            break;
        }
        if ((c == KEY_BACKSPACE || c == KEY_DELETE) && length > 0) {
            rub_out(1);
            length--;
        } else if (c == KEY_KILL) {
            rub_out(length);
            length = 0;
        } else if (c >= ' ' && c < KEY_DELETE && length < LINE_SIZE - 1) {
            putchar(c);
            line[length++] = (char)c;
        }
    }
    printf("\n");
    line[length] = '\0';
    return true;
}

/* Makes strings of the words after the first: "a  b" gives "a\0b\0". */
static size_t
pack_words(const char *words, char *packed)
{
    size_t length, size = 0;

    for (;;) {
        words += strspn(words, " ");
        length = strcspn(words, " ");
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
           "ls       the programs that there are\n"
           "jobs     the jobs that run\n"
           "exit     power off (also: halt, control-D)\n"
           "NAME ... run the program NAME with these arguments\n");
}

static void
do_ls(void)
{
    char name[TEXT_SIZE];

    for (int i = 0; job_program(bootstrap_port, i, name) == KERN_SUCCESS; i++)
        printf("%s\n", name);
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
    { "exit", do_exit }, { "halt", do_exit },
};

/* One line: a built-in or a program. */
static void
execute(char *line)
{
    char *word = line + strspn(line, " ");
    char *rest = word + strcspn(word, " ");

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
