/* SPDX-License-Identifier: MIT */
/*
 * t_conf.c - the bootstrap server's configuration: what it reads, and what it
 * says of errors.
 */
#include "tests/guest/tap.h"
#include "user/servers/bootstrap/conf.c" /* not part of a host library */

static struct conf_job jobs[4];
static unsigned count;
static char errors[1024]; /* "3: text\n" for each */

static void
note_error(unsigned line, const char *what)
{
    size_t used = strlen(errors);

    snprintf(errors + used, sizeof errors - used, "%u: %s\n", line, what);
    note("%u: %s", line, what);
}

static void
parse(const char *text)
{
    errors[0] = '\0';
    count = conf_parse(text, strlen(text), jobs, 4, note_error);
}

TEST(whole)
{
    parse("# a comment\n"
          "[job one]\n"
          "program = first   # and its comment\n"
          "arguments =  -v   two\twords \n"
          "service = org.a\n"
          "service = org.b\n"
          "run = once\n"
          "console = no\n"
          "privileged = yes\n"
          "limit = 24M\n"
          "reservation = 512K\n"
          "\r\n"
          "[job two]\n"
          "program=second");
    ok(ALL(count == 2, errors[0] == '\0'), "two whole sections are two jobs");
    ok(ALL(strcmp(jobs[0].cj_name, "one") == 0,
           strcmp(jobs[0].cj_program, "first") == 0),
       "name and program, without blanks and comments");
    ok(ALL(jobs[0].cj_args_size == 13,
           memcmp(jobs[0].cj_args, "-v\0two\0words", 13) == 0),
       "arguments are words");
    ok(ALL(jobs[0].cj_service_count == 2,
           strcmp(jobs[0].cj_services[1], "org.b") == 0),
       "a job may have several services");
    ok(ALL(jobs[0].cj_run == CONF_RUN_ONCE, !jobs[0].cj_console,
           jobs[0].cj_privileged),
       "run, console and privileged are read");
    ok(ALL(jobs[0].cj_limit == 24 << 20, jobs[0].cj_reservation == 512 << 10),
       "limit and reservation are read as bytes");
    ok(ALL(strcmp(jobs[1].cj_program, "second") == 0,
           jobs[1].cj_run == CONF_RUN_SERVICE, jobs[1].cj_console,
           !jobs[1].cj_privileged, jobs[1].cj_limit == CONF_NOT_SET,
           jobs[1].cj_reservation == CONF_NOT_SET),
       "what is left out has its default; the last line needs no end");
}

/* One bad section between two good ones: the error, and both are there. */
static void
bad(const char *section, const char *error)
{
    char text[2048], name[1024];

    snprintf(text, sizeof text,
             "[job a]\nprogram = a\n%s[job z]\nprogram = z\n", section);
    parse(text);
    snprintf(name, sizeof name, "told and skipped: %s", error);
    name[strcspn(name, "\n")] = '\0';
    ok(ALL(count == 2, strcmp(errors, error) == 0,
           strcmp(jobs[1].cj_name, "z") == 0),
       "%s", name);
}

TEST(errors)
{
    bad("[job b]\nprogram = b\nprogam = c\nrun = once\n",
        "5: unknown key 'progam' (program, arguments, service, run, console, "
        "privileged, limit, reservation)\n");
    bad("[job b]\n\n", "3: job 'b' names no program\n");
    bad("[job b]\nprogram b\n", "4: 'program b': there is no '='\n");
    bad("[job b]\nprogram =\n", "4: '' is empty or too long\n");
    bad("[job b\n", "3: '[job b': it must be [job NAME]\n");
    bad("[service b]\nprogram = b\n",
        "3: '[service b]': it must be [job NAME]\n");
    bad("[job a]\nprogram = b\n", "3: there is a job 'a' already\n");
    bad("[job b]\nprogram = b\nrun = later\n",
        "5: run = later: it must be service, once, shell or named\n");
    bad("[job b]\nprogram = b\nconsole = maybe\n",
        "5: 'maybe': it must be yes or no\n");
    bad("[job 0123456789012345678901234567890123456789]\nprogram = b\n",
        "3: '0123456789012345678901234567890123456789' is empty or too "
        "long\n");
}

static void
bad_size(const char *key, const char *size)
{
    char section[128], error[160];

    snprintf(section, sizeof section, "[job b]\nprogram = b\n%s = %s\n", key,
             size);
    snprintf(error, sizeof error,
             "5: %s = %s: it must be a size as 512K, 2M or 1G, up to 1024G\n",
             key, size);
    bad(section, error);
}

TEST(sizes)
{
    static const char *const sizes[] = { "",
                                         "2",
                                         "2m",
                                         "M",
                                         "-1M",
                                         "2 M",
                                         "2MB",
                                         "+2M",
                                         "x",
                                         "1025G",
                                         "99999999999999999999K" };

    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        bad_size("limit", sizes[i]);
    bad_size("reservation", "2");
    bad("[job b]\nprogram = b\nreservation = 2M\nlimit = 2047K\n",
        "3: job 'b': its reservation must be no larger than its limit\n");
    parse("[job a]\nprogram = a\nlimit = 1024G\nreservation = 0K\n");
    ok(ALL(count == 1, jobs[0].cj_limit == 1ull << 40,
           jobs[0].cj_reservation == 0),
       "the largest size, and none at all");
    parse("[job a]\nprogram = a\nlimit = 2M\nreservation = 2048K\n");
    ok(ALL(count == 1, jobs[0].cj_reservation == 2 << 20),
       "all that a job may have can be reserved");
}

TEST(edges)
{
    static char text[4096];

    parse("");
    ok(ALL(count == 0, errors[0] == '\0'), "an empty text has no jobs");
    parse("program = a\n[job b]\nprogram = b\n");
    ok(ALL(count == 1, strncmp(errors, "1: ", 3) == 0),
       "a key before any section is an error");
    parse("[job a]\nprogram=a\n[job b]\nprogram=b\n[job c]\nprogram=c\n"
          "[job d]\nprogram=d\n[job e]\nprogram=e\n");
    ok(ALL(count == 4, strncmp(errors, "9: ", 3) == 0),
       "more jobs than there is room for are told and skipped");
    memset(text, 'x', sizeof text - 1);
    parse(text);
    ok(ALL(count == 0, strncmp(errors, "1: ", 3) == 0),
       "a line without end is an error");
    count = conf_parse("[job a]\nprogram = a\0b\n", 22, jobs, 4, note_error);
    ok(count == 0, "a NUL is not text");
}
