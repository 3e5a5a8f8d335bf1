/* SPDX-License-Identifier: MIT */
/*
 * conf.c - reads the list of jobs.
 *
 *      # a comment
 *      [job echo]                      a section a job; its name
 *      program   = echo                bin/echo of the boot file system
 *      arguments = -v twice            words, parted by blanks
 *      service   = org.ostia.echo      declared for this job; may be repeated
 *      run       = service             or once, shell, named
 *      limit     = 8M                  of memory: the job with all it starts
 *      reservation = 512K              which nobody else can have
 *      console   = no                  yes if it is left out
 *      privileged = no                 no if it is left out
 *
 * An error costs the job that it stands in and no other: a section with an
 * error is reported with its line, and skipped to the next one.
 */
#include "conf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX       512
#define CONF_ERROR_MAX 160
#define CONF_SIZE_MAX  (1024ull << 30)

/* Where we are.  `pr_job` is NULL outside of a section that is still good. */
struct parser {
    struct conf_job *pr_jobs;
    unsigned pr_count, pr_max;
    unsigned pr_line;
    struct conf_job *pr_job;
    unsigned pr_job_line; /* where the last section began; 0 before any */
    conf_error_t pr_error;
};

/* Reports, and gives the section up. */
static void __attribute__((format(printf, 3, 4)))
fail(struct parser *parser, unsigned line, const char *format, ...)
{
    char text[CONF_ERROR_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    parser->pr_error(line, text);
    parser->pr_job = NULL;
}

/* Is this a blank of a line? */
static bool
blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Cuts blanks off at both ends. */
static char *
trim(char *text)
{
    size_t length;

    while (blank(*text))
        text++;
    length = strlen(text);
    while (length > 0 && blank(text[length - 1]))
        text[--length] = '\0';
    return text;
}

/* Copies a value that must fit, and must not be empty. */
static bool
copy_value(struct parser *parser, char *to, size_t size, const char *value)
{
    if (*value == '\0' || strlen(value) >= size) {
        fail(parser, parser->pr_line, "'%s' is empty or too long", value);
        return false;
    }
    strcpy(to, value);
    return true;
}

static void
set_program(struct parser *parser, char *value)
{
    copy_value(parser, parser->pr_job->cj_program, CONF_NAME_MAX, value);
}

/* Words become strings one behind the other. */
static void
set_arguments(struct parser *parser, char *value)
{
    struct conf_job *job = parser->pr_job;
    size_t length;

    job->cj_args_size = 0;
    for (; *value != '\0'; value += length) {
        while (blank(*value))
            value++;
        length = strcspn(value, " \t");
        if (job->cj_args_size + length + 1 > CONF_ARGS_MAX) {
            fail(parser, parser->pr_line, "too many arguments");
            return;
        }
        memcpy(job->cj_args + job->cj_args_size, value, length);
        job->cj_args_size += length;
        job->cj_args[job->cj_args_size++] = '\0';
    }
}

static void
set_service(struct parser *parser, char *value)
{
    struct conf_job *job = parser->pr_job;

    if (job->cj_service_count == CONF_SERVICES_MAX) {
        fail(parser, parser->pr_line, "'%s': too many services", value);
        return;
    }
    if (copy_value(parser, job->cj_services[job->cj_service_count],
                   CONF_SERVICE_MAX, value))
        job->cj_service_count++;
}

static void
set_run(struct parser *parser, char *value)
{
    static const char *const words[] = { "service", "once", "shell", "named" };

    for (unsigned i = 0; i < 4; i++)
        if (strcmp(value, words[i]) == 0) {
            parser->pr_job->cj_run = (enum conf_run)i;
            return;
        }
    fail(parser, parser->pr_line,
         "run = %s: it must be service, once, shell or named", value);
}

/* Sets a number of bytes from "512K", "2M" or "1G". */
static void
set_size(struct parser *parser, const char *key, uint64_t *size,
         const char *value)
{
    static const char units[] = "KMG";
    char *end;
    uint64_t number = strtoul(value, &end, 10);
    const char *unit = *end != '\0' ? strchr(units, *end) : NULL;
    unsigned shift = unit != NULL ? 10 * (unsigned)(unit - units + 1) : 0;

    if (*value < '0' || *value > '9' || unit == NULL || end[1] != '\0' ||
        number > CONF_SIZE_MAX >> shift)
        fail(parser, parser->pr_line,
             "%s = %s: it must be a size as 512K, 2M or 1G, up to 1024G", key,
             value);
    else
        *size = number << shift;
}

static void
set_limit(struct parser *parser, char *value)
{
    set_size(parser, "limit", &parser->pr_job->cj_limit, value);
}

static void
set_reservation(struct parser *parser, char *value)
{
    set_size(parser, "reservation", &parser->pr_job->cj_reservation, value);
}

/* Sets a flag from "yes" or "no". */
static void
set_flag(struct parser *parser, bool *flag, const char *value)
{
    if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0) {
        fail(parser, parser->pr_line, "'%s': it must be yes or no", value);
        return;
    }
    *flag = *value == 'y';
}

static void
set_console(struct parser *parser, char *value)
{
    set_flag(parser, &parser->pr_job->cj_console, value);
}

static void
set_privileged(struct parser *parser, char *value)
{
    set_flag(parser, &parser->pr_job->cj_privileged, value);
}

static const struct key {
    const char *key_name;
    void (*key_set)(struct parser *parser, char *value);
} keys[] = {
    { "program", set_program }, { "arguments", set_arguments },
    { "service", set_service }, { "run", set_run },
    { "console", set_console }, { "privileged", set_privileged },
    { "limit", set_limit },     { "reservation", set_reservation },
};

/* "key = value" */
static void
parse_key(struct parser *parser, char *line)
{
    char *equals = strchr(line, '=');

    if (parser->pr_job == NULL)
        return; /* the section was given up: its error has been told */
    if (equals == NULL) {
        fail(parser, parser->pr_line, "'%s': there is no '='", line);
        return;
    }

    *equals = '\0';
    line = trim(line);
    for (unsigned i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (strcmp(line, keys[i].key_name) == 0) {
            keys[i].key_set(parser, trim(equals + 1));
            return;
        }
    fail(parser, parser->pr_line,
         "unknown key '%s' (program, arguments, service, run, console, "
         "privileged, limit, reservation)",
         line);
}

/* The end of a section: what is whole counts. */
static void
finish_section(struct parser *parser)
{
    struct conf_job *job = parser->pr_job;

    if (job == NULL)
        return;
    if (job->cj_program[0] == '\0')
        fail(parser, parser->pr_job_line, "job '%s' names no program",
             job->cj_name);
    else if (job->cj_reservation != CONF_NOT_SET &&
             job->cj_reservation > job->cj_limit)
        fail(parser, parser->pr_job_line,
             "job '%s': its reservation must be no larger than its limit",
             job->cj_name);
    else
        parser->pr_count++;
    parser->pr_job = NULL;
}

/* "[job NAME]" */
static void
parse_section(struct parser *parser, char *line)
{
    size_t length = strlen(line);
    char *name;

    finish_section(parser);
    parser->pr_job_line = parser->pr_line;
    if (strncmp(line, "[job ", 5) != 0 || line[length - 1] != ']') {
        fail(parser, parser->pr_line, "'%s': it must be [job NAME]", line);
        return;
    }
    if (parser->pr_count == parser->pr_max) {
        fail(parser, parser->pr_line, "'%s': too many jobs", line);
        return;
    }

    line[length - 1] = '\0';
    name = trim(line + 5);
    for (unsigned i = 0; i < parser->pr_count; i++)
        if (strcmp(parser->pr_jobs[i].cj_name, name) == 0) {
            fail(parser, parser->pr_line, "there is a job '%s' already", name);
            return;
        }

    parser->pr_job = &parser->pr_jobs[parser->pr_count];
    memset(parser->pr_job, 0, sizeof *parser->pr_job);
    parser->pr_job->cj_console = true;
    parser->pr_job->cj_limit = CONF_NOT_SET;
    parser->pr_job->cj_reservation = CONF_NOT_SET;
    copy_value(parser, parser->pr_job->cj_name, CONF_NAME_MAX, name);
}

static void
parse_line(struct parser *parser, char *line)
{
    line[strcspn(line, "#")] = '\0';
    line = trim(line);

    if (*line == '[')
        parse_section(parser, line);
    else if (*line != '\0' && parser->pr_job_line == 0)
        fail(parser, parser->pr_line, "'%s' stands before any [job NAME]",
             line);
    else if (*line != '\0')
        parse_key(parser, line);
}

/*
 * conf_parse - the jobs of a text, which need not end in NUL.
 *
 * Requires  `jobs` has room for `max`.
 * Returns   how many there are; what is wrong has been told to `error`.
 */
unsigned
conf_parse(const char *text, size_t size, struct conf_job *jobs, unsigned max,
           conf_error_t error)
{
    struct parser parser = { .pr_jobs = jobs,
                             .pr_max = max,
                             .pr_error = error };
    char line[LINE_MAX];

    while (size > 0) {
        const char *end = memchr(text, '\n', size);
        size_t length = end != NULL ? (size_t)(end - text) : size;
        size_t step = end != NULL ? length + 1 : length;

        parser.pr_line++;
        if (length >= sizeof line || memchr(text, '\0', length) != NULL) {
            fail(&parser, parser.pr_line, "not a line of text");
        } else {
            memcpy(line, text, length);
            line[length] = '\0';
            parse_line(&parser, line);
        }
        text += step;
        size -= step;
    }
    finish_section(&parser);
    return parser.pr_count;
}
