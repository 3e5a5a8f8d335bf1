/* SPDX-License-Identifier: MIT */
/*
 * ipc_kobject.h - ports that stand for objects of the kernel (D9).
 *
 * The receiver of such a port is the kernel: a message to it is a call.  The
 * port's pointer to its object holds no reference; the object clears it with
 * ipc_kobject_disable before it dies.
 */
#ifndef OSTIA_IPC_IPC_KOBJECT_H
#define OSTIA_IPC_IPC_KOBJECT_H

#include "ipc/ipc_kmsg.h"

/* XNU's numbers where XNU has the thing. */
typedef enum ipc_kotype {
    IKOT_NONE = 0,
    IKOT_THREAD = 1,
    IKOT_TASK = 2,
    IKOT_HOST = 3,
    IKOT_HOST_PRIV = 4,
    IKOT_NAMED_ENTRY = 28,
    IKOT_CONSOLE = 64,
    IKOT_EXC_REPLY = 65, /* resumes a thread that raised an exception */
    IKOT_LEDGER = 66,
    IKOT_LEDGER_READ = 67,
    IKOT_MAX = 68,
} ipc_kotype_t;

/* One row per type; kernel/kobject_table.c has the table. */
struct ipc_kobject_ops {
    const char *iko_name;
    /*
     * A send right has gone (NULL: nothing to do), the last one if ip_srights
     * says so.  `port` is alive and may be destroyed by the function.
     */
    void (*iko_sender_gone)(ipc_port_t port);
    /*
     * Takes a message in place of the routines of the .defs files; consumes
     * it.  Also gets the send-once notification (MACH_NOTIFY_SEND_ONCE) when
     * a send-once right to the port is destroyed unused.
     */
    void (*iko_message)(ipc_port_t port, ipc_kmsg_t kmsg);
};
extern const struct ipc_kobject_ops ipc_kobject_ops[IKOT_MAX];

/* A kernel port for `object`, with one reference for the caller; or IP_NULL. */
MUSTUSE ipc_port_t ipc_kobject_alloc(void *object, ipc_kotype_t type,
                                     struct ledger *ledger);
/* The object behind a port, or NULL if it is dead or of another type. */
void *ipc_kobject_get(ipc_port_t port, ipc_kotype_t type);
ipc_kotype_t ipc_kobject_type(ipc_port_t port);
/* From now on the port stands for nothing (conversions give NULL). */
void ipc_kobject_disable(ipc_port_t port);
/* Disables and destroys the port: its names become dead names.  Consumes. */
void ipc_kobject_destroy(ipc_port_t port);

/* A send right of the port has gone: tells the object (ipc_port.c). */
void ipc_kobject_sender_gone(ipc_port_t port);

/*
 * ipc_kobject_server - carry out a request, and send the reply.
 *
 * `asker` is the thread that has sent it and goes on to receive, or NULL.
 * Consumes  the request, but on false: call again, when others have run and if
 *           its destination is still alive.
 */
MUSTUSE bool ipc_kobject_server(ipc_kmsg_t request, ipc_thread_t asker);
enum ipc_kobject_asked {
    ASKED_NOTHING, /* it is long, or its body or memory is not there */
    ASKED_TO_POST, /* ith_kmsg is the request, committed */
    ASKED,         /* the send half is over */
};

/*
 * A call of the kernel port `dest`, as mach_msg_fast.c has it in ith_msg, to be
 * answered at `reply`, where the thread then receives.
 */
MUSTUSE enum ipc_kobject_asked ipc_kobject_ask(ipc_thread_t self,
                                               ipc_port_t dest,
                                               ipc_port_t reply);
/* The request that is being carried out, or IKM_NULL. */
ipc_kmsg_t ipc_kobject_request(void);

#endif
