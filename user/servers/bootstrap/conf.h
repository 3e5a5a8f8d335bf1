/* SPDX-License-Identifier: MIT */
/*
 * conf.h - the list of jobs, as etc/bootstrap.conf gives it.
 */
#ifndef BOOTSTRAP_CONF_H
#define BOOTSTRAP_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONF_JOBS_MAX     32
#define CONF_SERVICES_MAX 8
#define CONF_NAME_MAX     32
#define CONF_ARGS_MAX     256
#define CONF_SERVICE_MAX  128     /* of a service's name, with its NUL */
#define CONF_NOT_SET      (~0ull) /* a size that is left out */

/* When a job runs */
enum conf_run {
    CONF_RUN_SERVICE, /* always, and from the start */
    CONF_RUN_ONCE,    /* in the default boot, one after the other */
    CONF_RUN_SHELL,   /* in the default boot, last; again when it ends */
    CONF_RUN_NAMED,   /* when the command line names its program */
};

struct conf_job {
    char cj_name[CONF_NAME_MAX];
    char cj_program[CONF_NAME_MAX];
    char cj_args[CONF_ARGS_MAX]; /* each ended by a NUL */
    size_t cj_args_size;
    char cj_services[CONF_SERVICES_MAX][CONF_SERVICE_MAX];
    unsigned cj_service_count;
    enum conf_run cj_run;
    uint64_t cj_limit, cj_reservation; /* of its ledger, in bytes */
    bool cj_console;    /* finds the console among its registered ports */
    bool cj_privileged; /* may end the run */
};

/* Tells of an error in line `line` of the text. */
typedef void (*conf_error_t)(unsigned line, const char *what);

unsigned conf_parse(const char *text, size_t size, struct conf_job *jobs,
                    unsigned max, conf_error_t error);

#endif
