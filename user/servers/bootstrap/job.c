/* SPDX-License-Identifier: MIT */
/*
 * job.c - jobs: starting them, hearing how they end, telling who waits.
 *
 *      FREE -- job_start --> RUNNING -- its task dies --> ENDING
 *      ENDING -- its other tasks are gone --> ENDED -- job_wait --> FREE
 *                        `-- nobody will wait, or waits already --> FREE
 *
 * Mach has no exit status: a job says it by job_exit, or crashes, which the
 * kernel tells by an exception message; both come to the job's own port, and
 * then the death of its task.  The last word before the death counts.
 *
 * Each job has a ledger (docs/ledgers.md), which hangs on its starter's.  What
 * the server keeps for jobs is bounded by the same tree: a root job with all
 * that it starts is JOB_TREE_MAX jobs at most, and each of these has its share
 * of names.
 */
#include "job.h"

#include <ostia/job.h>
#include <ostia/job_server.h>
#include <ostia/ostia.h>
#include <servers/bootstrap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "load.h"
#include "log.h"
#include "names.h"
#include "script.h"
#include "server.h"

#define JOB_WAIT_ID         910002 /* and its reply: */
#define JOB_WAIT_REPLY      (JOB_WAIT_ID + 100)
#define LEDGER_TERMINATE_ID 5001
#define TASK_NAME_MAX       32  /* of a name in the kernel's reports */
#define DEPTH_MAX           5   /* of a ledger */
#define STATUS_UNKNOWN      128 /* the task ended without a word */

static struct job *jobs; /* slots; one that is free is used again */
static unsigned last_id;

/* The running job whose bootstrap port this is, or NULL. */
struct job *
job_of_port(mach_port_t port)
{
    for (struct job *job = jobs; job != NULL; job = job->jb_next)
        if (job->jb_state == JOB_RUNNING && job->jb_port == port)
            return job;
    return NULL;
}

/* The running job whose task this is, or NULL. */
struct job *
job_of_task(mach_port_t task)
{
    for (struct job *job = jobs; job != NULL; job = job->jb_next)
        if (job->jb_state == JOB_RUNNING && job->jb_task == task)
            return job;
    return NULL;
}

/* May this parent, NULL for the server, have one more child? */
static bool
has_share(const struct job *parent)
{
    unsigned most = JOB_TREE_MAX, count = 0;

    if (parent == NULL)
        return true;
    if (!parent->jb_privileged)
        most -= JOBS_RESERVED;
    for (struct job *job = jobs; job != NULL; job = job->jb_next)
        count += job->jb_state != JOB_FREE && job->jb_root == parent->jb_root;
    return count < most;
}

/* The running job of this number, or NULL. */
static struct job *
job_of_id(int id)
{
    for (struct job *job = jobs; job != NULL; job = job->jb_next)
        if (job->jb_state == JOB_RUNNING && job->jb_id == (unsigned)id)
            return job;
    return NULL;
}

/* A slot without a job, cleared; NULL: no memory for one more. */
static struct job *
empty_slot(void)
{
    struct job **slot = &jobs;

    while (*slot != NULL && (*slot)->jb_state != JOB_FREE)
        slot = &(*slot)->jb_next;
    if (*slot == NULL)
        *slot = calloc(1, sizeof **slot);
    else
        **slot = (struct job){ .jb_next = (*slot)->jb_next };
    return *slot;
}

/* ---- Ledgers ---- */

/* One user reference more of a ledger that we have. */
static ledger_t
hold(ledger_t ledger)
{
    (void)mach_port_mod_refs(mach_task_self(), ledger, MACH_PORT_RIGHT_SEND, 1);
    return ledger;
}

/* A new ledger below `above`, as large as the job is to have it. */
static kern_return_t
create_ledger(ledger_t above, const struct job_start *how, ledger_t *ledger)
{
    kern_return_t kr;

    kr = ledger_create(above, MACH_PORT_NULL, ledger, how->js_limit);
    if (kr != KERN_SUCCESS || how->js_reservation == LEDGER_ITEM_INFINITY)
        return kr;
    kr = ledger_set_reservation(*ledger, how->js_reservation);
    if (kr != KERN_SUCCESS) {
        log_line("job %s: its reservation is not to be had: it must be within "
                 "half of RAM, and within what the others leave",
                 how->js_name);
        mach_port_deallocate(mach_task_self(), *ledger);
    }
    return kr;
}

/*
 * Finds the job's ledgers, of which it holds references from then on (J5).  A
 * job that the last level's job starts hangs beside that one.
 */
static kern_return_t
take_ledgers(struct job *job, const struct job_start *how)
{
    const struct job *parent = how->js_parent;
    ledger_t above = server.sv_ledger;
    kern_return_t kr = KERN_SUCCESS;

    job->jb_depth = 1;
    if (parent != NULL && parent->jb_depth < DEPTH_MAX) {
        above = parent->jb_ledger;
        job->jb_depth = parent->jb_depth + 1;
    } else if (parent != NULL) {
        above = parent->jb_above;
        job->jb_depth = DEPTH_MAX;
    }

    if (how->js_kept != NULL && *how->js_kept != MACH_PORT_NULL)
        job->jb_ledger = hold(*how->js_kept);
    else
        kr = create_ledger(above, how, &job->jb_ledger);
    if (kr != KERN_SUCCESS)
        return kr;

    job->jb_above = hold(above);
    job->jb_root = hold(parent != NULL ? parent->jb_root : job->jb_ledger);
    job->jb_again = how->js_kept != NULL;
    if (job->jb_again && *how->js_kept == MACH_PORT_NULL)
        *how->js_kept = hold(job->jb_ledger);
    return KERN_SUCCESS;
}

static void
drop_ledgers(struct job *job)
{
    mach_port_deallocate(mach_task_self(), job->jb_ledger);
    mach_port_deallocate(mach_task_self(), job->jb_above);
    mach_port_deallocate(mach_task_self(), job->jb_root);
}

/* Asks for the end of all tasks of the job; the answer comes to its port. */
static kern_return_t
end_ledger(struct job *job)
{
    mach_msg_header_t request = {
        .msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
                                    MACH_MSG_TYPE_MAKE_SEND_ONCE),
        .msgh_size = sizeof request,
        .msgh_remote_port = job->jb_ledger,
        .msgh_local_port = job->jb_port,
        .msgh_id = LEDGER_TERMINATE_ID,
    };

    return mach_msg_send(&request);
}

/* ---- Starting ---- */

/* What the task shall find: its bootstrap port, and the console if at all. */
static kern_return_t
give_ports(const struct job *job, bool console)
{
    mach_port_t registered[] = { MACH_PORT_NULL, MACH_PORT_NULL,
                                 console ? server.sv_console : MACH_PORT_NULL };
    kern_return_t kr;

    kr = task_set_special_port(job->jb_task, TASK_BOOTSTRAP_PORT, job->jb_port);
    if (kr == KERN_SUCCESS)
        kr = mach_ports_register(job->jb_task, registered, 3);
    if (kr == KERN_SUCCESS)
        kr = task_set_exception_ports(
            job->jb_task, EXC_MASK_ALL, job->jb_port,
            (exception_behavior_t)(EXCEPTION_DEFAULT | MACH_EXCEPTION_CODES),
            THREAD_STATE_NONE);
    return kr;
}

/*
 * The job's port, with a send right for as long as we hand it out.  It is made
 * in the job's task, so that the job pays for it: whoever has a right to it may
 * keep what is left of it when it is long dead.
 */
static kern_return_t
create_port(struct job *job)
{
    mach_msg_type_name_t type;
    mach_port_t there;
    kern_return_t kr;

    kr = mach_port_allocate(job->jb_task, MACH_PORT_RIGHT_RECEIVE, &there);
    if (kr == KERN_SUCCESS)
        kr = mach_port_extract_right(job->jb_task, there,
                                     MACH_MSG_TYPE_MOVE_RECEIVE, &job->jb_port,
                                     &type);
    if (kr == KERN_SUCCESS)
        kr = server_port_adopt(job->jb_port);
    if (kr != KERN_SUCCESS)
        return kr;
    kr = mach_port_insert_right(mach_task_self(), job->jb_port, job->jb_port,
                                MACH_MSG_TYPE_MAKE_SEND);
    if (kr != KERN_SUCCESS)
        server_port_destroy(job->jb_port);
    return kr;
}

/* Fills the empty task, and lets it run. */
static kern_return_t
launch(struct job *job, const struct job_start *how, const struct file *file)
{
    char shown[TASK_NAME_MAX];
    uint64_t entry, sp;
    kern_return_t kr;

    snprintf(shown, sizeof shown, "%.*s", TASK_NAME_MAX - 1, job->jb_name);
    kr = give_ports(job, how->js_console);
    if (kr == KERN_SUCCESS)
        kr = task_set_name(job->jb_task, shown);
    if (kr == KERN_SUCCESS)
        kr = load_image(job->jb_task, file->fl_data, file->fl_size, &entry);
    if (kr == KERN_SUCCESS)
        kr = load_stack(job->jb_task, how->js_program, how->js_args,
                        how->js_args_size, &sp);
    if (kr == KERN_SUCCESS)
        kr = server_watch(job->jb_task, job->jb_port);
    if (kr == KERN_SUCCESS)
        kr = load_run(job->jb_task, entry, sp);
    return kr;
}

/* The program's file: the user's own comes before one of the same name. */
static bool
find_program(const struct job_start *how, struct file *file)
{
    return (!how->js_ours && files_in(FILES_TASK, how->js_program, file)) ||
           files_in(FILES_BIN, how->js_program, file);
}

/*
 * job_start - run a program.
 *
 * Returns  KERN_SUCCESS             *started is the job
 *          KERN_INVALID_NAME        there is no such program
 *          KERN_RESOURCE_SHORTAGE   the root job that it comes from has as many
 *                                   jobs as it may, or memory is short
 *          KERN_INVALID_VALUE       the program is no ELF file for this machine
 *          or why the kernel refused
 */
kern_return_t
job_start(const struct job_start *how, struct job **started)
{
    struct job *job;
    struct file file;
    kern_return_t kr;

    if (!find_program(how, &file))
        return KERN_INVALID_NAME;
    job = has_share(how->js_parent) ? empty_slot() : NULL;
    if (job == NULL)
        return KERN_RESOURCE_SHORTAGE;

    snprintf(job->jb_name, sizeof job->jb_name, "%s", how->js_name);
    job->jb_parent = how->js_parent;
    job->jb_privileged = how->js_privileged;
    job->jb_ours = how->js_ours;
    job->jb_named = !how->js_ours && how->js_parent == NULL;

    kr = take_ledgers(job, how);
    if (kr != KERN_SUCCESS)
        return kr;
    kr =
        task_create(mach_task_self(), &job->jb_ledger, 1, FALSE, &job->jb_task);
    if (kr != KERN_SUCCESS)
        goto no_task;
    kr = create_port(job);
    if (kr != KERN_SUCCESS)
        goto no_port;
    kr = launch(job, how, &file);
    if (kr != KERN_SUCCESS)
        goto no_launch;

    /* From now on the task alone keeps the port's send right. */
    mach_port_deallocate(mach_task_self(), job->jb_port);
    job->jb_id = ++last_id;
    job->jb_state = JOB_RUNNING;
    *started = job;
    return KERN_SUCCESS;

no_launch:
    server_port_destroy(job->jb_port);
    mach_port_deallocate(mach_task_self(), job->jb_port);
no_port:
    task_terminate(job->jb_task);
    mach_port_destroy(mach_task_self(), job->jb_task);
no_task:
    drop_ledgers(job);
    return kr;
}

/* ---- Ending ---- */

/* Ends the wait of the parent, whose reply right we kept. */
static void
answer_waiter(struct job *job)
{
    __Reply__job_wait_t reply;

    memset(&reply, 0, sizeof reply);
    reply.Head.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND_ONCE, 0);
    reply.Head.msgh_size = sizeof reply;
    reply.Head.msgh_remote_port = job->jb_waiter;
    reply.Head.msgh_id = JOB_WAIT_REPLY;
    reply.NDR = NDR_record;
    reply.RetCode = KERN_SUCCESS;
    reply.status = job->jb_status;
    strcpy(reply.how, job->jb_how);

    job->jb_waiter = MACH_PORT_NULL;
    if (mach_msg_send(&reply.Head) != MACH_MSG_SUCCESS)
        mach_msg_destroy(&reply.Head);
}

/* The parent is gone: nobody will wait for these any more. */
static void
orphan_children(const struct job *parent)
{
    for (struct job *job = jobs; job != NULL; job = job->jb_next) {
        if (job->jb_state == JOB_FREE || job->jb_parent != parent)
            continue;
        mach_port_deallocate(mach_task_self(), job->jb_waiter);
        job->jb_waiter = MACH_PORT_NULL;
        job->jb_parent = NULL;
        if (job->jb_state == JOB_ENDED)
            job->jb_state = JOB_FREE;
    }
}

/* All of the job is gone: whoever waits for that is told. */
static void
finish(struct job *job)
{
    struct job ended;

    job->jb_state = JOB_ENDED;
    server_port_destroy(job->jb_port);
    drop_ledgers(job);

    if (job->jb_waiter != MACH_PORT_NULL)
        answer_waiter(job);
    else if (job->jb_parent != NULL)
        return; /* kept until the parent asks */
    ended = *job;
    job->jb_state = JOB_FREE;
    script_job_ended(&ended);
}

/*
 * job_task_died - the job's task is dead, and all that it said has been heard.
 *
 * Its other tasks end with it, unless the job is to run again.
 *
 * Requires  the name of its task is a dead name now.
 */
void
job_task_died(struct job *job)
{
    if (!job->jb_told) {
        job->jb_status = STATUS_UNKNOWN;
        strcpy(job->jb_how, "ended without an exit status");
    }
    job->jb_state = JOB_ENDING;
    orphan_children(job);
    names_owner_ended(job->jb_id);
    mach_port_deallocate(mach_task_self(), job->jb_task);

    if (job->jb_again || end_ledger(job) != MACH_MSG_SUCCESS)
        finish(job);
}

void
job_ledger_ended(mach_port_t port, bool answered)
{
    struct job *job = jobs;

    while (job != NULL && (job->jb_state != JOB_ENDING || job->jb_port != port))
        job = job->jb_next;
    if (job != NULL && (answered || end_ledger(job) != MACH_MSG_SUCCESS))
        finish(job);
}

/* Notes how the job says that it ends. */
void
job_tell(struct job *job, int status, const char *how)
{
    job->jb_told = true;
    job->jb_status = status;
    snprintf(job->jb_how, sizeof job->jb_how, "%s", how);
}

/* The child of that id, or NULL. */
static struct job *
find_child(const struct job *parent, int id)
{
    for (struct job *job = jobs; job != NULL; job = job->jb_next)
        if (job->jb_state != JOB_FREE && job->jb_parent == parent &&
            job->jb_id == (unsigned)id)
            return job;
    return NULL;
}

/* ---- Routines ---- */

/* job_exit - the status with which the job's task is about to end. */
kern_return_t
do_job_exit(mach_port_t bp, int status)
{
    struct job *job = job_of_port(bp);
    char how[JOB_HOW_MAX];

    snprintf(how, sizeof how, "exit %d", status);
    if (job != NULL)
        job_tell(job, status, how);
    return KERN_SUCCESS;
}

/*
 * job_spawn - run a program as a child of this job.
 *
 * Returns  KERN_SUCCESS            *id is what job_wait takes
 *          KERN_INVALID_ARGUMENT   the last argument does not end in NUL
 *          or as job_start
 */
kern_return_t
do_job_spawn(mach_port_t bp, const char *program, const char *args,
             mach_msg_type_number_t args_size, int *id)
{
    struct job *parent = job_of_port(bp), *job;
    struct job_start how = { .js_limit = LEDGER_ITEM_INFINITY,
                             .js_reservation = LEDGER_ITEM_INFINITY,
                             .js_name = program,
                             .js_program = program,
                             .js_args = args,
                             .js_args_size = args_size,
                             .js_console = true,
                             .js_parent = parent };
    kern_return_t kr;

    if (parent == NULL || (args_size > 0 && args[args_size - 1] != '\0'))
        return KERN_INVALID_ARGUMENT;
    kr = job_start(&how, &job);
    if (kr == KERN_SUCCESS)
        *id = (int)job->jb_id;
    return kr;
}

/*
 * job_wait - how a child ended; answered when it has.
 *
 * Consumes  the reply right, with MIG_NO_REPLY.
 * Returns   KERN_SUCCESS, KERN_INVALID_ARGUMENT (no such child), KERN_FAILURE
 *           (somebody waits for it already), MIG_NO_REPLY (it still runs)
 */
kern_return_t
do_job_wait(mach_port_t bp, mach_port_t reply, int id, int *status, char *how)
{
    struct job *parent = job_of_port(bp);
    struct job *job = parent != NULL ? find_child(parent, id) : NULL;

    if (job == NULL || !MACH_PORT_VALID(reply))
        return KERN_INVALID_ARGUMENT;
    if (job->jb_state == JOB_ENDED) {
        *status = job->jb_status;
        strcpy(how, job->jb_how);
        job->jb_state = JOB_FREE;
        return KERN_SUCCESS;
    }

    if (job->jb_waiter != MACH_PORT_NULL && !server_port_dead(job->jb_waiter))
        return KERN_FAILURE;
    mach_port_deallocate(mach_task_self(), job->jb_waiter);
    job->jb_waiter = reply;
    return MIG_NO_REPLY;
}

/* job_list - the job at place `index`; KERN_INVALID_ARGUMENT after the last. */
kern_return_t
do_job_list(mach_port_t bp, int index, int *id, char *program, char *how)
{
    (void)bp;
    for (struct job *job = jobs; job != NULL; job = job->jb_next) {
        if (job->jb_state == JOB_FREE || index-- != 0)
            continue;
        *id = (int)job->jb_id;
        strcpy(program, job->jb_name);
        strcpy(how, job->jb_state == JOB_RUNNING ? "running" : job->jb_how);
        return KERN_SUCCESS;
    }
    return KERN_INVALID_ARGUMENT;
}

/* job_program - the program at place `index`; KERN_INVALID_ARGUMENT after all. */
kern_return_t
do_job_program(mach_port_t bp, int index, char *program)
{
    (void)bp;
    return files_name(FILES_BIN, index, program, JOB_NAME_MAX)
               ? KERN_SUCCESS
               : KERN_INVALID_ARGUMENT;
}

/* job_halt - end of the run; BOOTSTRAP_NOT_PRIVILEGED for most. */
kern_return_t
do_job_halt(mach_port_t bp, int status)
{
    struct job *job = job_of_port(bp);
    char reason[JOB_HOW_MAX];

    if (job == NULL || !job->jb_privileged)
        return BOOTSTRAP_NOT_PRIVILEGED;
    snprintf(reason, sizeof reason, "exit %d", status);
    server_halt(status, reason);
}

/*
 * job_get_ledger - the ledger of a running job, or of who asks (JOB_SELF), or
 * the server's own (JOB_SERVER).
 *
 * Returns  KERN_SUCCESS            *ledger is to be read; a privileged job may
 *                                  change it
 *          KERN_INVALID_ARGUMENT   no such job
 *          or why the kernel refused
 */
kern_return_t
do_job_get_ledger(mach_port_t bp, int id, mach_port_t *ledger)
{
    struct job *asker = job_of_port(bp);
    struct job *job = id == JOB_SELF ? asker : job_of_id(id);

    if (id == JOB_SERVER)
        return task_get_ledger(mach_task_self(), ledger);
    if (job == NULL)
        return KERN_INVALID_ARGUMENT;
    if (asker == NULL || !asker->jb_privileged)
        return task_get_ledger(job->jb_task, ledger);
    *ledger = hold(job->jb_ledger);
    return KERN_SUCCESS;
}
