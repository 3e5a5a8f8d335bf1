/* SPDX-License-Identifier: MIT */
/*
 * names.c - the services that can be looked up, and the routines that do it.
 *
 * A service is declared in the configuration or registered by a job:
 *
 *      declared    -- check_in by its job ------------>  active
 *      active      -- its port dies, its job lives --->  declared, a new port
 *      registered  -- its port dies, or is withdrawn ->  gone
 *      any         -- the job that it belongs to ends ->  gone
 *
 * A declared service has a port from the start, so that it can be looked up,
 * and messages wait in its queue, before its server has come up.
 *
 * Rules:
 *  - A service is owned by the job that it was declared for or that registered
 *    it.  Who asks is told by the port on which the request came, and by
 *    nothing in the message.
 *  - An entry holds one user reference of its port's send right.  A request
 *    that is refused has all its rights destroyed by the main loop, so that the
 *    references of every right are the same after as before.
 *  - Every port here is watched: its death is told by the kernel.  The
 *    notification may still be in its queue when the next request is answered,
 *    so a look at the table looks at the port too.
 */
#include "names.h"

#include <mach/mach_vm.h>
#include <servers/bootstrap.h>
#include <servers/bootstrap_server.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "job.h"
#include "log.h"
#include "server.h"

#define REGISTERED_MAX 16 /* by one job */
#define LOOKUP_MAX     BOOTSTRAP_MAX_LOOKUP_COUNT

_Static_assert(CONF_SERVICE_MAX == BOOTSTRAP_MAX_NAME_LEN,
               "a name in the configuration is a name in a message");

/*
 * (N1) sn_port is null <=> the entry is free
 * (N2) sn_declared && !sn_active <=> the server holds the receive right
 * (N3) !sn_declared  => sn_active
 */
struct service {
    struct service *sn_next;
    char sn_name[BOOTSTRAP_MAX_NAME_LEN];
    unsigned sn_owner; /* a job's id */
    mach_port_t sn_port;
    bool sn_declared;
    bool sn_active;
};

static struct service *services; /* entries; one that is free is used again */

/* A fresh port for a declared service: receive right, send right, watched. */
static kern_return_t
create_port(mach_port_t *port)
{
    kern_return_t kr;

    kr = mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, port);
    if (kr != KERN_SUCCESS)
        return kr;

    kr = mach_port_insert_right(mach_task_self(), *port, *port,
                                MACH_MSG_TYPE_MAKE_SEND);
    if (kr == KERN_SUCCESS)
        kr = server_watch(*port, server.sv_notify);
    if (kr != KERN_SUCCESS)
        mach_port_destroy(mach_task_self(), *port);
    return kr;
}

/* Frees an entry, and its reference of the send right. */
static void
forget(struct service *service)
{
    if (service->sn_declared && !service->sn_active)
        server_port_destroy(service->sn_port);
    mach_port_deallocate(mach_task_self(), service->sn_port);
    *service = (struct service){ .sn_next = service->sn_next };
}

/* The port died in the hands of whoever had it. */
static void
port_died(struct service *service)
{
    mach_port_t port;

    if (!service->sn_declared || create_port(&port) != KERN_SUCCESS) {
        forget(service);
        return;
    }
    mach_port_deallocate(mach_task_self(), service->sn_port);
    service->sn_port = port;
    service->sn_active = false;
}

/* Is this a name: not empty, and ended by a NUL? */
static bool
valid(const char *name)
{
    return *name != '\0' && memchr(name, '\0', BOOTSTRAP_MAX_NAME_LEN) != NULL;
}

/* The live service of a name, or NULL. */
static struct service *
find(const char *name)
{
    struct service *service;

    for (service = services; service != NULL; service = service->sn_next) {
        if (service->sn_port == MACH_PORT_NULL ||
            strcmp(service->sn_name, name) != 0)
            continue;
        if (service->sn_active && server_port_dead(service->sn_port))
            port_died(service);
        return service->sn_port != MACH_PORT_NULL ? service : NULL;
    }
    return NULL;
}

/* A free entry, filled; takes over one reference of the send right. */
static struct service *
add(const char *name, unsigned owner, mach_port_t port)
{
    struct service **slot = &services;

    while (*slot != NULL && (*slot)->sn_port != MACH_PORT_NULL)
        slot = &(*slot)->sn_next;
    if (*slot == NULL)
        *slot = calloc(1, sizeof **slot);
    if (*slot == NULL)
        return NULL;

    snprintf((*slot)->sn_name, BOOTSTRAP_MAX_NAME_LEN, "%s", name);
    (*slot)->sn_owner = owner;
    (*slot)->sn_port = port;
    (*slot)->sn_active = true;
    return *slot;
}

/* How many names has the job registered? */
static unsigned
registered_by(unsigned owner)
{
    unsigned count = 0;

    for (struct service *s = services; s != NULL; s = s->sn_next)
        if (s->sn_port != MACH_PORT_NULL && s->sn_owner == owner &&
            !s->sn_declared)
            count++;
    return count;
}

/*
 * names_declare - a service that the job `owner` will check in.
 *
 * Returns  KERN_SUCCESS
 *          BOOTSTRAP_BAD_COUNT    not a name
 *          BOOTSTRAP_NAME_IN_USE  another job has it
 *          BOOTSTRAP_NO_MEMORY    no port, or no entry, was to be had
 */
kern_return_t
names_declare(const char *name, unsigned owner)
{
    struct service *service;
    mach_port_t port;

    if (!valid(name))
        return BOOTSTRAP_BAD_COUNT;
    if (find(name) != NULL)
        return BOOTSTRAP_NAME_IN_USE;
    if (create_port(&port) != KERN_SUCCESS)
        return BOOTSTRAP_NO_MEMORY;

    service = add(name, owner, port);
    if (service == NULL) {
        mach_port_destroy(mach_task_self(), port);
        return BOOTSTRAP_NO_MEMORY;
    }
    service->sn_declared = true;
    service->sn_active = false;
    return KERN_SUCCESS;
}

/* names_served_by - does the job publish something that it receives on? */
bool
names_served_by(unsigned owner)
{
    for (struct service *s = services; s != NULL; s = s->sn_next)
        if (s->sn_port != MACH_PORT_NULL && s->sn_owner == owner &&
            s->sn_active)
            return true;
    return false;
}

/* names_owner_ended - take back all that a job has published. */
void
names_owner_ended(unsigned owner)
{
    for (struct service *s = services; s != NULL; s = s->sn_next)
        if (s->sn_port != MACH_PORT_NULL && s->sn_owner == owner)
            forget(s);
}

/*
 * names_port_died - a port that we have a name for is dead.
 *
 * One port may have been registered under several names; each entry drops its
 * own reference.
 */
void
names_port_died(mach_port_t port)
{
    for (struct service *s = services; s != NULL; s = s->sn_next)
        if (s->sn_port == port)
            port_died(s);
}

/*
 * bootstrap_check_in - the job takes the receive right of its service.
 *
 * Returns  KERN_SUCCESS               *port is moved to the client
 *          BOOTSTRAP_UNKNOWN_SERVICE  nobody declared it
 *          BOOTSTRAP_NOT_PRIVILEGED   it was declared for another job
 *          BOOTSTRAP_SERVICE_ACTIVE   it was taken before
 */
kern_return_t
do_bootstrap_check_in(mach_port_t bp, const char *name, mach_port_t *port)
{
    struct job *job = job_of_port(bp);
    struct service *service = valid(name) ? find(name) : NULL;

    if (service == NULL || !service->sn_declared)
        return BOOTSTRAP_UNKNOWN_SERVICE;
    if (job == NULL || service->sn_owner != job->jb_id)
        return BOOTSTRAP_NOT_PRIVILEGED;
    if (service->sn_active)
        return BOOTSTRAP_SERVICE_ACTIVE;

    service->sn_active = true;
    *port = service->sn_port;
    return KERN_SUCCESS;
}

/*
 * bootstrap_look_up - a send right to a service.
 *
 * Returns  KERN_SUCCESS               the reply copies our right
 *          BOOTSTRAP_UNKNOWN_SERVICE  nobody offers it
 */
kern_return_t
do_bootstrap_look_up(mach_port_t bp, const char *name, mach_port_t *port)
{
    struct service *service = valid(name) ? find(name) : NULL;

    (void)bp;
    if (service == NULL)
        return BOOTSTRAP_UNKNOWN_SERVICE;
    *port = service->sn_port;
    return KERN_SUCCESS;
}

/*
 * bootstrap_look_up_array - several at once.
 *
 * Consumes  the memory of `names`, on success.
 * Returns   KERN_SUCCESS         what is not known is MACH_PORT_NULL
 *           BOOTSTRAP_BAD_COUNT  more than BOOTSTRAP_MAX_LOOKUP_COUNT
 *           BOOTSTRAP_NO_MEMORY
 */
kern_return_t
do_bootstrap_look_up_array(mach_port_t bp, name_array_t names,
                           mach_msg_type_number_t count,
                           mach_port_array_t *ports,
                           mach_msg_type_number_t *ports_count,
                           boolean_t *all_known)
{
    mach_vm_address_t memory = 0;

    if (count > LOOKUP_MAX)
        return BOOTSTRAP_BAD_COUNT;
    if (count > 0 &&
        mach_vm_allocate(mach_task_self(), &memory, count * sizeof **ports,
                         VM_FLAGS_ANYWHERE) != KERN_SUCCESS)
        return BOOTSTRAP_NO_MEMORY;

    *ports = (mach_port_array_t)memory;
    *ports_count = count;
    *all_known = TRUE;
    for (unsigned i = 0; i < count; i++)
        if (do_bootstrap_look_up(bp, names[i], &(*ports)[i]) != KERN_SUCCESS)
            *all_known = FALSE;
    mach_vm_deallocate(mach_task_self(), (mach_vm_address_t)names,
                       count * sizeof names[0]);
    return KERN_SUCCESS;
}

/*
 * bootstrap_status - is the service in somebody's hands?
 *
 * Returns  KERN_SUCCESS, BOOTSTRAP_UNKNOWN_SERVICE
 */
kern_return_t
do_bootstrap_status(mach_port_t bp, const char *name,
                    bootstrap_status_t *status)
{
    struct service *service = valid(name) ? find(name) : NULL;

    (void)bp;
    if (service == NULL)
        return BOOTSTRAP_UNKNOWN_SERVICE;
    *status = service->sn_active ? BOOTSTRAP_STATUS_ACTIVE
                                 : BOOTSTRAP_STATUS_INACTIVE;
    return KERN_SUCCESS;
}

/* Takes a registered name back: only who registered it may. */
static kern_return_t
withdraw(struct service *service, const struct job *job)
{
    if (service == NULL)
        return BOOTSTRAP_UNKNOWN_SERVICE;
    if (service->sn_declared || service->sn_owner != job->jb_id)
        return BOOTSTRAP_NOT_PRIVILEGED;
    forget(service);
    return KERN_SUCCESS;
}

/* Why a name that exists cannot be registered. */
static kern_return_t
taken(const struct service *service, const struct job *job)
{
    if (service->sn_declared && service->sn_owner != job->jb_id)
        return BOOTSTRAP_NOT_PRIVILEGED;
    if (service->sn_declared && service->sn_active)
        return BOOTSTRAP_SERVICE_ACTIVE;
    return BOOTSTRAP_NAME_IN_USE;
}

/*
 * bootstrap_register - publish a send right; MACH_PORT_NULL withdraws it.
 *
 * Consumes  the right, on success: the entry holds it.
 * Returns   KERN_SUCCESS
 *           BOOTSTRAP_BAD_COUNT        not a name
 *           BOOTSTRAP_NAME_IN_USE      it is taken
 *           BOOTSTRAP_SERVICE_ACTIVE   it is this job's own service, in use
 *           BOOTSTRAP_NOT_PRIVILEGED   it belongs to another job
 *           BOOTSTRAP_UNKNOWN_SERVICE  nothing to withdraw
 *           BOOTSTRAP_NO_MEMORY        the job has registered enough
 *           KERN_INVALID_CAPABILITY    the port is dead
 */
kern_return_t
do_bootstrap_register(mach_port_t bp, const char *name, mach_port_t port)
{
    struct job *job = job_of_port(bp);
    struct service *service;

    if (job == NULL)
        return BOOTSTRAP_NOT_PRIVILEGED;
    if (!valid(name))
        return BOOTSTRAP_BAD_COUNT;
    if (port == MACH_PORT_DEAD)
        return KERN_INVALID_CAPABILITY;

    service = find(name);
    if (port == MACH_PORT_NULL)
        return withdraw(service, job);
    if (service != NULL)
        return taken(service, job);
    if (registered_by(job->jb_id) >= REGISTERED_MAX)
        return BOOTSTRAP_NO_MEMORY;

    /* The death of a job's task is told to its job port already: asking again
       would turn that notification away from it. */
    if (job_of_task(port) == NULL &&
        server_watch(port, server.sv_notify) != KERN_SUCCESS)
        return BOOTSTRAP_NO_MEMORY;
    return add(name, job->jb_id, port) != NULL ? KERN_SUCCESS
                                               : BOOTSTRAP_NO_MEMORY;
}
