/* SPDX-License-Identifier: MIT */
/*
 * servers/bootstrap_types.h - names and codes of the bootstrap server, and the
 * calls that clients make.  Included by <servers/bootstrap.h>.
 *
 * A service has a name and a port.  The server that is declared to provide it
 * checks in and gets the receive right; clients look up and get send rights,
 * before the server has checked in too: their messages wait in the queue.
 */
#ifndef _SERVERS_BOOTSTRAP_TYPES_H_
#define _SERVERS_BOOTSTRAP_TYPES_H_

#include <mach/mach_init.h>
#include <mach/mach_types.h>

#define BOOTSTRAP_MAX_NAME_LEN     128 /* with the NUL */
#define BOOTSTRAP_MAX_CMD_LEN      512
#define BOOTSTRAP_MAX_LOOKUP_COUNT 20

typedef char name_t[BOOTSTRAP_MAX_NAME_LEN];
typedef char cmd_t[BOOTSTRAP_MAX_CMD_LEN];
typedef name_t *name_array_t;
typedef int bootstrap_status_t;
typedef bootstrap_status_t *bootstrap_status_array_t;

#define BOOTSTRAP_SUCCESS         0
#define BOOTSTRAP_NOT_PRIVILEGED  1100 /* not yours to ask for */
#define BOOTSTRAP_NAME_IN_USE     1101 /* somebody has the name */
#define BOOTSTRAP_UNKNOWN_SERVICE 1102 /* nobody has the name */
#define BOOTSTRAP_SERVICE_ACTIVE  1103 /* somebody has checked in */
#define BOOTSTRAP_BAD_COUNT       1104 /* too long, or too many */
#define BOOTSTRAP_NO_MEMORY       1105
#define BOOTSTRAP_NO_CHILDREN     1106

/* bootstrap_status */
#define BOOTSTRAP_STATUS_INACTIVE  0 /* declared, nobody has checked in */
#define BOOTSTRAP_STATUS_ACTIVE    1 /* somebody serves it */
#define BOOTSTRAP_STATUS_ON_DEMAND 2 /* will be started by a first message */

/* The receive right of a service that the caller is declared to provide. */
extern kern_return_t bootstrap_check_in(mach_port_t bp,
                                        const char *service_name,
                                        mach_port_t *service_port);

/* Publishes a send right; MACH_PORT_NULL takes the name back. */
extern kern_return_t bootstrap_register(mach_port_t bp,
                                        const char *service_name,
                                        mach_port_t service_port);

/* A send right to a service. */
extern kern_return_t bootstrap_look_up(mach_port_t bp, const char *service_name,
                                       mach_port_t *service_port);

/*
 * Send rights to several services at once: BOOTSTRAP_MAX_LOOKUP_COUNT at most.
 * An unknown one is MACH_PORT_NULL, and *all_known FALSE.  The array is memory
 * of the caller's.
 */
extern kern_return_t bootstrap_look_up_array(
    mach_port_t bp, name_array_t service_names, mach_msg_type_number_t count,
    mach_port_array_t *service_ports, mach_msg_type_number_t *ports_count,
    boolean_t *all_known);

/* BOOTSTRAP_STATUS_ of a service. */
extern kern_return_t bootstrap_status(mach_port_t bp, const char *service_name,
                                      bootstrap_status_t *service_active);

/* The text of a code of these calls, or mach_error_string's. */
extern const char *bootstrap_strerror(kern_return_t code);

#endif
