/* SPDX-License-Identifier: MIT */
/*
 * mach_error.c - the text behind every code that Ostia's interfaces know.
 *
 * Codes of one subsystem are close together, so each has a table that its code
 * indexes; modifiers are taken off mach_msg's codes first.
 */
#include <mach/mach.h>
#include <servers/bootstrap_types.h>
#include <stdio.h>

struct family {
    mach_error_t first; /* code of texts[0] */
    int count;
    const char *const *texts; /* NULL where there is no such code */
    const char *type;
};

static const char *const kern_texts[] = {
    [0] = "success",
    [1] = "invalid address",
    [2] = "protection failure",
    [3] = "no space available",
    [4] = "invalid argument",
    [5] = "failure",
    [6] = "resource shortage",
    [7] = "not receiver",
    [8] = "no access",
    [9] = "memory failure",
    [10] = "memory error",
    [11] = "already in set",
    [12] = "not in set",
    [13] = "name exists",
    [14] = "operation aborted",
    [15] = "invalid name",
    [16] = "invalid task",
    [17] = "invalid right",
    [18] = "invalid value",
    [19] = "user references overflow",
    [20] = "invalid capability",
    [21] = "right exists",
    [22] = "invalid host",
    [23] = "memory is already present",
    [24] = "memory data moved",
    [25] = "memory copy must be restarted",
    [26] = "invalid processor set",
    [27] = "policy limit exceeded",
    [28] = "invalid policy",
    [29] = "invalid memory object",
    [30] = "already waiting",
    [31] = "processor set is the default set",
    [32] = "exception port is protected",
    [33] = "invalid ledger",
    [34] = "invalid memory control",
    [35] = "invalid security token",
    [36] = "priority is not depressed",
    [37] = "object terminated",
    [38] = "lock set destroyed",
    [39] = "lock is unstable",
    [40] = "lock is owned by another thread",
    [41] = "lock is owned by this thread",
    [42] = "semaphore destroyed",
    [43] = "rpc server terminated",
    [44] = "rpc orphan terminated",
    [45] = "rpc orphan goes on",
    [46] = "not supported",
    [47] = "node is down",
    [48] = "thread is not waiting",
    [49] = "operation timed out",
    [50] = "code signature error",
    [51] = "policy cannot be changed",
    [52] = "buffer is too small",
    [53] = "denied",
    [54] = "kernel collection is missing",
    [55] = "kernel collection is invalid",
    [56] = "not found",
};

static const char *const send_texts[] = {
    [MACH_SEND_IN_PROGRESS - MACH_SEND_IN_PROGRESS] = "send: in progress",
    [MACH_SEND_INVALID_DATA - MACH_SEND_IN_PROGRESS] =
        "send: cannot read the message",
    [MACH_SEND_INVALID_DEST - MACH_SEND_IN_PROGRESS] =
        "send: invalid destination port",
    [MACH_SEND_TIMED_OUT - MACH_SEND_IN_PROGRESS] = "send: timed out",
    [MACH_SEND_INVALID_VOUCHER - MACH_SEND_IN_PROGRESS] =
        "send: invalid voucher",
    [MACH_SEND_INTERRUPTED - MACH_SEND_IN_PROGRESS] = "send: interrupted",
    [MACH_SEND_MSG_TOO_SMALL - MACH_SEND_IN_PROGRESS] =
        "send: message too small",
    [MACH_SEND_INVALID_REPLY - MACH_SEND_IN_PROGRESS] =
        "send: invalid reply port",
    [MACH_SEND_INVALID_RIGHT - MACH_SEND_IN_PROGRESS] =
        "send: invalid port right in the body",
    [MACH_SEND_INVALID_NOTIFY - MACH_SEND_IN_PROGRESS] =
        "send: invalid notify port",
    [MACH_SEND_INVALID_MEMORY - MACH_SEND_IN_PROGRESS] =
        "send: invalid memory in the body",
    [MACH_SEND_NO_BUFFER - MACH_SEND_IN_PROGRESS] = "send: no message buffer",
    [MACH_SEND_TOO_LARGE - MACH_SEND_IN_PROGRESS] = "send: message too large",
    [MACH_SEND_INVALID_TYPE - MACH_SEND_IN_PROGRESS] =
        "send: invalid descriptor",
    [MACH_SEND_INVALID_HEADER - MACH_SEND_IN_PROGRESS] = "send: invalid header",
    [MACH_SEND_INVALID_TRAILER - MACH_SEND_IN_PROGRESS] =
        "send: invalid trailer",
    [MACH_SEND_INVALID_CONTEXT - MACH_SEND_IN_PROGRESS] =
        "send: invalid context",
    [MACH_SEND_INVALID_OPTIONS - MACH_SEND_IN_PROGRESS] =
        "send: invalid options",
    [MACH_SEND_INVALID_RT_OOL_SIZE - MACH_SEND_IN_PROGRESS] =
        "send: invalid out-of-line size",
    [MACH_SEND_NO_GRANT_DEST - MACH_SEND_IN_PROGRESS] =
        "send: destination takes no rights",
    [MACH_SEND_MSG_FILTERED - MACH_SEND_IN_PROGRESS] =
        "send: message was filtered",
    [MACH_SEND_AUX_TOO_SMALL - MACH_SEND_IN_PROGRESS] =
        "send: auxiliary data too small",
    [MACH_SEND_AUX_TOO_LARGE - MACH_SEND_IN_PROGRESS] =
        "send: auxiliary data too large",
};

static const char *const receive_texts[] = {
    [MACH_RCV_IN_PROGRESS - MACH_RCV_IN_PROGRESS] = "receive: in progress",
    [MACH_RCV_INVALID_NAME - MACH_RCV_IN_PROGRESS] =
        "receive: not a receive right or port set",
    [MACH_RCV_TIMED_OUT - MACH_RCV_IN_PROGRESS] = "receive: timed out",
    [MACH_RCV_TOO_LARGE - MACH_RCV_IN_PROGRESS] = "receive: message too large",
    [MACH_RCV_INTERRUPTED - MACH_RCV_IN_PROGRESS] = "receive: interrupted",
    [MACH_RCV_PORT_CHANGED - MACH_RCV_IN_PROGRESS] =
        "receive: the receive right went away",
    [MACH_RCV_INVALID_NOTIFY - MACH_RCV_IN_PROGRESS] =
        "receive: invalid notify port",
    [MACH_RCV_INVALID_DATA - MACH_RCV_IN_PROGRESS] =
        "receive: cannot write the message",
    [MACH_RCV_PORT_DIED - MACH_RCV_IN_PROGRESS] = "receive: the port died",
    [MACH_RCV_IN_SET - MACH_RCV_IN_PROGRESS] = "receive: the port is in a set",
    [MACH_RCV_HEADER_ERROR - MACH_RCV_IN_PROGRESS] =
        "receive: error in the header",
    [MACH_RCV_BODY_ERROR - MACH_RCV_IN_PROGRESS] = "receive: error in the body",
    [MACH_RCV_INVALID_TYPE - MACH_RCV_IN_PROGRESS] =
        "receive: invalid scatter list",
    [MACH_RCV_SCATTER_SMALL - MACH_RCV_IN_PROGRESS] =
        "receive: scatter list too small",
    [MACH_RCV_INVALID_TRAILER - MACH_RCV_IN_PROGRESS] =
        "receive: invalid trailer",
    [MACH_RCV_IN_PROGRESS_TIMED - MACH_RCV_IN_PROGRESS] =
        "receive: in progress, with a deadline",
    [MACH_RCV_INVALID_REPLY - MACH_RCV_IN_PROGRESS] =
        "receive: reply port does not fit",
    [MACH_RCV_INVALID_ARGUMENTS - MACH_RCV_IN_PROGRESS] =
        "receive: invalid arguments",
};

/* From MIG_TRAILER_ERROR up to MIG_TYPE_ERROR */
static const char *const mig_texts[] = {
    "server: no trailer",
    "server: died",
    "client: array is too small",
    "server: exception",
    "server: no reply",
    "server: bad arguments",
    "server: unknown message id",
    "server: detected an error",
    "client: wrong reply message",
    "client: type check failed",
};

static const char *const bootstrap_texts[] = {
    "permission denied",
    "service name is in use",
    "unknown service name",
    "service is active",
    "name too long, or too many names",
    "out of memory",
    "no such child context",
};

#define COUNT(texts) ((int)(sizeof(texts) / sizeof((texts)[0])))

static const struct family families[] = {
    { KERN_SUCCESS, COUNT(kern_texts), kern_texts, "(os/kern)" },
    { MACH_SEND_IN_PROGRESS, COUNT(send_texts), send_texts, "(ipc/send)" },
    { MACH_RCV_IN_PROGRESS, COUNT(receive_texts), receive_texts, "(ipc/rcv)" },
    { MIG_TRAILER_ERROR, COUNT(mig_texts), mig_texts, "(ipc/mig)" },
    { BOOTSTRAP_NOT_PRIVILEGED, COUNT(bootstrap_texts), bootstrap_texts,
      "(servers/bootstrap)" },
};

/* A code of mach_msg without what it says about shortages. */
static mach_error_t
without_modifiers(mach_error_t code)
{
    if (err_get_system(code) == err_get_system(err_mach_ipc))
        return code & ~MACH_MSG_MASK;

    return code;
}

static const struct family *
find_family(mach_error_t code)
{
    for (int i = 0; i < COUNT(families); i++) {
        const struct family *family = &families[i];

        if (code >= family->first && code - family->first < family->count)
            return family;
    }

    return NULL;
}

char *
mach_error_type(mach_error_t code)
{
    const struct family *family = find_family(without_modifiers(code));

    return (char *)(uintptr_t)(family != NULL ? family->type : "(?/?)");
}

char *
mach_error_string(mach_error_t code)
{
    mach_error_t plain = without_modifiers(code);
    const struct family *family = find_family(plain);
    const char *text = NULL;

    if (family != NULL)
        text = family->texts[plain - family->first];

    return (char *)(uintptr_t)(text != NULL ? text : "unknown error code");
}

void
mach_error(const char *message, mach_error_t code)
{
    fprintf(stderr, "%s: %s %s (%#x)\n", message, mach_error_type(code),
            mach_error_string(code), (unsigned)code);
}
