/* SPDX-License-Identifier: MIT */
/*
 * script.c - what runs, and in which order.
 *
 * Services start first, always.  The kernel's command line chooses the rest:
 *
 *      (nothing)     the once-jobs one after the other, then the shell
 *      test=NAME     the program NAME; its end is the end of the run.  The
 *                    words after "--" are its arguments
 *      test=all      every program t_NAME one after the other
 *
 * Without a word it is still another run if the boot file system has programs
 * in task/: `make run TASKS=` has put them there, and args/NAME has the
 * arguments of each.  They are started in the order of the archive, each when
 * the one before serves a name, has ended, or has had a second.  The run ends
 * with the last; its status is the first that was not 0.
 *
 * "One after the other" is a step at each end of a job: the server never
 * waits for anything but messages.
 */
#include "script.h"

#include <stdio.h>
#include <string.h>

#include "conf.h"
#include "files.h"
#include "load.h"
#include "log.h"
#include "names.h"
#include "server.h"

#define CONF_PATH   "etc/bootstrap.conf"
#define TEST_PREFIX "t_"
#define ARGS_FOLDER "args/"
#define TEST_WORD   "test="
#define TEST_ALL    "test=all"
/* The kernel looks at these. */
#define FAIL_WORD       "kalloc.fail="
#define FAST_WORD       "ipc.fastpath="
#define SHELL_FAILS_MAX 3
#define PATIENCE_MS     1000 /* with a program that neither serves nor ends */

enum mode {
    MODE_BOOT,
    MODE_NAMED, /* sc_program, or those in task/ */
    MODE_ALL
};

static struct script {
    enum mode sc_mode;
    char sc_program[JOB_NAME_MAX]; /* of test=, or "" */
    char sc_args[LOAD_ARGS_MAX - JOB_NAME_MAX];
    size_t sc_args_size;

    struct conf_job sc_jobs[CONF_JOBS_MAX];
    unsigned sc_job_count;
    ledger_t sc_ledgers[CONF_JOBS_MAX]; /* of those that run again */

    int sc_next;       /* the step: a place in the list of jobs, of programs */
    unsigned sc_job;   /* the id of the job that runs now; 0: none */
    int sc_shell;      /* the place of the shell that runs now, or -1 */
    unsigned sc_fails; /* tests that failed, shells that crashed in a row */
    const char *sc_reason; /* why the last start failed */

    /* MODE_NAMED: when sc_job was started, and the run's status so far */
    uint64_t sc_started;
    int sc_status;
    char sc_how[JOB_HOW_MAX];
} script;

static void step(void);

/* Why a job could not be started. */
static const char *
reason(kern_return_t kr)
{
    if (kr == KERN_INVALID_NAME)
        return "there is no such program";
    return mach_error_string(kr);
}

/* Starts a job for the server itself; tells if that fails. */
static struct job *
start(const struct job_start *how)
{
    struct job *job;
    kern_return_t kr = job_start(how, &job);

    if (kr == KERN_SUCCESS)
        return job;
    script.sc_reason = reason(kr);
    log_line("cannot run '%s': %s", how->js_program, script.sc_reason);
    return NULL;
}

/* A size in page frames; what is not set is the kernel's to say. */
static ledger_item_t
frames(uint64_t size)
{
    return size == CONF_NOT_SET
               ? LEDGER_ITEM_INFINITY
               : (ledger_item_t)((size + vm_page_size - 1) / vm_page_size);
}

/* Starts a job of the configuration, and declares what it serves. */
static struct job *
start_conf(const struct conf_job *conf)
{
    struct job_start how = { .js_name = conf->cj_name,
                             .js_program = conf->cj_program,
                             .js_args = conf->cj_args,
                             .js_args_size = conf->cj_args_size,
                             .js_ours = conf->cj_run != CONF_RUN_NAMED,
                             .js_console = conf->cj_console,
                             .js_privileged = conf->cj_privileged,
                             .js_limit = frames(conf->cj_limit),
                             .js_reservation = frames(conf->cj_reservation) };
    struct job *job;

    if (conf->cj_run == CONF_RUN_SHELL)
        how.js_kept = &script.sc_ledgers[conf - script.sc_jobs];
    job = start(&how);
    for (unsigned i = 0; job != NULL && i < conf->cj_service_count; i++)
        if (names_declare(conf->cj_services[i], job->jb_id) != KERN_SUCCESS)
            log_line("job %s: service '%s' is not to be had", conf->cj_name,
                     conf->cj_services[i]);
    return job;
}

/* Starts a program that the run names.  A section with "run = named" says more
   about it, if there is one; else its arguments are the command line's, or
   those of args/. */
static struct job *
start_named(const char *program)
{
    struct file args = { script.sc_args, script.sc_args_size };

    for (unsigned i = 0; i < script.sc_job_count; i++)
        if (script.sc_jobs[i].cj_run == CONF_RUN_NAMED &&
            strcmp(script.sc_jobs[i].cj_program, program) == 0)
            return start_conf(&script.sc_jobs[i]);
    (void)files_in(ARGS_FOLDER, program, &args);
    return start(&(struct job_start){ .js_name = program,
                                      .js_program = program,
                                      .js_args = args.fl_data,
                                      .js_args_size = args.fl_size,
                                      .js_console = true,
                                      .js_limit = LEDGER_ITEM_INFINITY,
                                      .js_reservation = LEDGER_ITEM_INFINITY });
}

/* The next job of that kind from place sc_next on; false: none is left. */
static bool
start_next_conf(enum conf_run run)
{
    const struct conf_job *conf;
    struct job *job;

    while (script.sc_next < (int)script.sc_job_count) {
        conf = &script.sc_jobs[script.sc_next++];
        if (conf->cj_run != run)
            continue;
        if (run == CONF_RUN_ONCE)
            log_plain("job %s", conf->cj_name);
        job = start_conf(conf);
        if (job != NULL) {
            script.sc_job = job->jb_id;
            return true;
        }
    }
    return false;
}

/* The default boot: the once-jobs, then the shell, again and again. */
static void
step_boot(void)
{
    if (script.sc_shell < 0) {
        if (start_next_conf(CONF_RUN_ONCE))
            return;
        script.sc_shell = 0;
    }
    script.sc_next = script.sc_shell;
    if (start_next_conf(CONF_RUN_SHELL))
        script.sc_shell = script.sc_next - 1;
    else
        log_line("there is no shell to run");
}

/* The next test program, or the end of the run. */
static void
step_all(void)
{
    char name[JOB_NAME_MAX];
    struct job *job;

    while (files_name(FILES_BIN, script.sc_next++, name, sizeof name)) {
        if (strncmp(name, TEST_PREFIX, strlen(TEST_PREFIX)) != 0)
            continue;
        log_plain("test %s", name);
        job = start_named(name);
        if (job != NULL) {
            script.sc_job = job->jb_id;
            return;
        }
        script.sc_fails++;
    }
    server_halt(script.sc_fails != 0,
                script.sc_fails != 0 ? "exit 1" : "exit 0");
}

/* The program at this place of those that the run names, or false. */
static bool
named_program(int place, char *name)
{
    if (script.sc_program[0] == '\0')
        return files_name(FILES_TASK, place, name, JOB_NAME_MAX);
    snprintf(name, JOB_NAME_MAX, "%s", script.sc_program);
    return place == 0;
}

/* The first bad end is the run's; of several programs it says whose it was. */
static void
note_end(const char *program, int status, const char *how)
{
    char second[JOB_NAME_MAX];
    bool several = named_program(1, second);

    if (script.sc_status != 0)
        return;
    script.sc_status = status;
    snprintf(script.sc_how, sizeof script.sc_how, "%s%s%s",
             several ? program : "", several ? ": " : "", how);
}

/* The next of the programs that the run names, of which there is one. */
static void
step_named(void)
{
    char name[JOB_NAME_MAX] = "";
    struct job *job;

    (void)named_program(script.sc_next++, name);
    job = start_named(name);
    if (job == NULL) {
        note_end(name, 1, script.sc_reason);
        server_halt(script.sc_status, script.sc_how);
    }
    script.sc_job = job->jb_id;
    script.sc_started = mach_absolute_time();
}

static void
step(void)
{
    switch (script.sc_mode) {
    case MODE_BOOT:
        step_boot();
        return;
    case MODE_NAMED:
        step_named();
        return;
    case MODE_ALL:
        step_all();
        return;
    }
}

/* How long the program that was started last has had. */
static uint64_t
waited_ms(void)
{
    mach_timebase_info_data_t base;

    (void)mach_timebase_info(&base);
    return (mach_absolute_time() - script.sc_started) * base.numer /
           base.denom / NSEC_PER_MSEC;
}

/* script_go_on - see script.h. */
mach_msg_timeout_t
script_go_on(void)
{
    char next[JOB_NAME_MAX];
    uint64_t waited;

    while (script.sc_mode == MODE_NAMED &&
           named_program(script.sc_next, next)) {
        waited = waited_ms();
        if (script.sc_job != 0 && !names_served_by(script.sc_job) &&
            waited < PATIENCE_MS)
            return (mach_msg_timeout_t)(PATIENCE_MS - waited);
        step();
    }
    return 0;
}

/* A program that the run names has ended: with the last-named the run does. */
static void
named_job_ended(const struct job *job)
{
    char next[JOB_NAME_MAX];

    note_end(job->jb_name, job->jb_status, job->jb_how);
    if (job->jb_id == script.sc_job) {
        script.sc_job = 0;
        if (!named_program(script.sc_next, next))
            server_halt(script.sc_status, script.sc_how);
    }
    log_line("job %s %s", job->jb_name, job->jb_how);
}

/* A job of the default boot ended: go on, unless the shell keeps crashing. */
static void
boot_job_ended(const struct job *job)
{
    if (job->jb_status != 0)
        log_line("job %s %s", job->jb_name, job->jb_how);
    if (script.sc_shell >= 0) {
        script.sc_fails = job->jb_status != 0 ? script.sc_fails + 1 : 0;
        if (script.sc_fails == SHELL_FAILS_MAX)
            server_halt(1, "the shell does not stay up");
    }
    step();
}

/*
 * script_job_ended - a job ended that no other job waits for.
 *
 * Blocks  for ever, when that was the end of the run.
 */
void
script_job_ended(const struct job *job)
{
    if (script.sc_mode == MODE_NAMED && job->jb_named) {
        named_job_ended(job);
        return;
    }
    if (job->jb_id != script.sc_job) {
        /* The end of a child without a parent is nobody's business: jobs could
           have us flood the console. */
        if (job->jb_ours)
            log_line("job %s %s", job->jb_name, job->jb_how);
        return;
    }

    switch (script.sc_mode) {
    case MODE_BOOT:
        boot_job_ended(job);
        return;
    case MODE_NAMED:
        return; /* sc_job is a named one */
    case MODE_ALL:
        script.sc_fails += job->jb_status != 0;
        if (job->jb_status != 0)
            log_plain("test %s: %s", job->jb_name, job->jb_how);
        step();
        return;
    }
}

/* The next word of the command line, cut out; NULL after the last. */
static char *
next_word(char **line)
{
    char *word = *line + strspn(*line, " ");
    size_t length = strcspn(word, " ");

    if (length == 0)
        return NULL;
    *line = word + length;
    if (**line != '\0')
        *(*line)++ = '\0';
    return word;
}

/* One more argument for the program of this run, if it fits. */
static void
add_argument(const char *word)
{
    size_t size = strlen(word) + 1;

    if (size > sizeof script.sc_args - script.sc_args_size)
        return;
    memcpy(script.sc_args + script.sc_args_size, word, size);
    script.sc_args_size += size;
}

/* A word that is none of the programs': it must be known to somebody. */
static void
read_word(const char *word)
{
    if (strcmp(word, TEST_ALL) == 0) {
        script.sc_mode = MODE_ALL;
    } else if (strncmp(word, TEST_WORD, strlen(TEST_WORD)) == 0) {
        script.sc_mode = MODE_NAMED;
        snprintf(script.sc_program, sizeof script.sc_program, "%s",
                 word + strlen(TEST_WORD));
    } else if (strncmp(word, FAIL_WORD, strlen(FAIL_WORD)) != 0 &&
               strncmp(word, FAST_WORD, strlen(FAST_WORD)) != 0) {
        log_line("CMDLINE: '%s' means nothing; known are " TEST_WORD
                 "NAME, " TEST_ALL ", " FAIL_WORD "N, " FAST_WORD "0",
                 word);
    }
}

/* What does the command line want? */
static void
read_cmdline(const char *cmdline)
{
    static char copy[1024];
    char *rest = copy, *word, name[JOB_NAME_MAX];

    snprintf(copy, sizeof copy, "%s", cmdline);
    if (files_name(FILES_TASK, 0, name, sizeof name))
        script.sc_mode = MODE_NAMED;
    while ((word = next_word(&rest)) != NULL && strcmp(word, "--") != 0)
        read_word(word);
    while ((word = next_word(&rest)) != NULL)
        add_argument(word);
}

static void
conf_error(unsigned line, const char *what)
{
    log_line(CONF_PATH ":%u: %s; the section is left out", line, what);
}

/* script_start - read the configuration, start the services, take a step. */
void
script_start(const char *cmdline)
{
    struct file file;

    script.sc_shell = -1;
    read_cmdline(cmdline);
    if (files_find(CONF_PATH, &file))
        script.sc_job_count =
            conf_parse(file.fl_data, file.fl_size, script.sc_jobs,
                       CONF_JOBS_MAX, conf_error);
    else
        log_line("there is no " CONF_PATH);

    for (unsigned i = 0; i < script.sc_job_count; i++)
        if (script.sc_jobs[i].cj_run == CONF_RUN_SERVICE)
            start_conf(&script.sc_jobs[i]);
    step();
}
