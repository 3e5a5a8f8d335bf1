/* SPDX-License-Identifier: MIT */
/*
 * job.c - jobs: starting them, hearing how they end, telling who waits.
 *
 *      FREE -- job_start --> RUNNING -- its task dies --> ENDED -- job_wait --> FREE
 *                                   `-- nobody will wait, or waits already -> FREE
 *
 * Mach has no exit status: a job says it by job_exit, or crashes, which the
 * kernel tells by an exception message; both come to the job's own port, and
 * then the death of its task.  The last word before the death counts.
 */
#include "job.h"

#include <ostia/job.h>
#include <ostia/job_server.h>
#include <ostia/ostia.h>
#include <servers/bootstrap.h>
#include <stdio.h>
#include <string.h>

#include "files.h"
#include "load.h"
#include "log.h"
#include "names.h"
#include "script.h"
#include "server.h"

#define JOB_WAIT_ID    910002 /* and its reply: */
#define JOB_WAIT_REPLY (JOB_WAIT_ID + 100)
#define TASK_NAME_MAX  32  /* of a name in the kernel's reports */
#define STATUS_UNKNOWN 128 /* the task ended without a word */

static struct job jobs[JOBS_MAX];
static unsigned last_id;

/* The running job whose bootstrap port this is, or NULL. */
struct job *
job_of_port(mach_port_t port)
{
    for (unsigned i = 0; i < JOBS_MAX; i++)
        if (jobs[i].jb_state == JOB_RUNNING && jobs[i].jb_port == port)
            return &jobs[i];
    return NULL;
}

/* The running job whose task this is, or NULL. */
struct job *
job_of_task(mach_port_t task)
{
    for (unsigned i = 0; i < JOBS_MAX; i++)
        if (jobs[i].jb_state == JOB_RUNNING && jobs[i].jb_task == task)
            return &jobs[i];
    return NULL;
}

/* A free slot, if this parent may have one more child. */
static struct job *
find_slot(const struct job *parent)
{
    struct job *slot = NULL;
    unsigned free_slots = 0, children = 0;

    for (unsigned i = 0; i < JOBS_MAX; i++)
        if (jobs[i].jb_state == JOB_FREE) {
            slot = &jobs[i];
            free_slots++;
        } else if (jobs[i].jb_parent == parent) {
            children++;
        }

    if (parent == NULL)
        return slot;
    if (children >= JOB_CHILDREN_MAX)
        return NULL;
    return parent->jb_privileged || free_slots > JOBS_RESERVED ? slot : NULL;
}

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

/* The job's port, with a send right for as long as we hand it out. */
static kern_return_t
create_port(struct job *job)
{
    kern_return_t kr = server_port_create(&job->jb_port);

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
 *          KERN_RESOURCE_SHORTAGE   no slot for one job more of this parent
 *          KERN_INVALID_VALUE       the program is no ELF file for this machine
 *          or why the kernel refused
 */
kern_return_t
job_start(const struct job_start *how, struct job **started)
{
    struct job *job = find_slot(how->js_parent);
    struct file file;
    kern_return_t kr;

    if (!find_program(how, &file))
        return KERN_INVALID_NAME;
    if (job == NULL)
        return KERN_RESOURCE_SHORTAGE;

    memset(job, 0, sizeof *job);
    snprintf(job->jb_name, sizeof job->jb_name, "%s", how->js_name);
    job->jb_parent = how->js_parent;
    job->jb_privileged = how->js_privileged;
    job->jb_ours = how->js_ours;
    job->jb_named = !how->js_ours && how->js_parent == NULL;

    kr = create_port(job);
    if (kr != KERN_SUCCESS)
        return kr;
    kr = task_create(mach_task_self(), NULL, 0, FALSE, &job->jb_task);
    if (kr != KERN_SUCCESS)
        goto no_task;
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
    task_terminate(job->jb_task);
    mach_port_destroy(mach_task_self(), job->jb_task);
no_task:
    server_port_destroy(job->jb_port);
    mach_port_deallocate(mach_task_self(), job->jb_port);
    return kr;
}

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
    for (unsigned i = 0; i < JOBS_MAX; i++) {
        if (jobs[i].jb_state == JOB_FREE || jobs[i].jb_parent != parent)
            continue;
        mach_port_deallocate(mach_task_self(), jobs[i].jb_waiter);
        jobs[i].jb_waiter = MACH_PORT_NULL;
        jobs[i].jb_parent = NULL;
        if (jobs[i].jb_state == JOB_ENDED)
            jobs[i].jb_state = JOB_FREE;
    }
}

/*
 * job_task_died - the job's task is dead, and all that it said has been heard.
 *
 * Requires  the name of its task is a dead name now.
 */
void
job_task_died(struct job *job)
{
    struct job ended;

    if (!job->jb_told) {
        job->jb_status = STATUS_UNKNOWN;
        strcpy(job->jb_how, "ended without an exit status");
    }
    job->jb_state = JOB_ENDED;
    orphan_children(job);
    names_owner_ended(job->jb_id);
    server_port_destroy(job->jb_port);
    mach_port_deallocate(mach_task_self(), job->jb_task);

    if (job->jb_waiter != MACH_PORT_NULL)
        answer_waiter(job);
    else if (job->jb_parent != NULL)
        return; /* kept until the parent asks */
    ended = *job;
    job->jb_state = JOB_FREE;
    script_job_ended(&ended);
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
    for (unsigned i = 0; i < JOBS_MAX; i++)
        if (jobs[i].jb_state != JOB_FREE && jobs[i].jb_parent == parent &&
            jobs[i].jb_id == (unsigned)id)
            return &jobs[i];
    return NULL;
}

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
    struct job_start how = { .js_name = program,
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
    for (unsigned i = 0; i < JOBS_MAX; i++) {
        if (jobs[i].jb_state == JOB_FREE || index-- != 0)
            continue;
        *id = (int)jobs[i].jb_id;
        strcpy(program, jobs[i].jb_name);
        strcpy(how, jobs[i].jb_state == JOB_ENDED ? jobs[i].jb_how : "running");
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
